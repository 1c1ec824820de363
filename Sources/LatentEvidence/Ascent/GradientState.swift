public import LatentFiles
import LatentNumerics

extension GradientAscent {
  /// The parameters, what the optimiser keeps, and how far the step under way has come.
  public struct State: ModelState {
    var now: GradientPoint<Scalar>
    /// The beginning of a step from which a finite bound was last taken.
    var good: GradientPoint<Scalar>?

    /// Before the first step.
    public init(parameters: ParameterVector<Scalar>) {
      now = GradientPoint(parameters: parameters)
    }

    public var parameters: ParameterVector<Scalar> { now.parameters }
    public var iteration: Int { now.progress.iteration }
    /// Minibatches taken, which are the optimiser's steps.
    public var minibatches: Int { now.progress.minibatches }
  }
}

/// A point on the way of gradient ascent, between two minibatches.
struct GradientPoint<Scalar: LatentScalar>: Sendable {
  var parameters: ParameterVector<Scalar>
  /// The vectors that the optimiser keeps; none before the first step.
  var moments: [ParameterVector<Scalar>] = []
  var progress = GradientProgress()

  struct Memory {
    let parameters: UnsafeMutablePointer<Scalar>
    let first: UnsafeMutablePointer<Scalar>?
    let second: UnsafeMutablePointer<Scalar>?
  }

  /// Calls `body` with the memory of all vectors, copied before where it is shared.
  mutating func withMemory(
    _ body: (Memory, inout GradientProgress) throws(InferenceError) -> Void
  ) throws(InferenceError) {
    try parameters.withUnsafeMutableElements { (p) throws(InferenceError) in
      try moments.withMemory { (first, second) throws(InferenceError) in
        try body(Memory(parameters: p.baseAddress!, first: first, second: second), &progress)
      }
    }
  }
}

extension Array {
  /// Calls `body` with the memory of the first two of an optimiser's vectors, as far as there are so many.
  mutating func withMemory<Scalar: LatentScalar, Failure: Error>(
    _ body: (UnsafeMutablePointer<Scalar>?, UnsafeMutablePointer<Scalar>?) throws(Failure) -> Void
  ) throws(Failure) where Element == ParameterVector<Scalar> {
    precondition(count <= 2, "an optimiser keeps at most two vectors")
    guard let last = popLast() else { return try body(nil, nil) }
    var second = last
    defer { append(second) }
    guard count == 1 else {
      return try second.withUnsafeMutableElements { (v) throws(Failure) in
        try body(v.baseAddress, nil)
      }
    }
    try self[0].withUnsafeMutableElements { (m) throws(Failure) in
      try second.withUnsafeMutableElements { (v) throws(Failure) in
        try body(m.baseAddress, v.baseAddress)
      }
    }
  }
}

/// How far gradient ascent has come.
struct GradientProgress: Sendable, Hashable {
  /// Steps of the fit.
  var iteration = 0
  var minibatches = 0
  /// Of the step under way.
  var sums = GradientSums()
}

/// The bounds of a step's minibatches, added up.
struct GradientSums: Sendable, Hashable {
  private(set) var batches = 0
  private var rows = 0
  private var bound = Bound.zero

  /// - Parameter bound: its `parameterKL` whole.
  mutating func add(_ bound: Bound, rows: Int) {
    batches += 1
    self.rows += rows
    self.bound += bound
  }

  /// The estimate for all observations.
  func bound(of total: Double) -> Bound {
    var result = bound
    let scale = bound.count > 0 ? total / bound.count : 0
    result.reconstruction *= scale
    result.latentKL *= scale
    result.parameterKL /= Double(batches)
    result.roundoff *= Swift.max(scale, 1)
    result.count = total
    result.estimate = .minibatch(observations: rows)
    return result
  }

  var numbers: [Double] {
    [
      Double(batches), Double(rows), bound.reconstruction, bound.latentKL, bound.parameterKL, bound.count,
      bound.roundoff,
    ]
  }

  init() {}

  init?(numbers: [Double]) {
    guard numbers.count == 7, numbers.allSatisfy(\.isFinite), let batches = Int(exactly: numbers[0]),
      let rows = Int(exactly: numbers[1]), batches >= 0, rows >= batches, numbers[5] >= 0, numbers[6] >= 0
    else { return nil }
    self.batches = batches
    self.rows = rows
    bound = Bound(
      reconstruction: numbers[2], latentKL: numbers[3], parameterKL: numbers[4], count: numbers[5],
      roundoff: numbers[6])
  }
}

extension GradientAscent.State: Archivable where Model.Scalar: TensorElement {
  /// All but the point to return to after a divergence, which on reading is the state itself.
  public func write(to archive: inout Archive, at path: String) {
    now.parameters.write(to: &archive, at: "\(path)/parameters")
    archive.set("\(path)/iteration", iteration)
    archive.set("\(path)/minibatches", minibatches)
    archive.set("\(path)/sums", now.progress.sums.numbers)
    archive.set("\(path)/moments", now.moments.count)
    for (i, moment) in now.moments.enumerated() { moment.write(to: &archive, at: "\(path)/moments/\(i)") }
  }

  public init(from archive: Archive, at path: String) throws(FileError) {
    self.init(parameters: try ParameterVector(from: archive, at: "\(path)/parameters"))
    now.progress.iteration = try archive.value("\(path)/iteration", of: Int.self)
    now.progress.minibatches = try archive.value("\(path)/minibatches", of: Int.self)
    guard iteration >= 0, minibatches >= iteration else { throw archive.invalidValue("\(path)/iteration") }
    guard let sums = GradientSums(numbers: try archive.vector("\(path)/sums")) else {
      throw archive.invalidValue("\(path)/sums")
    }
    now.progress.sums = sums
    let count = try archive.value("\(path)/moments", of: Int.self)
    guard (0...2).contains(count) else { throw archive.invalidValue("\(path)/moments") }
    for i in 0..<count {
      now.moments.append(
        try ParameterVector(parameters.layout, from: archive, at: "\(path)/moments/\(i)"))
    }
  }
}
