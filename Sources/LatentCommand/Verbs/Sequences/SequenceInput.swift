import Latent

extension ModelInput {
  /// Whether the file holds a model of sequences.
  var isSequenceModel: Bool {
    archive.kind == FittedStateSpace<Double>.kind || EmissionChoice(archiveKind: archive.kind) != nil
  }

  /// Does the work for the kind of model of sequences that the file holds.
  func visitSequences<Visitor: SequenceVisitor>(
    precision: Precision, _ visitor: Visitor
  ) async throws -> Visitor.Result {
    guard description.inference == "em" || description.inference == "vb" else {
      throw FileError.corrupt(path: path, .configuration)
    }
    return try await SequenceKinds.visit(
      model: description.model, inference: description.inference,
      emissions: EmissionChoice(archiveKind: archive.kind) ?? .gaussian, precision: precision, visitor)
  }

  /// Whether what `score` says is a bound.
  var isVariational: Bool { description.inference != "em" }

  /// Reads sequences, matches their columns with the model's, and does what was done before the fit.
  ///
  /// - Throws: `PreparationError`, `SequenceUseError` for data of another shape; `DataError`.
  func sequences<Scalar: LatentScalar>(
    _ source: DataSource, options: DataOptions, _ given: SequenceDataOptions, seed: UInt64,
    as _: Scalar.Type
  ) throws -> SequenceInput<Scalar> {
    var source = source
    var choice = SequenceChoice(
      columns: options.columns?.names, sequence: given.sequence, controls: given.controls,
      truth: given.truth?.names ?? [], isCategorical: description.levels != nil, levels: description.levels)
    if source.simulated == nil {
      source = try source.rereadable()
      if let available = try source.columnNames() {
        if choice.columns == nil, let names = description.columnNames {
          let missing = names.filter { !available.contains($0) }
          guard missing.isEmpty else {
            throw PreparationError.lacksColumns(source: source.title, model: path, names: missing)
          }
          choice.columns = names
        }
        if choice.controls == nil, let names = description.controlNames,
          names.allSatisfy(available.contains)
        {
          choice.controls = names.joined(separator: ",")
        }
        note(leftOutOf: available, choice, console: source.console)
      }
      if let file = choice.controlFile {
        choice.controlFileColumns = try controlColumns(
          of: DataSource(file, console: source.console, threads: source.threads))
      }
    }
    var (table, _): (SequenceTable<Scalar>, [[String]]?) = try source.sequences(choice)
    try check(columns: table.frames.columns, of: table.source)
    let expected = description.controls ?? 0
    if expected == 0 { (table.controls, table.controlNames) = (nil, nil) }
    guard table.controls?.columns ?? 0 == expected else {
      throw SequenceUseError.controls(
        source: table.source, found: table.controls?.columns ?? 0, model: path, expected: expected)
    }
    let preparation = try preparation(source, options: options, seed: seed)
    let frames = Table(source: table.source, values: table.frames, columnNames: table.columnNames)
    table.frames = try preparation.applied(to: frames, from: 0).values
    do throws(SequenceError) {
      return SequenceInput(
        table: table,
        batch: try SequenceBatch(table.frames, lengths: table.lengths, controls: table.controls))
    } catch {
      throw SequenceFailure(error: error, source: table.source, names: table.names)
    }
  }
}

extension ModelInput {
  /// The model's controls by their names, where both the model and the file of controls have names.
  ///
  /// - Throws: `PreparationError` for a file that lacks one.
  func controlColumns(of source: DataSource) throws -> [String]? {
    guard let names = description.controlNames, let available = try source.columnNames() else { return nil }
    let missing = names.filter { !available.contains($0) }
    guard missing.isEmpty else {
      throw PreparationError.lacksColumns(source: source.title, model: path, names: missing)
    }
    return names
  }

  /// Says which columns of a text are not used, and that without --sequence all of its rows are one sequence.
  private func note(leftOutOf available: [String], _ choice: SequenceChoice, console: Console) {
    let controls =
      choice.controlFile == nil
      ? choice.controls?.split(separator: ",").map { String($0).trimmingSpaces } : nil
    let used = ((choice.columns ?? available) + (controls ?? []) + choice.truth + [choice.sequence ?? ""]).map
    { name in
      // By name, or by number from 1.
      available.contains(name)
        ? name : Int(name).flatMap { available.indices.contains($0 - 1) ? available[$0 - 1] : nil } ?? name
    }
    let extra = available.filter { !used.contains($0) }
    if !extra.isEmpty { console.note("Columns not in the model are left out: \(Wording.list(extra)).") }
    if choice.sequence == nil, description.observations > 1 {
      console.note(
        "All rows are taken as one sequence, and \(path) was fitted to \(NumberText.count(description.observations)): "
          + "name the column that tells them apart with --sequence.")
    }
  }
}

/// Sequences in the shape that a model knows.
struct SequenceInput<Scalar: LatentScalar> {
  /// With frames as the model takes them.
  var table: SequenceTable<Scalar>
  var batch: SequenceBatch<Scalar>

  /// Does what the sequences are for; errors name their source.
  func applied<Answer>(_ body: (SequenceBatch<Scalar>) throws(InferenceError) -> Answer) throws -> Answer {
    do throws(InferenceError) {
      return try body(batch)
    } catch {
      throw SequenceInferenceFailure(
        error: error, source: table.source, columnNames: table.columnNames, names: table.names)
    }
  }

  /// The first frames, so many of each of the sequences that begin at these: what is known when the rest is to be predicted.
  func beginning(of starts: [Int], frames count: Int) throws -> SequenceInput {
    let head = starts.flatMap { Array($0..<$0 + count) }
    var known = self
    do throws(SequenceError) {
      known.batch = try SequenceBatch(
        batch.frames.selecting(rows: head), lengths: Array(repeating: count, count: starts.count),
        controls: batch.controls.map { $0.selecting(rows: head) })
    } catch {
      throw SequenceFailure(error: error, source: table.source, names: table.names)
    }
    return known
  }

  /// The sequence of every frame and the frame's place in it, `[ΣT, 2]`.
  var places: SequencePlaces { SequencePlaces(names: table.names, lengths: table.lengths) }

  /// The frames in the order of the source's rows; nil where they are in it.
  var sourceOrder: [Int]? {
    table.sourceRows.map { rows in rows.indices.sorted { rows[$0] < rows[$1] } }
  }

  /// Numbers of the sequences as a table, with what the source calls these.
  func table(of values: [[Double]], names: [String]) -> Table<Double> {
    var blocks = values.map { Matrix(rows: $0.count, columns: 1, elements: $0) }
    var (columns, levels): ([String], [[String]]?) = (names, nil)
    if table.names != nil {
      let places = SequencePlaces(names: table.names, lengths: Array(repeating: 1, count: table.count))
      blocks.insert(places.values.selecting(columns: [0]), at: 0)
      columns.insert(ColumnNames.unused("sequence", in: names), at: 0)
      levels = places.levels.map { [$0[0]] + names.map { _ in [] } }
    }
    return Table(
      source: table.source, values: Matrix(besideEachOther: blocks), columnNames: columns, levels: levels)
  }
}

/// The columns `sequence` and `frame` of a table with a row a frame: the source's names of sequences, otherwise their numbers from 1.
struct SequencePlaces {
  /// `[ΣT, 2]`; where names are no numbers the first column holds their codes.
  let values: Matrix<Double>
  /// Of both columns; nil where all is numbers.
  let levels: [[String]]?

  /// - Parameter first: the number of the first frame of each.
  init(names: [String]?, lengths: [Int], from first: Int = 1) {
    // What reads back as it is written stays a number, which arrays can hold too.
    let numbers = names.map { names in
      names.compactMap { name in
        Int(name).flatMap { "\($0)" == name && $0.magnitude < 1 << 53 ? Double($0) : nil }
      }
    }
    let isText = names.map { numbers?.count != $0.count } ?? false
    levels = isText ? names.map { [$0, []] } : nil
    values = Matrix(
      rows: lengths.reduce(0, +), columns: 2,
      elements: lengths.enumerated().flatMap { n, T in
        let sequence = isText ? Double(n) : numbers?[n] ?? Double(n + 1)
        return (0..<T).flatMap { [sequence, Double($0 + first)] }
      })
  }

  static var names: [String] { ["sequence", "frame"] }

  /// The levels of a table of which these are the first columns, and `others` the levels of those behind.
  func levels(before others: [[String]]?, columns: Int) -> [[String]]? {
    guard levels != nil || others != nil else { return nil }
    let behind = others ?? []
    return (levels ?? [[], []]) + behind + Array(repeating: [], count: columns - 2 - behind.count)
  }
}

extension AppliedModelOptions {
  /// The sequences in the shape that the model knows.
  func sequences<Scalar: LatentScalar>(
    _ input: ModelInput, as _: Scalar.Type = Scalar.self
  ) throws -> SequenceInput<Scalar> {
    try input.sequences(
      DataSource(data, console: console, threads: threads.value), options: dataOptions, sequenceOptions,
      seed: seed.value, as: Scalar.self)
  }
}
