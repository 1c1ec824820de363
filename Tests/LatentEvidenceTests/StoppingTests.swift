import LatentEvidence
import Testing

@Suite struct StoppingTests {
  func trace(_ values: [Double], count: Double = 1, roundoff: Double = 0) -> [Bound] {
    values.map { Bound(reconstruction: $0, latentKL: 0, count: count, roundoff: roundoff) }
  }

  /// The first step at which the rule stops.
  func end(_ rule: StoppingRule, _ trace: [Bound]) -> Int? {
    (1...trace.count).first { rule.hasConverged(Array(trace.prefix($0))) }
  }

  /// L(t) = L∞ − c aᵗ: what is missing at the end is below the tolerance, an observation, and not by much.
  @Test(arguments: [0.1, 0.5, 0.9, 0.99, 0.999], [1.0, 1000])
  func linearConvergence(ratio: Double, count: Double) throws {
    let rule = StoppingRule(tolerance: 1e-6)
    var missing = [100 * count]
    while missing.count < 30_000 { missing.append(missing[missing.count - 1] * ratio) }
    let steps = try #require(end(rule, trace(missing.map { -500 * count - $0 }, count: count)))
    let left = missing[steps - 1] / count
    #expect(left < 1.1e-6, "\(left) nats are missing after \(steps) steps")
    // The gain must be below the tolerance as well, and is Δ = missing · (1 − a) / a.
    #expect(left > 1e-6 * ratio * Swift.min(1, ratio / (1 - ratio)) * 0.9, "stops too late, at \(left)")
  }

  /// A plateau whose gains grow again is not the end, whatever their size.
  @Test func plateau() throws {
    let rule = StoppingRule(tolerance: 1e-3)
    var values = [-100.0]
    for step in 0..<40 { values.append(values[step] + 1e-6 * Double(1 << Swift.min(step / 2, 19))) }
    #expect(end(rule, trace(values)) == nil)
  }

  /// A slow climb at constant speed is not the end.
  @Test func slowClimb() {
    let rule = StoppingRule(tolerance: 1e-3)
    #expect(end(rule, trace((0..<500).map { 1e-4 * Double($0) })) == nil)
    // Nor where one step's gain is less than rounding may be.
    #expect(end(rule, trace((0..<500).map { 1e-4 * Double($0) }, roundoff: 3e-4)) == nil)
  }

  /// Noise within roundoff is the end.
  @Test(arguments: [0.0, 1e-3]) func noise(tolerance: Double) throws {
    let rule = StoppingRule(tolerance: tolerance)
    let values = [-10, -5, -4, -3.5] + (0..<20).map { -3.4 + ($0 % 2 == 0 ? 1e-9 : -1e-9) }
    let steps = try #require(end(rule, trace(values, roundoff: 4e-9)))
    #expect(steps > 5 && steps <= 12, "\(steps)")
    #expect(end(rule, trace([-3, -3, -3, -3, -3, -3, -3])) != nil, "nothing gained at all")
  }

  @Test func tooShort() {
    let rule = StoppingRule()
    #expect(!rule.hasConverged([]))
    #expect(!rule.hasConverged(trace([1])))
  }

  @Test func noTolerance() {
    #expect(
      end(
        StoppingRule(tolerance: 0),
        trace((0..<60).map { -Double(sign: .plus, exponent: -$0, significand: 1) })) == nil)
  }
}
