import Foundation
import LatentNumerics
import LatentReport
import Testing

/// What explorers hand to their scripts.
@Suite struct ExplorerDataTests {
  static func json(_ block: Page.Block) throws -> [String: Any] {
    let elements = try HTMLReader.read(Page("", summary: "", [.init("", [block])]).html())
    let text = try #require(elements.named("script").first { $0["type"] != nil }).text
    return try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  static func numbers(_ packed: Any?) throws -> [Double] {
    let member = try #require(packed as? [String: Any])
    let scale = try #require(member["s"] as? Double)
    let bytes = Array(try #require(Data(base64Encoded: member["q"] as? String ?? "")))
    return stride(from: 0, to: bytes.count, by: 2).map { place in
      let whole = Int16(bitPattern: UInt16(bytes[place]) | UInt16(bytes[place + 1]) << 8)
      return whole == .min ? .nan : scale * Double(whole)
    }
  }

  @Test func sixteenBits() throws {
    let value = try Self.json(.plane(SamplePages.plane()))
    let points = try Self.numbers(value["points"])
    let exact = SamplePages.points.elements
    let most = exact.map(abs).max() ?? 0
    #expect(points.count == exact.count)
    for (a, b) in zip(points, exact) { #expect(abs(a - b) <= most / 65534 * 1.001 + 1e-6) }
    let layers = try #require((value["decoder"] as? [String: Any])?["layers"] as? [[String: Any]])
    #expect(layers.map { $0["in"] as? Int } == [3, 5] && layers.map { $0["out"] as? Int } == [5, 64])
    #expect(layers.map { $0["a"] as? String } == ["tanh", "sigmoid"])
    let weights = try Self.numbers(layers[1]["w"])
    let original = SamplePages.network(.tanh)[1].weights
    for (a, b) in zip(weights, original.elements) { #expect(abs(a - Double(b)) <= 1 / 65534.0 * 1.001) }
  }

  @Test func notFinite() throws {
    let points = Matrix<Double>([[1, .nan, 0], [.infinity, 2, 0]])
    let columns = try #require(Self.json(.cloud(PointCloud("", points: points)))["columns"] as? [Any])
    let x = try Self.numbers(columns[0])
    #expect(abs(x[0] - 1) < 1e-4 && x[1].isNaN)
    #expect(try Self.numbers(columns[1])[0].isNaN)
  }

  /// A plane of MNIST's decoder is well within what a page may hold.
  @Test func aDecoderOfDigitsIsSmall() throws {
    func layer(_ inputs: Int, _ outputs: Int, _ activation: ImageDecoder.Activation) -> ImageDecoder.Layer {
      let weights = Matrix<Float>(rows: inputs, columns: outputs, repeating: 0.1)
      return .init(weights: weights, bias: Array(repeating: 0, count: outputs), activation: activation)
    }
    let decoder = ImageDecoder.network([layer(2, 500, .tanh), layer(500, 784, .sigmoid)])
    let explorer = PlaneExplorer(
      "", decoder: decoder, imageHeight: 28, imageWidth: 28, points: Matrix<Float>(rows: 2000, columns: 2))
    #expect(try Page("", summary: "", [.init("", [.plane(explorer)])]).html().utf8.count < 1_200_000)
  }
}
