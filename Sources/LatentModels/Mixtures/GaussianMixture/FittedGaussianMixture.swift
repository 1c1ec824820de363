public import LatentEvidence
public import LatentFiles
import LatentNumerics

/// A fitted Gaussian mixture as a model file keeps it: θ, the prior, and how both came about.
///
/// Nothing in it depends on the time or the machine, so equal fits make equal files, byte for byte.
public struct FittedGaussianMixture: Sendable, Equatable {
  /// The kind of its archives.
  public static let kind = "gmm"

  public var parameters: GaussianMixtureParameters
  /// The prior of the fit; nil for maximum likelihood.
  public var prior: GaussianPrior?
  public var description: Description

  public init(
    parameters: GaussianMixtureParameters, prior: GaussianPrior?, description: Description
  ) {
    self.parameters = parameters
    self.prior = prior
    self.description = description
  }

  /// What the fit was.
  public struct Description: Sendable, Codable, Equatable {
    /// K.
    public var components: Int
    /// D.
    public var dimensions: Int
    public var covariance: CovarianceStructure
    /// The name of the prior: `niw` or `none`.
    public var prior: String
    /// One name a column, or nil where the data had none.
    public var columnNames: [String]?
    /// The shape of the image that a row is, or nil.
    public var image: ImageSize?
    /// What was done to the columns before the fit; nil for nothing.
    public var standardization: Standardization?
    /// How values were turned into 0 and 1 before the fit; nil for not at all.
    public var binarization: String?
    public var seed: UInt64
    /// The precision of the arithmetic over rows.
    public var precision: String
    /// N.
    public var observations: Int
    /// The bound of the data at the parameters, with its terms.
    public var bound: Bound
    /// Steps of the ascent that found the parameters.
    public var iterations: Int
    public var outcome: Outcome
    public var freeParameters: Int

    public init(
      components: Int, dimensions: Int, covariance: CovarianceStructure, prior: String,
      columnNames: [String]? = nil, image: ImageSize? = nil, standardization: Standardization? = nil,
      binarization: String? = nil, seed: UInt64, precision: String, observations: Int, bound: Bound,
      iterations: Int, outcome: Outcome, freeParameters: Int
    ) {
      self.components = components
      self.dimensions = dimensions
      self.covariance = covariance
      self.prior = prior
      self.columnNames = columnNames
      self.image = image
      self.standardization = standardization
      self.binarization = binarization
      self.seed = seed
      self.precision = precision
      self.observations = observations
      self.bound = bound
      self.iterations = iterations
      self.outcome = outcome
      self.freeParameters = freeParameters
    }
  }

  /// The extent of an image kept as a row of pixels.
  public struct ImageSize: Sendable, Codable, Equatable {
    public var height: Int
    public var width: Int

    public init(height: Int, width: Int) {
      self.height = height
      self.width = width
    }
  }
}

extension FittedGaussianMixture {
  /// The archive of the model file: tensors under `mixture/`, and under `prior/` where there is a prior.
  public func archive() throws -> Archive {
    var archive = Archive(kind: Self.kind, configuration: try Archive.configurationText(of: description))
    parameters.write(to: &archive, at: "mixture")
    prior?.write(to: &archive, at: "prior")
    return archive
  }

  /// Reads a model and checks that its parts belong together.
  ///
  /// - Throws: `.wrongKind`; `.corrupt` and its relatives for a file that holds no such model.
  public init(from archive: Archive) throws(FileError) {
    guard archive.kind == Self.kind else {
      throw .wrongKind(path: archive.path, found: archive.kind, expected: Self.kind)
    }
    let description: Description = try archive.decodedConfiguration()
    let parameters = try GaussianMixtureParameters(from: archive, at: "mixture")
    var prior: GaussianPrior?
    if description.prior != "none" { prior = try GaussianPrior(from: archive, at: "prior") }
    let D = parameters.dimensions
    guard description.fits(parameters), prior.map({ $0.mean.count == D }) ?? true else {
      throw .corrupt(path: archive.path, .configuration)
    }
    self.init(parameters: parameters, prior: prior, description: description)
  }
}

extension FittedGaussianMixture.Description {
  fileprivate func fits(_ θ: GaussianMixtureParameters) -> Bool {
    let D = θ.dimensions
    guard components == θ.components, dimensions == D, covariance == θ.covariances.structure else {
      return false
    }
    guard columnNames.map({ $0.count == D }) ?? true else { return false }
    if let image {
      let (pixels, overflow) = image.height.multipliedReportingOverflow(by: image.width)
      guard image.height > 0, image.width > 0, !overflow, pixels == D else { return false }
    }
    guard standardization.map({ $0.isProper(columns: D) }) ?? true else { return false }
    return bound.isFinite && observations > 0 && iterations >= 0
  }
}
