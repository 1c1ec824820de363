import LatentDeepModels
import LatentEvidence
import LatentModels
import LatentNumerics
import LatentTestSupport
import Testing

/// The bound of a deep filter: its parts, its masks, and its exactness where the exact posterior is known.
@Suite struct FilterBoundTests {
  static func bound(
    _ model: DeepFilter<Double>, _ x: SequenceBatch<Double>, _ θ: ParameterVector<Double>, seed: UInt64 = 5,
    masking: Double = 0, sequences: [Int]? = nil
  ) throws -> Bound {
    var workspace = model.makeWorkspace()
    let all = sequences ?? Array(0..<x.count)
    return try θ.withUnsafeElements {
      try model.boundAndGradient(
        of: all[...], in: x, at: ParameterPoint(values: $0.baseAddress!), noise: RandomStream(seed: seed),
        objective: ObjectiveWeights(masking: masking), workspace: &workspace, into: nil)
    }
  }

  /// With every part masked, the first state alone costs anything: as much as in sequences of one frame.
  @Test(arguments: [FilterTransition.locallyLinear(bases: 3), .gaussian(hidden: [3])])
  func masks(transition: FilterTransition) throws {
    let model = try DeepFilter<Double>(
      ToySequences.configuration {
        $0.transition = transition
        $0.initialFrames = 1
      })
    let θ: ParameterVector<Double> = ToyRows.parameters(model.layout, seed: 4)
    let x = ToySequences.real(lengths: [4, 6, 3], columns: 3, controls: 1, seed: 7)
    let starts = [0, 4, 10]
    let first = try SequenceBatch(
      x.frames.selecting(rows: starts), lengths: [1, 1, 1], controls: x.controls!.selecting(rows: starts))
    let (masked, alone) = (try Self.bound(model, x, θ, masking: 1), try Self.bound(model, first, θ))
    #expect((masked.latentKL - alone.latentKL).magnitude < 1e-12)
    let whole = try Self.bound(model, x, θ)
    #expect(whole.latentKL > masked.latentKL + 1e-3)
    #expect(try Self.bound(model, x, θ, masking: 1e-300) == whole)
    // Half of the masks: between, and others with other noise.
    let half = try (0..<40).map {
      try Self.bound(model, x, θ, seed: $0, masking: 0.5).latentKL - alone.latentKL
    }
    #expect(Set(half).count > 20 && half.allSatisfy { $0 >= -1e-12 })
    let plain = try (0..<40).map { try Self.bound(model, x, θ, seed: $0).latentKL - alone.latentKL }
    let share = half.reduce(0, +) / plain.reduce(0, +)
    // Where q gives the state itself, a masked step leaves more to put right in the next.
    if case .locallyLinear = transition { #expect(share > 0.2 && share < 0.9, "\(share)") }
  }

  /// Sequences do not know of each other, nor of how a batch is cut; weights multiply.
  @Test(arguments: ToySequences.configurations) func parts(configuration: DeepFilterConfiguration) throws {
    var configuration = configuration
    if case .locallyLinear(let M, let mixing, _) = configuration.transition {
      configuration.transition = .locallyLinear(bases: M, mixing: mixing)
    }
    let model = try DeepFilter<Double>(configuration)
    let θ: ParameterVector<Double> = ToyRows.parameters(model.layout, seed: 4)
    let x = ToySequences.real(
      lengths: [4, 1, 6, 3], columns: 3, controls: configuration.controls, seed: 7, missing: 9, weighted: true
    )
    let whole = try Self.bound(model, x, θ, masking: 0.3)
    var sum = Bound.zero
    for n in [2, 0, 3, 1] { sum += try Self.bound(model, x, θ, masking: 0.3, sequences: [n]) }
    #expect((whole.reconstruction - sum.reconstruction).magnitude < 1e-10 * whole.reconstruction.magnitude)
    #expect((whole.latentKL - sum.latentKL).magnitude < 1e-10 * (1 + whole.latentKL))
    #expect(whole.count == x.totalWeight)
    let q = try model.posterior(of: x, at: θ, noise: RandomStream(seed: 5))
    let plain = try Self.bound(model, x, θ)
    let total = (0..<x.count).reduce(0) { $0 + x.weight(of: $1) * q.bounds[$1] }
    #expect((plain.value - total).magnitude < 1e-10 * total.magnitude)
    #expect(q.states.rows == x.frameCount && q.expectations.columns == 3)
    #expect(try model.posterior(of: x, at: θ, noise: RandomStream(seed: 5), threads: 1) == q)
  }

  /// Frames that are missing at the end leave the bound as it was without them.
  @Test func missingFrames() throws {
    let model = try DeepFilter<Double>(ToySequences.configuration())
    let θ: ParameterVector<Double> = ToyRows.parameters(model.layout, seed: 4)
    let x = ToySequences.real(lengths: [6], columns: 3, controls: 1, seed: 7)
    var frames = x.frames
    for i in 4..<6 { for j in 0..<3 { frames[i, j] = .nan } }
    let gaps = try SequenceBatch(frames, lengths: [6], controls: x.controls)
    let short = try SequenceBatch(
      x.frames.selecting(rows: 0..<4), lengths: [4], controls: x.controls!.selecting(rows: 0..<4))
    let (a, b) = (try Self.bound(model, gaps, θ), try Self.bound(model, short, θ))
    #expect((a.value - b.value).magnitude < 1e-10 && (a.latentKL - b.latentKL).magnitude < 1e-10)
  }

  /// One latent dimension, linear maps, two frames: with the exact posterior of both w written into q's networks, the bound is in the mean the
  /// Kalman filter's ln p(x); with any other parameters of q it lies below.
  @Test(arguments: [false, true]) func kalman(isDeepKalman: Bool) throws {
    let (D, square) = (3, 0.3)
    let model = try DeepFilter<Double>(
      DeepFilterConfiguration(
        columns: D, controls: 1, latent: 1,
        transition: isDeepKalman ? .gaussian(hidden: []) : .locallyLinear(bases: 1), hidden: [],
        recognition: [], initial: [], initialFrames: 2, start: [], likelihood: .gaussian(.fixed(square))))
    let (a, b, A, B, C) = (1.3, 0.4, 0.8, 0.6, 0.5)
    let (H, d) = ([0.9, -0.5, 0.3], [0.2, 0.1, -0.4])
    let norm = H.reduce(0) { $0 + $1 * $1 }
    var θ = ParameterVector<Double>(model.layout)
    θ["start/0/weights"] = Matrix([[a]])
    θ["start/0/bias"] = Matrix([[b]])
    θ["decoder/0/weights"] = Matrix([H])
    θ["decoder/0/bias"] = Matrix([d])
    // q(w[2] | z[1], x[2], u[1]): mean g (H·(x − d) − |H|² (A z + B u)), of z[2] the same map further on.
    let precision = 1 + C * C * norm / square
    let g = C / square / precision
    let offset = zip(H, d).reduce(0) { $0 + $1.0 * $1.1 }
    let (toState, toControl) = (-g * norm * A, -g * norm * B)
    func recognised(_ mean: Double, _ base: Double) -> Double { isDeepKalman ? base + C * mean : mean }
    let logVariance = -Double.log(precision) + (isDeepKalman ? 2 * Double.log(C) : 0)
    var rows: [[Double]] = H.map { [recognised(g * $0, 0), 0] }
    rows.append([recognised(toControl, B), 0])
    θ["recognition/frame/weights"] = Matrix(rows)
    θ["recognition/frame/bias"] = Matrix([[recognised(-g * offset, 0), logVariance]])
    θ["recognition/state/weights"] = Matrix([[recognised(toState, A), 0]])
    if isDeepKalman {
      θ["transition/0/weights"] = Matrix([[A - 1, 0], [B, 0]])
      θ["transition/0/bias"] = Matrix([[0, 2 * Double.log(C)]])
    } else {
      θ["transition/bases"] = Matrix([[A], [B], [C]])
    }
    // q(w[1] | x[1], x[2], u[1]).
    let later = square + C * C * norm
    let first = 1 + a * a * norm / square + a * a * A * A * norm / later
    let (k1, k2) = (a / square / first, a * A / later / first)
    rows = H.map { [k1 * $0, 0] }
    rows += H.map { [k2 * $0, 0] }
    rows.append([-k2 * norm * B, 0])
    θ["initial/0/weights"] = Matrix(rows)
    let mean1: Double = -k1 * (offset + norm * b) - k2 * (offset + norm * A * b)
    θ["initial/0/bias"] = Matrix([[mean1, -Double.log(first)]])

    let space = try LinearStateSpace<Double>(latent: 1, dimensions: D, controls: 1)
    let exact = LinearStateSpaceParameters(
      initialMean: [b], initialCovariance: Matrix([[a * a]]), transition: Matrix([[A]]),
      control: Matrix([[B]]), transitionNoise: Matrix([[C * C]]), emission: Matrix(H.map { [$0] }), offset: d,
      emissionNoise: .diagonal([square, square, square]))
    let x = ToySequences.real(lengths: Array(repeating: 2, count: 30), columns: D, controls: 1, seed: 9)
    let evidence = try space.logDensity(of: x, at: exact).reduce(0, +)
    func mean(_ θ: ParameterVector<Double>) throws -> MonteCarloMean {
      MonteCarloMean(try (0..<600).map { try Self.bound(model, x, θ, seed: UInt64($0)).value })
    }
    let tight = try mean(θ)
    #expect(tight.agrees(with: evidence), "\(tight), Kalman \(evidence)")
    for name in [
      "recognition/frame/bias", "recognition/state/weights", "initial/0/bias", "initial/0/weights",
    ] {
      var other = θ
      other[name] = Matrix(
        rows: θ[name].rows, columns: θ[name].columns, elements: θ[name].elements.map { $0 + 0.3 })
      let loose = try (0..<200).map { try Self.bound(model, x, other, seed: UInt64($0)).value }
      #expect(loose.reduce(0, +) / 200 < evidence - 0.5, "\(name)")
    }
  }
}
