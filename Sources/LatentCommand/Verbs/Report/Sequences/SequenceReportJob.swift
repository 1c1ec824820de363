import Latent

/// The work of `report` for a model of sequences.
struct SequenceReportJob: SequenceVisitor {
  let command: ReportCommand
  let input: ModelInput

  static let mostSequences = 200

  @_semantics("optimize.sil.specialize.generic.never")
  func visit<Kind: SequenceKind>(_: Kind.Type) async throws -> ReportPage {
    let settings = command.settings
    let asked = try settings.planeColumns(input.description)
    guard asked == nil || Kind.cells == .numbers else {
      throw UsageError.noMeaning(
        option: "--plane", model: input.description.model, inference: input.description.inference)
    }
    let fitted = try Kind.read(input.archive)
    var rows: SequenceRowsView?
    var controls: Matrix<Kind.Scalar>?
    if let data = command.data {
      var sequences: SequenceInput<Kind.Scalar> = try input.sequences(
        DataSource(data, console: command.console, threads: settings.threads), options: command.dataOptions,
        command.sequenceOptions, seed: settings.seed, as: Kind.Scalar.self)
      let total = sequences.batch.count
      let chosen = ReportText.evenly(command.rows ?? Self.mostSequences, of: total)
      if chosen.count < total { sequences.batch = sequences.batch.selecting(chosen) }
      controls = SequenceView.firstControls(sequences.batch)
      rows = try SequenceRowsView(
        Kind.self, fitted, sequences, total: total, chosen: chosen, isFitted: false, threads: settings.threads
      )
    }
    return try SequencePage(
      view: SequenceView(Kind.self, fitted, controls: controls, settings: settings), rows: rows,
      settings: settings
    ).page
  }
}
