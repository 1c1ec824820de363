public import LatentEvidence
public import LatentFiles

extension StudentEmission: KeptEmission {
  public static var kind: String { "tmm" }

  /// What the Gaussian family keeps, and how degrees of freedom are found: `[2]` for bounds, `[1]` for a given value.
  public func write(to archive: inout Archive, at path: String) {
    gaussian.write(to: &archive, at: path)
    switch degreesOfFreedom {
    case .estimated(let range): archive.set("\(path)/degreesOfFreedom", [range.lowerBound, range.upperBound])
    case .fixed(let ν): archive.set("\(path)/degreesOfFreedom", [ν])
    }
  }

  public init(from archive: Archive, at path: String) throws(FileError) {
    let gaussian = try GaussianEmission<Scalar>(from: archive, at: path)
    let numbers: [Double] = try archive.vector("\(path)/degreesOfFreedom")
    let degrees: DegreesOfFreedom
    switch numbers.count {
    case 1: degrees = .fixed(numbers[0])
    case 2 where numbers[0] <= numbers[1]: degrees = .estimated(within: numbers[0]...numbers[1])
    default: throw archive.invalidValue("\(path)/degreesOfFreedom")
    }
    guard
      let family = try? Self(
        dimensions: gaussian.dimensions, covariance: gaussian.covariance, prior: gaussian.prior,
        degreesOfFreedom: degrees)
    else { throw archive.invalidValue("\(path)/degreesOfFreedom") }
    self = family
  }

  public func accepts(_ θ: StudentParameters) -> Bool { gaussian.accepts(θ.gaussian) }

  public func accepts(_ statistics: StudentStatistics) -> Bool { gaussian.accepts(statistics.moments) }
}

extension StudentParameters: VectorParameters {
  /// The coordinates of locations and scale matrices, and the logarithms of the degrees of freedom.
  public var vector: [Double] { gaussian.vector + degreesOfFreedom.map { Double.log($0) } }

  public func replacing(vector: [Double]) -> Self? {
    let K = components
    guard let gaussian = gaussian.replacing(vector: Array(vector.dropLast(K))) else { return nil }
    let ν = vector.suffix(K).map { Double.exp($0) }
    guard ν.areProper else { return nil }
    return Self(means: gaussian.means, scales: gaussian.covariances, degreesOfFreedom: ν)
  }
}
