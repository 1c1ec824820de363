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

  /// The sequence of every frame and the frame's place in it, from 1, `[ΣT, 2]`.
  var places: Matrix<Double> { Self.places(of: table.lengths) }

  static func places(of lengths: [Int], from first: Int = 1) -> Matrix<Double> {
    Matrix(
      rows: lengths.reduce(0, +), columns: 2,
      elements: lengths.enumerated().flatMap { n, T in
        (0..<T).flatMap { [Double(n + 1), Double($0 + first)] }
      })
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
