import Foundation
import LatentEvidence
import LatentFiles
import LatentNumerics
import Testing

@Suite struct ParameterTests {
  static func layout() -> ParameterLayout {
    var layout = ParameterLayout()
    layout.add("a/weight", 3, 5)
    layout.add("a/bias", 5)
    layout.add("scale", 1)
    layout.add("kernel", 4, 2, 3, 3)
    layout.add("nothing", 0, 7)
    return layout
  }

  @Test func places() throws {
    let layout = Self.layout()
    #expect(layout.entries.map(\.offset) == [0, 16, 32, 48, 128])
    #expect(layout.count == 128 && layout.parameterCount == 15 + 5 + 1 + 72)
    #expect(
      layout.entries.map(\.reference) == [
        .init(offset: 0, rows: 3, columns: 5), .init(offset: 16, rows: 1, columns: 5),
        .init(offset: 32, rows: 1, columns: 1), .init(offset: 48, rows: 4, columns: 18),
        .init(offset: 128, rows: 0, columns: 0),
      ])
    #expect(layout["a/bias"]?.count == 5 && layout["b"] == nil)
    let again = try JSONDecoder().decode(ParameterLayout.self, from: JSONEncoder().encode(layout))
    #expect(again == layout)
    for text in [
      #"[{"name":"a","shape":[-1]}]"#, #"[{"name":"a","shape":[1]},{"name":"a","shape":[2]}]"#,
      #"[{"name":"a","shape":[4611686018427387904,4]}]"#,
    ] {
      #expect(throws: DecodingError.self) {
        try JSONDecoder().decode(ParameterLayout.self, from: Data(text.utf8))
      }
    }
  }

  @Test func values() {
    var a = ParameterVector<Float>(Self.layout())
    #expect(a.count == 128 && a.isFinite && a["a/weight"] == Matrix(rows: 3, columns: 5))
    let b = a
    a["a/weight"] = Matrix(rows: 3, columns: 5, elements: (0..<15).map { Float($0) })
    #expect(a["a/weight"][2, 4] == 14 && b["a/weight"][2, 4] == 0 && a != b)
    a.withUnsafeElements {
      #expect($0[14] == 14 && $0[15] == 0 && Int(bitPattern: $0.baseAddress!) % 64 == 0)
    }
    #expect(a.converted(to: Double.self)["a/weight"][1, 0] == 5)
    a["scale"] = Matrix(rows: 1, columns: 1, repeating: .infinity)
    #expect(!a.isFinite)
  }

  @Test func archive() throws {
    var random = RandomStream(seed: 1)
    var a = ParameterVector<Float>(Self.layout())
    for entry in a.layout.entries {
      let place = entry.reference
      a[place] = Matrix(
        rows: place.rows, columns: place.columns,
        elements: (0..<place.count).map { _ in Float(random.normal()) })
    }
    var archive = Archive(kind: "model")
    a.write(to: &archive, at: "θ")
    #expect(try archive.tensor("θ/kernel").shape == [4, 2, 3, 3])
    let read = try Archive(decoding: archive.encoded())
    #expect(try ParameterVector<Float>(from: read, at: "θ") == a)
    #expect(try ParameterVector<Float>(a.layout, from: read, at: "θ") == a)
    // Another precision, another architecture, numbers that are none.
    #expect(throws: FileError.self) { try ParameterVector<Double>(from: read, at: "θ") }
    var larger = a.layout
    larger.add("more", 2)
    #expect(throws: FileError.self) { try ParameterVector<Float>(larger, from: read, at: "θ") }
    for (name, tensor) in [
      ("θ/scale", Tensor(shape: [1], elements: [Float.nan])),
      ("θ/scale", Tensor(shape: [2], elements: [1, 2] as [Float])),
    ] {
      var broken = read
      broken.set(name, tensor)
      #expect(throws: FileError.self) { try ParameterVector<Float>(from: broken, at: "θ") }
    }
    var unnamed = Archive(kind: "model")
    unnamed.set("θ/scale", Tensor(shape: [1], elements: [Float(1)]))
    #expect(throws: FileError.self) { try ParameterVector<Float>(from: unnamed, at: "θ") }
  }
}
