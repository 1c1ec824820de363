public import LatentEvidence

/// What a fit was: the part of a model file that a person reads.
///
/// Nothing in it depends on the time or the machine, so equal fits make equal files, byte for byte.
public struct FitDescription: Sendable, Codable, Equatable {
  /// The name of the model, such as `gmm`.
  public var model: String
  /// The method of inference: `em`, `vb`, ….
  public var inference: String
  /// K.
  public var components: Int
  /// D.
  public var dimensions: Int
  /// How covariances are tied together, for models that have any.
  public var covariance: CovarianceStructure?
  /// The number of latent factors, for models that have any.
  public var latent: Int?
  /// The name of the prior; `none` for maximum likelihood.
  public var prior: String
  /// One name a column, or nil where the data had none.
  public var columnNames: [String]?
  /// The categories of each column, for models of categories.
  public var levels: [[String]]?
  /// The shape of the image that a row is, or nil.
  public var image: ImageSize?
  /// What was done to the columns before the fit; nil for nothing.
  public var standardization: Standardization?
  /// How values were turned into 0 and 1 before the fit; nil for not at all.
  public var binarization: String?
  public var seed: UInt64
  /// The precision of the arithmetic over rows.
  public var precision: String
  /// The number of rows.
  public var observations: Int
  /// The number of cells that were missing.
  public var missingCells: Int
  /// The bound of the data at the parameters, with its terms.
  public var bound: Bound
  /// Whether the bound was taken with q(z) the exact posterior at a point θ: then its `evidence` is ln p(x | θ). Otherwise,
  /// by variational Bayes, with sparse responsibilities, or with some that are left from other parameters, it is below.
  public var hasExactPosterior: Bool
  /// Steps of the ascent that found the parameters.
  public var iterations: Int
  public var outcome: Outcome
  public var freeParameters: Int
  /// What is remarkable about the fit.
  public var findings: [MixtureFinding]
  /// The number of frames, for models of sequences, whose `observations` are sequences.
  public var frames: Int?
  /// The number of controls, for models that have any, and their names, or nil where the data had none.
  public var controls: Int?
  public var controlNames: [String]?
  /// How the fit went; nil where nobody kept it.
  public var history: FitHistory?

  public init(
    model: String, inference: String = "em", components: Int, dimensions: Int,
    covariance: CovarianceStructure? = nil, latent: Int? = nil, prior: String = "none",
    columnNames: [String]? = nil, levels: [[String]]? = nil, image: ImageSize? = nil,
    standardization: Standardization? = nil, binarization: String? = nil, seed: UInt64, precision: String,
    observations: Int, missingCells: Int = 0, bound: Bound, hasExactPosterior: Bool = false, iterations: Int,
    outcome: Outcome, freeParameters: Int, findings: [MixtureFinding] = [], frames: Int? = nil,
    controls: Int? = nil, controlNames: [String]? = nil, history: FitHistory? = nil
  ) {
    self.model = model
    self.inference = inference
    self.components = components
    self.dimensions = dimensions
    self.covariance = covariance
    self.latent = latent
    self.prior = prior
    self.columnNames = columnNames
    self.levels = levels
    self.image = image
    self.standardization = standardization
    self.binarization = binarization
    self.seed = seed
    self.precision = precision
    self.observations = observations
    self.missingCells = missingCells
    self.bound = bound
    self.hasExactPosterior = hasExactPosterior
    self.iterations = iterations
    self.outcome = outcome
    self.freeParameters = freeParameters
    self.findings = findings
    self.frames = frames
    self.controls = controls
    self.controlNames = controlNames
    self.history = history
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

  /// Whether the description is one of a model with this many components and columns.
  func fits(components K: Int, dimensions D: Int) -> Bool {
    guard components == K, dimensions == D else { return false }
    guard columnNames.map({ $0.count == D }) ?? true, levels.map({ $0.count == D }) ?? true else {
      return false
    }
    guard controlNames.map({ $0.count == controls ?? 0 }) ?? true else { return false }
    if let image {
      let (pixels, overflow) = image.height.multipliedReportingOverflow(by: image.width)
      guard image.height > 0, image.width > 0, !overflow, pixels == D else { return false }
    }
    guard standardization.map({ $0.isProper(columns: D) }) ?? true, history?.isProper ?? true else {
      return false
    }
    return bound.isFinite && observations > 0 && iterations >= 0 && missingCells >= 0
  }
}
