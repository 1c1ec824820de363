import Foundation
import LatentFiles
import LatentNumerics
import LatentTestSupport
import Testing

@Suite struct ArchiveTests {
  static var sample: Archive {
    var archive = Archive(kind: "mixture/gaussian", configuration: #"{"components":2}"#)
    archive.set("mixture/means", Matrix([[1.0, 2, 3], [4, 5, 6]]))
    archive.set("mixture/single", Matrix<Float>([[1, 2]]))
    archive.set("weights", [0.25, 0.75])
    archive.set("random/state", [UInt64.max, 1])
    archive.set("step", 7)
    archive.set("bound", -Double.infinity)
    archive.set("cube", Tensor(shape: [1, 2, 2], elements: [1.0, 2, 3, 4]))
    archive.note("createdBy", "a test")
    return archive
  }

  @Test func roundTrip() throws {
    let folder = try ScratchFolder()
    try Self.sample.write(to: folder("a"))
    let read = try Archive(readingFrom: folder("a"), kind: "mixture/gaussian")
    #expect(read == Self.sample)
    #expect(read.path == folder("a"))
    #expect(read.kind == "mixture/gaussian" && read.configuration == #"{"components":2}"#)
    #expect(read.notes == ["createdBy": "a test"])
    #expect(try read.matrix("mixture/means") == Matrix([[1.0, 2, 3], [4, 5, 6]]))
    #expect(try read.matrix("mixture/single", of: Float.self) == Matrix<Float>([[1, 2]]))
    #expect(try read.vector("weights") == [0.25, 0.75])
    #expect(try read.vector("random/state", of: UInt64.self) == [.max, 1])
    #expect(try read.value("step", of: Int.self) == 7)
    #expect(try read.value("bound") == -Double.infinity)
    #expect(try read.elements("cube", shape: [nil, 2, 2]) == [1.0, 2, 3, 4])
    #expect(read.contains("step") && !read.contains("steps"))
    #expect(read.names.count == 7 && read.names.first == "bound")
    // Bytes do not depend on history.
    #expect(read.encoded() == Self.sample.encoded())
  }

  @Test func cutMatricesWriteTheirRowsOnly() throws {
    let whole = Matrix([[1.0, 2], [3, 4], [5, 6]])
    var archive = Archive(kind: "k")
    archive.set("m", whole[rows: 1..<2])
    #expect(try archive.matrix("m") == Matrix([[3.0, 4]]))
  }

  @Test func strictAccess() {
    let archive = Self.sample
    #expect(throws: FileError.missingTensor(path: "", name: "x")) { try archive.vector("x") }
    #expect(
      throws: FileError.wrongType(path: "", name: "mixture/single", found: .f32, expected: .f64)
    ) { try archive.matrix("mixture/single") }
    #expect(
      throws: FileError.wrongShape(path: "", name: "mixture/means", found: [2, 3], expected: [nil, 4])
    ) { try archive.matrix("mixture/means", columns: 4) }
    #expect(throws: FileError.wrongShape(path: "", name: "weights", found: [2], expected: [nil, nil])) {
      try archive.matrix("weights")
    }
    #expect(throws: FileError.wrongShape(path: "", name: "weights", found: [2], expected: [3])) {
      try archive.vector("weights", count: 3)
    }
    #expect(throws: FileError.wrongShape(path: "", name: "weights", found: [2], expected: [])) {
      try archive.value("weights")
    }
  }

  @Test func configurations() throws {
    struct Configuration: Codable, Equatable {
      var components: Int
      var floor: Double
    }
    let value = Configuration(components: 3, floor: -.infinity)
    let text = try Archive.configurationText(of: value)
    #expect(text == #"{"components":3,"floor":"-inf"}"#)
    let archive = try Archive(decoding: Archive(kind: "k", configuration: text).encoded())
    #expect(try archive.decodedConfiguration() == value)
    #expect(throws: FileError.corrupt(path: "", .configuration)) {
      try Archive(kind: "k").decodedConfiguration(as: Configuration.self)
    }
  }

  /// The archive's file after a change of its metadata.
  func bytes(_ change: (inout [String: String]) -> Void) throws -> [UInt8] {
    var file = try TensorFile(decoding: Self.sample.encoded())
    change(&file.metadata)
    return file.encoded()
  }

  @Test func damagedMetadata() throws {
    #expect(throws: FileError.wrongKind(path: "", found: "mixture/gaussian", expected: "chain")) {
      try Archive(decoding: Self.sample.encoded(), kind: "chain")
    }
    #expect(throws: FileError.foreign(path: "p")) {
      try Archive(decoding: bytes { $0["format"] = "pt" }, path: "p")
    }
    let version = Archive.formatVersion
    for other in [version - 1, version + 1] {
      #expect(throws: FileError.otherVersion(path: "p", found: other, supported: version)) {
        try Archive(decoding: bytes { $0["formatVersion"] = "\(other)" }, path: "p")
      }
    }
    for version in ["", "x", "-1", "0"] {
      #expect(throws: FileError.corrupt(path: "p", .metadata(key: "formatVersion"))) {
        try Archive(decoding: bytes { $0["formatVersion"] = version }, path: "p")
      }
    }
    #expect(throws: FileError.corrupt(path: "p", .metadata(key: "checksum"))) {
      try Archive(decoding: bytes { $0["checksum"] = nil }, path: "p")
    }
    for key in ["kind", "configuration", "createdBy", "checksum"] {
      #expect(throws: FileError.corrupt(path: "p", .checksum)) {
        try Archive(decoding: bytes { $0[key]! += " " }, path: "p")
      }
    }
  }

  /// Every single flipped bit is noticed, or did not change the contents (such as a letter of an escape).
  @Test func everyFlippedBit() {
    let whole = Self.sample.encoded()
    for position in whole.indices {
      for bit in 0..<8 {
        var copy = whole
        copy[position] ^= 1 << bit
        if let read = try? Archive(decoding: copy) { #expect(read == Self.sample) }
      }
    }
  }

  /// Seeded damage of many kinds: never a crash, always the same contents or a `FileError`.
  @Test(arguments: 0..<8)
  func damage(seed: UInt64) {
    var random = SplitMix(state: seed)
    let whole = Self.sample.encoded()
    let fragments = [
      "\"", "\\", "{", "}", "[", "]", ",", ":", " ", "0", "9", "99999999999", "-1", "1e9", "null", "\\u",
      "\\ud83d",
      "F64", "U8", "\"__metadata__\":{}", "\"shape\":[]", "\0", "\u{7F}", "é",
    ].map { Array($0.utf8) }
    var accepted = 0
    for _ in 0..<2_500 {
      var copy = whole
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        // Two damages of three hit the header, where there is more to break.
        let limit = Bool.random(using: &random) ? copy.count : min(copy.count, 700)
        let position = limit == 0 ? 0 : Int.random(in: 0..<limit, using: &random)
        switch Int.random(in: 0..<6, using: &random) {
        case 0 where !copy.isEmpty: copy[position] = .random(in: .min ... .max, using: &random)
        case 1:
          copy.removeSubrange(position..<min(copy.count, position + .random(in: 1...16, using: &random)))
        case 2: copy.insert(contentsOf: fragments.randomElement(using: &random)!, at: position)
        case 3 where !copy.isEmpty: copy[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 4: copy.removeSubrange(position...)
        default:
          let end = min(copy.count, position + .random(in: 1...32, using: &random))
          copy.insert(contentsOf: copy[position..<end], at: .random(in: 0...copy.count, using: &random))
        }
      }
      if let read = try? Archive(decoding: copy) {
        #expect(read == Self.sample)
        accepted += 1
      }
    }
    #expect(accepted < 250)
  }
}
