import LatentDeepModels
import LatentEvidence
import LatentModels
import LatentNumerics
import LatentTestSupport
import RealModule
import Testing

/// Draws, importance weights and imputations of a filter with linear maps and one base, of which the exact densities are known.
@Suite struct FilterSamplingTests {
  /// A linear filter of two latent dimensions and four columns, with its state space.
  static func linear(
    seed: UInt64, scale: Double = 0.3
  ) throws -> (DeepFilter<Double>, ParameterVector<Double>, LinearStateSpaceParameters) {
    let model = try DeepFilter<Double>(FilterAnchorTests.configuration(future: nil))
    let θ: ParameterVector<Double> = ToyRows.parameters(model.layout, seed: seed, scale: scale)
    return (model, θ, FilterAnchorTests.stateSpace(of: θ, latent: 2, controls: 1, variance: 0.09))
  }

  /// Means and covariances of the frames drawn are those of the state space.
  @Test func drawsHaveTheMomentsOfTheStateSpace() throws {
    let (model, θ, space) = try Self.linear(seed: 3)
    let (N, T, D) = (20_000, 3, 4)
    let own = (0..<T).map { 0.5 - 0.4 * Double($0) }
    let u = Matrix(rows: N * T, columns: 1, elements: (0..<N).flatMap { _ in own })
    let drawn = try model.sample(N, frames: T, controls: u, at: θ, using: RandomStream(seed: 1))
    // μ[t+1] = A μ[t] + B u[t], P[t+1] = A P[t] Aᵀ + Q.
    var (μ, P) = (space.initialMean, space.initialCovariance)
    func product(_ a: Matrix<Double>, _ b: Matrix<Double>) -> Matrix<Double> {
      Matrix(
        (0..<a.rows).map { i in
          (0..<b.columns).map { j in (0..<a.columns).reduce(0) { $0 + a[i, $1] * b[$1, j] } }
        })
    }
    let (A, H) = (space.transition, space.emission)
    for t in 0..<T {
      let S = product(product(H, P), H.transposed())
      for i in 0..<D {
        let x = (0..<N).map { drawn.observations[$0 * T + t, i] }
        let y = (0..<N).map { drawn.observations[$0 * T + t, (i + 1) % D] }
        let (mean, other) = (x.reduce(0, +) / Double(N), y.reduce(0, +) / Double(N))
        let expected = space.offset[i] + (0..<2).reduce(0) { $0 + H[i, $1] * μ[$1] }
        let variance = S[i, i] + 0.09
        #expect((mean - expected).magnitude < 5 * (variance / Double(N)).squareRoot(), "\(t) \(i)")
        let square = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(N)
        #expect((square / variance - 1).magnitude < 5 * (2 / Double(N)).squareRoot(), "\(t) \(i)")
        let cross = zip(x, y).reduce(0) { $0 + ($1.0 - mean) * ($1.1 - other) } / Double(N)
        let j = (i + 1) % D
        let scale = (variance * (S[j, j] + 0.09) / Double(N)).squareRoot()
        #expect((cross - S[i, j]).magnitude < 5 * 1.5 * scale, "\(t) \(i)")
      }
      μ = (0..<2).map { l in A[l, 0] * μ[0] + A[l, 1] * μ[1] + space.control[l, 0] * own[t] }
      P = product(product(A, P), A.transposed())
      for a in 0..<2 { for b in 0..<2 { P[a, b] += space.transitionNoise[a, b] } }
    }
    // What is expected is without the likelihood's noise; draws belong to their sequence, whatever the threads.
    let δ = zip(drawn.observations.elements, drawn.expectations.elements).map { $0 - $1 }
    let noise = δ.reduce(0) { $0 + $1 * $1 } / Double(δ.count)
    #expect((noise / 0.09 - 1).magnitude < 5 * (2 / Double(δ.count)).squareRoot())
    let first = u.selecting(rows: Array(0..<4 * T))
    let few = try model.sample(4, frames: T, controls: first, at: θ, using: RandomStream(seed: 1), threads: 1)
    #expect(few.states == drawn.states.selecting(rows: Array(0..<4 * T)))
    #expect(few.observations == drawn.observations.selecting(rows: Array(0..<4 * T)))
  }

  @Test func drawsRefuseOtherControls() throws {
    let (model, θ, _) = try Self.linear(seed: 3)
    let u = Matrix<Double>(rows: 6, columns: 1)
    for (count, frames, controls) in [
      (2, 3, nil), (2, 2, u), (0, 3, u), (2, 0, u), (3, 2, Matrix(rows: 6, columns: 1, repeating: .nan)),
      (3, 2, Matrix(rows: 6, columns: 2)),
    ] {
      #expect(throws: InferenceError.self) {
        try model.sample(count, frames: frames, controls: controls, at: θ, using: RandomStream(seed: 1))
      }
    }
  }

  /// The mean of importance weights is the density, whatever q is, and their logarithms are below it in the mean.
  @Test func importanceWeightsAverageToTheDensity() throws {
    let (model, θ, parameters) = try Self.linear(seed: 6, scale: 0.2)
    let space = try LinearStateSpace<Double>(latent: 2, dimensions: 4, controls: 1)
    let x = ToySequences.real(lengths: [2, 1, 3], columns: 4, controls: 1, seed: 11, missing: 3)
    let exact = try space.logDensity(of: x, at: parameters)
    let S = 4000
    let estimate = try model.importanceLogLikelihood(
      of: x, at: θ, draws: S, noise: RandomStream(seed: 2), threads: 2)
    for n in 0..<x.count {
      // The standard error of ln of the mean weight: 1 / √ESS.
      let error = (1 / estimate.effectiveSampleSizes[n] - 1 / Double(S)).squareRoot()
      #expect(estimate.effectiveSampleSizes[n] > 30, "a test of nothing")
      #expect((estimate.logLikelihoods[n] - exact[n]).magnitude < 5 * error, "\(n): \(estimate), \(exact)")
    }
    let bound = try (0..<300).map {
      try model.posterior(of: x, at: θ, noise: RandomStream(seed: 100 + UInt64($0))).bounds
    }
    let single = try (0..<300).map {
      try model.importanceLogLikelihood(of: x, at: θ, draws: 1, noise: RandomStream(seed: 400 + UInt64($0)))
        .logLikelihoods
    }
    for n in 0..<x.count {
      // One draw is the bound with another estimate of its divergence.
      let (a, b) = (MonteCarloMean(bound.map { $0[n] }), MonteCarloMean(single.map { $0[n] }))
      #expect(
        (a.value - b.value).magnitude
          < 5 * (a.standardError * a.standardError + b.standardError * b.standardError).squareRoot(), "\(n)")
      #expect(b.value < exact[n] + 5 * b.standardError)
    }
    #expect(throws: InferenceError.self) {
      try model.importanceLogLikelihood(of: x, at: θ, draws: 0, noise: RandomStream(seed: 2))
    }
  }

  /// Frames missing at the end are predictions: by imputation, and by a rollout.
  @Test func missingEndsAreRollouts() throws {
    let (model, θ, _) = try Self.linear(seed: 4)
    let x = ToySequences.real(lengths: [6, 6], columns: 4, controls: 1, seed: 5)
    var frames = x.frames
    for i in [4, 5, 10, 11] { for j in 0..<4 { frames[i, j] = .nan } }
    let gaps = try SequenceBatch(frames, lengths: [6, 6], controls: x.controls)
    let S = 4000
    let filled = try model.imputed(gaps, at: θ, draws: S, noise: RandomStream(seed: 3))
    let ahead = try model.rolloutMoments(
      of: x, given: 4, horizon: 2, draws: S, at: θ, noise: RandomStream(seed: 4))
    let draws = try model.imputations(gaps, at: θ, draws: 2000, using: RandomStream(seed: 5))
    for n in 0..<2 {
      for t in 0..<6 {
        for j in 0..<4 {
          let row = n * 6 + t
          guard t >= 4 else {
            #expect(filled.values[row, j] == x.frames[row, j] && filled.deviations[row, j] == 0)
            #expect(draws.allSatisfy { $0[row, j] == x.frames[row, j] })
            continue
          }
          let (mean, deviation) = (ahead.means[n * 2 + t - 4, j], ahead.deviations[n * 2 + t - 4, j])
          #expect(deviation > 0.3)
          let error = 5 * deviation * (2 / Double(S)).squareRoot()
          #expect((filled.values[row, j] - mean).magnitude < error, "\(n) \(t) \(j)")
          #expect((filled.deviations[row, j] / deviation - 1).magnitude < 0.1)
          let drawn = MonteCarloMean(draws.map { $0[row, j] })
          #expect(
            (drawn.value - mean).magnitude < 5 * drawn.standardError + error, "\(n) \(t) \(j)")
        }
      }
    }
    let states = try model.stateMoments(of: x, at: θ, draws: 50, noise: RandomStream(seed: 7))
    #expect(states.means.rows == 12 && states.deviations.elements.allSatisfy { $0 > 0 })
  }

  /// Masks may be left out of a recipe, and must be probabilities.
  @Test func recipes() throws {
    #expect(try FilterRecipe(updates: 600, masking: 0).objective.masking == nil)
    #expect(try FilterRecipe(updates: 600).objective.masking?.end == 350)
    for (updates, masking) in [(9, 0.5), (600, -0.1), (600, 1.1), (600, .nan)] {
      #expect(throws: InferenceError.self) { try FilterRecipe(updates: updates, masking: masking) }
    }
  }
}
