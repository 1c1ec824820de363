import LatentEvidence
import LatentModels
import LatentNumerics
import LatentTestSupport
import Testing

/// Whichever way sequences come, an error names the one it is about, and weights say what counts.
@Suite struct SequencePlaceTests {
  let model: HiddenMarkovModel<BernoulliEmission<Double>>
  let parameters = HiddenMarkovParameters(
    chain: ChainParameters(initial: [0.5, 0.5], transitions: Matrix(rows: 2, columns: 2, repeating: 0.5)),
    emission: BernoulliParameters(probabilities: Matrix([[0.3], [0.8]])))
  /// Forty sequences of many lengths.
  let lengths = (0..<40).map { 1 + ($0 * 7) % 23 }

  init() throws { model = try HiddenMarkovModel(states: 2, of: BernoulliEmission<Double>(dimensions: 1)) }

  func sequences(bad n: Int, frame t: Int, value: Double) throws -> SequenceBatch<Double> {
    let first = lengths[..<n].reduce(0, +)
    let values = (0..<lengths.reduce(0, +)).map { $0 == first + t ? value : Double($0 % 2) }
    return try SequenceBatch(Matrix(rows: values.count, columns: 1, elements: values), lengths: lengths)
  }

  @Test(arguments: [0, 1, 17, 39]) func ofBatches(_ n: Int) throws {
    let t = lengths[n] - 1
    let x = try sequences(bad: n, frame: t, value: 0.5)
    let error = InferenceError.notBinary(row: n, frame: t, column: 0, value: 0.5)
    #expect(throws: error) { try model.logDensity(of: x, at: parameters) }
    #expect(throws: error) { try model.initialParameters(for: x, using: RandomStream(seed: 1)) }
    #expect(throws: error) {
      try model.initialParameters(for: x.chunk(n..<40), using: RandomStream(seed: 1))
    }
    #expect(throws: error) { try CoordinateAscent(model).expectation(at: parameters, of: x) }
    for size in [1, 3, 40] {
      for order in [nil, RandomStream(seed: 4)] {
        let batches = Batches(x, size: size, shuffledBy: order)
        #expect(throws: error) { try batches.expectation(of: model, at: parameters, threads: 2) }
      }
    }
    // A density that is no number, likewise.
    let infinite = try sequences(bad: n, frame: t, value: .infinity)
    let gaussian = try HiddenMarkovModel(states: 2, of: GaussianEmission<Double>(dimensions: 1))
    let θ = HiddenMarkovParameters(
      chain: parameters.chain,
      emission: GaussianParameters(means: Matrix([[0], [1]]), covariances: .spherical([1, 1])))
    for size in [1, 3] {
      let batches = Batches(infinite, size: size, shuffledBy: RandomStream(seed: 4))
      #expect(throws: InferenceError.notFinite(quantity: "density", row: n)) {
        try batches.expectation(of: gaussian, at: θ, threads: 2)
      }
    }
  }

  @Test func categories() throws {
    let x = try sequences(bad: 5, frame: 2, value: 7)
    let model = try HiddenMarkovModel(
      states: 2, of: CategoricalEmission<Double>(columns: CategoricalColumns(levels: [2])))
    let θ = HiddenMarkovParameters(
      chain: parameters.chain,
      emission: CategoricalParameters(
        columns: try CategoricalColumns(levels: [2]), probabilities: Matrix([[0.5, 0.5], [0.2, 0.8]])))
    #expect(throws: InferenceError.unknownCategory(row: 5, frame: 2, column: 0, value: 7, levels: 2)) {
      try Batches(x, size: 4, shuffledBy: RandomStream(seed: 1)).expectation(of: model, at: θ, threads: 1)
    }
  }

  /// What counts nothing may be anything.
  @Test(arguments: [1, 2]) func nothingOfWeightZero(_ D: Int) throws {
    let lengths = [4, 3, 1, 5, 2]
    let one = try HiddenMarkovCase(dimensions: D, lengths: lengths, weights: [1, 0, 0, 2, 0])
    var frames = one.sequences.frames
    frames[5, 0] = .infinity
    frames[14, D - 1] = -.infinity
    let x = try SequenceBatch(frames, lengths: lengths, weights: [1, 0, 0, 2, 0])
    let ascent = CoordinateAscent(one.model, threads: 1)
    let found = try ascent.expectation(at: one.parameters, of: x)
    let expected = try ascent.expectation(at: one.parameters, of: one.sequences.selecting([0, 3]))
    expectAgreement("bound", found.bound, expected.bound, tolerance: 1e-12)
    expectAgreement(
      "statistics", HiddenMarkovContracts.numbers(found.statistics),
      HiddenMarkovContracts.numbers(expected.statistics), tolerance: 1e-12)
  }
}
