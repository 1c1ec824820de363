import Foundation

/// How data are read. The defaults suit almost every file.
public struct ReadOptions: Sendable {
  /// Whether the first line of a text names the columns.
  public enum Header: Sendable {
    /// It does when a cell of it is neither a number nor a mark of a missing value. Only the columns in use
    /// count where all of them were chosen by number.
    case detected
    /// It does.
    case present
    /// It does not.
    case absent
  }

  /// The format, or nil to tell it from the name's ending and the first bytes.
  public var format: DataFormat?
  /// Whether the first line of a text names the columns.
  public var header: Header
  /// The columns to read, by name or by number from 1, in this order; nil for all. Others may hold text.
  public var columns: [String]?
  /// The column of categories, by name or by number from 1; it may hold text and is not part of the values.
  public var labels: String?
  /// The column of weights, by name or by number from 1; it is not part of the values.
  public var weights: String?
  /// Whether every cell is a category, and the values are codes of ``Table/levels``: the texts of a text as they are
  /// written (`1` and `1.0` are two), without spaces around them, and the whole numbers of an array. The levels of
  /// a column are ordered by value when all are numbers, else by their bytes.
  public var categorical: Bool
  /// The levels that categories must be of, such as those of a fitted model: a list for each of the columns that
  /// are read. Makes every cell a category; nil for those that there are.
  public var levels: [[String]]?
  /// The array to read from an archive of several.
  public var array: String?
  /// Whether an array of three axes, `[N, T, D]`, is N sequences of T frames, whose columns are the D of the last axis, and its table
  /// has a row a frame; otherwise it is N images.
  public var stacksFrames: Bool
  /// More bytes than this, after decompression, are refused.
  public var maximumBytes: Int
  /// The number of threads that parse.
  public var threads: Int

  public init(
    format: DataFormat? = nil, header: Header = .detected, columns: [String]? = nil, labels: String? = nil,
    weights: String? = nil, categorical: Bool = false, levels: [[String]]? = nil, array: String? = nil,
    stacksFrames: Bool = false, maximumBytes: Int? = nil, threads: Int? = nil
  ) {
    self.format = format
    self.header = header
    self.columns = columns
    self.labels = labels
    self.weights = weights
    self.categorical = categorical
    self.levels = levels
    self.array = array
    self.stacksFrames = stacksFrames
    self.maximumBytes = maximumBytes ?? Int(clamping: ProcessInfo.processInfo.physicalMemory)
    self.threads = threads ?? ProcessInfo.processInfo.activeProcessorCount
  }

  /// Whether the values are codes.
  var isCategorical: Bool { categorical || levels != nil }
}
