import LatentEvidence
import LatentNetworks
import Testing

@Suite struct ScheduleTests {
  func time(_ step: Int, perPass: Int = 10) -> TrainingTime {
    TrainingTime(step: step, stepsPerPass: perPass)
  }

  func close(_ a: Double, _ b: Double) -> Bool { (a - b).magnitude <= 1e-14 * b.magnitude }

  @Test func constant() throws {
    #expect(try ConstantRate(0.25).rate(at: time(1_000_000)) == 0.25)
    for rate in [0, -1, .nan, .infinity] {
      #expect(throws: InferenceError.self) { try ConstantRate(rate) }
    }
  }

  @Test func cosine() throws {
    let schedule = try CosineRate(peak: 8, floor: 2, warmUp: 4, steps: 12)
    #expect((0..<4).map { schedule.rate(at: time($0)) } == [2, 4, 6, 8])
    #expect(schedule.rate(at: time(4)) == 8)
    // cos(π/4), cos(π/2), cos(3π/4) in numbers.
    #expect(close(schedule.rate(at: time(6)), 5 + 3 * 0.7071067811865476))
    #expect(close(schedule.rate(at: time(8)), 5))
    #expect(close(schedule.rate(at: time(10)), 5 - 3 * 0.7071067811865476))
    #expect(schedule.rate(at: time(12)) == 2 && schedule.rate(at: time(500)) == 2)
    #expect(throws: InferenceError.self) { try CosineRate(peak: 1, warmUp: 5, steps: 5) }
    #expect(throws: InferenceError.self) { try CosineRate(peak: 1, floor: 2, steps: 5) }
  }

  @Test func decay() throws {
    let smooth = try DecayingRate(initial: 16, factor: 0.25, every: 2)
    #expect(close(smooth.rate(at: time(0)), 16) && close(smooth.rate(at: time(10)), 8))
    #expect(close(smooth.rate(at: time(20)), 4) && close(smooth.rate(at: time(5)), 16 * 0.7071067811865476))
    let stairs = try DecayingRate(initial: 16, factor: 0.25, every: 2, stepwise: true)
    #expect(stairs.rate(at: time(19)) == 16 && stairs.rate(at: time(20)) == 4)
    #expect(throws: InferenceError.self) { try DecayingRate(initial: 1, factor: 0, every: 1) }
    #expect(throws: InferenceError.self) { try DecayingRate(initial: 1, factor: 0.5, every: 0) }
  }

  /// The published schedule: eight rates down to 1e-4, 3,280 passes in all.
  @Test func importanceWeighted() throws {
    let schedule = try PiecewiseRate.importanceWeighted()
    #expect(schedule.passes == 3280 && schedule.pieces.count == 8)
    #expect(schedule.rate(at: time(9)) == 1e-3)
    #expect(close(schedule.rate(at: time(10)), 7.196856730011514e-4))  // 10^(−22/7)
    #expect(close(schedule.rate(at: time(39)), 7.196856730011514e-4))
    #expect(close(schedule.rate(at: time(40)), 5.179474679231213e-4))  // 10^(−23/7)
    #expect(close(schedule.rate(at: time(32799)), 1e-4) && close(schedule.rate(at: time(99999)), 1e-4))
    #expect(throws: InferenceError.self) { try PiecewiseRate([]) }
    #expect(throws: InferenceError.self) { try PiecewiseRate([.init(rate: 1, passes: 0)]) }
  }

  /// β and c as functions of the step.
  @Test func objective() throws {
    let weights = ObjectiveWeights(latentKL: 4, joint: 0.9)
    let schedule = try ObjectiveSchedule(weights, warmUp: 8, annealing: 100)
    #expect(schedule.weights(at: 0).latentKL == 0 && schedule.weights(at: 2).latentKL == 1)
    #expect(schedule.weights(at: 8).latentKL == 4)
    #expect(schedule.weights(at: 0).joint == 0.01 && schedule.weights(at: 50).joint == 0.51)
    #expect(schedule.weights(at: 95).joint == 0.9 && schedule.weights(at: 100) == weights)
    #expect(ObjectiveSchedule.bound.weights(at: 0).isBound && !weights.isBound)
    for bad in [
      ObjectiveWeights(latentKL: -1), .init(latentKL: .nan), .init(joint: 0), .init(joint: 1.5),
      .init(freeBits: .init(nats: 0)), .init(freeBits: .init(nats: 1, groupSize: 0)),
    ] {
      #expect(throws: InferenceError.self) { try ObjectiveSchedule(bad) }
    }
    #expect(throws: InferenceError.self) { try ObjectiveSchedule(warmUp: -1) }

    // The schedule of deep filters: c = min(1, 0.1 + t / 4000), masks of 0.6 (1 − t / 3500) from step 500 on.
    let filter = try ObjectiveSchedule(
      annealing: 4000, firstJoint: 0.1, masking: .init(probability: 0.6, first: 500, end: 3500))
    #expect(filter.weights(at: 0) == ObjectiveWeights(joint: 0.1))
    #expect(filter.weights(at: 499).masking == 0 && close(filter.weights(at: 700).masking, 0.48))
    #expect(close(filter.weights(at: 700).joint, 0.275))
    #expect(
      abs(filter.weights(at: 3499).masking - 0.6 / 3500) < 1e-12 && filter.weights(at: 3500).masking == 0)
    #expect(filter.weights(at: 3599).joint < 1 && filter.weights(at: 3700).isBound)
    for share in [-0.1, 1.1, .nan] {
      #expect(throws: InferenceError.self) { try ObjectiveWeights(masking: share).validate() }
      #expect(throws: InferenceError.self) {
        try ObjectiveSchedule(masking: .init(probability: share, end: 3))
      }
    }
    #expect(throws: InferenceError.self) { try ObjectiveSchedule(annealing: 5, firstJoint: 0) }
    #expect(throws: InferenceError.self) { try ObjectiveSchedule(masking: .init(probability: 0.5, end: -1)) }
  }
}
