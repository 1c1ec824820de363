import Latent

/// The work of `impute` for a model of sequences. A cell is found from all of its sequence.
struct SequenceImputeJob: SequenceVisitor {
  let command: ImputeCommand
  let input: ModelInput

  func visit<Kind: SequenceKind>(_: Kind.Type) async throws {
    let options = command.options
    let (seed, threads) = (options.seed.value, options.threads.value)
    if input.description.model == "lds" { try input.refuse([("--draws", command.draws != nil)]) }
    let fitted = try Kind.read(input.archive)
    let all: SequenceInput<Kind.Scalar> = try options.sequences(input)
    var sequences = try all.prefix(command.sequenceCount)
    let hidden = command.hiding.applied(
      to: Table(
        source: sequences.table.source, values: sequences.batch.frames,
        columnNames: sequences.table.columnNames, levels: input.description.levels),
      image: input.description.image, except: [], seed: seed)
    do throws(SequenceError) {
      sequences.batch = try SequenceBatch(
        hidden.table.values, lengths: sequences.batch.lengths, controls: sequences.batch.controls)
    } catch {
      throw SequenceFailure(error: error, source: sequences.table.source, names: sequences.table.names)
    }
    let result = ImputationResult(
      command: command, input: input, hidden: hidden, order: sequences.sourceOrder)
    try result.checkSize()
    var tables: [Matrix<Kind.Scalar>] = []
    if let draws = command.draws {
      tables =
        try sequences.applied { x throws(InferenceError) in
          try Kind.imputations(
            x, under: fitted, draws: draws, using: RandomStream(seed: seed), threads: threads)
        } ?? []
    }
    var expected: (values: Matrix<Kind.Scalar>, deviations: Matrix<Kind.Scalar>)?
    if result.needsExpectation {
      expected = try sequences.applied { x throws(InferenceError) in
        try Kind.imputed(x, under: fitted, threads: threads)
      }
    }
    try result.write(expected, tables)
  }
}
