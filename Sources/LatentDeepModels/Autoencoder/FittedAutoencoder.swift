public import LatentEvidence
public import LatentFiles
public import LatentModels
public import LatentNumerics

/// A fitted auto-encoder as a model file keeps it: what makes the model, its parameters, and how they came about.
///
/// The description's `model` is `vae`, `cvae` or `ae`, its `latent` the number of latent dimensions of all layers, its `components` 1, and
/// its `dimensions` the columns of the data: those of the model without the ones that stand for `labels`.
public struct FittedAutoencoder<Scalar: LatentScalar & TensorElement>: Sendable {
  public let model: VariationalAutoencoder<Scalar>
  public let parameters: ParameterVector<Scalar>
  public var description: FitDescription
  /// What the model's last columns stand for, where categories beside the data are given; nil where none are.
  public var labels: AutoencoderLabels?
  /// What the latent dimensions did at the end of the fit; nil where nobody looked.
  public var diagnosis: AutoencoderDiagnosis?

  /// The kind of archives.
  public static var kind: String { "vae" }

  public var configuration: AutoencoderConfiguration { model.configuration }

  public init(
    model: VariationalAutoencoder<Scalar>, parameters: ParameterVector<Scalar>, description: FitDescription,
    labels: AutoencoderLabels? = nil, diagnosis: AutoencoderDiagnosis? = nil
  ) {
    precondition(parameters.layout == model.layout, "parameters of another architecture")
    self.model = model
    self.parameters = parameters
    self.description = description
    self.labels = labels
    self.diagnosis = diagnosis
  }

  /// The archive of the model file: every tensor of the parameters under `autoencoder/`.
  public func archive() throws -> Archive {
    var archive = Archive(
      kind: Self.kind,
      configuration: try Archive.configurationText(
        of: AutoencoderFile(
          autoencoder: configuration, description: description, labels: labels, diagnosis: diagnosis)))
    parameters.write(to: &archive, at: "autoencoder")
    return archive
  }

  /// Reads a model and checks that its parts belong together. Parameters of the other precision are converted.
  ///
  /// - Throws: `.wrongKind`; `.corrupt` and its relatives for a file that holds no such model.
  public init(from archive: Archive) throws(FileError) {
    guard archive.kind == Self.kind else {
      throw .wrongKind(path: archive.path, found: archive.kind, expected: Self.kind)
    }
    let file: AutoencoderFile = try archive.decodedConfiguration()
    let description = file.description
    guard let model = try? VariationalAutoencoder<Scalar>(file.autoencoder),
      description.fits(file.autoencoder, file.labels)
    else { throw .corrupt(path: archive.path, .configuration) }
    let parameters: ParameterVector<Scalar> =
      description.precision == Float.precisionName
      ? try ParameterVector<Float>(model.layout, from: archive, at: "autoencoder").converted(to: Scalar.self)
      : try ParameterVector<Double>(model.layout, from: archive, at: "autoencoder").converted(to: Scalar.self)
    guard parameters.isFinite else { throw archive.invalidValue("autoencoder") }
    self.init(
      model: model, parameters: parameters, description: description, labels: file.labels,
      diagnosis: file.diagnosis)
  }
}

/// What the configuration of a model file says.
private struct AutoencoderFile: Codable {
  let autoencoder: AutoencoderConfiguration
  let description: FitDescription
  let labels: AutoencoderLabels?
  let diagnosis: AutoencoderDiagnosis?
}

/// One category for each row that is given to a conditional model beside the columns of the data: the model has a column for each level, 1
/// where it is the row's and 0 elsewhere, after all others.
public struct AutoencoderLabels: Sendable, Codable, Hashable {
  /// The column that they came from, or what a data set calls them.
  public var name: String
  /// In the order of their columns.
  public var levels: [String]

  public init(name: String, levels: [String]) {
    self.name = name
    self.levels = levels
  }

  /// Whether they are the last columns of a condition.
  fileprivate func areGiven(to model: AutoencoderConfiguration) -> Bool {
    !levels.isEmpty && levels.count < model.columns && Set(levels).count == levels.count
      && Array(model.condition.suffix(levels.count)) == Array(model.columns - levels.count..<model.columns)
  }
}

extension FitDescription {
  /// Whether the description is one of such a model.
  fileprivate func fits(_ model: AutoencoderConfiguration, _ labels: AutoencoderLabels?) -> Bool {
    guard labels?.areGiven(to: model) ?? true else { return false }
    guard dimensions == model.columns - (labels?.levels.count ?? 0), latent == model.latentDimensions
    else { return false }
    guard levels.map({ $0.count == dimensions }) ?? true else { return false }
    guard columnNames.map({ $0.count == dimensions }) ?? true else { return false }
    if let image {
      let (pixels, overflow) = image.height.multipliedReportingOverflow(by: image.width)
      guard image.height > 0, image.width > 0, !overflow, pixels == dimensions else { return false }
    }
    guard [Float.precisionName, Double.precisionName].contains(precision), history?.isProper ?? true else {
      return false
    }
    return bound.isFinite && observations > 0 && iterations >= 0 && missingCells >= 0
  }
}
