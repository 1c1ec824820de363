/// Data that were read and do not suit what was asked.
enum PreparationError: Explained {
  case missingCells(source: String, count: Int, row: Int, column: Int, name: String?, allRows: Bool)
  case outsideUnitInterval(source: String, row: Int, column: Int, name: String?, value: Double)
  case tooFewRows(source: String, rows: Int, components: Int, heldOut: Int)
  case holdoutTooSmall(source: String, rows: Int)
  /// Columns that the model was fitted to and the data lack.
  case lacksColumns(source: String, model: String, names: [String])
  case wrongWidth(source: String, columns: Int, model: String, expected: Int)
  case otherBinarization(model: String, recorded: String, given: String)
  case tooLargeForMemory(components: Int, columns: Int, needed: Double, available: Double)
  /// A model file to go on from that keeps nothing of its observations.
  case noStatistics(path: String)
  case initialModel(path: String, found: String, needed: String)
  case initialMeans(path: String, rows: Int, columns: Int, components: Int, dimensions: Int)

  var explanation: String {
    switch self {
    case .missingCells(let source, let count, let row, let column, let name, let all):
      "\(source): \(NumberText.count(count, "cell is", plural: "cells are")) missing, the first in "
        + "row \(row), \(Wording.column(column, name)); this version's gmm needs all of them.\n"
        + (all
          ? "Every row misses one: choose other columns with --columns, or fill them."
          : "Remove these rows, choose other columns with --columns, or fill the cells.")
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
    case .tooLargeForMemory(let components, let columns, let needed, let available):
      "\(NumberText.count(components, "component")) with \(NumberText.count(columns, "column")) need about "
        + "\(NumberText.bytes(needed)) of memory, and this machine has \(NumberText.bytes(available)).\n"
        + "Use fewer components, fewer columns (--columns), or --covariance tied."
    case .noStatistics(let path):
      "\(path) keeps no statistics of the rows that it was fitted to, so others cannot be added to them.\n"
        + "Fit it once more with --keep-statistics, or start from its parameters alone with --init \(path)."
    case .initialModel(let path, let found, let needed):
      "--init \(path) holds \(found), and the fit needs \(needed).\nGive another file, or the options of that model."
    case .initialMeans(let path, let rows, let columns, let components, let dimensions):
      "--init \(path) has \(NumberText.count(rows, "row")) and \(NumberText.count(columns, "column")); as means of "
        + "the components it needs \(components) and \(dimensions)."
    }
  }
}
