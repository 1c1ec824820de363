import ArgumentParser
import Latent

/// Cells that are known and taken away, to see how well they are found again.
struct HidingOptions: ParsableArguments {
  @Option(
    name: .customLong("hide"), parsing: .unconditional,
    help: ArgumentHelp("Hide this share of the observed cells, by chance (seeded).", valueName: "share"))
  var share: Double?

  @Option(
    name: .customLong("hide-square"), parsing: .unconditional,
    help: ArgumentHelp(
      "Hide a square of so many pixels a side in the middle of every image.", valueName: "pixels"))
  var square: Int?

  /// The substream of the seed that chooses cells; below zero, apart from those of rows.
  private static let substream = -8

  var isGiven: Bool { share != nil || square != nil }

  func validate() throws {
    if let share, !(share > 0 && share <= 1) {
      throw UsageError.badValue(
        option: "--hide", value: NumberText.plain(share), requirement: "above 0 and up to 1")
    }
    if let square { try UsageError.check("--hide-square", square, in: 1...) }
    if share != nil, square != nil {
      throw UsageError.conflict(
        option: "--hide", other: "--hide-square", reason: "both say which cells are hidden")
    }
  }

  /// - Parameter given: columns that a model is given, which it cannot find and which stay.
  func applied<Scalar: LatentScalar>(
    to table: Table<Scalar>, image: FitDescription.ImageSize?, except given: [Int], seed: UInt64
  ) -> HiddenTable<Scalar> {
    guard isGiven else { return HiddenTable(table: table, truth: nil) }
    let stays = Set(given)
    var hidden = table
    let stream = RandomStream(seed: seed).substream(Self.substream)
    for n in 0..<table.rows {
      var row = stream.substream(n)
      for j in 0..<table.columns {
        let isHidden: Bool
        if let share {
          isHidden = row.uniform(Double.self) < share
        } else if let square, let image {
          let (y, x) = (j / image.width, j % image.width)
          isHidden =
            Self.span(square, of: image.height).contains(y) && Self.span(square, of: image.width).contains(x)
        } else {
          isHidden = false
        }
        if isHidden, !stays.contains(j) { hidden.values[n, j] = .nan }
      }
    }
    return HiddenTable(table: hidden, truth: table.values)
  }

  /// The middle of a side.
  private static func span(_ size: Int, of side: Int) -> Range<Int> {
    let size = Swift.min(size, side)
    return (side - size) / 2..<(side - size) / 2 + size
  }
}

/// A table with cells hidden, and what they were.
struct HiddenTable<Scalar: LatentScalar> {
  let table: Table<Scalar>
  /// All values; nil where nothing was hidden.
  let truth: Matrix<Scalar>?

  /// How many cells were hidden, and the mean over them of a loss.
  func mean(_ found: Matrix<Scalar>, _ loss: (Double, Double) -> Double) -> (count: Int, value: Double)? {
    guard let truth else { return nil }
    var (count, sum) = (0, 0.0)
    for n in 0..<truth.rows {
      for j in 0..<truth.columns where table.values[n, j].isNaN && !truth[n, j].isNaN {
        count += 1
        sum += loss(Double(found[n, j]), Double(truth[n, j]))
      }
    }
    return (count, count > 0 ? sum / Double(count) : 0)
  }
}
