import LatentNumerics

/// The settings of one simulator as they are checked.
struct SimulationChecks {
  /// The simulator's name.
  let source: String

  /// - Throws: `.invalidSetting` unless the condition holds.
  func require(
    _ condition: Bool, _ name: String, _ value: some CustomStringConvertible, _ requirement: String
  ) throws(DataError) {
    guard condition else {
      throw .invalidSetting(source: source, name: name, value: "\(value)", requirement: requirement)
    }
  }

  /// Numbers that are finite, and greater than 0.
  func positive(_ values: KeyValuePairs<String, Double>) throws(DataError) {
    for (name, value) in values {
      try require(value > 0 && value.isFinite, name, value, "greater than 0, and finite")
    }
  }

  /// Numbers that are finite, and not negative.
  func notNegative(_ values: KeyValuePairs<String, Double>) throws(DataError) {
    for (name, value) in values {
      try require(value >= 0 && value.isFinite, name, value, "at least 0, and finite")
    }
  }

  /// Numbers that are finite.
  func finite(_ values: KeyValuePairs<String, Double>) throws(DataError) {
    for (name, value) in values { try require(value.isFinite, name, value, "finite") }
  }

  /// Whole numbers of at least 1, and no more than anybody needs, so that their products can be counted.
  func counts(_ values: KeyValuePairs<String, Int>) throws(DataError) {
    for (name, value) in values {
      try require(1...Self.mostOfOne ~= value, name, value, "from 1 to \(Self.mostOfOne)")
    }
  }

  /// The numbers of sequences, of their frames and of columns.
  func size(_ sequences: Int, frames: Int, columns: Int) throws(DataError) {
    try require(sequences >= 1, "number of sequences", sequences, "at least 1")
    try require(frames >= 1, "number of frames", frames, "at least 1")
    let (rows, overflow) = sequences.multipliedReportingOverflow(by: frames)
    let (cells, overflows) = rows.multipliedReportingOverflow(by: Swift.max(columns, 1))
    try require(
      !overflow && !overflows && cells <= Int.max / 64, "number of sequences", sequences,
      "less, with this many frames and columns")
  }

  private static var mostOfOne: Int { 1 << 15 }
}
