import LatentEvidence
import LatentNumerics

extension OptimizerElements {
  /// These elements, where they are of this type; the pointers say nothing of it to the compiler.
  func `as`<Other: LatentScalar>(_: Other.Type) -> OptimizerElements<Other>? {
    Scalar.self == Other.self ? unsafeBitCast(self, to: OptimizerElements<Other>.self) : nil
  }
}

func requireShare(_ value: Double, _ name: String) throws(InferenceError) {
  guard value >= 0, value < 1 else {
    throw .invalidParameter(name: name, value: "\(value)", requirement: "at least 0 and below 1")
  }
}

func requirePositive(_ value: Double, _ name: String) throws(InferenceError) {
  guard value > 0, value.isFinite else {
    throw .invalidParameter(name: name, value: "\(value)", requirement: "positive and finite")
  }
}
