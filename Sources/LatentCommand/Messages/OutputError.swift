/// A result that cannot be handed over.
enum OutputError: Explained {
  case standardOutput(errno: Int32)

  var explanation: String {
    switch self {
    case .standardOutput(let code): "standard output cannot be written: \(Wording.system(code))."
    }
  }
}
