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
}
