import Latent

/// The work of `report` for an auto-encoder.
final class AutoencoderReportJob: AutoencoderVisitor {
  private let command: ReportCommand
  private let input: ModelInput
  /// Set by the visit.
  private(set) var page: Result<ReportPage, any Error> = .failure(CancellationError())

  init(command: ReportCommand, input: ModelInput) {
    self.command = command
    self.input = input
  }

  func visit<Scalar: LatentScalar & TensorElement>(_ fitted: FittedAutoencoder<Scalar>) throws {
    var settings = command.settings
    settings.labelName = settings.labelName ?? fitted.labels?.name
    let rows = try command.reportRows(input, most: ReportCommand.mostNetworkRows, as: Scalar.self)
    let looked = try rows.map { rows in
      try command.applied(to: rows, input) { () throws(InferenceError) in
        try AutoencoderRowsView(fitted, rows, settings: settings)
      }
    }
    page = .success(
      AutoencoderPage(
        view: try AutoencoderView(fitted, rows: looked, settings: settings), rows: looked, settings: settings
      ).page)
  }
}
