// L latent dimensions, D columns

import LatentEvidence
import LatentModels
import LatentNumerics
import LatentTestSupport
import Testing

/// Linear state spaces at the border of what is allowed: weights of 0, covariances that are none, numbers beyond all bounds.
@Suite struct StateSpaceEdgeTests {
  /// What counts nothing may be anything.
  @Test func nothingOfWeightZero() throws {
    let one = try StateSpaceCase(lengths: [4, 4, 5], weights: [1, 0, 2])
    var frames = one.sequences.frames
    frames[5, 1] = .infinity
    let x = try SequenceBatch(
      frames, lengths: [4, 4, 5], controls: one.sequences.controls, weights: [1, 0, 2])
    let ascent = CoordinateAscent(one.model, threads: 1)
    let found = try ascent.expectation(at: one.parameters, of: x)
    let expected = try ascent.expectation(at: one.parameters, of: one.sequences.selecting([0, 2]))
    expectAgreement("bound", found.bound, expected.bound, tolerance: 1e-12)
    expectAgreement(
      "statistics", StateSpaceCase.numbers(found.statistics), StateSpaceCase.numbers(expected.statistics),
      tolerance: 1e-12)
    let next = try one.model.parameters(maximizing: found.statistics, threads: 1)
    #expect(next.emission.elements.allSatisfy { $0.isFinite })
  }

  /// A sequence of weight w is w sequences, for priors and starts too.
  @Test(arguments: [2, 3]) func weightsOfStarts(_ L: Int) throws {
    let lengths = (0..<12).map { 6 + $0 }
    let one = try StateSpaceCase(
      lengths: lengths, missing: true, weights: lengths.indices.map { Double($0 % 3) }, seed: 5)
    let copies = one.sequences.withoutWeights().selecting(
      lengths.indices.flatMap { Array(repeating: $0, count: $0 % 3) })
    let (a, b) = (
      try StateSpacePrior.scaled(to: one.sequences, latent: L),
      try StateSpacePrior.scaled(to: copies, latent: L)
    )
    expectAgreement("offset", a.offset, b.offset, tolerance: 1e-12)
    expectAgreement("scale", a.emissionScale.elements, b.emissionScale.elements, tolerance: 1e-12)
    let model = try LinearStateSpace<Double>(latent: L, dimensions: 3, controls: 1)
    for start in [StateSpaceStart.principalAxes, .random] {
      let (p, q) = (
        try model.initialParameters(for: one.sequences, start: start, using: RandomStream(seed: 1)),
        try model.initialParameters(for: copies, start: start, using: RandomStream(seed: 1))
      )
      // Axes have no sign of their own.
      func numbers(_ θ: LinearStateSpaceParameters) -> [Double] {
        θ.emission.times(θ.emission.transposed()).elements + θ.offset + θ.emissionNoise.elements
          + θ.emission.times(θ.transition).times(θ.emission.transposed()).elements
      }
      expectAgreement("\(start)", numbers(p), numbers(q), tolerance: 1e-9)
    }
    // A column with values of weight 0 alone has none.
    var frames = one.sequences.frames
    for t in 0..<frames.rows where t >= 6 { frames[t, 1] = .nan }
    let hidden = try SequenceBatch(
      frames, lengths: lengths, controls: one.sequences.controls, weights: one.sequences.weights)
    #expect(throws: InferenceError.columnMissing(1)) { try StateSpacePrior.scaled(to: hidden, latent: L) }
  }

  /// So many windows that only some are looked at: they come from all sequences.
  @Test func startsOfManyFrames() throws {
    var stream = RandomStream(seed: 3)
    let lengths = [100_000, 60_000]
    var frames = Matrix<Double>(rows: 160_000, columns: 40)
    var z = 0.0
    for t in 0..<160_000 {
      z = 0.9 * z + stream.normal()
      // The second sequence shows the state in the other half of the columns: the first alone would miss it.
      for j in 0..<40 {
        frames[t, j] = (t < 100_000) == (j < 20) ? z + 0.1 * Double(j % 7) * stream.normal() : 0
      }
    }
    let model = try LinearStateSpace<Double>(latent: 2, dimensions: 40)
    let θ = try model.initialParameters(
      for: SequenceBatch(frames, lengths: lengths), using: RandomStream(seed: 1))
    let fewer = frames.selecting(rows: Array(0..<50_000) + Array(100_000..<130_000))
    let exact = try model.initialParameters(
      for: SequenceBatch(fewer, lengths: [50_000, 30_000]), using: RandomStream(seed: 1))
    func square(_ θ: LinearStateSpaceParameters) -> [Double] {
      θ.emission.times(θ.emission.transposed()).elements
    }
    expectAgreement("loadings", square(θ), square(exact), tolerance: 0.05)
  }

  @Test func covariancesThatAreNone() throws {
    let one = try StateSpaceCase()
    let indefinite = Matrix<Double>([[1, 2], [2, 1]])
    // Rounding alone.
    let singular = Matrix<Double>([[1, 1], [1, 1 - 1e-16]])
    var θ = one.parameters
    θ.transitionNoise = singular
    #expect(try one.model.logDensity(of: one.sequences, at: θ).allSatisfy { $0.isFinite })
    θ.transitionNoise = indefinite
    #expect(throws: InferenceError.notPositiveDefinite("the transition noise")) {
      try one.model.logDensity(of: one.sequences, at: θ)
    }
    #expect(throws: InferenceError.notPositiveDefinite("the transition noise")) {
      try one.model.sample(
        lengths: [3], controls: Matrix(rows: 3, columns: 1), at: θ, using: RandomStream(seed: 1))
    }
    θ = one.parameters
    θ.initialCovariance = indefinite
    #expect(throws: InferenceError.notPositiveDefinite("the initial covariance")) {
      try one.model.posterior(of: one.sequences, at: θ)
    }
    // Whatever the units.
    θ.initialCovariance = Matrix([[1, 2e-20], [2e-20, 1e-40]])
    #expect(throws: InferenceError.notPositiveDefinite("the initial covariance")) {
      try one.model.posterior(of: one.sequences, at: θ)
    }
    θ.initialCovariance = Matrix([[1, 1], [1, 0]])
    #expect(throws: InferenceError.notPositiveDefinite("the initial covariance")) {
      try one.model.posterior(of: one.sequences, at: θ)
    }
  }

  /// NaN would say that an entry is missing.
  @Test func samplesAreNumbers() throws {
    let model = try LinearStateSpace<Double>(latent: 1, dimensions: 1)
    func parameters(transition: Double, offset: Double) -> LinearStateSpaceParameters {
      LinearStateSpaceParameters(
        initialMean: [1], initialCovariance: Matrix([[1]]), transition: Matrix([[transition]]),
        transitionNoise: Matrix([[1]]), emission: Matrix([[1]]), offset: [offset],
        emissionNoise: Matrix([[1]]))
    }
    func sample(_ θ: LinearStateSpaceParameters, _ lengths: [Int]) throws {
      _ = try model.sample(lengths: lengths, at: θ, using: RandomStream(seed: 1))
    }
    try sample(parameters(transition: 0.5, offset: 0), [4, 2])
    for θ in [parameters(transition: .nan, offset: 0), parameters(transition: 0, offset: .nan)] {
      #expect(throws: InferenceError.notFinite(quantity: "parameters", row: nil)) { try sample(θ, [3]) }
    }
    #expect(throws: InferenceError.notFinite(quantity: "sample", row: 1)) {
      try sample(parameters(transition: -1e200, offset: 0), [1, 5])
    }
    #expect(throws: InferenceError.self) { try sample(parameters(transition: 0, offset: 0), [.max, .max]) }
    let x = try SequenceBatch(Matrix<Double>([[1], [2]]), lengths: [2])
    #expect(throws: InferenceError.self) {
      try model.forecast(x, horizon: .max / 2, at: parameters(transition: 0.5, offset: 0))
    }
    let single = try HiddenMarkovModel(
      states: 1, of: GaussianEmission<Float>(dimensions: 1, covariance: .spherical))
    let beyond = HiddenMarkovParameters(
      chain: ChainParameters(initial: [1], transitions: Matrix([[1]])),
      emission: GaussianParameters(means: Matrix([[1e300]]), covariances: .spherical([1])))
    #expect(throws: InferenceError.notFinite(quantity: "sample", row: 0)) {
      try single.sample(lengths: [2], at: beyond, using: RandomStream(seed: 1))
    }
  }

  @Test func priors() throws {
    func prior(persistence: Double = 0.9, offset: Double = 0, scale: Double = 1) throws {
      _ = try StateSpacePrior(
        precision: 0.1, persistence: persistence, degreesOfFreedom: 2, initialScale: Matrix([[scale]]),
        transitionScale: Matrix([[1]]), offset: [offset], emissionDegreesOfFreedom: 2,
        emissionScale: Matrix([[1]]))
    }
    try prior()
    #expect(
      throws: InferenceError.invalidParameter(
        name: "persistence", value: "nan", requirement: "a finite number")
    ) { try prior(persistence: .nan) }
    #expect(throws: InferenceError.notFinite(quantity: "offset of the prior", row: nil)) {
      try prior(offset: .infinity)
    }
    #expect(throws: InferenceError.notPositiveDefinite("the prior's scale")) { try prior(scale: 0) }
  }
}

extension Matrix<Double> {
  /// A B.
  func times(_ other: Matrix<Double>) -> Matrix<Double> {
    Matrix<Double>(
      rows: rows, columns: other.columns,
      elements: (0..<rows * other.columns).map { i in
        (0..<columns).reduce(0) { $0 + self[i / other.columns, $1] * other[$1, i % other.columns] }
      })
  }
}
