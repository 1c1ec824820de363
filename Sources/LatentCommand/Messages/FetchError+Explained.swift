import Latent

extension FetchError: Explained {
  var explanation: String {
    switch self {
    case .unknown(let name, let available):
      "\(Wording.quoted(name)) cannot be fetched.\nAvailable: \(Wording.list(available))."
    case .allMirrorsFailed(let file, let attempts):
      "\(file) could not be fetched:\n"
        + attempts.map { "  \($0.address): \($0.cause.words)" }.joined(separator: "\n")
        + "\nTry again later (what was received is kept), or put the files into $LATENT_DATA."
    case .cancelled: "interrupted; what was received is kept for the next time."
    case .busy(let path): "another process is fetching \(path).\nWait until it is done."
    case .file(let error): error.explanation
    }
  }

  var exitStatus: Int32 {
    switch self {
    case .cancelled: ExitStatus.interrupted
    default: ExitStatus.badInput
    }
  }
}

extension FetchCause {
  fileprivate var words: String {
    switch self {
    case .connection(_, let message): message
    case .status(let code): "the server answered \(code)"
    case .wrongChecksum: "the contents are not those of the data set"
    case .wrongRange: "the server sent another part than was asked for"
    case .tooLarge(let limit): "more than \(NumberText.bytes(Double(limit)))"
    case .invalidAddress: "not an address"
    }
  }
}
