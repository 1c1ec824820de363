import Latent

/// Data that are no sequences, told with their source.
struct SequenceFailure: Explained {
  let error: SequenceError
  let source: String
  /// What the source calls the sequences.
  var names: [String]? = nil

  var explanation: String { "\(source): \(error.words(names: names))" }
}

extension SequenceError: Explained {
  var explanation: String { words(names: nil) }

  /// The message, with sequences by the names that the data give them, otherwise by number from 1.
  func words(names: [String]?) -> String {
    func sequence(_ n: Int) -> String {
      names.flatMap { n < $0.count ? "sequence \(Wording.quoted($0[n]))" : nil } ?? "sequence \(n + 1)"
    }
    switch self {
    case .empty(let n): return "\(sequence(n)) has no frame.\nLeave it out, or give it one."
    case .lengths(let total, let frames):
      return
        "the lengths of the sequences add up to \(total), and there are \(NumberText.count(frames, "frame"))."
    case .width(let n, let expected, let actual):
      return "\(sequence(n)) has \(NumberText.count(actual, "column")) where the first has \(expected)."
    case .controlSequences(let sequences, let controls):
      return "there are controls of \(NumberText.count(controls, "sequence")) for "
        + "\(NumberText.count(sequences, "sequence")).\nGive controls for each."
    case .controlFrames(let n, let frames, let controls):
      return (n.map { "\(sequence($0)) has " } ?? "there are ")
        + "\(NumberText.count(controls, "row")) of controls for \(NumberText.count(frames, "frame")).\n"
        + "Give one for each frame; the last acts on the frame to come."
    case .controlNotFinite(let n, let frame, let column):
      return "control \(column + 1) of \(sequence(n)), frame \(frame + 1), is missing or not finite.\n"
        + "Controls are given and never inferred: give every one a number."
    case .weights: return "weights of sequences must be numbers, 0 or more, one for each."
    }
  }
}

/// An inference about sequences that came to nothing.
struct SequenceInferenceFailure: Explained {
  let error: InferenceError
  let source: String
  var columnNames: [String]? = nil
  var names: [String]? = nil
  /// The options that might help where a state collapses; nil where a model is only applied.
  var advice: String? = nil
  var restarts = 1

  var exitStatus: Int32 { error.exitStatus }

  var explanation: String {
    let prefix = restarts > 1 ? "all \(restarts) starts failed; the last: " : ""
    switch error {
    case .notFinite(let quantity, let n?):
      let name = names.flatMap { n < $0.count ? Wording.quoted($0[n]) : nil } ?? "\(n + 1)"
      return prefix + "\(source): the \(quantity) of sequence \(name) is not a finite number.\n"
        + (advice == nil
          ? "Its frames may lie too far from those that the model was fitted to."
          : "Its values may be too large or too small: try --standardize.")
    case .collapsed, .notPositiveDefinite:
      let words = error.explanation(columnNames: columnNames, remedies: nil)
      return prefix + words + (advice.map { "\n\($0)" } ?? "")
    case .notBinary, .unknownCategory, .unsuitable:
      return prefix + "\(source), " + error.explanation(columnNames: columnNames, remedies: nil)
    case .tooFewRows(let rows, let needed):
      return prefix + "\(source): \(NumberText.count(rows, "frame")) where \(needed) are needed.\n"
        + "Use more data\(advice == nil ? "" : ", or fewer states")."
    default: return prefix + error.explanation(columnNames: columnNames, remedies: nil)
    }
  }
}

/// Sequences that were read and do not suit what was asked.
enum SequenceUseError: Explained {
  /// Controls of another number than the model's.
  case controls(source: String, found: Int, model: String, expected: Int)
  case holdoutTooSmall(source: String, sequences: Int)
  /// A sequence with fewer frames than are to be given.
  case tooShort(source: String, sequence: Int, frames: Int, given: Int)
  case noTruth(source: String)
  case noControls(model: String)
  case sampleControls(source: String, rows: Int, columns: Int, frames: Int, expected: Int)
  case initialModel(path: String)
  case batchTooLarge(source: String, sequences: Int, batch: Int)
  /// Test sequences with other controls than those of the fit.
  case testControls(source: String, found: Int, data: String, expected: Int)
  /// Fewer frames than tell a deep filter the first state.
  case givenTooFew(model: String, given: Int, needed: Int)
  /// A prediction that goes on behind the controls.
  case horizon(source: String, sequence: Int, frames: Int, given: Int, horizon: Int)

  var explanation: String {
    switch self {
    case .controls(let source, let found, let model, let expected):
      "\(source) has \(NumberText.count(found, "control")), and \(model) was fitted to \(expected).\n"
        + "Name its columns of controls, or a file of them, with --controls."
    case .holdoutTooSmall(let source, let sequences):
      "\(source): --holdout of \(NumberText.count(sequences, "sequence")) leaves the fit or the test without any.\n"
        + "Choose another fraction, or leave --holdout out."
    case .tooShort(let source, let sequence, let frames, let given):
      "\(source): sequence \(sequence + 1) has \(NumberText.count(frames, "frame")), and \(given) are to be given.\n"
        + "Choose a smaller --given."
    case .noTruth(let source):
      "\(source): there is no column of ground truth to compare with.\nName some with --truth."
    case .noControls(let model):
      "\(model) was fitted with controls, so a draw needs some.\nGive a file of them with --controls."
    case .sampleControls(let source, let rows, let columns, let frames, let expected):
      "\(source) has \(NumberText.count(rows, "row")) of \(NumberText.count(columns, "control")), where "
        + "\(NumberText.count(frames, "frame")) of \(NumberText.count(expected, "control")) are needed for each sequence."
    case .initialModel(let path):
      "--init \(path) holds a model of another kind or size than the fit needs.\n"
        + "Give another file, or the options of that model."
    case .batchTooLarge(let source, let sequences, let batch):
      "--batch \(batch) is more than the \(NumberText.count(sequences, "sequence")) of \(source).\n"
        + "Give a number up to \(sequences)."
    case .testControls(let source, let found, let data, let expected):
      "--test \(source) has \(NumberText.count(found, "control")), and \(data) has \(expected).\n"
        + "Give test data with the controls of the fit."
    case .givenTooFew(let model, let given, let needed):
      "--given \(given) is less than the \(needed) frames that tell \(model) the first state.\n"
        + "Give \(needed) or more, or fit with a smaller --first-frames."
    case .horizon(let source, let sequence, let frames, let given, let horizon):
      "\(source): sequence \(sequence + 1) has controls of \(NumberText.count(frames, "frame")), and \(given) + \(horizon) "
        + "need those of \(given + horizon - 1).\nChoose a --horizon up to \(frames - given + 1), or give more controls."
    }
  }
}
