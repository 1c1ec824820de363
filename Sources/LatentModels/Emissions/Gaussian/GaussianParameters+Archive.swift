public import LatentFiles
import LatentNumerics

extension GaussianParameters: Archivable {
  /// Tensors `means` `[K, D]` and one of `covariances/full` `[K, D, D]`, `covariances/tied` `[D, D]`,
  /// `covariances/diagonal` `[K, D]`, `covariances/spherical` `[K]`, all F64.
  public func write(to archive: inout Archive, at path: String) {
    archive.set("\(path)/means", means)
    let name = "\(path)/covariances/\(covariances.structure.rawValue)"
    switch covariances {
    case .full(let all):
      archive.set(
        name,
        Tensor(shape: [components, dimensions, dimensions], elements: all.flatMap(\.elements)))
    case .tied(let shared): archive.set(name, shared)
    case .diagonal(let all): archive.set(name, all)
    case .spherical(let all): archive.set(name, all)
    }
  }

  /// Reads and checks the parameters: finite means, positive definite covariances.
  public init(from archive: Archive, at path: String) throws(FileError) {
    let means: Matrix<Double> = try archive.matrix("\(path)/means")
    let (K, D) = (means.rows, means.columns)
    guard K > 0, D > 0, means.elements.allSatisfy(\.isFinite) else {
      throw archive.invalidValue("\(path)/means")
    }

    let prefix = "\(path)/covariances"
    guard
      let structure = CovarianceStructure.allCases.first(where: {
        archive.contains("\(prefix)/\($0.rawValue)")
      })
    else { throw .missingTensor(path: archive.path, name: prefix) }
    let name = "\(prefix)/\(structure.rawValue)"
    let covariances: Covariances
    switch structure {
    case .full:
      let all: [Double] = try archive.elements(name, shape: [K, D, D])
      covariances = .full(
        (0..<K).map { k in
          Matrix(rows: D, columns: D, elements: all[k * D * D..<(k + 1) * D * D])
        })
    case .tied: covariances = .tied(try archive.matrix(name, rows: D, columns: D))
    case .diagonal: covariances = .diagonal(try archive.matrix(name, rows: K, columns: D))
    case .spherical: covariances = .spherical(try archive.vector(name, count: K))
    }
    let proper: Bool =
      switch covariances {
      case .full(let all): all.allSatisfy { Cholesky($0) != nil }
      case .tied(let shared): Cholesky(shared) != nil
      case .diagonal(let all): all.elements.allSatisfy { $0 > 0 && $0.isFinite }
      case .spherical(let all): all.allSatisfy { $0 > 0 && $0.isFinite }
      }
    guard proper else { throw archive.invalidValue(name) }
    self.init(means: means, covariances: covariances)
  }
}

extension GaussianPrior: Archivable {
  public func write(to archive: inout Archive, at path: String) {
    archive.set("\(path)/mean", mean)
    archive.set("\(path)/scale", scale)
    archive.set("\(path)/meanPrecision", meanPrecision)
    archive.set("\(path)/degreesOfFreedom", degreesOfFreedom)
  }

  public init(from archive: Archive, at path: String) throws(FileError) {
    let mean: [Double] = try archive.vector("\(path)/mean")
    let precision: Double = try archive.value("\(path)/meanPrecision")
    let degrees: Double = try archive.value("\(path)/degreesOfFreedom")
    let scale: Matrix<Double> = try archive.matrix("\(path)/scale", rows: mean.count, columns: mean.count)
    guard
      mean.allSatisfy(\.isFinite),
      let prior = try? GaussianPrior(
        mean: mean, meanPrecision: precision, degreesOfFreedom: degrees, scale: scale)
    else { throw archive.invalidValue(path) }
    self = prior
  }
}
