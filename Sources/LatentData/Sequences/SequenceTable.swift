// N sequences, ΣT their frames, D columns, U controls, G columns of ground truth

public import LatentNumerics

/// Sequences as the models take them, with what the source said about them. Frames of all sequences lie one after the other.
///
/// A missing entry is `NaN`; every other value is finite.
public struct SequenceTable<Scalar: LatentScalar>: Sendable {
  /// The path or data set the sequences came from, for messages.
  public var source: String
  /// The frames, `[ΣT, D]`.
  public var frames: Matrix<Scalar>
  /// T of each sequence, `[N]`, at least 1.
  public var lengths: [Int]
  /// What the source calls the sequences, `[N]`; nil where it does not name them.
  public var names: [String]?
  /// One name a column, or nil.
  public var columnNames: [String]?
  /// The shape of the image that each frame is, or nil.
  public var imageShape: ImageShape?
  /// u, `[ΣT, U]`, where u[t] acts between frame t and frame t + 1; nil without controls.
  public var controls: Matrix<Scalar>?
  public var controlNames: [String]?
  /// What is known of each frame besides, for reports only, `[ΣT, G]`, and its names; nil where nothing is.
  public var truth: Matrix<Double>?
  public var truthNames: [String]?
  /// The row of the source that each frame is, from 0, `[ΣT]`; nil where frames are in the source's order.
  public var sourceRows: [Int]?

  public init(
    source: String, frames: Matrix<Scalar>, lengths: [Int], names: [String]? = nil,
    columnNames: [String]? = nil, imageShape: ImageShape? = nil, controls: Matrix<Scalar>? = nil,
    controlNames: [String]? = nil, truth: Matrix<Double>? = nil, truthNames: [String]? = nil,
    sourceRows: [Int]? = nil
  ) {
    precondition(
      lengths.allSatisfy { $0 > 0 } && lengths.reduce(0, +) == frames.rows, "lengths of all frames")
    precondition(names.map { $0.count == lengths.count } ?? true, "one name a sequence")
    precondition(columnNames.map { $0.count == frames.columns } ?? true, "one name a column")
    precondition(imageShape.map { $0.count == frames.columns } ?? true, "height × width columns")
    precondition(controls.map { $0.rows == frames.rows } ?? true, "controls for every frame")
    precondition(truth.map { $0.rows == frames.rows } ?? true, "ground truth for every frame")
    precondition(controlNames?.count == controls?.columns || controlNames == nil, "one name a control")
    precondition(sourceRows.map { $0.count == frames.rows } ?? true, "a row for every frame")
    precondition(truthNames?.count == truth?.columns, "one name a column of ground truth")
    self.source = source
    self.frames = frames
    self.lengths = lengths
    self.names = names
    self.columnNames = columnNames
    self.imageShape = imageShape
    self.controls = controls
    self.controlNames = controlNames
    self.truth = truth
    self.truthNames = truthNames
    self.sourceRows = sourceRows
  }

  /// N.
  public var count: Int { lengths.count }
}
