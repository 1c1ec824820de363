public import LatentFiles

extension VariationalGaussianEmission: KeptEmission {
  public static var kind: String { "gmm/vb" }

  /// The structure of the covariances, and the prior under `prior/`.
  public func write(to archive: inout Archive, at path: String) { mode.write(to: &archive, at: path) }

  public init(from archive: Archive, at path: String) throws(FileError) {
    let mode = try GaussianEmission<Scalar>(from: archive, at: path)
    guard let prior = mode.prior, let family = try? Self(covariance: mode.covariance, prior: prior) else {
      throw .missingTensor(path: archive.path, name: "\(path)/prior/mean")
    }
    self = family
  }

  public func accepts(_ parameters: VariationalGaussianParameters) -> Bool {
    mode.accepts(parameters.expected)
  }

  public func accepts(_ statistics: GaussianStatistics) -> Bool { mode.accepts(statistics) }
}

extension VariationalGaussianParameters: NarrowingParameters {
  public func narrowestDirections(weights: [Double]) -> [NarrowDirection] {
    expected.narrowestDirections(weights: weights)
  }
}
