import LatentDeepModels
import LatentEvidence
import LatentModels
import LatentNumerics
import LatentTestSupport
import Testing

/// The gradient of the bound by all parameters, against differences of the bound, in double precision.
@Suite struct AutoencoderGradientTests {
  static let base = AutoencoderConfiguration(columns: 5, latent: 2, hidden: [4])

  static func with(_ change: (inout AutoencoderConfiguration) -> Void) -> AutoencoderConfiguration {
    var configuration = base
    change(&configuration)
    return configuration
  }

  static var configurations: [AutoencoderConfiguration] {
    var all = [
      base, with { $0.hidden = [] },
      with {
        $0.hidden = [4, 3]; $0.activation = .softplus
      },
    ]
    all.append(
      with {
        $0.hidden = [4, 3]; $0.decoderHidden = [6]; $0.activation = .gelu
      })
    for posterior in AutoencoderPosterior.allCases where posterior != .point {
      all.append(
        with {
          $0.posterior = posterior; $0.bound = .evidence(draws: 3)
        })
      all.append(
        with {
          $0.posterior = posterior; $0.divergence = .sampled
        })
      all.append(
        with {
          $0.posterior = posterior; $0.bound = .importance(draws: 4)
        })
    }
    for variance in [GaussianVariance.fixed(0.7), .shared, .columns, .network] {
      all.append(
        with {
          $0.likelihood = .gaussian(variance); $0.bound = .evidence(draws: 2)
        })
    }
    all.append(
      with {
        $0.posterior = .point
        $0.bound = .evidence(draws: 2)
      })
    for prior in [AutoencoderPrior.mixture(components: 3), .vamp(components: 4)] {
      for posterior in [AutoencoderPosterior.diagonal, .constantDiagonal] {
        all.append(
          with {
            $0.prior = prior
            $0.posterior = posterior
            $0.bound = .evidence(draws: 2)
          })
      }
      all.append(
        with {
          $0.prior = prior
          $0.bound = .importance(draws: 3)
        })
    }
    all.append(
      with {
        $0.prior = .mixture(components: 2)
        $0.posterior = .planar
        $0.flowSteps = 2
      })
    for likelihood in [
      AutoencoderLikelihood.continuousBernoulli, .categorical(levels: [2, 3, 1, 4, 3]),
      .discretizedLogistic(levels: 5),
    ] {
      all.append(
        with {
          $0.likelihood = likelihood
          $0.bound = .evidence(draws: 2)
        })
    }
    all.append(
      with {
        $0.likelihood = .gaussian(.fixed(0.5))
        $0.prior = .vamp(components: 3)
      })
    for posterior in AutoencoderPosterior.allCases where posterior != .point {
      for bound in [AutoencoderBound.evidence(draws: 2), .importance(draws: 3)] {
        all.append(
          with {
            $0.posterior = posterior
            $0.bound = bound
            $0.flowSteps = 2
            $0.secondLayer = AutoencoderSecondLayer(latent: 2, hidden: posterior == .full ? [] : [3])
          })
      }
    }
    all.append(
      with {
        $0.latent = 3
        $0.secondLayer = AutoencoderSecondLayer(latent: 2, hidden: [4, 3], decoderHidden: [5])
        $0.prior = .mixture(components: 2)
        $0.condition = [2]
        $0.likelihood = .gaussian(.columns)
      })
    for hidden in [[], [4]] {
      all.append(
        with {
          $0.condition = [1, 3]
          $0.hidden = hidden
          $0.bound = .importance(draws: 2)
        })
      all.append(
        with {
          $0.condition = [4]
          $0.hidden = hidden
          $0.likelihood = .categorical(levels: [2, 3, 1, 4])
        })
    }
    return all
  }

  /// Images of 4 × 6 pixels, given a column besides or not.
  @Test(arguments: [[], [24]]) func convolutions(condition: [Int]) throws {
    let D = 24 + condition.count
    let model = try VariationalAutoencoder<Double>(
      AutoencoderConfiguration(
        columns: D, latent: 2, hidden: [5], activation: .softplus, condition: condition,
        convolution: AutoencoderConvolution(
          image: .init(height: 4, width: 6), channels: [2, 3], kernel: 3, stride: 2)))
    let x = ToyRows.binary(6, columns: D, seed: 2, missing: 8)
    try checkModelGradient(
      model, on: x, at: ToyRows.parameters(model.layout, seed: 5, scale: 0.3), name: "convolutions"
    ) { $0.value }
  }

  static func rows(_ likelihood: AutoencoderLikelihood, missing: Int = 6, weighted: Bool = true) -> Rows<
    Double
  > {
    switch likelihood {
    case .bernoulli: ToyRows.binary(14, columns: 5, seed: 2, missing: missing, weighted: weighted)
    case .gaussian: ToyRows.real(14, columns: 5, seed: 2, missing: missing, weighted: weighted)
    case .continuousBernoulli:
      ToyRows.real(14, columns: 5, seed: 2, missing: missing, weighted: weighted) {
        1 / (1 + Double.exp(-$0))
      }
    case .discretizedLogistic(let n):
      ToyRows.real(14, columns: 5, seed: 2, missing: missing, weighted: weighted) {
        min(max(($0 + 1) * Double(n) / 2, 0), Double(n - 1)).rounded() / Double(n - 1)
      }
    case .categorical:
      // Codes 0 and 1, but for a column that has one category.
      Rows(
        ToyRows.cells(
          ToyRows.binary(14, columns: 5, seed: 2, missing: missing, weighted: weighted)
        ) { $1 == 2 && !$0.isNaN ? 0 : $0 },
        weights: weighted ? (0..<14).map { Double($0 % 3) } : nil)
    }
  }

  @Test(arguments: configurations) func boundAndGradient(configuration: AutoencoderConfiguration) throws {
    let model = try VariationalAutoencoder<Double>(configuration)
    for (missing, weighted) in [(0, false), (6, true)] {
      let x = Self.rows(configuration.likelihood, missing: missing, weighted: weighted)
      try checkModelGradient(
        model, on: x, at: ToyRows.parameters(model.layout, seed: 5), name: "\(configuration)",
        // Two flows behind each other are stiff.
        step: configuration.posterior == .planar && configuration.secondLayer != nil ? 1e-4 : 1e-3
      ) { $0.value }
    }
  }

  /// The gradient belongs to the weighted objective; the bound returned stays what it is.
  @Test func weights() throws {
    let x = Self.rows(.bernoulli)
    for sampled in [false, true] {
      let model = try VariationalAutoencoder<Double>(
        Self.with { $0.divergence = sampled ? .sampled : .closed })
      let θ: ParameterVector<Double> = ToyRows.parameters(model.layout, seed: 5)
      try checkModelGradient(model, on: x, at: θ, objective: ObjectiveWeights(latentKL: 0.3), name: "β") {
        $0.reconstruction - 0.3 * $0.latentKL
      }
    }
  }

  /// Free nats: the derivative of β W Σ max(λ, mean KL of a group), the divergences from the posterior's own moments.
  @Test(arguments: [1, 2, 3, nil] as [Int?]) func freeNats(group: Int?) throws {
    let x = Self.rows(.bernoulli)
    let model = try VariationalAutoencoder<Double>(Self.with { $0.latent = 3 })
    let θ: ParameterVector<Double> = ToyRows.parameters(model.layout, seed: 8, scale: 0.7)
    let W = x.totalWeight
    func divergences(_ θ: ParameterVector<Double>) throws -> [Double] {
      let q = try model.posterior(of: x.withoutWeights(), at: θ)
      let weights = x.inSourceOrder((0..<x.rows).map { x.weight(of: $0) })
      return (0..<3).map { l in
        (0..<x.rows).reduce(0) { sum, i in
          let (μ, σ) = (q.means[i, l], q.deviations[i, l])
          return sum + weights[i] * 0.5 * (μ * μ + σ * σ - 1 - 2 * Double.log(σ)) / W
        }
      }
    }
    // Some groups lie above λ, some below.
    let all = try divergences(θ)
    let size = group ?? 3
    let sums = stride(from: 0, to: 3, by: size).map { all[$0..<min($0 + size, 3)].reduce(0, +) }
    let λ = sums.count == 1 ? 0.5 * sums[0] : (sums.max()! + sums.min()!) / 2
    for λ in sums.count == 1 ? [λ, 2 * sums[0]] : [λ] {
      let objective = ObjectiveWeights(latentKL: 0.5, freeBits: .init(nats: λ, groupSize: group))
      try checkModelGradient(model, on: x, at: θ, objective: objective, name: "free nats") { bound, θ in
        let all = try divergences(θ)
        let sums = stride(from: 0, to: 3, by: size).map { all[$0..<min($0 + size, 3)].reduce(0, +) }
        return bound.reconstruction - 0.5 * W * sums.reduce(0) { $0 + max(λ, $1) }
      }
    }
  }

  /// At the exact posterior every draw's doubly reparametrised gradient by the encoder is 0; the derivative of the estimate is not.
  @Test(arguments: [AutoencoderPosterior.constantDiagonal, .full])
  func vanishesAtTheExactPosterior(posterior: AutoencoderPosterior) throws {
    let x: Rows<Double> = ToyRows.real(20, columns: 5, seed: 3)
    let pca = try ProbabilisticPCA.maximumLikelihood(of: x, latent: 2)
    for gradient in ImportanceGradient.allCases {
      var configuration = LinearAutoencoderTests.configuration
      configuration.bound = .importance(draws: 5, gradient: gradient)
      let linear = try VariationalAutoencoder<Double>(configuration)
      let φ = LinearAutoencoderTests.closedForm(pca, linear.layout)
      configuration.posterior = posterior
      let model = try VariationalAutoencoder<Double>(configuration)
      var θ = φ
      if posterior == .full {
        θ = ParameterVector(model.layout)
        for entry in model.layout.entries {
          var value = θ[entry.name]
          let given = φ[entry.name]
          for i in 0..<given.rows { for j in 0..<given.columns { value[i, j] = given[i, j] } }
          // ln of the triangle's diagonal.
          if entry.name == "encoder/posterior/bias" {
            for (l, place) in [2, 4].enumerated() { value[0, place] = φ["encoder/logVariance"][0, l] / 2 }
          }
          θ[entry.name] = value
        }
      }
      let (_, g) = try LatentDeepModelsTests.gradient(model, on: x, at: θ)
      let largest = model.layout.entries.filter { $0.name.hasPrefix("encoder") }
        .flatMap { $0.reference.range.map { g[$0].magnitude } }.max()!
      #expect(gradient == .doublyReparametrized ? largest < 1e-9 : largest > 1e-2, "\(largest)")
    }
  }

  /// Both estimates of the gradient of an importance-weighted bound have the same mean; that of the decoder is the same.
  @Test(arguments: AutoencoderPosterior.allCases.filter { $0 != .point })
  func doublyReparametrized(posterior: AutoencoderPosterior) throws {
    let x = Self.rows(.bernoulli)
    func model(_ gradient: ImportanceGradient) throws -> VariationalAutoencoder<Double> {
      try VariationalAutoencoder(
        Self.with {
          $0.posterior = posterior; $0.bound = .importance(draws: 3, gradient: gradient)
        })
    }
    let (simple, double) = (try model(.reparametrized), try model(.doublyReparametrized))
    let θ: ParameterVector<Double> = ToyRows.parameters(simple.layout, seed: 5)
    var differences = [[Double]](repeating: [], count: θ.count)
    for seed in 0..<1500 {
      let noise = RandomStream(seed: UInt64(seed))
      let (a, g) = try gradient(simple, on: x, at: θ, noise: noise)
      let (b, h) = try gradient(double, on: x, at: θ, noise: noise)
      #expect((a.value - b.value).magnitude < 1e-10 * a.value.magnitude)
      for i in 0..<θ.count { differences[i].append(g[i] - h[i]) }
    }
    for entry in simple.layout.entries {
      for i in entry.reference.range {
        if entry.name.hasPrefix("decoder") {
          #expect(differences[i].allSatisfy { $0.magnitude < 1e-9 }, "\(entry.name)")
        } else {
          let mean = MonteCarloMean(differences[i])
          #expect(mean.agrees(with: 0, errors: 6), "\(entry.name): \(mean)")
        }
      }
    }
  }
}

/// A model's bound and gradient on a few rows.
func gradient<Model: DifferentiableModel>(
  _ model: Model, on x: Model.Observations, rows: ArraySlice<Int>? = nil, at θ: ParameterVector<Double>,
  noise: RandomStream = RandomStream(seed: 5), objective: ObjectiveWeights = .bound
) throws -> (Bound, [Double]) where Model.Scalar == Double {
  var workspace = model.makeWorkspace()
  // What was there does not count; what lies between two tensors stays 0.
  var g = [Double](repeating: 0, count: θ.count)
  for entry in θ.layout.entries { for i in entry.reference.range { g[i] = .nan } }
  let rows = rows ?? Array(0..<x.observationCount)[...]
  let bound = try θ.withUnsafeElements { p in
    try g.withUnsafeMutableBufferPointer {
      try model.boundAndGradient(
        of: rows, in: x, at: ParameterPoint(values: p.baseAddress!), noise: noise, objective: objective,
        workspace: &workspace, into: $0.baseAddress!)
    }
  }
  return (bound, g)
}

/// A model's gradient against central differences of what it belongs to.
func checkModelGradient<Model: DifferentiableModel>(
  _ model: Model, on x: Model.Observations, at θ: ParameterVector<Double>,
  objective: ObjectiveWeights = .bound, name: String, step: Double = 1e-3,
  sourceLocation: SourceLocation = #_sourceLocation, _ climbed: (Bound) -> Double
) throws where Model.Scalar == Double {
  try checkModelGradient(
    model, on: x, at: θ, objective: objective, name: name, step: step, sourceLocation: sourceLocation
  ) { bound, _ in climbed(bound) }
}

func checkModelGradient<Model: DifferentiableModel>(
  _ model: Model, on x: Model.Observations, at θ: ParameterVector<Double>,
  objective: ObjectiveWeights = .bound, name: String, step h: Double = 1e-3,
  sourceLocation: SourceLocation = #_sourceLocation,
  _ climbed: (Bound, ParameterVector<Double>) throws -> Double
) throws where Model.Scalar == Double {
  let (bound, g) = try gradient(model, on: x, at: θ, objective: objective)
  let noise = RandomStream(seed: 5)
  var workspace = model.makeWorkspace()
  let rows = Array(0..<x.observationCount)[...]
  var moved = θ
  func value() throws -> Double {
    let bound = try moved.withUnsafeElements {
      try model.boundAndGradient(
        of: rows, in: x, at: ParameterPoint(values: $0.baseAddress!), noise: noise, objective: objective,
        workspace: &workspace, into: nil)
    }
    return try climbed(bound, moved)
  }
  #expect(try value().isFinite && bound.isFinite, "\(name)", sourceLocation: sourceLocation)
  var compared: [(String, Double, Double)] = []
  for entry in θ.layout.entries {
    for i in entry.reference.range {
      let start = θ.withUnsafeElements { $0[i] }
      func at(_ shift: Double) throws -> Double {
        moved.withUnsafeMutableElements { $0[i] = start + shift }
        return try value()
      }
      let slope = try (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)
      moved.withUnsafeMutableElements { $0[i] = start }
      compared.append(("\(entry.name)[\(i - entry.offset)]", g[i], slope))
    }
  }
  let largest = compared.reduce(0) { max($0, $1.2.magnitude) }
  for (place, tape, slope) in compared {
    if !((tape - slope).magnitude <= 1e-6 * (slope.magnitude + 1e-2 * largest) + 1e-10 * bound.value.magnitude)
    {
      Issue.record("\(name), \(place): \(tape), by differences \(slope)", sourceLocation: sourceLocation)
    }
  }
}
