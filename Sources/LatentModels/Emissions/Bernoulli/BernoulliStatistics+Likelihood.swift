// K components, D dimensions; R, S, M the statistics, see BernoulliStatistics

public import LatentEvidence
public import LatentFiles
import LatentNumerics
import RealModule

extension BernoulliEmission: LinearEmission {
  /// Σₖ Σⱼ S[k,j] ln μ[k,j] + (M[k,j] − S[k,j]) ln (1 − μ[k,j]), with 0 ln 0 = 0.
  ///
  /// - Throws: `.notFinite` where the statistics count a cell that θ rules out.
  /// - Complexity: O(K·D).
  public func expectedLogLikelihood(
    of statistics: BernoulliStatistics, at θ: BernoulliParameters
  ) throws(InferenceError) -> LinearTerm {
    let sum = statistics.expectedLogLikelihood { k, j in
      let μ = θ.probabilities[k, j]
      return (.log(μ), .log(onePlus: -μ))
    }
    guard sum.value.isFinite else { throw .notFinite(quantity: "expected log density", row: nil) }
    return sum
  }
}

extension VariationalBernoulliEmission: LinearEmission {
  /// Σₖ Σⱼ S[k,j] E[ln μ[k,j]] + (M[k,j] − S[k,j]) E[ln (1 − μ[k,j])].
  ///
  /// - Complexity: O(K·D).
  public func expectedLogLikelihood(
    of statistics: BernoulliStatistics, at λ: BernoulliPosterior
  ) throws(InferenceError) -> LinearTerm {
    statistics.expectedLogLikelihood { λ.distribution(component: $0, column: $1).expectedLogarithms }
  }
}

extension BernoulliStatistics {
  /// - Parameter logarithms: of the probabilities of 1 and 0.
  fileprivate func expectedLogLikelihood(_ logarithms: (Int, Int) -> (Double, Double)) -> LinearTerm {
    var sum = LinearTerm()
    for k in counts.indices {
      for j in 0..<ones.columns {
        let (one, zero) = logarithms(k, j)
        let zeros = observed[k, j] - ones[k, j]
        // What rounding leaves of a difference counts no cells.
        let isNoise = zeros.magnitude <= 64 * Double.ulpOfOne * observed[k, j]
        sum.add(ones[k, j], times: one)
        sum.add(isNoise && zero == -.infinity ? 0 : zeros, times: zero)
      }
    }
    return sum
  }
}

extension BernoulliStatistics: Archivable {
  /// Tensors `counts` `[K]`, `ones` and `observed` `[K, D]`, all F64.
  public func write(to archive: inout Archive, at path: String) {
    archive.set("\(path)/counts", counts)
    archive.set("\(path)/ones", ones)
    archive.set("\(path)/observed", observed)
  }

  /// Reads and checks them: finite and not negative.
  public init(from archive: Archive, at path: String) throws(FileError) {
    let counts: [Double] = try archive.vector("\(path)/counts")
    let ones: Matrix<Double> = try archive.matrix("\(path)/ones", rows: counts.count)
    self.init(components: counts.count, dimensions: ones.columns)
    self.counts = counts
    self.ones = ones
    observed = try archive.matrix("\(path)/observed", rows: ones.rows, columns: ones.columns)
    guard ones.count > 0,
      [counts, ones.elements, observed.elements].allSatisfy({ $0.allSatisfy { $0 >= 0 && $0.isFinite } })
    else { throw archive.invalidValue(path) }
  }
}
