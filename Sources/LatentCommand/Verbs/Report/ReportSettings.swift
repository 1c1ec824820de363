import Latent

/// What a report is asked for, whatever the model.
struct ReportSettings: Sendable {
  /// The model's file, for the page's words and its commands.
  var model: String
  /// The two columns of the plane that components are drawn in, by name or number; nil for those that tell most.
  var plane: [String]?
  /// The most rows that are looked at; nil for the default of the model.
  var rows: Int?
  /// What labels are called.
  var labelName: String?
  var seed: UInt64
  var threads: Int

  /// Substreams of the seed for draws of the model, apart from those that rows are noised by.
  var draws: RandomStream { RandomStream(seed: seed).substream(Self.drawSubstream) }
  private static let drawSubstream = -9

  /// The columns of the plane, from 0.
  ///
  /// - Throws: `UsageError` for names that are none, the same one twice, or not two.
  func planeColumns(_ description: FitDescription) throws -> (x: Int, y: Int)? {
    guard let plane else { return nil }
    let names = description.columnNames
    let columns = try plane.map { name throws(UsageError) in
      if let column = names?.firstIndex(of: name) { return column }
      guard let number = Int(name), (1...description.dimensions).contains(number) else {
        throw UsageError.badValue(
          option: "--plane", value: Wording.quoted(name),
          requirement: "two columns of the model"
            + (names.map { ": \(Wording.list($0))" }
              ?? ", by number from 1 to \(NumberText.count(description.dimensions))"))
      }
      return number - 1
    }
    guard columns.count == 2, columns[0] != columns[1] else {
      throw UsageError.badValue(
        option: "--plane", value: plane.joined(separator: ","),
        requirement: "two different columns, as in a,b")
    }
    return (columns[0], columns[1])
  }
}

/// Rows of the data that a report is about, as the model takes them.
struct ReportRows<Scalar: LatentScalar>: Sendable {
  /// What the rows are called.
  var source: String
  /// In the shape that the model takes, with what is given beside the columns.
  var rows: Rows<Scalar>
  var labels: [String]?
  /// Where each stands in the source, from 0.
  var numbers: [Int]
  /// How many rows the source has.
  var total: Int
  /// Whether the rows are those that were fitted.
  var isFitted = false
  /// Rows that were left out since the model gives them no probability.
  var impossible: ImpossibleRows?

  /// At most so many rows, evenly spread.
  ///
  /// - Parameter numbers: where the values stand in the source; nil where they are all of it.
  init(
    source: String, values: Matrix<Scalar>, weights: [Double]?, labels: [String]?, numbers: [Int]? = nil,
    total: Int? = nil, most: Int
  ) {
    self.source = source
    self.total = total ?? values.rows
    let places = ReportText.evenly(most, of: values.rows)
    self.numbers = places.map { numbers?[$0] ?? $0 }
    guard places.count < values.rows else {
      rows = Rows(values, weights: weights)
      self.labels = labels
      return
    }
    rows = Rows(
      values.selecting(rows: places), weights: weights.map { all in places.map { all[$0] } })
    self.labels = labels.map { all in places.map { all[$0] } }
  }

  /// `5,000 of 60,000 rows of mnist, evenly spread`.
  var words: String {
    let all = NumberText.count(total, "row")
    return numbers.count + (impossible?.numbers.count ?? 0) == total
      ? "\(all) of \(ReportText.name(source))"
      : "\(NumberText.count(numbers.count)) of \(all) of \(ReportText.name(source)), evenly spread"
  }
}
