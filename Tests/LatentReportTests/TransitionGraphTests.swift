import Foundation
import LatentNumerics
import LatentReport
import Testing

@Suite struct TransitionGraphTests {
  /// Heads of arrows: triangles.
  static func arrows(_ figure: Figure) -> Int {
    figure.panels[0].layers.filter { layer in
      if case .polygon(let x, _) = layer.mark { x.count == 3 } else { false }
    }.count
  }

  @Test func anArrowForEachLikelyTransition() throws {
    let probabilities = Matrix<Double>([[0.9, 0.09, 0.01], [0, 0.5, 0.5], [0.02, 0, 0.98]])
    let figure = Figure.transitions("", probabilities: probabilities, names: ["a", "b", "c"])
    #expect(Self.arrows(figure) == 6)
    #expect(Self.arrows(.transitions("", probabilities: probabilities, threshold: 0.3)) == 4)
    let texts = try SVGReader.read(figure.svg()).texts.map(\.text)
    for text in ["a", "b", "c", "90 %", "9 %", "2 %", "98 %"] { #expect(texts.contains(text)) }
    #expect(texts.filter { $0 == "50 %" }.count == 2 && !texts.contains("1 %"))
  }

  /// Arrows start and end at the rims of their states, the wider the likelier.
  @Test func arrowsReachTheirStates() throws {
    let figure = Figure.transitions("", probabilities: Matrix<Double>([[0.2, 0.8], [0.6, 0.4]]))
    let lines = figure.panels[0].layers.compactMap { layer -> (width: Double, x: [Double], y: [Double])? in
      if case .line(let x, let y) = layer.mark { (layer.lineWidth, x, y) } else { nil }
    }
    #expect(lines.count == 4)
    #expect(lines.map(\.width) == [0.2, 0.4, 0.6, 0.8].map { 0.8 + 3.5 * $0 })
    // From the first state, on top, to the second, at the bottom.
    let likeliest = try #require(lines.last)
    #expect((likeliest.y.first ?? 0) > 0.6 && (likeliest.y.last ?? 0) < -0.5)
  }

  @Test func inWords() {
    let figure = Figure.transitions(
      "", probabilities: Matrix<Double>([[0.9, 0.1], [0.004, 0.996]]), names: ["calm", "storm"])
    #expect(
      figure.alternativeText
        == "Transitions between 2 states; from calm: calm 90 %, storm 10 %; from storm: storm >99 %.")
  }

  @Test(arguments: [0, 1, 2, 12, 40])
  func anyNumberOfStates(count: Int) throws {
    let uniform = Matrix<Double>(rows: count, columns: count, repeating: 1 / Double(max(1, count)))
    let figure = Figure.transitions("", probabilities: uniform, shares: Array(repeating: 0, count: count))
    _ = try figure.image(scale: 1)
    _ = try SVGReader.read(figure.svg())
    #expect(Self.arrows(figure) == (count > 1 ? count * count : count))
  }

  @Test func numbersThatAreNone() throws {
    let figure = Figure.transitions(
      "", probabilities: Matrix<Double>([[.nan, 1], [.infinity, -1]]), shares: [.nan, 1])
    #expect(Self.arrows(figure) == 1)
  }
}
