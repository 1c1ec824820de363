import Latent

/// Where the components of a fit start, by `--init`.
enum FitStart<Kind: ModelKind>: Sendable {
  case mixture(MixtureStart)
  /// The parameters of a model file.
  case parameters(MixtureParameters<Kind.Family.Parameters>)

  /// - Throws: `PreparationError` for a file that does not fit; `FileError`, `DataError` for one that cannot be read.
  static func read(
    _ settings: FitSettings, family: Kind.Family, data: FitData<Kind.Scalar>, console: Console, threads: Int
  ) throws -> FitStart {
    guard let path = settings.startFile else {
      return .mixture(settings.start == "random" ? .randomRows : .kMeans)
    }
    do {
      let archive = try Archive(readingFrom: path)
      return .parameters(
        try parameters(FittedMixture<Kind.Family>(from: archive), path, settings, family, data))
    } catch FileError.notSafetensors {
      let means: Table<Double> = try readTable(from: path, options: ReadOptions(threads: threads))
        .complete()
      guard means.rows == settings.model.components, means.columns == data.rows.columns else {
        throw PreparationError.initialMeans(
          path: path, rows: means.rows, columns: means.columns, components: settings.model.components,
          dimensions: data.rows.columns)
      }
      // The table is in the data's units, as the data were before they were standardized.
      return .mixture(.means(data.standardization?.applied(to: means.values) ?? means.values))
    } catch FileError.notFound {
      throw UsageError.badValue(
        option: "--init", value: Wording.quoted(path),
        requirement: Wording.choice(FitSettings.namedStarts + ["an existing file"]))
    }
  }

  private static func parameters(
    _ fitted: FittedMixture<Kind.Family>, _ path: String, _ settings: FitSettings, _ family: Kind.Family,
    _ data: FitData<Kind.Scalar>
  ) throws -> MixtureParameters<Kind.Family.Parameters> {
    func words(
      _ model: String, _ K: Int, _ D: Int, _ covariance: CovarianceStructure?, _ latent: Int?,
      standardized: Bool
    ) -> String {
      "\(model) with \(NumberText.count(K, "component")) in \(NumberText.count(D, "column"))"
        + (covariance.map { ", \($0.rawValue) covariance" } ?? "")
        + (latent.map { ", \(NumberText.count($0, "factor"))" } ?? "")
        + (standardized ? ", standardized" : "")
    }
    let found = fitted.description
    let needed = settings.model
    let isSame =
      found.model == needed.model && found.components == needed.components
      && found.dimensions == data.rows.columns
      && found.covariance == needed.covariance && found.latent == needed.latent
      && (found.standardization != nil) == settings.standardize
    guard isSame else {
      throw PreparationError.initialModel(
        path: path,
        found: words(
          found.model, found.components, found.dimensions, found.covariance, found.latent,
          standardized: found.standardization != nil),
        needed: words(
          needed.model, needed.components, data.rows.columns, needed.covariance, needed.latent,
          standardized: settings.standardize))
    }
    guard found.levels == needed.levels else {
      throw PreparationError.initialLevels(
        path: path, column: Self.firstDifference(found.levels ?? [], needed.levels ?? []),
        columnNames: data.columnNames)
    }
    guard family.accepts(fitted.parameters.emission) else {
      throw FileError.corrupt(path: path, .configuration)
    }
    return fitted.parameters
  }

  /// The first column whose categories differ.
  private static func firstDifference(_ a: [[String]], _ b: [[String]]) -> Int {
    zip(a, b).enumerated().first { $1.0 != $1.1 }?.offset ?? 0
  }
}
