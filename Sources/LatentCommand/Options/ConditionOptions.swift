import ArgumentParser
import Latent

/// What a conditional model is told of a row.
struct ConditionOptions: ParsableArguments {
  @Option(
    name: .customLong("condition"),
    help: ArgumentHelp(
      "For cvae: a column of categories that are given (name or number), `label` for data sets that carry them, or a file "
        + "of them.", valueName: "column"))
  var labels: String?

  @Option(
    name: .customLong("condition-columns"),
    help: ArgumentHelp(
      "For cvae: columns whose numbers are given, by name or number from 1; the others are modelled.",
      valueName: "a,b,c"))
  var columns: NameList?

  @Option(
    name: .customLong("condition-pixels"),
    help: ArgumentHelp(
      "For cvae of images: the columns of pixels that are given, from 1 at the left; the others are modelled.",
      valueName: "13,14|1-14"))
  var pixels: PixelColumns?

  /// Whether each option is given, by its name.
  var given: [(name: String, isGiven: Bool)] {
    [
      ("--condition", labels != nil), ("--condition-columns", columns != nil),
      ("--condition-pixels", pixels != nil),
    ]
  }

  /// Nil where nothing is given.
  var settings: ConditionSettings? {
    guard given.contains(where: \.isGiven) else { return nil }
    return ConditionSettings(labels: labels, columns: columns?.names, pixels: pixels)
  }

  func validate() throws {
    guard columns != nil, pixels != nil else { return }
    throw UsageError.conflict(
      option: "--condition-columns", other: "--condition-pixels", reason: "both say which columns are given")
  }
}

/// What a conditional model is told of a row, as a fit was asked for it.
struct ConditionSettings: Codable, Equatable, Sendable {
  /// A column of categories, `label`, or a file of them.
  var labels: String?
  var columns: [String]?
  var pixels: PixelColumns?

  /// The columns of the table that are given, in ascending order.
  ///
  /// - Throws: `ConditionError`; `DataError` for a column that is not there.
  func columns<Scalar>(of table: Table<Scalar>) throws -> [Int] {
    if let pixels {
      guard let image = table.imageShape else {
        throw ConditionError.noImages(source: table.source, option: "--condition-pixels")
      }
      guard let last = pixels.columns.last, last <= image.width else {
        throw ConditionError.pixelsOutside(
          source: table.source, width: image.width, column: pixels.columns.last ?? 0)
      }
      guard pixels.columns.count < image.width else {
        throw ConditionError.nothingLeft(source: table.source, option: "--condition-pixels")
      }
      return (0..<image.height).flatMap { y in pixels.columns.map { y * image.width + $0 - 1 } }
    }
    guard let names = columns else { return [] }
    let lookup = try Self.numbers(of: names, in: table)
    guard lookup.count < table.columns else {
      throw ConditionError.nothingLeft(source: table.source, option: "--condition-columns")
    }
    return lookup.sorted()
  }

  /// Where columns of these names or numbers are, from 0.
  private static func numbers<Scalar>(of names: [String], in table: Table<Scalar>) throws -> [Int] {
    // A table of the columns' numbers, selected as any table is: so names and errors are those of --columns.
    let numbers = Table(
      source: table.source,
      values: Matrix<Double>(
        rows: 1, columns: table.columns, elements: (0..<table.columns).map { Double($0) }),
      columnNames: table.columnNames)
    return try numbers.selecting(columns: names).values.row(0).map { Int($0) }
  }

  /// `28 pixels`, `column "eruptions"`, `label`: for headers.
  func words(columns count: Int, levels: Int) -> String {
    var parts: [String] = []
    if let labels {
      parts.append("\(labels) (\(NumberText.count(levels, "category", plural: "categories")))")
    }
    if let pixels { parts.append("\(pixels.words) of pixels") }
    if let columns { parts.append(columns.count == 1 ? "column \(columns[0])" : "\(count) columns") }
    return Wording.choice(parts, "and")
  }
}

/// Columns of pixels, from 1: numbers and spans between commas.
struct PixelColumns: ExpressibleByArgument, Codable, Equatable, CustomStringConvertible, Sendable {
  /// In ascending order.
  let columns: [Int]
  let description: String

  private static let widest = 100_000

  init?(argument: String) {
    var columns: Set<Int> = []
    for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
      let ends = part.split(separator: "-", omittingEmptySubsequences: false).map {
        Int(String($0).trimmingSpaces)
      }
      guard ends.count <= 2, let first = ends.first ?? nil, let last = ends.last ?? nil, first > 0,
        first <= last,
        last <= Self.widest
      else { return nil }
      columns.formUnion(first...last)
    }
    self.columns = columns.sorted()
    description = argument
  }

  var words: String { columns.count == 1 ? "column \(columns[0])" : "columns \(description)" }
}
