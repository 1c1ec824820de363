import LatentEvidence
import LatentNumerics

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
