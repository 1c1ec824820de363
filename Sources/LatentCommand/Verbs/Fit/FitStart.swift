import Latent

/// Where the components of a fit start, by `--init`.
enum FitStart: Sendable {
  case mixture(MixtureStart)
  /// The parameters of a model file.
  case parameters(GaussianMixtureParameters)

  var mixtureStart: MixtureStart {
    if case .mixture(let start) = self { start } else { .kMeans }
  }

  /// - Throws: `PreparationError` for a file that does not fit; `FileError`, `DataError` for one that cannot be read.
  static func read<Scalar: LatentScalar>(
    _ settings: FitSettings, data: FitData<Scalar>, console: Console, threads: Int
  ) throws -> FitStart {
    guard let path = settings.startFile else {
      return .mixture(settings.start == "random" ? .randomRows : .kMeans)
    }
    do {
      let archive = try Archive(readingFrom: path)
      return .parameters(try parameters(FittedGaussianMixture(from: archive), path, settings, data))
    } catch FileError.notSafetensors {
      let means: Table<Double> = try readTable(from: path, options: ReadOptions(threads: threads))
        .withoutMissingCells()
      guard means.rows == settings.components, means.columns == data.values.columns else {
        throw PreparationError.initialMeans(
          path: path, rows: means.rows, columns: means.columns, components: settings.components,
          dimensions: data.values.columns)
      }
      // The table is in the data's units, as the data were before they were standardized.
      return .mixture(.means(data.standardization?.applied(to: means.values) ?? means.values))
    } catch FileError.notFound {
      throw UsageError.badValue(
        option: "--init", value: Wording.quoted(path),
        requirement: Wording.choice(FitSettings.namedStarts + ["an existing file"]))
    }
  }

  private static func parameters<Scalar: LatentScalar>(
    _ model: FittedGaussianMixture, _ path: String, _ settings: FitSettings, _ data: FitData<Scalar>
  ) throws -> GaussianMixtureParameters {
    func words(_ K: Int, _ D: Int, _ covariance: CovarianceStructure, standardized: Bool) -> String {
      "\(NumberText.count(K, "component")) in \(NumberText.count(D, "column")) with \(covariance.rawValue) "
        + "covariance\(standardized ? ", standardized" : "")"
    }
    let found = model.description
    let isSame =
      found.components == settings.components && found.dimensions == data.values.columns
      && found.covariance == settings.covariance && (found.standardization != nil) == settings.standardize
    guard isSame else {
      throw PreparationError.initialModel(
        path: path,
        found: words(
          found.components, found.dimensions, found.covariance, standardized: found.standardization != nil),
        needed: words(
          settings.components, data.values.columns, settings.covariance, standardized: settings.standardize))
    }
    return model.parameters
  }
}
