import Foundation
import LatentFiles
import Testing

@Suite struct TensorFileTests {
  static let sample = TensorFile(
    metadata: ["plain": "text", "odd": "quotes \" \\ \n \u{1} é 𝒩", "": "empty key"],
    tensors: [
      "b/u8": Tensor(shape: [3], elements: [UInt8(1), 2, 3]),
      "a/f64": Tensor(shape: [2, 2], elements: [1.5, -.infinity, .nan, Double.leastNonzeroMagnitude]),
      "f32": Tensor(shape: [1, 1, 3], elements: [Float(1), 2, 3]),
      "é\"\\": Tensor(shape: [], elements: [Int.min]),
      "none": Tensor(shape: [0, 5], elements: [Double]()),
    ])

  @Test func roundTrip() throws {
    let folder = try ScratchFolder()
    try Self.sample.write(to: folder("a"))
    #expect(try TensorFile(readingFrom: folder("a")) == Self.sample)
    #expect(try bytes(at: folder("a")) == Self.sample.encoded())
    #expect(try TensorFile(decoding: Self.sample.encoded()) == Self.sample)
    let empty = TensorFile()
    #expect(try TensorFile(decoding: empty.encoded()) == empty)
  }

  @Test func theSameContentsGiveTheSameBytes() {
    var other = TensorFile()
    for (key, value) in Self.sample.metadata.reversed() { other.metadata[key] = value }
    for (name, tensor) in Self.sample.tensors.reversed() { other.tensors[name] = tensor }
    #expect(other.encoded() == Self.sample.encoded())
    let length = Self.sample.encoded().withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
    #expect(length % 8 == 0)
  }

  struct Fixture: Decodable {
    struct Entry: Decodable {
      var type: String
      var shape: [Int]
      var hex: String
    }
    var hex: String
    var tensors: [String: Entry]
  }

  @Test func readsAFileOfThePythonPackage() throws {
    let fixture = try JSONDecoder().decode(
      Fixture.self, from: Data(contentsOf: reference("safetensors_fixture.json")))
    let file = try TensorFile(decoding: bytes(hexadecimal: fixture.hex))
    #expect(file.metadata == ["note": "quotes \" and \\ and\nline, é, 𝒩", "other": ""])
    #expect(file.tensors.count == fixture.tensors.count)
    for (name, expected) in fixture.tensors {
      let tensor = try #require(file.tensors[name])
      #expect(tensor.type.rawValue == expected.type)
      #expect(tensor.shape == expected.shape)
      #expect(tensor.bytes == bytes(hexadecimal: expected.hex))
    }
    #expect(file.tensors["counts"]?.elements(Int.self) == [.min, 0, .max])
    #expect(throws: FileError.foreign(path: "p")) {
      try Archive(decoding: bytes(hexadecimal: fixture.hex), path: "p")
    }
  }

  @Test(
    .enabled(
      if: run("python3", "-c", "import safetensors, numpy").status == 0,
      "needs Python with safetensors and numpy"))
  func thePythonPackageReadsOurs() throws {
    let folder = try ScratchFolder()
    var archive = Archive(kind: "mixture/gaussian", configuration: #"{"covariance":"full"}"#)
    archive.set("mixture/means", Tensor(shape: [2, 2], elements: [1.5, -2, 1e300, 0.1]))
    archive.set("weights", [Float(0.25), 0.75])
    archive.set("step", 42)
    archive.set("bytes", [UInt8(0), 255])
    archive.note("comment", "é \"\n𝒩")
    try archive.write(to: folder("a"))
    let script = """
      import sys, numpy as np
      from safetensors import safe_open
      with safe_open(sys.argv[1], framework="np") as f:
          assert sorted(f.keys()) == ["bytes", "mixture/means", "step", "weights"], f.keys()
          m = f.get_tensor("mixture/means")
          assert m.dtype == np.float64 and (m == np.array([[1.5, -2], [1e300, 0.1]])).all()
          w = f.get_tensor("weights")
          assert w.dtype == np.float32 and w.tolist() == [0.25, 0.75]
          s = f.get_tensor("step")
          assert s.shape == () and s.dtype == np.int64 and s == 42
          assert f.get_tensor("bytes").tolist() == [0, 255]
          d = f.metadata()
          assert d["format"] == "latent" and d["kind"] == "mixture/gaussian", d
          assert d["comment"] == "é \\"\\n𝒩", d
      print("sound")
      """
    #expect(run("python3", "-c", script, folder("a")).output == "sound\n")
  }

  @Test func whatIsNotAFile() throws {
    let folder = try ScratchFolder()
    #expect(throws: FileError.notFound(path: folder("none"))) {
      try TensorFile(readingFrom: folder("none"))
    }
    #expect(throws: FileError.isDirectory(path: folder.path)) { try TensorFile(readingFrom: folder.path) }
    #expect(throws: FileError.notRegular(path: "/dev/null")) { try TensorFile(readingFrom: "/dev/null") }
    #expect(mkfifo(folder("pipe"), 0o600) == 0)
    #expect(throws: FileError.notRegular(path: folder("pipe"))) {
      try TensorFile(readingFrom: folder("pipe"))
    }
    for text in ["", "{}", "12345678", "A text that is long enough to have a header"] {
      try AtomicFile.write(text: text, to: folder("text"))
      #expect(throws: FileError.notSafetensors(path: folder("text"))) {
        try TensorFile(readingFrom: folder("text"))
      }
    }
  }

  /// A file with this header and so many bytes of data.
  static func file(_ header: String, data: Int) -> [UInt8] {
    withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) } + Array(header.utf8)
      + [UInt8](repeating: 0, count: data)
  }

  static let damaged: [(String, Int, FileError.Corruption)] = [
    (#"{"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},}"#, 8, .malformedHeader(byte: 54)),
    (#"{"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}x"#, 8, .malformedHeader(byte: 54)),
    (#"{"a":{"dtype":"F64","shape":[1]}}"#, 0, .malformedHeader(byte: 32)),
    (#"{"a":{"dtype":"F64","shape":[01],"data_offsets":[0,8]}}"#, 8, .malformedHeader(byte: 31)),
    (#"{"a":{"dtype":"F64","shape":[-1],"data_offsets":[0,8]}}"#, 8, .malformedHeader(byte: 29)),
    (#"{"a":{"dtype":"F64","shape":[1.0],"data_offsets":[0,8]}}"#, 8, .malformedHeader(byte: 30)),
    (
      #"{"a":{"dtype":"F64","shape":[99999999999999999999],"data_offsets":[0,8]}}"#, 8,
      .malformedHeader(byte: 47)
    ),
    (#"{"__metadata__":{"a":1}}"#, 0, .malformedHeader(byte: 21)),
    (#"{"__metadata__":{"a":"\ud800"}}"#, 0, .malformedHeader(byte: 28)),
    (#"{"__metadata__":{"a":"b","a":"b"}}"#, 0, .duplicateKey("a")),
    (#"{"__metadata__":{},"__metadata__":{}}"#, 0, .duplicateKey("__metadata__")),
    (
      #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\u0061":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#,
      2, .duplicateKey("a")
    ),
    (#"{"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#, 1, .duplicateKey("dtype")),
    (#"{"a":{"dtype":"Q8","shape":[1],"data_offsets":[0,1]}}"#, 1, .unknownType(tensor: "a", type: "Q8")),
    (#"{"a":{"dtype":"F64","shape":[2],"data_offsets":[0,8]}}"#, 8, .inconsistentRange(tensor: "a")),
    (#"{"a":{"dtype":"F64","shape":[1],"data_offsets":[8,0]}}"#, 8, .inconsistentRange(tensor: "a")),
    (#"{"a":{"dtype":"F64","shape":[1],"data_offsets":[0]}}"#, 8, .inconsistentRange(tensor: "a")),
    (
      #"{"a":{"dtype":"F64","shape":[4294967296,4294967296],"data_offsets":[0,0]}}"#, 0,
      .inconsistentRange(tensor: "a")
    ),
    (#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#, 2, .misplaced(tensor: "a")),
    (
      #"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}"#,
      3, .misplaced(tensor: "b")
    ),
    (#"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}"#, 5, .trailingBytes(3)),
  ]

  @Test(arguments: damaged)
  func damage(header: String, data: Int, expected: FileError.Corruption) {
    #expect(throws: FileError.corrupt(path: "p", expected)) {
      try TensorFile(decoding: Self.file(header, data: data), path: "p")
    }
  }

  @Test func everyShortening() {
    let whole = Self.sample.encoded()
    for count in 0..<whole.count {
      do {
        _ = try TensorFile(decoding: Array(whole[..<count]), path: "p")
        Issue.record("\(count) bytes were accepted")
      } catch .truncated(_, let expected, let actual) {
        #expect(expected <= whole.count && actual == count)
      } catch {
        #expect(error == .notSafetensors(path: "p") && count <= 8)
      }
    }
  }

  @Test func aHeaderLongerThanTheFileTakesNoMemory() {
    let claim = withUnsafeBytes(of: UInt64(99_999_999).littleEndian) { Array($0) } + Array("{".utf8)
    #expect(throws: FileError.truncated(path: "", expected: 100_000_007, actual: 9)) {
      try TensorFile(decoding: claim)
    }
    let beyond = withUnsafeBytes(of: UInt64.max) { Array($0) } + Array("{}".utf8)
    #expect(throws: FileError.notSafetensors(path: "")) { try TensorFile(decoding: beyond) }
  }
}
