/// What becomes of each column of a text.
struct CSVColumns: Sendable {
  /// A column is a number's place in the row of values; or the label, the weight, or passed over; or a category,
  /// whose place is counted down from the last of these.
  static let label = -1
  static let ignored = -2
  static let weight = -3
  private static let firstCategory = -4

  /// One entry a column of the text.
  private(set) var roles: [Int]
  /// The number of values a row.
  let width: Int
  /// The names of the values, where there is a header.
  let names: [String]?
  /// The columns of the values and of the labels in the text, from 1; nil where the values are all of it in its order.
  let numbers: [Int]?
  let labelNumber: Int?
  let hasLabel: Bool
  let hasWeight: Bool
  /// The categories of each value as far as they are known beforehand; nil where values are numbers.
  private(set) var levels: [LevelIndex]?
  /// Whether other categories are refused.
  private(set) var isClosed: Bool

  /// Resolves the choice of columns.
  ///
  /// - Throws: `.unknownColumn`, `.duplicateColumn`, `.columnCountMismatch`.
  init(count: Int, header: [String]?, options: ReadOptions, source: String) throws(DataError) {
    let choice = try ColumnChoice(options, ColumnLookup(source: source, count: count, names: header))
    width = choice.values.count
    names = header.map { header in choice.values.map { header[$0] } }
    numbers = choice.values == Array(0..<count) ? nil : choice.values.map { $0 + 1 }
    labelNumber = choice.label.map { $0 + 1 }
    hasLabel = choice.label != nil
    hasWeight = choice.weight != nil
    isClosed = options.levels != nil
    roles = Array(repeating: Self.ignored, count: count)
    if let label = choice.label { roles[label] = Self.label }
    if let weight = choice.weight { roles[weight] = Self.weight }
    for (place, index) in choice.values.enumerated() {
      roles[index] = options.isCategorical ? Self.firstCategory - place : place
    }
    guard options.isCategorical else {
      levels = nil
      return
    }
    if let known = options.levels, known.count != width {
      throw .columnCountMismatch(source: source, expected: known.count, actual: width)
    }
    levels = options.levels?.map { LevelIndex($0) } ?? Array(repeating: LevelIndex(), count: width)
  }

  /// The same columns where categories must be of these levels, one list a value.
  func closing(over levels: [[String]]) -> CSVColumns {
    var columns = self
    columns.levels = levels.map { LevelIndex($0) }
    columns.isClosed = true
    return columns
  }

  /// The place of a category.
  static func place(ofCategory role: Int) -> Int { firstCategory - role }
}
