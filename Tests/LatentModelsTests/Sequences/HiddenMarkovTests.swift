// N sequences, T frames of one, K states

import LatentEvidence
import LatentFiles
import LatentModels
import LatentNumerics
import LatentTestSupport
import Testing

@Suite struct HiddenMarkovTests {
  static let cases: [(missing: Bool, weights: [Double]?)] = [
    (false, nil), (true, nil), (true, [2, 1, 0, 0.5]),
  ]

  /// Everything against all paths.
  @Test(arguments: 0..<3, [1, 2, 3]) func enumeration(_ which: Int, _ K: Int) throws {
    let (missing, weights) = Self.cases[which]
    let one = try HiddenMarkovCase(
      states: K, missing: missing, weights: weights, seed: UInt64(K + 10 * which))
    let x = one.sequences
    let all = try (0..<x.count).map { try one.enumeration($0) }
    let name = "\(K) states, missing \(missing)"

    let oracle = try one.model.oracle(at: one.parameters, threads: 1)
    var statistics = oracle.zero
    let bound = try oracle.accumulate(x, into: &statistics)
    let w = (0..<x.count).map { x.weight(of: $0) }
    func total(_ part: (PathEnumeration) -> Double) -> Double {
      zip(all, w).reduce(0) { $0 + part($1.0) * $1.1 }
    }
    #expect(bound.count == w.reduce(0, +))
    expectAgreement(
      name, [bound.evidence, bound.reconstruction],
      [total { $0.evidence }, total { $0.reconstruction }], tolerance: 1e-12)
    expectAgreement(
      name, statistics.initial, (0..<K).map { k in total { $0.smoothed[0][k] } }, tolerance: 1e-12)
    expectAgreement(
      name, statistics.transitions.elements,
      (0..<K * K).map { i in total { $0.transitions[i / K][i % K] } }, tolerance: 1e-12)
    // Frames with nothing observed count in no density.
    let observed = x.frames.elements
    let counts = (0..<K).map { k in
      var t = -1
      return zip(all, w).reduce(0) { sum, part in
        part.0.smoothed.reduce(sum) {
          t += 1
          let isEmpty = observed[2 * t].isNaN && observed[2 * t + 1].isNaN
          return isEmpty ? $0 : $0 + part.1 * $1[k]
        }
      }
    }
    expectAgreement(name, statistics.emission.counts, counts, tolerance: 1e-12)

    let posterior = try one.model.posterior(of: x, at: one.parameters)
    expectAgreement(
      name, posterior.smoothed.elements, all.flatMap { $0.smoothed.flatMap { $0 } }, tolerance: 1e-12)
    expectAgreement(
      name, posterior.filtered.elements, all.flatMap { $0.filtered.flatMap { $0 } }, tolerance: 1e-12)
    expectAgreement(name, posterior.logDensity, all.map(\.evidence), tolerance: 1e-12)
    #expect(try one.model.logDensity(of: x, at: one.parameters) == posterior.logDensity)
    let paths = try one.model.mostLikelyPaths(of: x, at: one.parameters)
    #expect(paths.states == all.flatMap { $0.best.states })
    expectAgreement(name, paths.logJoint, all.map(\.best.logJoint), tolerance: 1e-12)
  }

  /// Two chains that never meet, and frames that first speak for one by far more than a double can hold, then for the other:
  /// what underflows at first decides in the end.
  @Test(arguments: [1.0, 10, 40, 100]) func ruledOut(_ distance: Double) throws {
    let model = try HiddenMarkovModel(states: 2, of: GaussianEmission<Double>(dimensions: 1))
    let θ = HiddenMarkovParameters(
      chain: ChainParameters(initial: [0.5, 0.5], transitions: .identity(2)),
      emission: GaussianParameters(
        means: Matrix([[-distance], [distance]]), covariances: .spherical([1, 1])))
    for frames in [
      [-1.0, 0.7, 0.6], [-0.4, 0.2, 0.3], [1, -1, 1e-6], [-1, -1, 1.5], [1, -1.5, 1.5],
      [-1.725, 3.005, -1.5],
    ] {
      let x = frames.map { $0 * distance }
      let all = PathEnumeration(
        initial: [0.5, 0.5], transitions: .identity(2),
        log: x.map { x in
          [-distance, distance].map { -0.5 * (x - $0) * (x - $0) - 0.5 * Double.log(2 * .pi) }
        })
      let batch = try SequenceBatch(Matrix(rows: 3, columns: 1, elements: x), lengths: [3])
      let posterior = try model.posterior(of: batch, at: θ)
      let name = "\(frames) times \(distance)"
      expectAgreement(name, posterior.logDensity, [all.evidence], tolerance: 1e-12)
      expectAgreement(name, posterior.smoothed.elements, all.smoothed.flatMap { $0 }, tolerance: 1e-10)
      expectAgreement(name, posterior.filtered.elements, all.filtered.flatMap { $0 }, tolerance: 1e-10)
      let oracle = try model.oracle(at: θ, threads: 1)
      var statistics = oracle.zero
      _ = try oracle.accumulate(batch, into: &statistics)
      expectAgreement(name, statistics.transitions.elements, all.transitions.flatMap { $0 }, tolerance: 1e-10)
    }
  }

  /// By logarithms over many frames, whose common density is far from 1: two chains that never meet, so that the posterior is the
  /// sum over frames, and a beginning that the scaled recursions cannot hold.
  @Test func longByLogarithms() throws {
    let model = try HiddenMarkovModel(
      states: 2, of: GaussianEmission<Double>(dimensions: 2, covariance: .diagonal))
    let θ = HiddenMarkovParameters(
      chain: ChainParameters(initial: [0.5, 0.5], transitions: .identity(2)),
      emission: GaussianParameters(
        means: Matrix([[-100, 0], [100, 0]]), covariances: .diagonal(Matrix([[1, 1], [1, 1]]))))
    let T = 20_000
    // The first column says −80,000 nats for state 1 and in the end +80,000.4; the second, alike for both, −1,250 a frame.
    let x = Matrix(
      (0..<T).map { t in [t < 400 ? -1.0 : t >= T - 400 ? 1 + 0.000_005 : 0, 50.0] })
    let batch = try SequenceBatch(x, lengths: [T])
    let difference = (0..<T).reduce(0.0) { $0 + 200 * x[$1, 0] }
    let p = 1 / (1 + Double.exp(-difference))
    let posterior = try model.posterior(of: batch, at: θ)
    for t in [0, 399, 10_000, T - 1] {
      #expect(
        (posterior.smoothed[t, 1] - p).magnitude < 1e-9, "frame \(t): \(posterior.smoothed[t, 1]), \(p)")
      #expect((posterior.smoothed[t, 0] + posterior.smoothed[t, 1] - 1).magnitude < 1e-12)
    }
    #expect((posterior.filtered[T - 1, 1] - p).magnitude < 1e-9)
    let evidence = (0..<2).map { k in
      (0..<T).reduce(Double.log(0.5)) {
        let (a, b) = (x[$1, 0] - (k == 0 ? -100 : 100), x[$1, 1])
        return $0 - 0.5 * (a * a + b * b) - Double.log(2 * .pi)
      }
    }
    expectAgreement("likelihood", posterior.logDensity, [logSumExp(evidence)], tolerance: 1e-12)
    let oracle = try model.oracle(at: θ, threads: 1)
    var statistics = oracle.zero
    _ = try oracle.accumulate(batch, into: &statistics)
    expectAgreement(
      "transitions", statistics.transitions.elements, [(1 - p), 0, 0, p].map { $0 * Double(T - 1) },
      tolerance: 1e-9)
  }

  /// Sums of rows that are 1 but for the rounding of single precision: paths' probabilities sum to 1 all the same.
  @Test func rowsAreNormalised() throws {
    let one = try HiddenMarkovCase()
    let off = 1 + 3e-7
    var θ = one.parameters
    θ.chain = ChainParameters(
      initial: θ.chain.initial.map { $0 * off },
      transitions: Matrix(rows: 3, columns: 3, elements: θ.chain.transitions.elements.map { $0 * off }))
    let (found, expected) = (
      try one.model.logDensity(of: one.sequences, at: θ),
      try one.model.logDensity(of: one.sequences, at: one.parameters)
    )
    expectAgreement("likelihood", found, expected, tolerance: 1e-12)
    var archive = Archive(kind: "parameters")
    one.parameters.chain.write(to: &archive, at: "chain")
    archive.set("chain/initial", one.parameters.chain.initial.map { $0 * off })
    let read = try ChainParameters(from: archive, at: "chain")
    expectAgreement("initial", read.initial, one.parameters.chain.initial, tolerance: 1e-15)
  }

  /// Where all rows of A are π, frames are those of a mixture.
  @Test func mixture() throws {
    let one = try HiddenMarkovCase(missing: true)
    let π = one.parameters.chain.initial
    var θ = one.parameters
    θ.chain = ChainParameters(initial: π, transitions: Matrix([π, π, π]))
    let mixture = try GaussianMixture<Double>(components: 3, dimensions: 2)
    let ofFrames = try mixture.logDensity(
      of: Rows(one.sequences.frames), at: .init(mixing: .weights(π), emission: θ.emission))
    let ofSequences = try one.model.logDensity(of: one.sequences, at: θ)
    expectAgreement(
      "mixture", ofSequences,
      (0..<one.sequences.count).map { ofFrames[one.sequences.frameRange(of: $0)].reduce(0, +) },
      tolerance: 1e-12)
  }

  /// A sequence of weight w is w sequences.
  @Test func weights() throws {
    let one = try HiddenMarkovCase(missing: true, weights: [2, 1, 3, 0])
    let copies = one.sequences.withoutWeights().selecting([0, 0, 1, 2, 2, 2])
    let ascent = CoordinateAscent(one.model, threads: 1)
    let a = try ascent.expectation(at: one.parameters, of: one.sequences)
    let b = try ascent.expectation(at: one.parameters, of: copies)
    expectAgreement("weights", a.bound, b.bound, tolerance: 1e-12)
    expectAgreement(
      "weights", HiddenMarkovContracts.numbers(a.statistics), HiddenMarkovContracts.numbers(b.statistics),
      tolerance: 1e-12)
  }

  /// Conditional means of missing entries, by going through all paths; draws have them for their means.
  @Test func imputation() throws {
    let one = try HiddenMarkovCase(missing: true, seed: 3)
    let x = one.sequences
    let θ = one.parameters.emission
    let (values, deviations) = try one.model.imputed(x, at: one.parameters)
    let draws = try one.model.imputations(x, at: one.parameters, draws: 4000, using: RandomStream(seed: 5))
    for n in 0..<x.count {
      let all = try one.enumeration(n)
      for t in x.frameRange(of: n) {
        for j in 0..<2 where x.frames[t, j].isNaN {
          let other = x.frames[t, 1 - j]
          var (mean, square) = (0.0, 0.0)
          for (z, p) in all.paths {
            let k = z[t - x.frameRange(of: n).lowerBound]
            let Σ = θ.covariance(of: k)
            let gain = other.isNaN ? 0 : Σ[j, 1 - j] / Σ[1 - j, 1 - j]
            let m = θ.means[k, j] + (other.isNaN ? 0 : gain * (other - θ.means[k, 1 - j]))
            mean += p * m
            square += p * (m * m + Σ[j, j] - gain * Σ[j, 1 - j])
          }
          let deviation = (square - mean * mean).squareRoot()
          #expect((values[t, j] - mean).magnitude < 1e-10, "frame \(t)")
          #expect((deviations[t, j] - deviation).magnitude < 1e-8, "frame \(t)")
          #expect(MonteCarloMean(draws.map { $0[t, j] }).agrees(with: mean), "frame \(t)")
        }
        for j in 0..<2 where !x.frames[t, j].isNaN {
          #expect(values[t, j] == x.frames[t, j] && deviations[t, j] == 0)
          #expect(draws[7][t, j] == x.frames[t, j])
        }
      }
    }
    // Whatever the number of threads and of draws.
    let again = try one.model.imputations(
      x, at: one.parameters, draws: 2, using: RandomStream(seed: 5), threads: 1)
    #expect(again[1].elements.elementsEqual(draws[1].elements))
  }

  @Test func sampling() throws {
    let one = try HiddenMarkovCase(seed: 8)
    let lengths = Array(repeating: 50, count: 400)
    let (sequences, states) = try one.model.sample(
      lengths: lengths, at: one.parameters, using: RandomStream(seed: 4))
    let A = one.parameters.chain.transitions
    for j in 0..<3 {
      let next = (0..<400).flatMap { n in
        (n * 50..<n * 50 + 49).filter { states[$0] == j }.map { states[$0 + 1] }
      }
      for k in 0..<3 {
        let share = MonteCarloMean(next.map { $0 == k ? 1 : 0 })
        #expect(share.agrees(with: A[j, k]), "\(j) to \(k): \(share)")
      }
      let values = states.indices.filter { states[$0] == j }.map { sequences.frames[$0, 0] }
      #expect(MonteCarloMean(values).agrees(with: one.parameters.emission.means[j, 0]))
    }
    let first = MonteCarloMean((0..<400).map { states[$0 * 50] == 0 ? 1 : 0 })
    #expect(first.agrees(with: one.parameters.chain.initial[0]))
    let fewer = try one.model.sample(lengths: [20, 7], at: one.parameters, using: RandomStream(seed: 4))
    #expect(fewer.sequences.sequence(1) == sequences.sequence(1)[rows: 0..<7])
  }

  @Test func badInput() throws {
    let one = try HiddenMarkovCase()
    let wide = try SequenceBatch(Matrix<Double>(rows: 2, columns: 3), lengths: [2])
    #expect(throws: InferenceError.wrongWidth(expected: 2, actual: 3)) {
      try one.model.logDensity(of: wide, at: one.parameters)
    }
    var frames = one.sequences.frames
    frames[6, 0] = .infinity
    let infinite = try SequenceBatch(frames, lengths: one.sequences.lengths)
    #expect(throws: InferenceError.notFinite(quantity: "density", row: 2)) {
      try one.model.posterior(of: infinite, at: one.parameters)
    }
    #expect(throws: InferenceError.notFinite(quantity: "density", row: 2)) {
      try CoordinateAscent(one.model).expectation(at: one.parameters, of: infinite)
    }
    // A value that is none of the family's, with its sequence and the frame in it.
    let binary = try HiddenMarkovModel(states: 2, of: BernoulliEmission<Double>(dimensions: 1))
    let x = try SequenceBatch(Matrix([[0], [1], [0.5], [1]]), lengths: [1, 3])
    let θ = HiddenMarkovParameters(
      chain: ChainParameters(initial: [0.5, 0.5], transitions: Matrix(rows: 2, columns: 2, repeating: 0.5)),
      emission: BernoulliParameters(probabilities: Matrix([[0.3], [0.8]])))
    #expect(throws: InferenceError.notBinary(row: 1, frame: 1, column: 0, value: 0.5)) {
      try binary.logDensity(of: x, at: θ)
    }
    // A sequence that no path can have produced.
    let stuck = HiddenMarkovParameters(
      chain: ChainParameters(initial: [1, 0], transitions: .identity(2)),
      emission: BernoulliParameters(probabilities: Matrix([[0], [1]])))
    let moving = try SequenceBatch(Matrix<Double>([[0], [0], [0], [1]]), lengths: [2, 2])
    #expect(throws: InferenceError.notFinite(quantity: "density", row: 1)) {
      try binary.logDensity(of: moving, at: stuck)
    }
    #expect(throws: InferenceError.self) {
      try HiddenMarkovModel(states: 0, of: GaussianEmission<Double>(dimensions: 1))
    }
    #expect(throws: InferenceError.self) {
      try HiddenMarkovModel(
        states: 2, of: GaussianEmission<Double>(dimensions: 1), chain: .mode(initial: 0.5, transition: 1))
    }
    #expect(throws: InferenceError.self) {
      try one.model.sample(lengths: [0], at: one.parameters, using: RandomStream(seed: 1))
    }
  }
}
