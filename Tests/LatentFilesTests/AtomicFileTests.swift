import Foundation
import LatentFiles
import Testing

@Suite struct AtomicFileTests {
  struct Halt: Error {}

  @Test func writesAndReplaces() throws {
    let folder = try ScratchFolder()
    let path = folder("a.txt")
    try AtomicFile.write(text: "first", to: path)
    try AtomicFile.write([1, 2, 3], to: path)
    #expect(try bytes(at: path) == [1, 2, 3])
    #expect(try folder.contents == ["a.txt"])
  }

  @Test func writesInPieces() throws {
    let folder = try ScratchFolder()
    let path = folder("big")
    let block = (0..<100_003).map { UInt8(truncatingIfNeeded: $0) }
    try AtomicFile.write(to: path) { writer in
      try writer.write(text: "é")
      for _ in 0..<11 { try writer.write(block) }
      try writer.write(stride(from: UInt8(0), to: 9, by: 1))
      try writer.write(Array(repeating: 7, count: 1 << 19))
    }
    let expected =
      Array("é".utf8) + (0..<11).flatMap { _ in block } + Array(0..<9)
      + Array(repeating: 7, count: 1 << 19)
    #expect(try bytes(at: path) == expected)
  }

  @Test func aWriterThatThrowsLeavesNothing() throws {
    let folder = try ScratchFolder()
    #expect(throws: Halt.self) {
      try AtomicFile.write(to: folder("new")) { writer in
        try writer.write(Array(repeating: 1, count: 1 << 20))
        throw Halt()
      }
    }
    #expect(try folder.contents == [])

    try AtomicFile.write(text: "old", to: folder("kept"))
    #expect(throws: Halt.self) {
      try AtomicFile.write(to: folder("kept")) { writer in
        try writer.write(text: "new")
        throw Halt()
      }
    }
    #expect(try bytes(at: folder("kept")) == Array("old".utf8))
    #expect(try folder.contents == ["kept"])
  }

  @Test func refusals() throws {
    let folder = try ScratchFolder()
    #expect(throws: FileError.notFound(path: folder("none"))) {
      try AtomicFile.write(text: "x", to: folder("none/a"))
    }
    #expect(throws: FileError.isDirectory(path: folder.path)) {
      try AtomicFile.write(text: "x", to: folder.path)
    }
    #expect(throws: FileError.notFound(path: "")) { try AtomicFile.write(text: "x", to: "") }
    #expect(throws: FileError.system(path: "a\0b", operation: .open, errno: EINVAL)) {
      try AtomicFile.write(text: "x", to: "a\0b")
    }
    try AtomicFile.write(text: "x", to: folder("file"))
    #expect(throws: FileError.notFound(path: folder("file"))) {
      try AtomicFile.write(text: "x", to: folder("file/below"))
    }
    let long = folder(String(repeating: "n", count: 300))
    #expect(throws: FileError.system(path: long, operation: .status, errno: ENAMETOOLONG)) {
      try AtomicFile.write(text: "x", to: long)
    }
    #expect(try folder.contents == ["file"])
  }

  @Test(.enabled(if: geteuid() != 0, "the superuser may write anywhere"))
  func permissions() throws {
    let folder = try ScratchFolder()
    try AtomicFile.write(text: "x", to: folder("file"))
    chmod(folder("file"), 0o444)
    #expect(throws: FileError.notPermitted(path: folder("file"), errno: EACCES)) {
      try AtomicFile.write(text: "y", to: folder("file"))
    }
    chmod(folder.path, 0o555)
    #expect(throws: FileError.notPermitted(path: folder("new"), errno: EACCES)) {
      try AtomicFile.write(text: "y", to: folder("new"))
    }
    chmod(folder.path, 0o755)
  }

  @Test func modes() throws {
    let folder = try ScratchFolder()
    let path = folder("file")
    func mode() -> mode_t {
      var status = stat()
      stat(path, &status)
      return status.st_mode & 0o7777
    }
    let mask = umask(0)
    umask(mask)
    try AtomicFile.write(text: "x", to: path)
    #expect(mode() == 0o644 & ~mask)
    chmod(path, 0o600)
    try AtomicFile.write(text: "y", to: path)
    #expect(mode() == 0o600)
  }

  @Test func writesThroughLinks() throws {
    let folder = try ScratchFolder()
    let manager = FileManager.default
    try manager.createDirectory(atPath: folder("sub"), withIntermediateDirectories: false)
    try manager.createSymbolicLink(atPath: folder("link"), withDestinationPath: "sub/inner")
    try manager.createSymbolicLink(atPath: folder("sub/inner"), withDestinationPath: "target")
    // First the link dangles, then it leads to a file.
    for text in ["one", "two"] {
      try AtomicFile.write(text: text, to: folder("link"))
      #expect(try bytes(at: folder("sub/target")) == Array(text.utf8))
      #expect(try manager.destinationOfSymbolicLink(atPath: folder("link")) == "sub/inner")
    }
    try manager.createSymbolicLink(atPath: folder("loop"), withDestinationPath: "loop")
    #expect(throws: FileError.self) { try AtomicFile.write(text: "x", to: folder("loop")) }
  }

  @Test func aDeviceIsWrittenNotReplaced() throws {
    try AtomicFile.write(text: "x", to: "/dev/null")
    var status = stat()
    stat("/dev/null", &status)
    #expect(status.st_mode & S_IFMT == S_IFCHR)
  }

  #if os(Linux)
    @Test(arguments: [1, 1 << 20])
    func theFullDevice(size: Int) throws {
      #expect(throws: FileError.diskFull(path: "/dev/full", errno: ENOSPC)) {
        try AtomicFile.write([UInt8](repeating: 1, count: size), to: "/dev/full")
      }
    }

    /// A disk of 64 KiB at this path.
    static func mountSmallDisk(_ path: String) -> Bool {
      run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", path).status == 0
    }

    static func canMount() -> Bool {
      guard geteuid() == 0, let folder = try? ScratchFolder(), mountSmallDisk(folder.path) else {
        return false
      }
      return run("umount", folder.path).status == 0
    }

    @Test(.enabled(if: canMount(), "needs the right to mount"))
    func aFullDiskLeavesNothing() throws {
      let folder = try ScratchFolder()
      try #require(Self.mountSmallDisk(folder.path))
      defer { _ = run("umount", folder.path) }
      try AtomicFile.write(text: "old", to: folder("file"))
      #expect(throws: FileError.diskFull(path: folder("file"), errno: ENOSPC)) {
        try AtomicFile.write([UInt8](repeating: 1, count: 1 << 20), to: folder("file"))
      }
      #expect(try bytes(at: folder("file")) == Array("old".utf8))
      #expect(try folder.contents == ["file"])
    }
  #endif

  @Test func folders() throws {
    let scratch = try ScratchFolder()
    try Folder.create(scratch("a/b//c/"))
    try Folder.create(scratch("a/b"))
    try AtomicFile.write(text: "x", to: scratch("a/b/c/file"))
    #expect(throws: FileError.system(path: scratch("a/b/c/file"), operation: .open, errno: EEXIST)) {
      try Folder.create(scratch("a/b/c/file/d"))
    }
    #expect(throws: FileError.notFound(path: "")) { try Folder.create("") }
  }

  @Test func worksBesideItself() async throws {
    let folder = try ScratchFolder()
    let path = folder("shared")
    try await withThrowingTaskGroup(of: Void.self) { group in
      for value in UInt8(0)..<16 {
        group.addTask {
          try AtomicFile.write([UInt8](repeating: value, count: 10_000), to: path)
          let found = try bytes(at: path)
          #expect(found.count == 10_000 && found.allSatisfy { $0 == found[0] })
        }
      }
      try await group.waitForAll()
    }
    #expect(try folder.contents == ["shared"])
  }
}
