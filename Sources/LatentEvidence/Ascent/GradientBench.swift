// θ parameters, g a gradient, B observations in a minibatch

import LatentNumerics
import Synchronization

/// The memory that gradient ascent works in, and what the threads do there in one minibatch.
///
/// A minibatch takes three rounds of work: the bound and the gradient of each lane; where gradients are clipped, their sum and
/// its norm; the sum, if it is not there yet, and the optimiser's step, block by block while a block is in the cache. Where
/// the model leaves gradients as factors, the sum is also when their rows are made. Items of a round touch different
/// memory, and what they compute depends on the item alone.
///
/// One caller uses a bench at a time.
final class GradientBench<Model: DifferentiableModel>: CrewWork, @unchecked Sendable {
  typealias Scalar = Model.Scalar

  private let model: Model
  private let rule: any Optimizer
  private let crew: LaneCrew
  private let count: Int
  private var observations: Model.Observations?
  private var batches: GradientBatches?
  private var lanes: [Lane] = []
  /// Of the lanes, where the model leaves gradients as factors.
  private var factors: [Model.Factors] = []
  /// The observations in the order of the pass.
  private var order: [Int] = []
  /// The pass whose order it is; nil for the order of the data.
  private var pass: Int?
  /// The gradients of the lanes.
  private let gradients = AlignedStorage<UnsafeMutablePointer<Scalar>>(count: GradientBatches.mostLanes)
  /// What the sum and the step are cut into.
  private var parts: GradientItems
  /// Σ g² of each item.
  private var norms: AlignedStorage<Double>
  /// Memory for rows of a gradient, as much as the largest item takes.
  private let rooms = Mutex<[AlignedStorage<Scalar>]>([])
  private let rounded: AlignedStorage<UInt16>?
  private var round = Round.bound
  private var minibatch = Minibatch()

  private enum Round { case bound, gradient, sum, update, sumAndUpdate }

  /// What is worked on now. The pointers are those of one call of `step`.
  private struct Minibatch {
    var rows = 0..<0
    var laneCount = 1
    var noise = RandomStream(seed: 0)
    var objective = ObjectiveWeights.bound
    var parameters: UnsafeMutablePointer<Scalar>?
    var first: UnsafeMutablePointer<Scalar>?
    var second: UnsafeMutablePointer<Scalar>?
    var scale = 1.0
    var step = 1
    var learningRate = 0.0
  }

  /// What belongs to one lane.
  private final class Lane {
    var workspace: Model.Workspace
    let gradient: AlignedStorage<Scalar>
    var bound = Bound.zero
    var error: InferenceError?

    init(_ model: Model) {
      workspace = model.makeWorkspace()
      gradient = AlignedStorage(count: model.layout.count, repeating: 0)
    }
  }

  init(_ model: Model, _ rule: any Optimizer, crew: LaneCrew) {
    self.model = model
    self.rule = rule
    self.crew = crew
    count = model.layout.count
    parts = GradientItems(count: count)
    norms = AlignedStorage(count: 0)
    rounded = model.readsRoundedParameters ? AlignedStorage(count: count) : nil
  }

  /// Begins to work on some observations with parameters and an optimiser's vectors in this memory.
  func begin(
    on observations: Model.Observations, in batches: GradientBatches,
    at parameters: UnsafeMutablePointer<Scalar>, _ first: UnsafeMutablePointer<Scalar>? = nil,
    _ second: UnsafeMutablePointer<Scalar>? = nil
  ) {
    self.observations = observations
    if self.batches != batches {
      self.batches = batches
      order = Array(0..<batches.count)
      pass = nil
    }
    (minibatch.parameters, minibatch.first, minibatch.second) = (parameters, first, second)
    if let rounded { GradientKernels.round(UnsafePointer(parameters), into: rounded.base, count: count) }
  }

  /// Lets go of what `begin` took.
  func end() {
    observations = nil
    (minibatch.parameters, minibatch.first, minibatch.second) = (nil, nil, nil)
  }

  /// The bound of the minibatch at θ, then θ one step uphill.
  ///
  /// - Parameters:
  ///   - step: the number of minibatches before this one.
  ///   - total: the weight of all observations, which a divergence of the parameters is shared by.
  ///   - clipping: the largest norm that the mean gradient may have.
  /// - Returns: the bound; `parameterKL` whole. When it throws, θ is not to be used.
  func climb(
    step: Int, ordering: BatchOrder, noise: RandomStream, objective: ObjectiveWeights, total: Double,
    clipping: Double?, learningRate: Double
  ) throws(InferenceError) -> Bound {
    let batches = batches!
    if pass != step / batches.stepsPerPass {
      pass = step / batches.stepsPerPass
      ordering.shuffle(&order, ofPass: step / batches.stepsPerPass)
    }
    minibatch.noise = noise
    minibatch.objective = objective
    minibatch.step = step + 1
    minibatch.learningRate = learningRate
    var bound = try lanesBound(of: batches.rows(ofStep: step), .gradient)
    cut()
    let weight = bound.count
    bound.parameterKL = try model.parameterKL(
      at: point, noise: noise, subtractingGradientTimes: total > 0 ? Scalar(weight / total) : 0,
      from: lanes[0].gradient.base)
    guard bound.isFinite else { throw .diverged(step: step, quantity: "bound") }
    // A batch whose observations all weigh nothing says nothing.
    minibatch.scale = weight > 0 ? 1 / weight : 0
    if let clipping {
      perform(.sum)
      let norm = try norm(at: step) * minibatch.scale
      if norm > clipping { minibatch.scale *= clipping / norm }
      perform(.update)
    } else {
      perform(.sumAndUpdate)
      _ = try norm(at: step)
    }
    return bound
  }

  /// The bound of all observations at θ, with the divergence of the parameters.
  func evaluate(noise: RandomStream) throws(InferenceError) -> Bound {
    let batches = batches!
    if pass != nil {
      for i in order.indices { order[i] = i }
      pass = nil
    }
    minibatch.noise = noise
    minibatch.objective = .bound
    var bound = Bound.zero
    for step in 0..<batches.stepsPerPass { bound += try lanesBound(of: batches.rows(ofStep: step), .bound) }
    bound.parameterKL = try model.parameterKL(
      at: point, noise: noise, subtractingGradientTimes: 0, from: nil)
    guard bound.isFinite else { throw .notFinite(quantity: "bound", row: nil) }
    return bound
  }

  private var point: ParameterPoint<Scalar> {
    ParameterPoint(
      values: UnsafePointer(minibatch.parameters!),
      // A bound without a gradient is a result, and those are computed in full.
      rounded: round == .bound ? nil : rounded.map { UnsafePointer($0.base) })
  }

  private func lanesBound(of rows: Range<Int>, _ round: Round) throws(InferenceError) -> Bound {
    minibatch.rows = rows
    minibatch.laneCount = batches!.laneCount(of: rows)
    while lanes.count < minibatch.laneCount {
      let lane = Lane(model)
      gradients.base[lanes.count] = lane.gradient.base
      if let new = model.factors(in: lane.workspace) {
        new.keepFactors()
        factors.append(new)
      }
      lanes.append(lane)
    }
    precondition(
      factors.isEmpty || factors.count == lanes.count, "all workspaces leave factors, or none does")
    self.round = round
    crew.perform(self, items: minibatch.laneCount)
    var bound = Bound.zero
    for lane in lanes[..<minibatch.laneCount] {
      if let error = lane.error { throw error }
      bound += lane.bound
    }
    return bound
  }

  private func perform(_ round: Round) {
    self.round = round
    crew.perform(self, items: parts.items.count)
  }

  /// Cuts the sum and the step by what the lanes left as factors.
  private func cut() {
    guard parts.update(for: factors.prefix(minibatch.laneCount)) else { return }
    if norms.count < parts.items.count { norms = AlignedStorage(count: parts.items.count) }
    let most = parts.largestRows
    rooms.withLock {
      guard $0.isEmpty || $0[0].count < most else { return }
      $0 = (0..<crew.threads).map { _ in AlignedStorage(count: most) }
    }
  }

  /// |g| of the sum over the minibatch.
  private func norm(at step: Int) throws(InferenceError) -> Double {
    var sum = 0.0
    for i in parts.items.indices { sum += norms.base[i] }
    guard sum.isFinite else { throw .diverged(step: step, quantity: "gradient") }
    return sum.squareRoot()
  }

  // MARK: What the threads do

  func perform(_ item: Int) {
    guard round != .bound, round != .gradient else { return climb(lane: item) }
    let blocks = GradientBlocks(
      gradients: gradients.base, laneCount: minibatch.laneCount, rounded: rounded?.base,
      rule: round == .sum ? nil : rule,
      elements: OptimizerElements(
        count: count, parameters: minibatch.parameters!, gradient: UnsafePointer(lanes[0].gradient.base),
        scale: minibatch.scale, first: minibatch.first, second: minibatch.second, step: minibatch.step,
        learningRate: minibatch.learningRate))
    switch (parts.items[item], round) {
    case (.written(let range), .update):
      _ = blocks.perform(range, adds: false)
    case (.factored(let matrix, let rows), .update):
      _ = blocks.perform(matrix.elements(of: rows), adds: false)
    case (.written(let range), _):
      norms.base[item] = blocks.perform(range, adds: true)
    case (.factored(let matrix, let rows), .sum):
      let range = matrix.elements(of: rows)
      let sum = gradients.base[0] + range.lowerBound
      add(rows, of: matrix, into: sum)
      norms.base[item] = blocks.perform(range, along: UnsafePointer(sum))
    case (.factored(let matrix, let rows), _):
      let room = rooms.withLock { $0.removeLast() }
      add(rows, of: matrix, into: room.base)
      norms.base[item] = blocks.perform(matrix.elements(of: rows), along: UnsafePointer(room.base))
      rooms.withLock { $0.append(room) }
    }
  }

  /// Adds up the lanes' gradients of rows of a matrix.
  private func add(_ rows: Range<Int>, of matrix: ParameterReference, into g: UnsafeMutablePointer<Scalar>) {
    let range = matrix.elements(of: rows)
    let factors = factors[..<minibatch.laneCount]
    var adding = false
    for (lane, left) in zip(lanes, factors) where !left.hasLeft(matrix) {
      let written = UnsafePointer(lane.gradient.base + range.lowerBound)
      if adding {
        GradientKernels.add(UnsafePointer(g), written, into: g, count: range.count)
      } else if written != UnsafePointer(g) {
        g.update(from: written, count: range.count)
      }
      adding = true
    }
    factors[0].gradientRows(rows, of: matrix, leftBy: factors, into: g, adding: adding)
  }

  private func climb(lane item: Int) {
    let lane = lanes[item]
    let rows = order[batches!.lane(item, of: minibatch.rows)]
    do throws(InferenceError) {
      lane.bound = try model.boundAndGradient(
        of: rows, in: observations!, at: point, noise: minibatch.noise, objective: minibatch.objective,
        workspace: &lane.workspace, into: round == .gradient ? lane.gradient.base : nil)
      lane.error = nil
    } catch {
      lane.error = error
    }
  }
}
