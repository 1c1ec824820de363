import ArgumentParser
import Latent

struct ImputeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "impute",
    abstract: "Fills missing cells with what a fitted model expects, given the others.",
    discussion: """
      Each missing number becomes its conditional mean, each missing category the most likely one. For every column a \
      second one, NAME_sd, holds standard deviations (for a category, the root of the chance of being wrong): 0 where \
      the cell was observed.

      latent impute iris.latent holes.csv -o filled.csv

      --draws M writes M tables of random draws instead, one below the other, with a column `draw` before them: analyse \
      each and pool the answers to carry the uncertainty on.

      A model of images is also drawn: -o FILE.png has a line for each row, what is observed of it, what is expected, the \
      --draws, and, where cells were hidden, the image itself. --hide and --hide-square take cells away that are known, and \
      tell how far off their imputations are:

      latent impute vae.latent mnist-sample-test --hide-square 14 --draws 4 -o filled.png
      """)

  @OptionGroup var options: AppliedModelOptions
  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp("The number of multiple imputations.", valueName: "M"))
  var draws: Int?
  @Option(
    name: [.customShort("n"), .customLong("count")], parsing: .unconditional,
    help: ArgumentHelp(
      "The first so many rows alone (default: all; \(ImputationPicture.defaultCount) for a picture).",
      valueName: "count"))
  var count: Int?
  @OptionGroup(title: "Networks (vae, cvae, ae)") var method: ImputationOptions
  @OptionGroup(title: "Experiment") var hiding: HidingOptions

  func validate() throws {
    if let draws { try UsageError.check("--draws", draws, in: 1...) }
    if let count { try UsageError.check("-n", count, in: 1...) }
  }

  var isPicture: Bool { options.output?.lowercased().hasSuffix(".png") ?? false }

  func run() async throws {
    let input = try options.open(endings: TableOutput.endings + [".png"])
    if let output = options.output, isPicture, input.description.image == nil {
      throw UsageError.notAnImageModel(path: options.file, output: output)
    }
    if hiding.square != nil, input.description.image == nil {
      throw ConditionError.noImages(source: options.file, option: "--hide-square")
    }
    guard !input.isAutoencoder else {
      return try input.visitAutoencoder(
        precision: options.precision.given, AutoencoderImputeJob(command: self, input: input))
    }
    try input.refuse(method.given)
    guard !input.isFilter else {
      return try input.visitFilter(
        precision: options.precision.given, FilterImputeJob(command: self, input: input))
    }
    guard !input.isSequenceModel else {
      return try await input.visitSequences(
        precision: options.precision.value, SequenceImputeJob(command: self, input: input))
    }
    try await input.visit(precision: options.precision.value, ImputeJob(command: self, input: input))
  }

  /// The rows that are asked for, with cells hidden where that is asked for.
  func rows<Scalar: LatentScalar>(_ input: ModelInput, as _: Scalar.Type) throws -> HiddenTable<Scalar> {
    var table: Table<Scalar> = try options.table(input)
    let most = count ?? (isPicture ? ImputationPicture.defaultCount : table.rows)
    if most < table.rows {
      table.values = table.values.selecting(rows: Array(0..<most))
      table.labels = table.labels.map { Array($0[..<most]) }
    }
    return hiding.applied(
      to: table, image: input.description.image, except: input.given, seed: options.seed.value)
  }
}

/// The work of `impute` for one kind of mixture.
private struct ImputeJob: KindVisitor {
  let command: ImputeCommand
  let input: ModelInput

  func visit<Kind: ModelKind>(_: Kind.Type) async throws {
    let options = command.options
    let (seed, threads) = (options.seed.value, options.threads.value)
    let fitted: FittedMixture<Kind.Family> = try input.fitted()
    let hidden = try command.rows(input, as: Kind.Scalar.self)
    let table = hidden.table
    let result = ImputationResult(command: command, input: input, hidden: hidden)
    try result.checkSize()
    var (expected, tables):
      ((values: Matrix<Kind.Scalar>, deviations: Matrix<Kind.Scalar>)?, [Matrix<Kind.Scalar>]) = (nil, [])
    if let draws = command.draws {
      tables = try options.applied(to: table, input) { rows throws(InferenceError) in
        try fitted.model.emission.validate(rows)
        return try fitted.model.imputations(
          rows, at: fitted.parameters, draws: draws, using: RandomStream(seed: seed), threads: threads)
      }
    }
    if result.needsExpectation {
      expected = try options.applied(to: table, input) { rows throws(InferenceError) in
        try fitted.model.emission.validate(rows)
        return try fitted.model.imputed(rows, at: fitted.parameters, threads: threads)
      }
    }
    try result.write(expected, tables)
  }
}

/// The work of `impute` for an auto-encoder.
struct AutoencoderImputeJob: AutoencoderVisitor {
  let command: ImputeCommand
  let input: ModelInput

  func visit<Scalar: LatentScalar & TensorElement>(_ fitted: FittedAutoencoder<Scalar>) throws {
    try input.refuseRegression(fitted.configuration, "impute")
    let options = command.options
    let (stream, threads) = (RandomStream(seed: options.seed.value), options.threads.value)
    let method = try command.method.method(for: fitted.configuration, input.description.model)
    let hidden = try command.rows(input, as: Scalar.self)
    let result = ImputationResult(command: command, input: input, hidden: hidden)
    try result.checkSize()
    let D = hidden.table.columns
    // The columns of the data are the first.
    func ofData(_ values: Matrix<Scalar>) -> Matrix<Scalar> {
      values.columns == D ? values : values.selecting(columns: Array(0..<D))
    }
    var tables: [Matrix<Scalar>] = []
    if let draws = command.draws {
      tables = try options.applied(to: hidden.table, input) { rows throws(InferenceError) in
        try fitted.model.imputations(
          rows, at: fitted.parameters, draws: draws, by: method, using: stream, threads: threads)
      }.map(ofData)
    }
    var imputed: AutoencoderImputed<Scalar>?
    if result.needsExpectation {
      imputed = try options.applied(to: hidden.table, input) { rows throws(InferenceError) in
        try fitted.model.imputed(rows, at: fitted.parameters, by: method, using: stream, threads: threads)
      }
    }
    try result.write(
      imputed.map { (ofData($0.values), ofData($0.deviations)) }, tables,
      effectiveSize: imputed?.medianEffectiveSampleSize)
  }
}
