import Latent

extension InferenceError: Explained {
  var explanation: String { explanation(columnNames: nil, remedies: nil) }

  /// What lies with the data or the options is bad input; what the numbers did is a failure of the inference.
  var exitStatus: Int32 {
    switch self {
    case .tooFewRows, .wrongWidth, .invalidParameter, .columnMissing, .notBinary, .unknownCategory,
      .unsuitable, .batchUnavailable, .noVariation:
      ExitStatus.badInput
    default: ExitStatus.inferenceFailed
    }
  }

  /// The message, with the columns by the names that the data give them, and what the model leaves to try.
  func explanation(columnNames: [String]?, remedies: Remedies?) -> String {
    let advice: String? =
      switch self {
      case .collapsed(let collapse): remedies?.againstCollapse(collapse.cause)
      case .notFinite:
        remedies.map { "The values may be too large or too small. \($0.againstOverflow)" }
          ?? "The values may lie too far from those that the model was fitted to: look at this row."
      case .tooFewRows: remedies?.againstFewRows ?? "Use more data."
      default: nil
      }
    let message = message(columnNames: columnNames)
    return advice.map { "\(message)\n\($0)" } ?? message
  }

  /// The cause alone, in one line.
  func reason(columnNames: [String]?) -> String {
    let message = message(columnNames: columnNames)
    let line = message.prefix { $0 != "\n" }
    if case .collapsed = self { return String(line.dropLast()) }
    return String(line)
  }

  /// The cause, and on lines of its own what to do.
  private func message(columnNames: [String]?) -> String {
    switch self {
    case .boundDecreased(let iteration, let from, let to, let allowance):
      "the bound fell at iteration \(iteration), from \(from) to \(to) nats, by more than rounding "
        + "(\(NumberText.short(allowance))) explains.\nThis is a defect of latent: please report it with the data."
    case .diverged(let step, let quantity):
      "the ascent diverged: the \(quantity) after \(NumberText.count(step, "minibatch", plural: "minibatches")) is not a "
        + "finite number.\nTry a smaller --learning-rate, or --clip to bound the gradient."
    case .interrupted: "interrupted."
    case .collapsed(let collapse): Self.words(for: collapse, columnNames) + "."
    case .notFinite(let quantity, let row):
      "the \(quantity)\(row.map { " of row \($0 + 1)" } ?? "") is not a finite number."
    case .notPositiveDefinite(let matrix): "\(matrix) is not positive definite."
    case .tooFewRows(let rows, let needed):
      "\(NumberText.count(rows, "row")) where \(needed) are needed."
    case .wrongWidth(let expected, let actual):
      "\(NumberText.count(actual, "column")) where the model has \(expected)."
    case .columnMissing(let column):
      "all cells of \(Wording.column(column + 1, Self.name(column, columnNames))) are missing.\n"
        + "Leave it out with --columns."
    case .notBinary(let row, let column, let value):
      "row \(row + 1), \(Wording.column(column + 1, Self.name(column, columnNames))) holds \(NumberText.short(value)), "
        + "where the model knows 0 and 1 alone.\n"
        + (value >= 0 && value <= 1 ? "Turn values into zeros and ones with --binarize." : "Correct it.")
    case .unknownCategory(let row, let column, let value, let levels):
      "row \(row + 1), \(Wording.column(column + 1, Self.name(column, columnNames))) holds \(NumberText.short(value)), "
        + "which is none of its \(NumberText.count(levels, "category", plural: "categories")) (0 to \(levels - 1)).\n"
        + "Fit the model to data that hold every category, or leave the row out."
    case .unsuitable(let row, let column, let value, let requirement):
      "row \(row + 1), \(Wording.column(column + 1, Self.name(column, columnNames))) holds \(NumberText.short(value)), "
        + "which is not \(requirement).\nCorrect it, or fit with another --likelihood."
    case .batchUnavailable(_, let reason): "\(reason)"
    case .noVariation:
      "no column of the data varies, so nothing sets a scale.\nGive data with rows that differ."
    case .invalidParameter(let name, let value, let requirement):
      "the \(name) must be \(requirement), not \(value)."
    }
  }

  private static func name(_ column: Int, _ columnNames: [String]?) -> String? {
    columnNames.flatMap { column < $0.count ? $0[column] : nil }
  }

  private static func words(for collapse: Collapse, _ columnNames: [String]?) -> String {
    let component = "component \(collapse.component + 1) of \(collapse.components) collapsed: "
    switch collapse.cause {
    case .empty: return component + "no row belongs to it any more"
    case .flat(let column, let variance):
      let name = Self.name(column, columnNames)
      let share = variance > 0 ? "\(NumberText.short(variance)) × the data's" : "0"
      let rows = ", with \(NumberText.expectedRows(collapse.count)) in it"
      return component + "its variance along \(Wording.column(column + 1, name)) fell to \(share)\(rows)"
    }
  }
}
