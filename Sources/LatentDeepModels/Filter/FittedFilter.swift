public import LatentEvidence
public import LatentFiles
public import LatentModels
public import LatentNumerics

/// A fitted deep filter as a model file keeps it: what makes the model, its parameters, and how they came about.
///
/// The archive's kind and the description's `model` are `dvbf` or `dkf`, its `latent` the number of latent dimensions, its `components` 1.
public struct FittedFilter<Scalar: LatentScalar & TensorElement>: Sendable {
  public let model: DeepFilter<Scalar>
  public let parameters: ParameterVector<Scalar>
  public var description: FitDescription
  /// How it was trained; nil where by other means.
  public var recipe: FilterRecipe?

  /// The kinds of archives.
  public static var kinds: [String] { ["dvbf", "dkf"] }

  public var configuration: DeepFilterConfiguration { model.configuration }

  public init(
    model: DeepFilter<Scalar>, parameters: ParameterVector<Scalar>, description: FitDescription,
    recipe: FilterRecipe? = nil
  ) {
    precondition(parameters.layout == model.layout, "parameters of another architecture")
    self.model = model
    self.parameters = parameters
    self.description = description
    self.recipe = recipe
  }

  /// The archive of the model file: every tensor of the parameters under `filter/`.
  public func archive() throws -> Archive {
    var archive = Archive(
      kind: configuration.kind,
      configuration: try Archive.configurationText(
        of: FilterFile(filter: configuration, description: description, recipe: recipe)))
    parameters.write(to: &archive, at: "filter")
    return archive
  }

  /// Reads a model and checks that its parts belong together. Parameters of the other precision are converted.
  ///
  /// - Throws: `.wrongKind`; `.corrupt` and its relatives for a file that holds no such model.
  public init(from archive: Archive) throws(FileError) {
    guard Self.kinds.contains(archive.kind) else {
      throw .wrongKind(path: archive.path, found: archive.kind, expected: Self.kinds[0])
    }
    let file: FilterFile = try archive.decodedConfiguration()
    let description = file.description
    guard file.filter.kind == archive.kind, let model = try? DeepFilter<Scalar>(file.filter),
      description.fits(file.filter)
    else { throw .corrupt(path: archive.path, .configuration) }
    let parameters: ParameterVector<Scalar> =
      description.precision == Float.precisionName
      ? try ParameterVector<Float>(model.layout, from: archive, at: "filter").converted(to: Scalar.self)
      : try ParameterVector<Double>(model.layout, from: archive, at: "filter").converted(to: Scalar.self)
    guard parameters.isFinite else { throw archive.invalidValue("filter") }
    self.init(model: model, parameters: parameters, description: description, recipe: file.recipe)
  }
}

/// What the configuration of a model file says.
private struct FilterFile: Codable {
  let filter: DeepFilterConfiguration
  let description: FitDescription
  let recipe: FilterRecipe?
}

extension FitDescription {
  /// Whether the description is one of such a model.
  fileprivate func fits(_ model: DeepFilterConfiguration) -> Bool {
    guard self.model == model.kind, dimensions == model.columns, latent == model.latent,
      (controls ?? 0) == model.controls
    else { return false }
    guard columnNames.map({ $0.count == dimensions }) ?? true,
      controlNames.map({ $0.count == model.controls }) ?? true
    else { return false }
    if let image {
      let (pixels, overflow) = image.height.multipliedReportingOverflow(by: image.width)
      guard image.height > 0, image.width > 0, !overflow, pixels == dimensions else { return false }
    }
    guard [Float.precisionName, Double.precisionName].contains(precision) else { return false }
    return bound.isFinite && observations > 0 && iterations >= 0 && missingCells >= 0
  }
}
