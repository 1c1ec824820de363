// L latent dimensions, U controls, D columns

public import LatentFiles
public import LatentNumerics

/// θ of a linear Gaussian state space:
///
///     z[1] ~ 𝒩(m, P),   z[t+1] ~ 𝒩(A z[t] + B u[t], Q),   x[t] ~ 𝒩(C z[t] + d, R).
public struct LinearStateSpaceParameters: Sendable, Equatable {
  /// m, `[L]`.
  public var initialMean: [Double]
  /// P, `[L, L]`.
  public var initialCovariance: Matrix<Double>
  /// A, `[L, L]`.
  public var transition: Matrix<Double>
  /// B, `[L, U]`; no columns without controls.
  public var control: Matrix<Double>
  /// Q, `[L, L]`.
  public var transitionNoise: Matrix<Double>
  /// C, `[D, L]`.
  public var emission: Matrix<Double>
  /// d, `[D]`.
  public var offset: [Double]
  /// R, `[D, D]`.
  public var emissionNoise: Matrix<Double>

  public init(
    initialMean: [Double], initialCovariance: Matrix<Double>, transition: Matrix<Double>,
    control: Matrix<Double>? = nil, transitionNoise: Matrix<Double>, emission: Matrix<Double>,
    offset: [Double], emissionNoise: Matrix<Double>
  ) {
    self.initialMean = initialMean
    self.initialCovariance = initialCovariance
    self.transition = transition
    self.control = control ?? Matrix(rows: initialMean.count, columns: 0)
    self.transitionNoise = transitionNoise
    self.emission = emission
    self.offset = offset
    self.emissionNoise = emissionNoise
    precondition(hasMatchingShapes, "matrices that fit each other")
  }

  /// L.
  public var latent: Int { initialMean.count }
  /// D.
  public var dimensions: Int { offset.count }
  /// U.
  public var controls: Int { control.columns }

  private var hasMatchingShapes: Bool {
    let (L, D) = (latent, dimensions)
    func has(_ matrix: Matrix<Double>, _ rows: Int, _ columns: Int) -> Bool {
      matrix.rows == rows && matrix.columns == columns
    }
    return has(initialCovariance, L, L) && has(transition, L, L) && control.rows == L
      && has(transitionNoise, L, L) && has(emission, D, L) && has(emissionNoise, D, D)
  }

  /// Whether all are numbers.
  var isFinite: Bool {
    (initialMean + offset).allSatisfy(\.isFinite)
      && [initialCovariance, transition, control, transitionNoise, emission, emissionNoise]
        .allSatisfy(\.isFinite)
  }

  /// A and B side by side, `[L, L + U]`.
  var dynamics: Matrix<Double> { .beside([transition, control]) }
  /// C and d side by side, `[D, L + 1]`.
  var observation: Matrix<Double> {
    .beside([emission, Matrix(rows: dimensions, columns: 1, elements: offset)])
  }
}

extension LinearStateSpaceParameters: Archivable {
  /// One tensor for each matrix and vector; `control` only with controls.
  public func write(to archive: inout Archive, at path: String) {
    archive.set("\(path)/initialMean", initialMean)
    archive.set("\(path)/initialCovariance", initialCovariance)
    archive.set("\(path)/transition", transition)
    if controls > 0 { archive.set("\(path)/control", control) }
    archive.set("\(path)/transitionNoise", transitionNoise)
    archive.set("\(path)/emission", emission)
    archive.set("\(path)/offset", offset)
    archive.set("\(path)/emissionNoise", emissionNoise)
  }

  /// Reads and checks them: finite numbers, symmetric covariances without negative eigenvalues.
  public init(from archive: Archive, at path: String) throws(FileError) {
    initialMean = try archive.vector("\(path)/initialMean")
    let L = initialMean.count
    initialCovariance = try archive.matrix("\(path)/initialCovariance", rows: L, columns: L)
    transition = try archive.matrix("\(path)/transition", rows: L, columns: L)
    control =
      archive.contains("\(path)/control")
      ? try archive.matrix("\(path)/control", rows: L) : Matrix(rows: L, columns: 0)
    transitionNoise = try archive.matrix("\(path)/transitionNoise", rows: L, columns: L)
    offset = try archive.vector("\(path)/offset")
    let D = offset.count
    emission = try archive.matrix("\(path)/emission", rows: D, columns: L)
    emissionNoise = try archive.matrix("\(path)/emissionNoise", rows: D, columns: D)
    guard L > 0, D > 0, isFinite else { throw archive.invalidValue(path) }
    for (name, matrix) in [
      ("initialCovariance", initialCovariance), ("transitionNoise", transitionNoise),
      ("emissionNoise", emissionNoise),
    ] {
      guard matrix.distance(from: matrix.transposed()) <= 1e-9 * matrix.largest,
        (try? matrix.covarianceRoot(name)) != nil
      else { throw archive.invalidValue("\(path)/\(name)") }
    }
    guard Cholesky(emissionNoise) != nil else { throw archive.invalidValue("\(path)/emissionNoise") }
  }
}
