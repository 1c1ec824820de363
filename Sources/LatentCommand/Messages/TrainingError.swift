/// Data that were read and do not suit the training of a network, or training that went wrong.
enum TrainingError: Explained {
  case batchTooLarge(source: String, rows: Int, batch: Int, heldOut: Int)
  /// Test data of another width than the data of the fit.
  case testWidth(source: String, columns: Int, data: String, expected: Int)
  /// Test data without columns of the fit.
  case testColumns(source: String, data: String, names: [String])
  case tooLarge(parameters: Int, needed: Double, available: Double)
  /// Images on a manifold need exactly two latent dimensions.
  case noManifold(path: String, latent: Int)
  /// A verb about z, for a regression without any.
  case noLatent(path: String, verb: String)
  /// A model that cannot stand beside another's draws.
  case noContrast(path: String, model: String)
  /// Draws of z, for a deterministic auto-encoder.
  case noDraws(path: String)
  /// A model file to start from that is of another architecture.
  case initialModel(path: String, found: String, needed: String)
  /// One that knows other categories of the condition.
  case initialLabels(path: String, found: [String], needed: [String])
  /// A column of one value, whose own variance would vanish; `column` from 1.
  case constantColumn(source: String, column: Int, name: String?)
  /// A bound that is not finite before the first step.
  case notFinite(source: String, quantity: String, row: Int?, isStandardized: Bool)
  /// Training ended with the last good parameters.
  case diverged(cause: String, pass: Int, model: String?, resumption: String?)

  var explanation: String {
    switch self {
    case .batchTooLarge(let source, let rows, let batch, let heldOut):
      "--batch \(batch) is more than the \(NumberText.count(rows, "row")) of \(source)"
        + (heldOut > 0 ? " (\(NumberText.count(heldOut)) held out)" : "")
        + ".\nGive a number up to \(rows)."
    case .testWidth(let source, let columns, let data, let expected):
      "--test \(source) has \(NumberText.count(columns, "column")), and \(data) has \(expected).\n"
        + "Give test data with the columns of the fit."
    case .testColumns(let source, let data, let names):
      "--test \(source) lacks \(names.count == 1 ? "the column" : "columns") "
        + Wording.list(names.map(Wording.quoted))
        + " of \(data).\nGive test data with the columns of the fit."
    case .tooLarge(let parameters, let needed, let available):
      "networks of \(NumberText.count(parameters, "parameter")) need about \(NumberText.bytes(needed)) of memory to be "
        + "trained, and this machine has \(NumberText.bytes(available)).\nUse narrower layers (--hidden), or fewer columns "
        + "(--columns)."
    case .noManifold(let path, let latent):
      "--manifold needs a model with two latent dimensions, and \(path) has \(latent).\n"
        + "Fit one with --latent 2, or leave --manifold out."
    case .noLatent(let path, let verb):
      "\(verb) has nothing for \(path), which holds a regression without latent variables.\n"
        + "Fit a cvae without --posterior none."
    case .noContrast(let path, let model):
      "--contrast \(path) is not a regression of the same columns on the same condition as \(model).\n"
        + "Fit one to the same data, with the same --condition options and --posterior none."
    case .noDraws(let path):
      "\(path) holds a deterministic auto-encoder, which has no p(z): nothing says where z lies.\n"
        + "Fit a vae to draw rows; `latent reconstruct --between A,B` shows what lies between two of them."
    case .initialModel(let path, let found, let needed):
      "--init \(path) holds another model: \(found).\nThe fit needs: \(needed).\n"
        + "Give another file, or the options of that model."
    case .initialLabels(let path, let found, let needed):
      "--init \(path) knows the categories \(Wording.list(found)), and the data hold \(Wording.list(needed)).\n"
        + "Give another file, or data with the same categories."
    case .constantColumn(let source, let column, let name):
      "\(source): \(Wording.column(column, name)) does not vary, so a variance of its own would vanish.\n"
        + "Leave it out with --columns, or give --variance shared or a number."
    case .notFinite(let source, let quantity, let row, let isStandardized):
      "\(source): the \(quantity)\(row.map { " of row \($0 + 1)" } ?? "") is not a finite number.\n"
        + "The values may be too large\(isStandardized ? ": look at this row." : ": try --standardize.")"
    case .diverged(let cause, let pass, let model, let resumption):
      "\(cause)\n"
        + (model.map { "The model of the last good pass, \(pass), is in \($0)." }
          ?? "The last good pass was \(pass); -o FILE keeps its model.")
        + (resumption.map { " To go on from there:\n  \($0)" } ?? "")
    }
  }

  var exitStatus: Int32 {
    switch self {
    case .diverged, .notFinite: ExitStatus.inferenceFailed
    default: ExitStatus.badInput
    }
  }
}
