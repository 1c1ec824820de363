// K components, D dimensions; R, m, S, o the statistics, see GaussianStatistics

public import LatentEvidence
public import LatentFiles
import LatentNumerics

extension GaussianEmission: LinearEmission {
  /// Σₖ −½ (R[k] (D ln 2π + ln |Σ[k]|) + tr Σ[k]⁻¹ (S[k] − m[k] d[k]ᵀ − d[k] m[k]ᵀ + R[k] d[k] d[k]ᵀ)), d = μ − o.
  ///
  /// - Throws: `.notPositiveDefinite`.
  /// - Complexity: O(K·D³) for full, O(D³ + K·D²) for tied, O(K·D) for the others.
  public func expectedLogLikelihood(
    of statistics: GaussianStatistics, at θ: GaussianParameters
  ) throws(InferenceError) -> LinearTerm {
    try statistics.expectedLogLikelihood(at: θ)
  }
}

extension GaussianStatistics {
  /// See ``GaussianEmission/expectedLogLikelihood(of:at:)``.
  func expectedLogLikelihood(at θ: GaussianParameters) throws(InferenceError) -> LinearTerm {
    let (K, D) = (counts.count, origins.columns)
    precondition(θ.components == K && θ.dimensions == D, "statistics of other parameters")
    precondition(θ.covariances.structure == structure, "statistics of another structure")
    var sum = LinearTerm()
    /// The moments about μ[k] in place of o[k]: what d changes of tr A S, given d and m in coordinates where A = I.
    func addShift(_ k: Int, _ d: [Double], _ m: [Double]) {
      for (d, m) in zip(d, m) {
        sum.add(d * m)
        sum.add(-0.5 * counts[k] * d * d)
      }
    }
    func offset(_ k: Int) -> [Double] { (0..<D).map { θ.means[k, $0] - origins[k, $0] } }

    switch θ.covariances {
    case .full, .tied:
      let matrices: [Matrix<Double>]
      if case .full(let all) = θ.covariances { matrices = all } else { matrices = [θ.covariance(of: 0)] }
      var factors: [Cholesky] = []
      for (i, matrix) in matrices.enumerated() {
        guard let factor = Cholesky(matrix) else {
          throw .notPositiveDefinite("the covariance of component \(i + 1)")
        }
        factors.append(factor)
        // The lower triangle of S is what there is; rounding of its elements weighs as that of its diagonal does.
        let inverse = factor.inverse()
        for j in 0..<D {
          sum.add(-0.5 * inverse[j, j] * second[i][j, j])
          var rest = 0.0
          for l in 0..<j { rest += inverse[j, l] * second[i][j, l] }
          sum.value -= rest
        }
      }
      for k in 0..<K {
        let factor = factors[factors.count == 1 ? 0 : k]
        sum.add(counts[k], times: -0.5 * Double(D) * Double.log(2 * .pi))
        sum.add(counts[k], times: -0.5 * factor.logDeterminant)
        let white = factor.whitening(Matrix([offset(k), first.row(k)]))
        addShift(k, white.row(0), white.row(1))
      }
    case .diagonal, .spherical:
      for k in 0..<K {
        let variances = θ.variances(of: k)
        let (d, m) = (offset(k), first.row(k))
        if structure == .diagonal {
          for j in 0..<D { sum.add(-0.5 * second[0][k, j] / variances[j]) }
        } else {
          sum.add(-0.5 * second[0][k, 0] / variances[0])
        }
        for j in 0..<D { sum.add(counts[k], times: -0.5 * Double.log(2 * .pi * variances[j])) }
        let scales = variances.map { 1 / $0.squareRoot() }
        addShift(k, zip(d, scales).map { $0 * $1 }, zip(m, scales).map { $0 * $1 })
      }
    }
    return sum
  }
}

extension VariationalGaussianEmission: LinearEmission {
  /// That of 𝒩(m, Σ̂) with Σ̂ = E[Λ]⁻¹, and Σₖ R[k] c[k] (see ``VariationalGaussianDensities``).
  ///
  /// - Throws: `.notPositiveDefinite`.
  /// - Complexity: O(K·D³) for full.
  public func expectedLogLikelihood(
    of statistics: GaussianStatistics, at θ: VariationalGaussianParameters
  ) throws(InferenceError) -> LinearTerm {
    var sum = try statistics.expectedLogLikelihood(at: θ.expected)
    for (R, c) in zip(statistics.counts, VariationalGaussianDensities<Scalar>.constants(θ)) {
      sum.add(R, times: c)
    }
    return sum
  }
}

extension GaussianStatistics: Archivable {
  /// Tensors `counts` `[K]`, `rows` `[]`, `origins` and `first` `[K, D]`, and one of `second/full` `[K, D, D]`, `second/tied` `[D, D]`,
  /// `second/diagonal` `[K, D]`, `second/spherical` `[K, 1]`, all F64. Of symmetric matrices the lower triangles count.
  public func write(to archive: inout Archive, at path: String) {
    archive.set("\(path)/counts", counts)
    archive.set("\(path)/rows", rows)
    archive.set("\(path)/origins", origins)
    archive.set("\(path)/first", first)
    let name = "\(path)/second/\(structure.rawValue)"
    if structure == .full {
      let D = origins.columns
      archive.set(name, Tensor(shape: [counts.count, D, D], elements: second.flatMap(\.elements)))
    } else {
      archive.set(name, second[0])
    }
  }

  /// Reads and checks them: finite numbers, counts not negative.
  public init(from archive: Archive, at path: String) throws(FileError) {
    let counts: [Double] = try archive.vector("\(path)/counts")
    let origins: Matrix<Double> = try archive.matrix("\(path)/origins", rows: counts.count)
    guard
      let structure = CovarianceStructure.allCases.first(where: {
        archive.contains("\(path)/second/\($0.rawValue)")
      })
    else { throw .missingTensor(path: archive.path, name: "\(path)/second") }
    self.init(structure: structure, origins: origins)
    self.counts = counts
    rows = try archive.value("\(path)/rows")
    let (K, D) = (origins.rows, origins.columns)
    first = try archive.matrix("\(path)/first", rows: K, columns: D)
    let name = "\(path)/second/\(structure.rawValue)"
    if structure == .full {
      let all: [Double] = try archive.elements(name, shape: [K, D, D])
      second = (0..<K).map { Matrix(rows: D, columns: D, elements: all[$0 * D * D..<($0 + 1) * D * D]) }
    } else {
      second = [try archive.matrix(name, rows: second[0].rows, columns: second[0].columns)]
    }
    let isFinite = ([origins, first] + second).allSatisfy { $0.elements.allSatisfy(\.isFinite) }
    guard K > 0, D > 0, isFinite, rows >= 0, rows.isFinite, counts.allSatisfy({ $0 >= 0 && $0.isFinite })
    else {
      throw archive.invalidValue(path)
    }
  }
}
