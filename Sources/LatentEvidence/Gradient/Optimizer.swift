public import LatentNumerics

/// A rule that turns gradients into steps uphill, element by element.
///
/// A rule keeps up to two vectors of the parameters' layout, such as running means of the gradient and of its square, and
/// the number of steps. It may be applied to any part of the buffer on its own, so that a step is one pass over memory
/// which threads may share.
public protocol Optimizer: Sendable {
  /// The number of vectors that it keeps, at most two.
  var momentCount: Int { get }

  /// One step of some elements.
  func update(_ elements: OptimizerElements<Float>)
  func update(_ elements: OptimizerElements<Double>)
}

/// Neighbouring elements of the parameters and what belongs to them.
public struct OptimizerElements<Scalar: LatentScalar> {
  public let count: Int
  /// θ, to be changed.
  public let parameters: UnsafeMutablePointer<Scalar>
  /// The gradient of the objective, still to be multiplied with `scale`.
  public let gradient: UnsafePointer<Scalar>
  public let scale: Double
  /// The first and the second vector that the rule keeps, as many as it has; 0 before the first step.
  public let first: UnsafeMutablePointer<Scalar>?
  public let second: UnsafeMutablePointer<Scalar>?
  /// t, the number of this step, from 1.
  public let step: Int
  /// η.
  public let learningRate: Double

  public init(
    count: Int, parameters: UnsafeMutablePointer<Scalar>, gradient: UnsafePointer<Scalar>, scale: Double = 1,
    first: UnsafeMutablePointer<Scalar>? = nil, second: UnsafeMutablePointer<Scalar>? = nil, step: Int,
    learningRate: Double
  ) {
    self.count = count
    self.parameters = parameters
    self.gradient = gradient
    self.scale = scale
    self.first = first
    self.second = second
    self.step = step
    self.learningRate = learningRate
  }
}

extension OptimizerElements {
  /// One step by this rule; `Scalar` is one of two types.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  package func update(by rule: any Optimizer) {
    if Scalar.self == Double.self {
      rule.update(unsafeBitCast(self, to: OptimizerElements<Double>.self))
    } else {
      rule.update(unsafeBitCast(self, to: OptimizerElements<Float>.self))
    }
  }
}

/// What an optimiser knows between two steps.
public struct OptimizerState<Scalar: LatentScalar>: Sendable, Equatable {
  /// The vectors that the rule keeps.
  public internal(set) var moments: [ParameterVector<Scalar>]
  /// Steps taken.
  public internal(set) var step = 0

  /// Before the first step.
  public init(_ optimizer: some Optimizer, layout: ParameterLayout) {
    moments = (0..<optimizer.momentCount).map { _ in ParameterVector(layout) }
  }
}

extension Optimizer {
  /// One step of all parameters uphill.
  ///
  /// - Parameters:
  ///   - parameters: θ, to be changed.
  ///   - gradient: of the objective, in the layout of the parameters.
  ///   - state: of this optimiser and layout.
  ///   - learningRate: η.
  public func step<Scalar>(
    _ parameters: inout ParameterVector<Scalar>, gradient: ParameterVector<Scalar>,
    state: inout OptimizerState<Scalar>, learningRate: Double
  ) {
    precondition(
      parameters.layout == gradient.layout && state.moments.count == momentCount
        && state.moments.allSatisfy { $0.layout == parameters.layout }, "of different layouts")
    state.step += 1
    let (count, step) = (parameters.count, state.step)
    guard count > 0 else { return }
    state.moments.withMemory { first, second in
      parameters.withUnsafeMutableElements { p in
        gradient.withUnsafeElements { g in
          OptimizerElements(
            count: count, parameters: p.baseAddress!, gradient: g.baseAddress!, first: first,
            second: second, step: step, learningRate: learningRate
          ).update(by: self)
        }
      }
    }
  }
}
