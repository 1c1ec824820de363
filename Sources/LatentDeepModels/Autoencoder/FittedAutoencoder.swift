public import LatentEvidence
public import LatentFiles
public import LatentModels
public import LatentNumerics

/// A fitted auto-encoder as a model file keeps it: what makes the model, its parameters, and how they came about.
///
/// The description's `model` is `vae`, its `latent` the number of latent dimensions of all layers, and its `components` 1.
public struct FittedAutoencoder<Scalar: LatentScalar & TensorElement>: Sendable {
  public let model: VariationalAutoencoder<Scalar>
  public let parameters: ParameterVector<Scalar>
  public var description: FitDescription
  /// What the latent dimensions did at the end of the fit; nil where nobody looked.
  public var diagnosis: AutoencoderDiagnosis?

  /// The kind of archives.
  public static var kind: String { "vae" }

  public var configuration: AutoencoderConfiguration { model.configuration }

  public init(
    model: VariationalAutoencoder<Scalar>, parameters: ParameterVector<Scalar>, description: FitDescription,
    diagnosis: AutoencoderDiagnosis? = nil
  ) {
    precondition(parameters.layout == model.layout, "parameters of another architecture")
    self.model = model
    self.parameters = parameters
    self.description = description
    self.diagnosis = diagnosis
  }

  /// The archive of the model file: every tensor of the parameters under `autoencoder/`.
  public func archive() throws -> Archive {
    var archive = Archive(
      kind: Self.kind,
      configuration: try Archive.configurationText(
        of: AutoencoderFile(autoencoder: configuration, description: description, diagnosis: diagnosis)))
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
      description.fits(file.autoencoder)
    else { throw .corrupt(path: archive.path, .configuration) }
    let parameters: ParameterVector<Scalar> =
      description.precision == Float.precisionName
      ? try ParameterVector<Float>(model.layout, from: archive, at: "autoencoder").converted(to: Scalar.self)
      : try ParameterVector<Double>(model.layout, from: archive, at: "autoencoder").converted(to: Scalar.self)
    guard parameters.isFinite else { throw archive.invalidValue("autoencoder") }
    self.init(
      model: model, parameters: parameters, description: description, diagnosis: file.diagnosis)
  }
}

/// What the configuration of a model file says.
private struct AutoencoderFile: Codable {
  let autoencoder: AutoencoderConfiguration
  let description: FitDescription
  let diagnosis: AutoencoderDiagnosis?
}

extension FitDescription {
  /// Whether the description is one of such a model.
  fileprivate func fits(_ model: AutoencoderConfiguration) -> Bool {
    guard dimensions == model.columns, latent == model.latentDimensions else { return false }
    guard columnNames.map({ $0.count == dimensions }) ?? true else { return false }
    if let image {
      let (pixels, overflow) = image.height.multipliedReportingOverflow(by: image.width)
      guard image.height > 0, image.width > 0, !overflow, pixels == dimensions else { return false }
    }
    guard [Float.precisionName, Double.precisionName].contains(precision) else { return false }
    return bound.isFinite && observations > 0 && iterations >= 0 && missingCells >= 0
  }
}
