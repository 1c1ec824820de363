import LatentEvidence
import LatentNumerics
import LatentTestSupport
import Testing

@Suite struct SequenceBatchTests {
  func numbers(_ rows: Int, _ columns: Int, from first: Double = 0) -> Matrix<Double> {
    Matrix(rows: rows, columns: columns, elements: (0..<rows * columns).map { first + Double($0) })
  }

  @Test func parts() throws {
    var frames = numbers(6, 2)
    frames[3, 1] = .nan
    let x = try SequenceBatch(frames, lengths: [1, 3, 2], controls: numbers(6, 1), weights: [1, 0, 2.5])
    #expect(x.count == 3 && x.columns == 2 && x.controlColumns == 1 && x.frameCount == 6)
    #expect(x.lengths == [1, 3, 2] && x.totalWeight == 3.5 && x.scalarCount == 12)
    #expect((0..<3).map { x.isComplete($0) } == [true, false, true] && x.hasMissingEntries)
    #expect(x.sequence(2) == numbers(2, 2, from: 8))

    let part = x.chunk(1..<3)
    #expect(part.lengths == [3, 2] && part.weights == [0, 2.5])
    #expect(part.frameRange(of: 1) == 3..<5 && part.sequence(1) == numbers(2, 2, from: 8))
    #expect(part.controls == numbers(5, 1, from: 1))
    #expect(part.sourceIndex(of: 1) == 2)
    #expect(!part.chunk(1..<2).hasMissingEntries)

    let chosen = part.selecting([1, 0, 1])
    #expect(chosen.lengths == [2, 3, 2] && chosen.weights == [2.5, 0, 2.5])
    #expect(chosen.sequence(2) == numbers(2, 2, from: 8) && !chosen.isComplete(1) && chosen.isComplete(2))
    #expect(chosen.controls?.elements == [4, 5, 1, 2, 3, 4, 5])
    #expect(chosen.withoutWeights().totalWeight == 3)
  }

  @Test func oneByOne() throws {
    let x = try SequenceBatch(
      [numbers(2, 2), numbers(1, 2, from: 4)], controls: [numbers(2, 1), numbers(1, 1)])
    #expect(x.frames == numbers(3, 2) && x.lengths == [2, 1])
    #expect(x.controls?.elements == [0, 1, 0])
    #expect(try SequenceBatch([Matrix<Float>]()).count == 0)
  }

  @Test func errors() {
    func error(_ make: () throws -> SequenceBatch<Double>) -> SequenceError? {
      do { _ = try make() } catch { return error as? SequenceError }
      return nil
    }
    #expect(error { try SequenceBatch(numbers(3, 1), lengths: [3, 0]) } == .empty(sequence: 1))
    #expect(error { try SequenceBatch(numbers(3, 1), lengths: [2]) } == .lengths(total: 2, frames: 3))
    #expect(
      error { try SequenceBatch(numbers(3, 1), lengths: [.max, 4]) } == .lengths(total: .max, frames: 3))
    #expect(error { try SequenceBatch([numbers(1, 1), numbers(0, 1)]) } == .empty(sequence: 1))
    #expect(
      error { try SequenceBatch([numbers(1, 1), numbers(1, 2)]) }
        == .width(sequence: 1, expected: 1, actual: 2))
    #expect(
      error { try SequenceBatch(numbers(3, 1), lengths: [3], controls: numbers(2, 1)) }
        == .controlFrames(sequence: nil, frames: 3, controls: 2))
    #expect(
      error { try SequenceBatch([numbers(1, 1), numbers(3, 1)], controls: [numbers(1, 1), numbers(2, 1)]) }
        == .controlFrames(sequence: 1, frames: 3, controls: 2))
    #expect(
      error { try SequenceBatch([numbers(1, 1)], controls: []) }
        == .controlSequences(sequences: 1, controls: 0))
    var controls = numbers(4, 2)
    controls[3, 1] = .nan
    #expect(
      error { try SequenceBatch(numbers(4, 1), lengths: [1, 3], controls: controls) }
        == .controlNotFinite(sequence: 1, frame: 2, column: 1))
    #expect(error { try SequenceBatch(numbers(1, 1), lengths: [1], weights: [-1]) } == .weights)
    #expect(error { try SequenceBatch(numbers(1, 1), lengths: [1], weights: [1, 1]) } == .weights)
  }
}
