/// The command line asks for something that is not there or does not go together.
enum UsageError: Explained, CustomStringConvertible {
  case unknownVerb(String, available: [String])
  case unknownModel(String, available: [String])
  case unknownInference(String, available: [String])
  /// A method that this model does not have.
  case noInference(String, model: String)
  case unknownBenchmark(String, available: [String])
  case badValue(option: String, value: String, requirement: String)
  case missing(option: String, reason: String)
  /// An option without the other that it belongs to.
  case needs(option: String, other: String)
  case conflict(option: String, other: String, reason: String)
  /// An option that this model or method has no use for.
  case noMeaning(option: String, model: String, inference: String)
  /// A verb that is about other models.
  case noVerb(String, model: String, reason: String)
  /// An option differs from what the checkpoint was made with.
  case resumeConflict(path: String, option: String, given: String, recorded: String)
  /// An option differs from what a model that the fit goes on from was made with.
  case otherModel(path: String, option: String, given: String, recorded: String)
  case resumeData(path: String, what: String, given: String, recorded: String)
  /// An output that would replace something the verb reads or writes itself.
  case samePath(path: String, output: String, other: String)
  /// The ending of an output's name tells no format.
  case outputFormat(path: String, endings: [String])
  case notAnImageModel(path: String, output: String)

  var explanation: String {
    switch self {
    case .unknownVerb(let verb, let available):
      "there is no \(Wording.quoted(verb)) in this version.\nAvailable: \(Wording.list(available))."
    case .unknownModel(let model, let available):
      "there is no model \(Wording.quoted(model)) in this version.\nAvailable: \(Wording.list(available))."
    case .unknownInference(let name, let available):
      "--inference \(Wording.quoted(name)) is not in this version.\nAvailable: \(Wording.list(available))."
    case .noInference(let name, let model):
      "\(model) is not fitted by --inference \(name).\nLeave it out: \(model) is fitted by em."
    case .unknownBenchmark(let name, let available):
      "there is no benchmark \(Wording.quoted(name)).\nAvailable: \(Wording.list(available))."
    case .badValue(let option, let value, let requirement):
      "\(option) must be \(requirement), not \(value)."
    case .missing(let option, let reason): "\(option) is missing: \(reason)."
    case .needs(let option, let other): "\(option) has no meaning without \(other)."
    case .conflict(let option, let other, let reason): "\(option) and \(other) do not go together: \(reason)."
    case .noMeaning(let option, let model, let inference):
      "\(option) has no meaning for \(model) by \(inference).\nLeave it out."
    case .noVerb(let verb, let model, let reason): "\(verb) has no meaning for \(model): \(reason)."
    case .resumeConflict(let path, let option, let given, let recorded):
      "\(path) was made with \(option) \(recorded), not \(given).\n"
        + (option == "MODEL"
          ? "Give \(recorded) to go on, or leave --resume out to begin anew."
          : "Leave \(option) out to go on, or --resume to begin anew.")
    case .otherModel(let path, let option, let given, let recorded):
      "\(path) was made with \(option) \(recorded), not \(given).\n"
        + (option == "MODEL"
          ? "Give \(recorded) to go on from it, or leave --from out to begin anew."
          : "Leave \(option) out to go on from it, or --from to begin anew.")
    case .resumeData(let path, let what, let given, let recorded):
      "\(path) was made with other data: \(what) \(recorded), now \(given).\n"
        + "Give the same data and data options to go on, or leave --resume out to begin anew."
    case .samePath(let path, let output, let other):
      "\(output) \(path) would replace \(other).\nChoose another file."
    case .outputFormat(let path, let endings):
      "the name of \(path) does not tell its format.\nLet it end in \(Wording.choice(endings))."
    case .notAnImageModel(let path, let output):
      "\(path) was not fitted to images, so \(output) cannot be drawn.\nUse .csv, .tsv or .npy."
    }
  }

  var description: String { explanation }
}

extension UsageError {
  static func check<Range: RangeExpression<Int>>(_ option: String, _ value: Int, in range: Range) throws {
    guard !range.contains(value) else { return }
    let requirement: String =
      switch range {
      case let range as ClosedRange<Int>: "from \(range.lowerBound) to \(range.upperBound)"
      case let range as PartialRangeFrom<Int>: "\(range.lowerBound) or more"
      default: "in range"
      }
    throw badValue(option: option, value: "\(value)", requirement: requirement)
  }

  static func check(_ option: String, _ value: Double, isAtLeastZero: Bool) throws {
    guard value.isFinite, isAtLeastZero ? value >= 0 : value > 0 else {
      throw badValue(
        option: option, value: NumberText.plain(value),
        requirement: isAtLeastZero ? "a number, 0 or more" : "a number greater than 0")
    }
  }
}
