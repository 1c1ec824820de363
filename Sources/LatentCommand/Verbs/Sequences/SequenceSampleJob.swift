import Latent

/// The work of `sample` for a model of sequences.
struct SequenceSampleJob: SequenceVisitor {
  let command: SampleCommand
  let input: ModelInput

  func visit<Kind: SequenceKind>(_: Kind.Type) async throws {
    let (report, output, seed) = (command.report, command.output, command.seed)
    let console = Console(report)
    let d = input.description
    if let output, command.isPicture, d.image == nil {
      throw UsageError.notAnImageModel(path: command.file, output: output)
    }
    let fitted = try Kind.read(input.archive)
    let N = command.count ?? SampleCommand.defaultCount
    let (controls, T): (Matrix<Kind.Scalar>?, Int) = try command.sequenceControls(of: N, input)
    try command.checkSize(columns: d.dimensions * T, scalar: MemoryLayout<Kind.Scalar>.stride)
    var frames: Matrix<Kind.Scalar>
    do throws(InferenceError) {
      frames = try Kind.sample(
        lengths: Array(repeating: T, count: N), controls: controls, under: fitted,
        using: RandomStream(seed: seed.value), threads: command.threads.value)
    } catch {
      throw SequenceInferenceFailure(error: error, source: command.file)
    }
    if let standardization = d.standardization { frames = standardization.removed(from: frames) }
    if let output, let image = d.image, command.isPicture {
      var grid = ImageGrid(imageHeight: image.height, imageWidth: image.width)
      grid.columns = T
      try grid.image(of: frames).writePNG(to: output)
    } else if output != nil || !report.json {
      let sequences = SequenceTable(
        source: command.file, frames: frames, lengths: Array(repeating: T, count: N),
        columnNames: d.columnNames, controls: controls, controlNames: controls == nil ? nil : d.controlNames)
      try SequenceOutput.write(sequences, levels: d.levels, to: output, console: console)
    }
    if report.json {
      var entries: [(String, JSONValue)] = [
        ("sequences", .integer(N)), ("frames", .integer(T)), ("columns", .integer(frames.columns)),
        ("seed", .unsigned(seed.value)),
      ]
      if let output { entries.append(("file", .string(output))) }
      if output == nil {
        entries.append(
          ("values", .array((0..<frames.rows).map { .numbers(frames.row($0).map { Double($0) }) })))
      }
      try console.result(JSONValue.object(entries).text)
    }
    console.note(
      "\(NumberText.count(N, "sequence")) of \(NumberText.count(T, "frame")), seed \(seed.value)"
        + (output.map { ", written to \($0)" } ?? ""))
  }
}

extension SampleCommand {
  /// The controls of all sequences, and the number of frames: those of a table with a row a frame serve every sequence,
  /// an array `[N, T, U]` has each its own.
  func sequenceControls<Scalar: LatentScalar>(
    of N: Int, _ input: ModelInput
  ) throws -> (Matrix<Scalar>?, Int) {
    let U = input.description.controls ?? 0
    guard U > 0 else {
      try input.refuse([("--controls", controls != nil)])
      return (nil, frames ?? SimulatedSet.frames)
    }
    guard let path = controls else { throw SequenceUseError.noControls(model: file) }
    let source = DataSource(path, console: Console(report), threads: threads.value)
    let read: SequenceTable<Scalar> = try source.sequences(SequenceChoice()).table
    if let gap = read.frames.withUnsafeElements({ $0.firstIndex { $0.isNaN } }) {
      throw SequenceFailure(
        error: .controlNotFinite(
          sequence: 0, frame: gap / read.frames.columns, column: gap % read.frames.columns),
        source: read.source)
    }
    let T = frames ?? read.lengths[0]
    func refused() -> SequenceUseError {
      .sampleControls(
        source: read.source, rows: read.lengths[0], columns: read.frames.columns, frames: T, expected: U)
    }
    guard read.frames.columns == U, read.lengths.allSatisfy({ $0 >= T }) else { throw refused() }
    guard read.count == 1 || read.count == N else {
      throw SequenceFailure(
        error: .controlSequences(sequences: N, controls: read.count), source: read.source)
    }
    var rows: [Int] = []
    var first = 0
    for n in 0..<N {
      rows += first..<first + T
      if read.count == N, N > 1 { first += read.lengths[n] }
    }
    return (read.frames.selecting(rows: rows), T)
  }
}

/// Sequences as files.
enum SequenceOutput {
  /// Writes a text with the columns `sequence` (from 1), the frames', controls and ground truth; or the frames as an array
  /// `[N, T, D]`.
  static func write<Scalar: LatentScalar>(
    _ sequences: SequenceTable<Scalar>, levels: [[String]]? = nil, to path: String?, console: Console
  ) throws {
    if let path, path.lowercased().hasSuffix(".npy") {
      try writeSequences(sequences.frames, length: sequences.lengths[0], to: path)
      return
    }
    var blocks = [sequences.frames.converted(to: Double.self)]
    let numbers = sequences.lengths.enumerated().flatMap { n, T in Array(repeating: Double(n + 1), count: T) }
    blocks.insert(Matrix(rows: numbers.count, columns: 1, elements: numbers), at: 0)
    let D = sequences.frames.columns
    var names = ["sequence"] + (sequences.columnNames ?? (1...D).map { "x\($0)" })
    if let controls = sequences.controls {
      blocks.append(controls.converted(to: Double.self))
      names += sequences.controlNames ?? (1...controls.columns).map { "u\($0)" }
    }
    if let truth = sequences.truth {
      blocks.append(truth)
      names += sequences.truthNames ?? []
    }
    let values = Matrix(besideEachOther: blocks)
    // What reads back as the numbers of the precision asked for, with as few digits as these take.
    let table = Table(
      source: sequences.source, values: values.converted(to: Scalar.self), columnNames: names,
      levels: levels.map { [[]] + $0 + Array(repeating: [], count: names.count - 1 - D) })
    try TableOutput.write(table, to: path, console: console)
  }
}
