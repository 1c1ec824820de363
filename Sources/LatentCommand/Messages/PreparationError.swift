/// Data that were read and do not suit what was asked.
enum PreparationError: Explained {
  case outsideUnitInterval(source: String, row: Int, column: Int, name: String?, value: Double)
  case tooFewRows(source: String, rows: Int, components: Int, heldOut: Int)
  case holdoutTooSmall(source: String, rows: Int)
  /// Columns that the model was fitted to and the data lack.
  case lacksColumns(source: String, model: String, names: [String])
  case wrongWidth(source: String, columns: Int, model: String, expected: Int)
  case otherBinarization(model: String, recorded: String, given: String)
  case tooLargeForMemory(
    components: Int, columns: Int, needed: Double, available: Double, remedies: Remedies)
  /// A model file to go on from that keeps nothing of its observations.
  case noStatistics(path: String)
  case initialModel(path: String, found: String, needed: String)
  /// A model file to start from whose categories, of this column first (from 0), are not those of the data.
  case initialLevels(path: String, column: Int, columnNames: [String]?)
  case initialMeans(path: String, rows: Int, columns: Int, components: Int, dimensions: Int)

  var explanation: String {
    switch self {
    case .outsideUnitInterval(let source, let row, let column, let name, let value):
      "\(source), row \(row), \(Wording.column(column, name)): --binarize needs values from 0 to 1, and this is "
        + "\(NumberText.short(value)).\nScale the data first, or leave --binarize out."
    case .tooFewRows(let source, let rows, let components, let heldOut):
      "\(source): \(NumberText.count(components, "component")) cannot be fitted to "
        + NumberText.count(rows, "row")
        + (heldOut > 0 ? " (\(NumberText.count(heldOut)) held out)" : "")
        + ".\nGive --components a number up to \(rows), or more data."
    case .holdoutTooSmall(let source, let rows):
      "\(source): --holdout of \(NumberText.count(rows, "row")) leaves the fit or the test without rows.\n"
        + "Choose another fraction, or leave --holdout out."
    case .lacksColumns(let source, let model, let names):
      "\(source) lacks \(names.count == 1 ? "the column" : "columns") "
        + Wording.list(names.map(Wording.quoted))
        + ", which \(model) was fitted to.\nGive data with these columns, or name the ones to use, in the "
        + "model's order, with --columns."
    case .wrongWidth(let source, let columns, let model, let expected):
      "\(source) has \(NumberText.count(columns, "column")), and \(model) was fitted to \(expected).\n"
        + "Give data with \(NumberText.count(expected, "column")), or choose them with --columns."
    case .otherBinarization(let model, let recorded, let given):
      "\(model) was fitted with --binarize \(recorded), not \(given).\nLeave --binarize out: it is applied anyway."
    case .tooLargeForMemory(let components, let columns, let needed, let available, let remedies):
      "\(NumberText.count(components, "component")) with \(NumberText.count(columns, "column")) need about "
        + "\(NumberText.bytes(needed)) of memory, and this machine has \(NumberText.bytes(available)).\n"
        + remedies.againstSize
    case .noStatistics(let path):
      "\(path) keeps no statistics of the rows that it was fitted to, so others cannot be added to them.\n"
        + "Fit it once more with --keep-statistics, or start from its parameters alone with --init \(path)."
    case .initialModel(let path, let found, let needed):
      "--init \(path) holds \(found), and the fit needs \(needed).\nGive another file, or the options of that model."
    case .initialLevels(let path, let column, let names):
      "--init \(path) knows other categories of \(Wording.column(column + 1, names?[column])) than the data hold.\n"
        + "Give another file, or data with the same categories."
    case .initialMeans(let path, let rows, let columns, let components, let dimensions):
      "--init \(path) has \(NumberText.count(rows, "row")) and \(NumberText.count(columns, "column")); as means of "
        + "the components it needs \(components) and \(dimensions)."
    }
  }
}
