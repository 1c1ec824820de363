/// What is given to a conditional model is not there, or not what it knows.
enum ConditionError: Explained {
  /// A conditional model without a condition.
  case nothingGiven
  case noImages(source: String, option: String)
  case pixelsOutside(source: String, width: Int, column: Int)
  /// All columns are given.
  case nothingLeft(source: String, option: String)
  /// A row without a category; `row` from 1.
  case noLabel(source: String, row: Int, name: String)
  case tooManyLabels(source: String, name: String, levels: Int)
  /// A category that the rows of the fit did not have; `row` from 1.
  case unknownLabel(source: String, row: Int, label: String, name: String, model: String, known: [String])
  /// A category asked for that the model does not know.
  case noSuchLabel(String, name: String, model: String, known: [String])
  /// `sample` of a conditional model without what is given.
  case needsLabels(model: String, name: String, known: [String])
  case needsRows(model: String, columns: Int)
  /// A condition for a model without any.
  case unconditional(model: String, name: String)

  private static let most = 1000

  static func check(levels: Int, source: String, name: String) throws(ConditionError) {
    guard levels <= most else { throw .tooManyLabels(source: source, name: name, levels: levels) }
  }

  var explanation: String {
    switch self {
    case .nothingGiven:
      "cvae is a model of columns given something, and nothing is given.\nName it with --condition COLUMN for categories, "
        + "--condition-columns for numbers, or --condition-pixels for a part of images; or fit a vae."
    case .noImages(let source, let option):
      "\(option) needs images, and \(source) tells no height and width.\n"
        + "Use IDX or .npy data of three dimensions, without --columns."
    case .pixelsOutside(let source, let width, let column):
      "--condition-pixels \(column) is outside of the images of \(source), which are \(width) wide."
    case .nothingLeft(let source, let option):
      "\(option) gives all columns of \(source), so none is left to be modelled.\nGive fewer."
    case .noLabel(let source, let row, let name):
      "\(source), row \(row): there is no category in \(Wording.quoted(name)).\nLeave the row out, or name it."
    case .tooManyLabels(let source, let name, let levels):
      "\(source): \(Wording.quoted(name)) has \(NumberText.count(levels)) different values, and --condition takes up to "
        + "\(NumberText.count(Self.most)) categories.\nGive numbers with --condition-columns."
    case .unknownLabel(let source, let row, let label, let name, let model, let known):
      "\(source), row \(row): \(model) was fitted to no row whose \(name) is \(Wording.quoted(label)).\n"
        + "It knows \(Wording.list(known.map(Wording.quoted)))."
    case .noSuchLabel(let label, let name, let model, let known):
      "--condition \(label): \(model) was fitted to no row whose \(name) is \(Wording.quoted(label)).\n"
        + "It knows \(Wording.list(known.map(Wording.quoted)))."
    case .needsLabels(let model, let name, let known):
      "\(model) draws rows given \(name), and none is given.\n"
        + "Give --condition with one or more of \(Wording.list(known)), between commas, or `all`."
    case .needsRows(let model, let columns):
      "\(model) draws rows given \(NumberText.count(columns, "column")) of them, and none are given.\n"
        + "Give --condition DATA with rows that have these columns."
    case .unconditional(let model, let name):
      "--condition has no meaning for \(model), which holds a \(name).\nLeave it out."
    }
  }
}
