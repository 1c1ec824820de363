import Latent

/// What of a source are sequences.
struct SequenceChoice: Sendable {
  var columns: [String]?
  /// The column that names sequences, or a file of such names.
  var sequence: String?
  /// Columns between commas, or a file.
  var controls: String?
  var truth: [String] = []
  /// The images that frames are.
  var image: FitDescription.ImageSize?
  /// Whether every cell is a category, and those that there may be; nil for those that there are.
  var isCategorical = false
  var levels: [[String]]?

  /// Whether each is given, by its option's name.
  var given: [(String, Bool)] {
    [
      ("--columns", columns != nil), ("--sequence", sequence != nil), ("--controls", controls != nil),
      ("--truth", !truth.isEmpty), ("--image", image != nil),
    ]
  }

  var controlFile: String? { controls.flatMap { DataSource.isFile($0) ? $0 : nil } }

  /// The file of ground truth, where it is one.
  var truthFile: String? { truth.count == 1 && DataSource.isFile(truth[0]) ? truth[0] : nil }

  fileprivate var truthColumns: [String] { truthFile == nil ? truth : [] }

  fileprivate var controlColumns: [String] {
    guard let controls, controlFile == nil else { return [] }
    return controls.split(separator: ",").map { String($0).trimmingSpaces }
  }
}

/// A simulated data set by its name; `NAME-test` is the same with other random numbers.
struct SimulatedSet {
  let name: String
  let simulation: Simulation
  let isTest: Bool

  /// Frames where nothing says how many.
  static let frames = 50
  /// The most frames of a sequence that may be asked for.
  static let mostFrames = 10_000_000

  init?(named name: String) {
    isTest = name.hasSuffix("-test")
    guard let simulation = Simulation(rawValue: isTest ? String(name.dropLast(5)) : name) else { return nil }
    self.name = name
    self.simulation = simulation
  }

  func sequences<Scalar: LatentScalar>(as _: Scalar.Type = Scalar.self) -> SequenceTable<Scalar> {
    var table: SequenceTable<Scalar> = simulation.sequences(
      simulation.standardCount, frames: simulation.standardFrames, using: RandomStream(seed: isTest ? 1 : 0))
    table.source = name
    return table
  }
}

extension Simulation {
  /// Sequences and frames where nothing says how many: for the pendulum those of the paper that it is from.
  var standardCount: Int { self == .pendulum ? 500 : 100 }
  var standardFrames: Int { self == .pendulum ? 15 : SimulatedSet.frames }
}

extension DataSource {
  /// The simulation that a name means; nil for files.
  static func simulation(named name: String) -> Simulation? {
    isFile(name) ? nil : SimulatedSet(named: name)?.simulation
  }

  /// The simulated set that the name means; a file of the name comes first.
  var simulated: SimulatedSet? { Self.isFile(name) ? nil : SimulatedSet(named: name) }

  /// Reads sequences: a text with a row a frame, an array `[N, T, D]` or `[T, D]`, or a simulated set.
  ///
  /// - Throws: `DataError`, `CatalogueError`; `UsageError` for options that a simulated set has no use for.
  func sequences<Scalar: LatentScalar>(
    _ choice: SequenceChoice, as _: Scalar.Type = Scalar.self
  ) throws -> (table: SequenceTable<Scalar>, levels: [[String]]?) {
    if let simulated {
      if let option = choice.given.first(where: \.1) {
        throw UsageError.conflict(
          option: option.0, other: name,
          reason: "simulated sequences are taken whole; `latent data make` writes them to a file")
      }
      guard !choice.isCategorical else {
        throw UsageError.conflict(
          option: "--emissions categorical", other: name, reason: "its frames are numbers")
      }
      return (simulated.sequences(), nil)
    }
    let special = choice.controlColumns + choice.truthColumns
    guard special.isEmpty || !choice.isCategorical else {
      throw UsageError.conflict(
        option: choice.truthColumns.isEmpty ? "--controls" : "--truth", other: "--emissions categorical",
        reason: "every cell is then a category; name the others with --columns")
    }
    let table: Table<Scalar> = try self.table(
      DataChoice(
        columns: choice.columns.map { columns in columns + special.filter { !columns.contains($0) } },
        labels: choice.sequence, isCategorical: choice.isCategorical, levels: choice.levels))
    var sequences: SequenceTable<Scalar>
    if let shape = table.imageShape, !isNamedSet {
      if let name = (choice.sequence.map { [$0] } ?? special).first {
        throw DataError.unknownColumn(source: table.source, name: name, available: [])
      }
      sequences = SequenceTable(
        source: table.source,
        frames: Matrix(
          rows: table.rows * shape.height, columns: shape.width, elements: table.values.elements),
        lengths: Array(repeating: shape.height, count: table.rows))
    } else {
      sequences = try table.sequences(controls: choice.controlColumns, truth: choice.truthColumns)
    }
    if let file = choice.controlFile {
      sequences = try readControls(from: file, for: sequences, options: ReadOptions(threads: threads))
    }
    if let image = choice.image {
      try FrameSize.check(image, columns: sequences.frames.columns, of: sequences.source)
      sequences.imageShape = ImageShape(height: image.height, width: image.width)
    }
    if let file = choice.truthFile {
      let read: SequenceTable<Double> = try readSequences(
        from: file, options: SequenceOptions(table: ReadOptions(threads: threads)))
      guard read.frames.rows == sequences.frames.rows else {
        throw DataError.rowCountMismatch(
          source: read.source, expected: sequences.frames.rows, actual: read.frames.rows)
      }
      sequences.truth = read.frames
      sequences.truthNames = read.columnNames ?? (1...read.frames.columns).map { "\($0)" }
    }
    return (sequences, table.levels)
  }
}
