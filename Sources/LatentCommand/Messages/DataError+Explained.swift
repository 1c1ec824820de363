import Latent

extension CellPlace {
  var words: String {
    let position: String =
      switch position {
      case .line(let line): "line \(line)"
      case .row(let row): "row \(row)"
      }
    return "\(source), \(position), \(Wording.column(column, columnName))"
  }
}

extension DataError: Explained {
  var explanation: String {
    fileExplanation ?? textExplanation ?? binaryExplanation ?? rowExplanation ?? tableExplanation
  }

  // MARK: The file itself

  private var fileExplanation: String? {
    switch self {
    case .notFound(let source):
      "\(source): there is no such file, and no data set of this name.\n"
        + "Check the path; `latent data list` names the data sets."
    case .isDirectory(let source): "\(source) is a folder.\nGive a file in it."
    case .unreadable(let source, let code): "\(source) cannot be read: \(Wording.system(code))."
    case .changed(let source):
      "\(source) was changed while it was read.\nTry again when nothing writes to it."
    case .empty(let source): "\(source) is empty.\nGive a table with a row for each observation."
    case .tooLarge(let source, let limit):
      "\(source) is larger than this machine's memory, \(NumberText.bytes(Double(limit)))."
    case .unknownFormat(let source):
      "\(source) is in no known format.\nGive CSV, TSV, NPY, NPZ or IDX, each also compressed by gzip."
    case .noBatches(let source, let format):
      "\(source) is \(format.rawValue.uppercased()), which cannot be read in batches.\nGive CSV, TSV, NPY or IDX."
    default: nil
    }
  }

  // MARK: Text

  private var textExplanation: String? {
    switch self {
    case .headerOnly(let source): "\(source) has a header and no rows under it."
    case .raggedRow(let source, let line, let expected, let actual):
      "\(source), line \(line): \(NumberText.count(actual, "cell")) where the first line has \(expected).\n"
        + "Make all lines alike."
    case .textCell(let place, let text):
      "\(place.words): \(Wording.quoted(text)) is not a number.\n"
        + "Correct it, leave it empty if it is missing, or choose other columns with --columns."
    case .infiniteCell(let place, let text):
      "\(place.words): \(Wording.quoted(text)) is infinite or too large for a number.\n"
        + "Correct it, or leave it empty if it is missing."
    case .unterminatedQuote(let source, let line):
      "\(source), line \(line): the quote that opens here never closes."
    case .textAfterQuote(let place):
      "\(place.words): text follows a closing quote.\nDouble a quote that is part of the text."
    case .invalidUTF8(let place): "\(place.words): the text is not UTF-8."
    case .duplicateColumn(let source, let name):
      "\(source): two columns are named \(Wording.quoted(name)).\nRename one, or choose columns by number."
    default: nil
    }
  }

  // MARK: Compression, archives, arrays

  private var binaryExplanation: String? {
    switch self {
    case .truncatedGzip(let source):
      "\(source): the compressed data end early.\nThe file is cut short: get it once more."
    case .corruptGzip(let source, let offset):
      "\(source): the compressed data are damaged near byte \(offset).\nGet the file once more."
    case .trailingGarbage(let source, let offset):
      "\(source): other bytes follow the compressed data, from byte \(offset) on."
    case .corruptArchive(let source):
      "\(source): the archive is damaged or cut short.\nGet the file once more."
    case .unsupportedCompression(let source, let member, let method):
      "\(source): \(Wording.quoted(member)) is encrypted or compressed in another way than NumPy's (method \(method))."
    case .noArrays(let source): "\(source) holds no array."
    case .severalArrays(let source, let names):
      "\(source) holds several arrays: \(Wording.list(names)).\nName one: \(source):\(names.first ?? "name")."
    case .unknownArray(let source, let name, let available):
      "\(source) holds no array \(Wording.quoted(name)).\nAvailable: \(Wording.list(available))."
    case .badMagic(let source, let format):
      "\(source) is not the \(format.rawValue.uppercased()) file that its name says."
    case .unsupportedVersion(let source, let format, let version):
      "\(source): version \(version) of \(format.rawValue.uppercased()) is not known."
    case .unsupportedType(let source, let type):
      "\(source): elements of type \(Wording.quoted(type)) are not numbers.\nConvert them to float64."
    case .objectArray(let source):
      "\(source) holds Python objects, which are never loaded.\nSave it as an array of numbers."
    case .malformedHeader(let source, let text):
      "\(source): the header cannot be understood: \(Wording.quoted(text))."
    case .sizeMismatch(let source, let expected, let actual):
      "\(source): the header announces "
        + (expected.map { "\(NumberText.count($0)) bytes" } ?? "more bytes than any file has")
        + " of numbers, and there are \(NumberText.count(actual)).\nThe file is damaged or cut short: get it once more."
    case .unsupportedRank(let source, let rank):
      rank == 0
        ? "\(source) holds a single number.\nGive an array with a row for each observation."
        : "\(source) has \(rank) axes where one column, or rows and columns, are needed.\nReshape the array."
    default: nil
    }
  }

  // MARK: Weights and categories

  private var rowExplanation: String? {
    switch self {
    case .invalidWeight(let place, let text, let fault):
      switch fault {
      case .missing: "\(place.words): the weight is missing.\nGive every row a weight; 0 leaves a row out."
      case .negative:
        "\(place.words): the weight \(text) is negative.\nA weight says how many rows a row counts for."
      case .infinite: "\(place.words): the weight \(text) is infinite or too large for a number."
      case .notANumber: "\(place.words): the weight \(Wording.quoted(text)) is not a number."
      }
    case .zeroWeights(let source, let column):
      "\(source): all weights in column \(Wording.quoted(column)) are zero.\nGive at least one row a positive weight."
    case .extremeWeights(let source, let column, let total):
      "\(source): the weights in column \(Wording.quoted(column)) add up to \(NumberText.short(total)).\n"
        + "\(total > 1 ? "Divide" : "Multiply") them all by one number, so that their sum can be computed with."
    case .invalidCategory(let place, let text):
      "\(place.words): \(text) is not a whole number, so it stands for no category."
    case .unknownCategory(let place, let text, let known, let count):
      "\(place.words): the category \(Wording.quoted(text)) is not one of the model's.\nKnown: \(Wording.list(known))"
        + (count > known.count ? " and \(NumberText.count(count - known.count)) more." : ".")
    case .tooManyLevels(let source, let column, let name, let levels, let rows):
      "\(source): \(Wording.column(column, name)) has \(NumberText.count(levels)) different categories in "
        + "\(NumberText.count(rows, "row")), as identifiers have.\nLeave it out with --columns."
    case .columnCountMismatch(let source, let expected, let actual):
      "\(source) has \(NumberText.count(actual, "column")) where \(NumberText.count(expected)) are needed."
    default: nil
    }
  }

  // MARK: Tables

  private var tableExplanation: String {
    switch self {
    case .allMissing(let source): "\(source): all cells are missing."
    case .missingColumn(let source, let column, let name):
      "\(source): all cells of \(Wording.column(column, name)) are missing.\nLeave it out with --columns."
    case .unknownColumn(let source, let name, let available):
      "\(source) has no column \(Wording.quoted(name)).\nAvailable: \(Wording.list(available))."
    case .constantColumn(let source, let column, let name):
      "\(source): all values of \(Wording.column(column, name)) are equal, so it cannot be standardized.\n"
        + "Leave it out with --columns, or --standardize."
    case .rowCountMismatch(let source, let expected, let actual):
      "\(source) has \(NumberText.count(actual, "row")) where the data have \(NumberText.count(expected))."
    case .missingCell(let place): "\(place.words): the cell is missing.\nGive every cell a number."
    case .invalidSetting(let source, let name, let value, let requirement):
      "\(source): the \(name) must be \(requirement), not \(value)."
    case .invalidLabel(let source, let row): "\(source), row \(row): the label is not a whole number."
    default: "\(self)"
    }
  }
}
