import LatentDistributions
import LatentEvidence
import LatentModels
import LatentNumerics
import LatentTestSupport
import Testing

/// The variational bound against ln p(D), all paths gone through and all parameters integrated out.
@Suite struct HiddenMarkovEvidenceTests {
  /// ln ∫ Π p[l]^n[l] Dir(p | α) dp.
  func logMarginal(_ counts: [Double], _ α: Double) -> Double {
    let prior = Array(repeating: α, count: counts.count)
    return Dirichlet(prior).logNormalizer - Dirichlet(zip(prior, counts).map(+)).logNormalizer
  }

  @Test(arguments: [0.2, 1, 5]) func bound(_ α: Double) async throws {
    let (K, codes) = (2, [[0, 1, 1, 0, 1], [1, 1, 0]])
    let x = try SequenceBatch(codes.map { Matrix($0.map { [Double($0)] }) })
    // All paths of both sequences together.
    let T = codes.joined().count
    var logJoints: [Double] = []
    for path in 0..<1 << T {
      let z = (0..<T).map { path >> $0 & 1 }
      var (initial, cells) = ([0.0, 0], [[0.0, 0], [0, 0]])
      var transitions = cells
      var t = 0
      for sequence in codes {
        for (i, code) in sequence.enumerated() {
          cells[z[t]][code] += 1
          if i == 0 { initial[z[t]] += 1 } else { transitions[z[t - 1]][z[t]] += 1 }
          t += 1
        }
      }
      logJoints.append(
        logMarginal(initial, α) + transitions.reduce(0) { $0 + logMarginal($1, α) }
          + cells.reduce(0) { $0 + logMarginal($1, 0.5) })
    }
    let evidence = logSumExp(logJoints)

    let model = try HiddenMarkovModel(
      states: K,
      of: VariationalCategoricalEmission<Double>(
        columns: CategoricalColumns(levels: [2]), prior: .init(concentration: 0.5)),
      chain: .dirichlet(initial: α, transition: α))
    #expect(model.isVariational)
    var best = -Double.infinity
    for seed in 0..<8 {
      let fit = Fit(CoordinateAscent(model, threads: 1), on: x, stopping: StoppingRule(tolerance: 1e-9)) {
        (_) throws(InferenceError) in
        .init(
          parameters: try model.initialParameters(
            for: x, start: .randomRows, using: RandomStream(seed: UInt64(seed)), threads: 1))
      }
      for try await step in fit {
        #expect(step.bound.value < evidence, "\(step.bound.value) above ln p(D) = \(evidence)")
        best = Swift.max(best, step.bound.value)
      }
    }
    // Near it too: no term is left out.
    #expect(best > evidence - 2.5, "\(best), ln p(D) = \(evidence)")
  }

  /// With one state q is the posterior, and the bound ln p(D).
  @Test func oneState() throws {
    let codes = [[0, 1, 1, 0, 1], [1, 1, 0], [2.0]].map { $0.map { Double($0) } }
    let x = try SequenceBatch(codes.map { Matrix($0.map { [$0] }) })
    let counts = (0..<3).map { c in Double(codes.joined().count { Int($0) == c }) }
    let model = try HiddenMarkovModel(
      states: 1,
      of: VariationalCategoricalEmission<Double>(
        columns: CategoricalColumns(levels: [3]), prior: .init(concentration: 0.5)),
      chain: .dirichlet(initial: 2, transition: 0.3))
    let ascent = CoordinateAscent(model, threads: 1)
    var state = CoordinateAscent<HiddenMarkovModel<VariationalCategoricalEmission<Double>>>.State(
      parameters: try model.initialParameters(for: x, start: .randomRows, using: RandomStream(seed: 1)))
    var bound = Bound.zero
    for _ in 0..<3 { bound = try ascent.step(&state, on: x) }
    #expect((bound.value - logMarginal(counts, 0.5)).magnitude < 1e-12)
  }

  /// The bound's value at any q(θ): all paths gone through, and expectations and divergences of its Beta distributions by
  /// quadrature.
  @Test(arguments: [0.2, 1, 5]) func value(_ α: Double) throws {
    let codes = [[0, 1, 1, 0, 1], [1, 1, 0]]
    let x = try SequenceBatch(codes.map { Matrix($0.map { [Double($0)] }) })
    let model = try HiddenMarkovModel(
      states: 2,
      of: VariationalCategoricalEmission<Double>(
        columns: CategoricalColumns(levels: [2]), prior: .init(concentration: 0.5)),
      chain: .dirichlet(initial: α, transition: α))
    let ascent = CoordinateAscent(model, threads: 1)
    var state = CoordinateAscent<HiddenMarkovModel<VariationalCategoricalEmission<Double>>>.State(
      parameters: try model.initialParameters(for: x, start: .randomRows, using: RandomStream(seed: 3)))
    for _ in 0..<5 {
      let bound = try ascent.step(&state, on: x)
      let θ = state.parameters
      let initial = BetaQuadrature(θ.chain.initial)
      let rows = (0..<2).map { BetaQuadrature(θ.chain.transitions.row($0)) }
      let cells = (0..<2).map { BetaQuadrature(θ.emission.concentrations.row($0)) }
      var expected = -initial.divergence(from: α)
      for row in rows { expected -= row.divergence(from: α) }
      for cell in cells { expected -= cell.divergence(from: 0.5) }
      for sequence in codes {
        let joints = (0..<1 << sequence.count).map { path in
          let z = sequence.indices.map { path >> $0 & 1 }
          return z.indices.reduce(0.0) { sum, t in
            sum + (t == 0 ? initial.logarithm[z[0]] : rows[z[t - 1]].logarithm[z[t]])
              + cells[z[t]].logarithm[sequence[t]]
          }
        }
        expected += logSumExp(joints)
      }
      #expect((bound.value - expected).magnitude < 1e-9, "\(bound.value), \(expected)")
    }
  }
}

/// Integrals over a Beta distribution by the trapezium rule in ln p/(1 − p), over which it falls off exponentially both ways.
struct BetaQuadrature {
  let a: Double
  let b: Double
  /// ln ∫ pᵃ⁻¹ (1 − p)ᵇ⁻¹ dp.
  let logIntegral: Double
  /// E[ln p] and E[ln(1 − p)], in nats.
  let logarithm: [Double]

  init(_ concentrations: [Double]) {
    (a, b) = (concentrations[0], concentrations[1])
    let h = 0.02
    var (total, sums) = (0.0, [0.0, 0])
    for i in -15_000...15_000 {
      let x = Double(i) * h
      let logs = [-Self.softplus(-x), -Self.softplus(x)]
      let density = Double.exp(a * logs[0] + b * logs[1])
      total += density
      for k in 0..<2 { sums[k] += density * logs[k] }
    }
    logIntegral = Double.log(total * h)
    logarithm = sums.map { $0 / total }
  }

  /// KL to the Beta distribution of two equal concentrations, in nats.
  func divergence(from α: Double) -> Double {
    (a - α) * logarithm[0] + (b - α) * logarithm[1] - logIntegral + BetaQuadrature([α, α]).logIntegral
  }

  private static func softplus(_ x: Double) -> Double {
    Swift.max(x, 0) + Double.log(1 + Double.exp(-x.magnitude))
  }
}
