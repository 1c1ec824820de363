import Latent

/// A model file, and data brought into the shape that it was fitted to.
struct ModelInput: Sendable {
  /// What messages call the kind of a file that holds some model.
  static let anyKind = "model"

  let path: String
  let archive: Archive
  private(set) var description: FitDescription
  /// Categories that are given beside the columns, and where DATA has them.
  let labels: AutoencoderLabels?
  private var labelSource: String?
  /// The columns of the data that a conditional model is given.
  let given: [Int]

  init(path: String) throws {
    self.path = path
    archive = try Archive(readingFrom: path)
    let checkpoints = [
      CheckpointConfiguration.kind, TrainingConfiguration.kind, SequenceConfiguration.kind,
      FilterConfiguration.kind,
    ]
    guard !checkpoints.contains(archive.kind) else {
      throw FileError.wrongKind(path: path, found: archive.kind, expected: Self.anyKind)
    }
    description = try Self.description(of: archive)
    (given, labels) =
      archive.kind == FittedAutoencoder<Float>.kind ? try Self.condition(of: archive) : ([], nil)
    labelSource = labels?.name
  }

  /// Does the work for the kind of model that the file holds.
  func visit<Visitor: KindVisitor>(
    precision: Precision, _ visitor: Visitor
  ) async throws -> Visitor.Result {
    do {
      return try await ModelKinds.visit(
        model: description.model, inference: description.inference, precision: precision, visitor)
    } catch UsageError.unknownModel, UsageError.noInference {
      throw FileError.corrupt(path: path, .configuration)
    }
  }

  /// The model.
  func fitted<Family: KeptEmission>(_: Family.Type = Family.self) throws(FileError) -> FittedMixture<Family> {
    try FittedMixture(from: archive)
  }

  /// Reads DATA, matches its columns with the model's, and does what was done before the fit.
  ///
  /// - Throws: `PreparationError` for data of another shape; `DataError` and `CatalogueError`.
  func table<Scalar: LatentScalar>(
    _ source: DataSource, options: DataOptions, labels: String? = nil, weights: String? = nil, seed: UInt64,
    as _: Scalar.Type
  ) throws -> Table<Scalar> {
    let (source, choice) = try matched(
      source, options: options, labels: labels ?? labelSource, weights: weights)
    let table: Table<Scalar> = try source.table(choice)
    try check(columns: table.columns, of: table.source)
    let preparation = try preparation(source, options: options, seed: seed)
    var result = try preparation.applied(to: table, from: 0)
    // A fit that draws zeros and ones afresh does so of what it models alone.
    if preparation.binarize == .stochastic {
      for j in given {
        for n in 0..<result.rows { result.values[n, j] = table.values[n, j] }
      }
    }
    return result
  }

  /// Takes the categories that are given from another column, or a file.
  ///
  /// - Throws: `UsageError` for a model that is not told any.
  mutating func readLabels(from name: String) throws {
    guard labels != nil else {
      throw UsageError.noMeaning(
        option: "--condition", model: description.model,
        inference: isAutoencoder ? AutoencoderSettings.inferenceWords : description.inference)
    }
    labelSource = name
  }

  /// Takes frames as images, where the fit was not told.
  ///
  /// - Throws: `UsageError` where they are not of this size, or of another.
  mutating func show(frames image: FitDescription.ImageSize) throws {
    try FrameSize.check(image, columns: description.dimensions, of: path)
    if let known = description.image, known != image {
      throw UsageError.badValue(
        option: "--image", value: FrameSize(image).description,
        requirement: "\(FrameSize(known)), as in the fit of \(path)")
    }
    description.image = image
  }

  /// The rows of a table as the model takes them, with the categories that are given beside the columns.
  func givenBeside<Scalar>(_ table: Table<Scalar>) throws -> Matrix<Scalar> {
    guard let labels else { return table.values }
    return labels.beside(
      table.values, try labels.codes(of: table.labels ?? [], source: table.source, model: path))
  }

  /// - Throws: `PreparationError` for data of another width.
  func check(columns: Int, of source: String) throws {
    guard columns == description.dimensions else {
      throw PreparationError.wrongWidth(
        source: source, columns: columns, model: path, expected: description.dimensions)
    }
  }

  /// What was done to the rows of the fit and is done to others too.
  func preparation(_ source: DataSource, options: DataOptions, seed: UInt64) throws -> RowPreparation {
    let binarize = try binarization(options)
    if let binarize {
      let how = binarize == .stochastic ? "by chance, seed \(seed)" : "from \(binarize) on"
      source.console.note("Values are turned into 0 and 1 (\(how)).")
    }
    if description.standardization != nil {
      source.console.note("Columns are standardized as in the fit; densities are in these units.")
    }
    return RowPreparation(binarize: binarize, seed: seed, standardization: description.standardization)
  }

  /// What of a source is read: the model's columns, by their names where both have names.
  func matched(
    _ source: DataSource, options: DataOptions, labels: String?, weights: String?
  ) throws -> (source: DataSource, choice: DataChoice) {
    var choice = DataChoice(
      columns: options.columns?.names, labels: labels, weights: weights, levels: description.levels)
    choice.isCategorical = description.levels != nil
    if choice.columns != nil { return (source, choice) }
    guard let names = description.columnNames else { return (source, choice) }
    let source = try source.rereadable()
    guard let available = try source.columnNames() else { return (source, choice) }
    let missing = names.filter { !available.contains($0) }
    guard missing.isEmpty else {
      throw PreparationError.lacksColumns(source: source.title, model: path, names: missing)
    }
    let extra = available.filter { !names.contains($0) && $0 != labels && $0 != weights }
    if !extra.isEmpty {
      source.console.note("Columns not in the model are left out: \(Wording.list(extra)).")
    }
    choice.columns = names
    return (source, choice)
  }

  private func binarization(_ options: DataOptions) throws -> Binarization? {
    if options.binarize != nil, description.levels != nil {
      throw UsageError.noMeaning(
        option: "--binarize", model: description.model, inference: description.inference)
    }
    guard let recorded = description.binarization else { return options.binarize }
    if let given = options.binarize, given.description != recorded {
      throw PreparationError.otherBinarization(
        model: path, recorded: recorded, given: given.description)
    }
    guard let binarization = Binarization(argument: recorded) else {
      throw FileError.corrupt(path: path, .configuration)
    }
    return binarization
  }
}
