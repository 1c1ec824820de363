public import LatentNumerics

/// Observations as the models take them: one row each, with what the file said about the columns.
///
/// Shapes: `values` is `[N, D]`. A missing cell is `NaN`; every other value is finite, which
/// all readers of this module guarantee and ``validated()`` checks for a table made by hand. In a table of
/// categories a value is the code of one of the column's ``levels``.
public struct Table<Scalar: LatentScalar>: Sendable {
  /// The path or data set the table came from, for messages.
  public var source: String
  /// The numbers, `[N, D]`; `NaN` marks a missing cell.
  public var values: Matrix<Scalar>
  /// One name a column, or nil when the source has none.
  public var columnNames: [String]?
  /// The shape of the image that each row is, or nil.
  public var imageShape: ImageShape?
  /// One category a row, for reports only, never part of `values`; nil when there are none.
  public var labels: [String]?
  /// How many observations each row counts for, finite and not negative; nil when each counts for one.
  public var weights: [Double]?
  /// The categories of each column, in the order of their codes 0, 1, …, none for a column of numbers; nil in a table of
  /// numbers.
  public var levels: [[String]]?
  /// Which column of the source each is, from 1, where they are not all of it in its order; nil where they are.
  public var columnNumbers: [Int]?
  /// The column of the source that the labels are, from 1; nil where they are none of its columns.
  public var labelNumber: Int?
  /// T, where the rows are frames of an array of three axes, T of each sequence; see ``ReadOptions/stacksFrames``.
  public var framesPerSequence: Int?

  /// A table of given parts.
  public init(
    source: String, values: Matrix<Scalar>, columnNames: [String]? = nil, imageShape: ImageShape? = nil,
    labels: [String]? = nil, weights: [Double]? = nil, levels: [[String]]? = nil,
    columnNumbers: [Int]? = nil, labelNumber: Int? = nil, framesPerSequence: Int? = nil
  ) {
    precondition(columnNames.map { $0.count == values.columns } ?? true, "one name a column")
    precondition(imageShape.map { $0.count == values.columns } ?? true, "height × width columns")
    precondition(labels.map { $0.count == values.rows } ?? true, "one label a row")
    precondition(weights.map { $0.count == values.rows } ?? true, "one weight a row")
    precondition(levels.map { $0.count == values.columns } ?? true, "a list of levels for each column")
    precondition(columnNumbers.map { $0.count == values.columns } ?? true, "one number a column")
    self.source = source
    self.values = values
    self.columnNames = columnNames
    self.imageShape = imageShape
    self.labels = labels
    self.weights = weights
    self.levels = levels
    self.columnNumbers = columnNumbers
    self.labelNumber = labelNumber
    self.framesPerSequence = framesPerSequence
  }

  /// The number of rows, N.
  public var rows: Int { values.rows }
  /// The number of columns, D.
  public var columns: Int { values.columns }
  /// The number of missing cells. Complexity: O(N·D).
  public var missingCount: Int {
    @specialized(where Scalar == Double)
    @specialized(where Scalar == Float)
    get {
      values.withUnsafeElements { elements in
        var count = 0
        for i in elements.indices where elements[i].isNaN { count += 1 }
        return count
      }
    }
  }
}

/// The shape of an image stored as a row, pixels in row-major order.
public struct ImageShape: Sendable, Equatable, Codable {
  public var height: Int
  public var width: Int

  public init(height: Int, width: Int) {
    self.height = height
    self.width = width
  }

  /// The number of pixels.
  public var count: Int { height * width }
}
