public import LatentEvidence
public import LatentNumerics

/// A reverse-mode tape: operations on `Variable`s compute at once and are written down, `backward` goes through
/// them in reverse order and leaves the gradient of the result by every parameter.
///
///     let tape = Tape<Float>(layout: layout)
///     tape.begin(at: point, gradient: g)           // once a step
///     let x = tape.constant(rows)
///     let loss = x.linear(weights, bias).tanh().squared().sum()
///     tape.backward(from: loss)
///
/// All values are `[rows, columns]`. A tape holds the memory of one step and uses it again in the next, so that a
/// step like the one before allocates nothing. It belongs to one thread; variables belong to the step in
/// which they were made.
///
/// Gradients add up over all uses within a step, and replace what the gradient buffer held before.
///
/// - Source: Griewank and Walther (2008), *Evaluating Derivatives*, ch. 3 (reverse accumulation).
public final class Tape<Scalar: LatentScalar> {
  let engine: TapeEngine

  /// The names, shapes and places of the parameters.
  public let layout: ParameterLayout

  /// - Parameter layout: the parameters that steps may read; none unless told.
  public init(layout: ParameterLayout = ParameterLayout()) {
    self.layout = layout
    engine = TapeEngine(single: Scalar.self == Float.self)
  }

  /// Begins a step: all variables of the step before are gone.
  ///
  /// Products with parameters are computed in bfloat16, and added up in single precision, where the point has rounded
  /// parameters (`Float` only, see `hasBFloat16Products`).
  ///
  /// - Parameters:
  ///   - point: the parameters, `layout.count` elements that stay as they are until `backward` has ended.
  ///   - gradient: as many elements that `backward` overwrites; nil records no derivatives by the parameters.
  public func begin(at point: ParameterPoint<Scalar>, gradient: UnsafeMutablePointer<Scalar>? = nil) {
    engine.begin()
    engine.parameters = Elements(mutating: UnsafeRawPointer(point.values))
    engine.parameterGradient = Elements(gradient)
    engine.roundedParameters = Scalar.self == Float.self ? point.rounded : nil
  }

  /// Begins a step without parameters.
  public func begin() {
    engine.begin()
    engine.parameters = nil
    engine.parameterGradient = nil
    engine.roundedParameters = nil
  }

  /// Computes the gradient of `weight` times the sum of a variable's elements: afterwards the gradient buffer holds
  /// the derivatives by the parameters, zero for those that the variable does not depend on. After ``keepFactors()`` it does
  /// not hold those of the matrices that `factored(_:)` names.
  ///
  /// Once a step.
  public func backward(from result: Variable<Scalar>, weight: Double = 1) {
    precondition(result.engine === engine, "a variable of another tape")
    engine.backward(from: result.node, weight: weight)
    guard engine.parameterGradient != nil else { return }
    for entry in layout.entries where !engine.hasGradient(parameterAt: entry.offset) {
      engine.clearGradient(at: entry.offset, count: entry.count)
    }
  }

  /// The bytes of the tape's memory; they grow in the first step only, if steps are alike.
  public var capacity: Int { engine.capacity }

  /// Whether this processor has instructions for products in bfloat16.
  public static var hasBFloat16Products: Bool { OneDNNPrimitives.hasBFloat16 }

  /// The number of operations and inputs in this step.
  public var count: Int { engine.nodes.count }
}

@available(*, unavailable)
extension Tape: Sendable {}
