import LatentEvidence
import LatentNetworks
import LatentNumerics
import Testing

/// An optimiser with its fast and its plain update.
struct OptimizerCase: Sendable, CustomTestStringConvertible {
  let name: String
  let optimizer: any Optimizer
  private let plain: @Sendable (OptimizerElements<Double>) -> Void
  private let plainSingle: @Sendable (OptimizerElements<Float>) -> Void

  var testDescription: String { name }

  private init<Rule: Optimizer>(
    _ name: String, _ rule: Rule, _ plain: @escaping @Sendable (OptimizerElements<Double>) -> Void,
    _ plainSingle: @escaping @Sendable (OptimizerElements<Float>) -> Void
  ) {
    self.name = name
    optimizer = rule
    self.plain = plain
    self.plainSingle = plainSingle
  }

  func reference<Scalar: LatentScalar>(_ elements: OptimizerElements<Scalar>) {
    if let e = elements as? OptimizerElements<Double> { plain(e) }
    if let e = elements as? OptimizerElements<Float> { plainSingle(e) }
  }

  static func all() throws -> [OptimizerCase] {
    let momentum = try Momentum(0.9)
    let nesterov = try Momentum(0.8, nesterov: true)
    let adagrad = try Adagrad(epsilon: 1e-15)
    let rmsprop = try RMSprop(decay: 0.9, epsilon: 1e-3)
    let adadelta = try Adadelta(decay: 0.9, epsilon: 1e-6)
    let adam = try Adam(epsilon: 1e-3)
    let adamW = try AdamW(Adam(meanDecay: 0.8, squareDecay: 0.99), weightDecay: 0.1)
    return [
      OptimizerCase("sgd", SGD(), { SGD().reference($0) }, { SGD().reference($0) }),
      OptimizerCase("momentum", momentum, { momentum.reference($0) }, { momentum.reference($0) }),
      OptimizerCase("nesterov", nesterov, { nesterov.reference($0) }, { nesterov.reference($0) }),
      OptimizerCase("adagrad", adagrad, { adagrad.reference($0) }, { adagrad.reference($0) }),
      OptimizerCase("rmsprop", rmsprop, { rmsprop.reference($0) }, { rmsprop.reference($0) }),
      OptimizerCase("adadelta", adadelta, { adadelta.reference($0) }, { adadelta.reference($0) }),
      OptimizerCase("adam", adam, { adam.reference($0) }, { adam.reference($0) }),
      OptimizerCase("adamw", adamW, { adamW.reference($0) }, { adamW.reference($0) }),
    ]
  }
}
