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
    let (controls, N, T): (Matrix<Kind.Scalar>?, Int, Int) = try command.sequenceControls(input)
    try command.checkSize(of: N, frames: T, columns: d.dimensions, scalar: MemoryLayout<Kind.Scalar>.stride)
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
      if let names = d.columnNames { entries.append(("columnNames", .strings(names))) }
      if let output { entries.append(("file", .string(output))) }
      if output == nil { entries.append(("values", command.values(frames, d.levels))) }
      try console.result(JSONValue.object(entries).text)
    }
    console.note(
      "\(NumberText.count(N, "sequence")) of \(NumberText.count(T, "frame")), seed \(seed.value)"
        + (output.map { ", written to \($0)" } ?? ""))
  }
}

extension SampleCommand {
  /// The controls of all sequences, the number of these and that of frames: those of a table with a row a frame serve every
  /// sequence, an array `[N, T, U]` or a table with a column `sequence` has each its own.
  func sequenceControls<Scalar: LatentScalar>(_ input: ModelInput) throws -> (Matrix<Scalar>?, Int, Int) {
    let U = input.description.controls ?? 0
    guard U > 0 else {
      try input.refuse([("--controls", controls != nil)])
      return (nil, count ?? Self.defaultCount, frames ?? SimulatedSet.frames)
    }
    guard let path = controls else { throw SequenceUseError.noControls(model: file) }
    let source = try DataSource(path, console: Console(report), threads: threads.value).rereadable()
    var choice = SequenceChoice()
    // Of what `data make` writes, and of any other table with names, the model's controls alone.
    if DataSource.isFile(path), let names = try input.controlColumns(of: source) {
      choice.columns = names
      if try source.columnNames()?.contains("sequence") ?? false, !names.contains("sequence") {
        choice.sequence = "sequence"
      }
    }
    let read: SequenceTable<Scalar> = try source.sequences(choice).table
    if let gap = read.frames.withUnsafeElements({ $0.firstIndex { $0.isNaN } }) {
      var (n, frame) = (0, gap / read.frames.columns)
      while frame >= read.lengths[n] {
        frame -= read.lengths[n]
        n += 1
      }
      throw SequenceFailure(
        error: .controlNotFinite(sequence: n, frame: frame, column: gap % read.frames.columns),
        source: read.source, names: read.names)
    }
    let N = count ?? (read.count > 1 ? read.count : Self.defaultCount)
    let shortest = read.lengths.min() ?? 0
    let T = frames ?? shortest
    func refused() -> SequenceUseError {
      .sampleControls(
        source: read.source, rows: shortest, columns: read.frames.columns, frames: T, expected: U)
    }
    guard read.frames.columns == U, shortest >= T else { throw refused() }
    guard read.count == 1 || read.count >= N else {
      throw SequenceFailure(
        error: .controlSequences(sequences: N, controls: read.count), source: read.source)
    }
    var rows: [Int] = []
    var first = 0
    for n in 0..<N {
      rows += first..<first + T
      if read.count > 1 { first += read.lengths[n] }
    }
    return (read.frames.selecting(rows: rows), N, T)
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
    var names = ColumnNames.around(sequences.columnNames ?? (1...D).map { "x\($0)" }, before: ["sequence"])
    if let controls = sequences.controls {
      blocks.append(controls.converted(to: Double.self))
      names = ColumnNames.adding(
        sequences.controlNames ?? (1...controls.columns).map { "u\($0)" }, to: names)
    }
    if let truth = sequences.truth {
      blocks.append(truth)
      names = ColumnNames.adding(sequences.truthNames ?? [], to: names)
    }
    let values = Matrix(besideEachOther: blocks)
    // What reads back as the numbers of the precision asked for, with as few digits as these take.
    let table = Table(
      source: sequences.source, values: values.converted(to: Scalar.self), columnNames: names,
      levels: levels.map { [[]] + $0 + Array(repeating: [], count: names.count - 1 - D) })
    try TableOutput.write(table, to: path, console: console)
  }
}
