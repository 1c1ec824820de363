// N rows, D columns, L factors

public import LatentDistributions
public import LatentEvidence
public import LatentFiles
public import LatentNumerics

/// The prior of variational principal component analysis, in which the data choose how many factors matter:
///
///     w[k]ₗ | α ~ 𝒩(0, I/α[k]ₗ),   α[k]ₗ ~ Ga(a, b),   μ[k] ~ 𝒩(μ₀, I/β),   τ[k] ~ Ga(c, d)
///
/// with wₗ the l-th column of W, `[D]`, and τ = 1/σ². A factor that explains no more than noise would is given a large α,
/// and its loadings vanish.
///
/// - Source: Bishop (1999), Variational principal components, ICANN 99.
public struct RelevancePrior: Sendable, Equatable {
  /// μ₀, `[D]`.
  public let mean: [Double]
  /// β, in reciprocal squared units of the columns.
  public let meanPrecision: Double
  /// The prior on each α.
  public let relevance: Gamma
  /// The prior on τ.
  public let noise: Gamma

  /// - Throws: `.invalidParameter` for a β that is not positive.
  public init(mean: [Double], meanPrecision: Double, relevance: Gamma, noise: Gamma) throws(InferenceError) {
    guard meanPrecision > 0, meanPrecision.isFinite else {
      throw .invalidParameter(
        name: "mean precision", value: "\(meanPrecision)", requirement: "greater than 0")
    }
    self.mean = mean
    self.meanPrecision = meanPrecision
    self.relevance = relevance
    self.noise = noise
  }

  /// The broad prior in the data's own units: with s² the mean variance of the columns, μ₀ their mean, β = h/s²,
  /// a = c = h and b = d = h s², so that multiplying the data by a number changes no answer but its units.
  ///
  /// - Parameters:
  ///   - x: the rows.
  ///   - h: how much it says, in observations.
  ///   - threads: the number of threads; the result does not depend on it.
  /// - Throws: `.noVariation`, `.notFinite`, `.invalidParameter`.
  public static func scaled<Scalar: LatentScalar>(
    to x: Rows<Scalar>, strength h: Double = 1e-3, threads: Int = Lanes.availableThreads
  ) throws(InferenceError) -> RelevancePrior {
    guard h > 0, h.isFinite else {
      throw .invalidParameter(name: "strength", value: "\(h)", requirement: "greater than 0")
    }
    let (mean, variances) = try PrincipalAxes.meanAndVariances(of: x, threads: threads)
    let s² = variances.reduce(0, +) / Double(variances.count)
    guard s² > 0 else { throw .noVariation }
    return try RelevancePrior(
      mean: mean, meanPrecision: h / s², relevance: Gamma(shape: h, rate: h * s²),
      noise: Gamma(shape: h, rate: h * s²))
  }
}

extension RelevancePrior: Archivable {
  /// Tensors `mean` `[D]`, `meanPrecision`, and `relevance` and `noise` `[2]`, shape and rate.
  public func write(to archive: inout Archive, at path: String) {
    archive.set("\(path)/mean", mean)
    archive.set("\(path)/meanPrecision", meanPrecision)
    archive.set("\(path)/relevance", [relevance.shape, relevance.rate])
    archive.set("\(path)/noise", [noise.shape, noise.rate])
  }

  public init(from archive: Archive, at path: String) throws(FileError) {
    func gamma(_ name: String) throws(FileError) -> Gamma {
      let values: [Double] = try archive.vector("\(path)/\(name)", count: 2)
      guard values.allSatisfy({ $0 > 0 && $0.isFinite }) else {
        throw archive.invalidValue("\(path)/\(name)")
      }
      return Gamma(shape: values[0], rate: values[1])
    }
    let mean: [Double] = try archive.vector("\(path)/mean")
    let precision: Double = try archive.value("\(path)/meanPrecision")
    guard mean.allSatisfy(\.isFinite),
      let prior = try? RelevancePrior(
        mean: mean, meanPrecision: precision, relevance: gamma("relevance"), noise: gamma("noise"))
    else { throw archive.invalidValue(path) }
    self = prior
  }
}
