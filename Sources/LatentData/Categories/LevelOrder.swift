/// What levels a column may have, and their order, the same whatever rows they come from.
enum LevelOrder {
  /// Levels that are all numbers by their value, others by their bytes; numbers of one value by their bytes.
  static func sorted(_ levels: [String]) -> [String] {
    let values = levels.map(number)
    let isNumeric = values.allSatisfy { $0 != nil }
    return zip(levels, values).sorted { a, b in
      if isNumeric, let x = a.1, let y = b.1, x != y { return x < y }
      return a.0.utf8.lexicographicallyPrecedes(b.0.utf8)
    }.map(\.0)
  }

  /// The most levels that are never taken for identifiers.
  private static let levelsBeyondDoubt = 1000

  /// Refuses a column with so many levels that each row seems to have its own, and when these are the levels of all
  /// rows a column without any.
  static func check(
    _ levels: [[String]], source: String, columnNames: [String]?, rows: Int, areAll: Bool = true
  ) throws(DataError) {
    for (j, levels) in levels.enumerated() {
      let name = columnNames?[j]
      guard !levels.isEmpty || !areAll else {
        throw .missingColumn(source: source, column: j + 1, name: name)
      }
      guard levels.count <= Self.levelsBeyondDoubt || levels.count <= rows / 2 else {
        throw .tooManyLevels(source: source, column: j + 1, name: name, levels: levels.count, rows: rows)
      }
    }
  }

  /// The finite number that the whole text is, or nil.
  private static func number(_ text: String) -> Double? {
    let bytes = Array(text.utf8) + Array(repeating: 0, count: ByteStore.padding)
    return bytes.withUnsafeBufferPointer { bytes in
      guard let base = bytes.baseAddress else { return nil }
      var value = 0.0
      let end = DecimalParser().parse(base, into: &value)
      return end == base + text.utf8.count && value.isFinite ? value : nil
    }
  }
}

/// The levels that several parts of a table have together.
struct LevelUnion {
  /// The levels of each column, in the order of ``LevelOrder``.
  private(set) var levels: [[String]]
  /// For each column the code of each level.
  private let codes: [LevelIndex]

  /// The union of the columns' levels over the parts.
  init(_ parts: [[[String]]]) {
    levels = (0..<(parts.first?.count ?? 0)).map { column in
      var index = LevelIndex()
      for part in parts { for text in part[column] { index.insert(Array(text.utf8)) } }
      return LevelOrder.sorted(index.texts)
    }
    codes = levels.map { LevelIndex($0) }
  }

  /// The codes in the union of a part's levels, by column and code in the part.
  func codes(of part: [[String]]) -> [[Int]] {
    zip(codes, part).map { index, texts in
      texts.map { text in Array(text.utf8).withUnsafeBufferPointer { index.code(of: $0) ?? 0 } }
    }
  }
}
