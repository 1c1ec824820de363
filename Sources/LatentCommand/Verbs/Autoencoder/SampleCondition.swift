import Latent

/// What `sample` is told of the rows that a conditional model draws: some conditions, each of which draws are made for.
struct SampleCondition<Scalar: LatentScalar & TensorElement> {
  /// What the model is given, `[conditions, C]`.
  let given: Matrix<Scalar>
  /// In words: `3 categories`.
  let words: String
  /// The columns of the data that are given, and how many there are in all.
  private let columns: [Int]
  private let dimensions: Int

  /// A picture has so many lines where no option says it.
  static var defaultLines: Int { 10 }

  /// - Returns: nil for a model that is given nothing.
  /// - Throws: `ConditionError` where a condition is missing, unknown, or of no use.
  init?(_ command: SampleCommand, _ fitted: FittedAutoencoder<Scalar>, _ input: ModelInput) throws {
    let configuration = fitted.configuration
    guard !configuration.condition.isEmpty else {
      try input.refuse([
        ("--condition", command.condition != nil), ("--contrast", command.contrast != nil),
      ])
      return nil
    }
    let labels = fitted.labels
    dimensions = fitted.description.dimensions
    columns = Array(configuration.condition.dropLast(labels?.levels.count ?? 0))
    if let labels, columns.isEmpty {
      try input.refuse([("--rows", command.rows != nil)])
      let codes = try Self.codes(command, labels)
      given = labels.beside(Matrix(rows: codes.count, columns: 0), codes)
      words = NumberText.count(codes.count, "category", plural: "categories")
    } else {
      guard let name = command.condition else {
        throw ConditionError.needsRows(model: command.file, columns: columns.count)
      }
      let console = Console(command.report)
      var table: Table<Scalar> = try input.table(
        DataSource(name, console: console, threads: command.threads.value), options: DataOptions.parse([]),
        seed: command.seed.value, as: Scalar.self)
      let most = command.rows ?? (command.isPicture ? Self.defaultLines : table.rows)
      if most < table.rows {
        table.values = table.values.selecting(rows: Array(0..<most))
        table.labels = table.labels.map { Array($0[..<most]) }
      }
      // What is missing of a condition is 0, as in the fit.
      let all = try input.givenBeside(table)
      given = Matrix(
        rows: all.rows, columns: configuration.condition.count,
        elements: (0..<all.rows).flatMap { row in
          configuration.condition.map { all[row, $0].isNaN ? 0 : all[row, $0] }
        })
      words = "\(NumberText.count(all.rows, "row")) of \(table.source)"
    }
  }

  private static func codes(_ command: SampleCommand, _ labels: AutoencoderLabels) throws -> [Int] {
    guard let asked = command.condition else {
      throw ConditionError.needsLabels(model: command.file, name: labels.name, known: labels.levels)
    }
    if asked == "all", !labels.levels.contains("all") { return Array(labels.levels.indices) }
    let names =
      labels.levels.contains(asked) ? [asked] : asked.split(separator: ",").map { String($0).trimmingSpaces }
    guard !names.isEmpty else {
      throw ConditionError.needsLabels(model: command.file, name: labels.name, known: labels.levels)
    }
    return try names.map { name in
      guard let code = labels.levels.firstIndex(of: name) else {
        throw ConditionError.noSuchLabel(name, name: labels.name, model: command.file, known: labels.levels)
      }
      return code
    }
  }

  /// One condition.
  func row(_ i: Int) -> Matrix<Scalar> { given.selecting(rows: [i]) }

  /// Rows of all columns of the data, from those that are modelled.
  func whole(_ modelled: Matrix<Scalar>, condition i: Int) -> Matrix<Scalar> {
    guard !columns.isEmpty else { return modelled }
    let places = (0..<dimensions).filter { !columns.contains($0) }
    var result = Matrix<Scalar>(rows: modelled.rows, columns: dimensions)
    for n in 0..<modelled.rows {
      for (j, place) in places.enumerated() { result[n, place] = modelled[n, j] }
      for (j, place) in columns.enumerated() { result[n, place] = given[i, j] }
    }
    return result
  }

  /// The columns that are given, the others missing; nil where none is.
  func picture(_ i: Int) -> Matrix<Scalar>? {
    guard !columns.isEmpty else { return nil }
    var result = Matrix<Scalar>(
      rows: 1, columns: dimensions, elements: Array(repeating: .nan, count: dimensions))
    for (j, place) in columns.enumerated() { result[0, place] = given[i, j] }
    return result
  }
}
