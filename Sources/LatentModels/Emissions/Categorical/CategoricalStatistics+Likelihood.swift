// K components, M categories in all; R, C the statistics, see CategoricalStatistics

import LatentDistributions
public import LatentEvidence
public import LatentFiles
import LatentNumerics
import RealModule

extension CategoricalEmission: LinearEmission {
  /// Σₖ Σ C[k,l] ln p[k,l], with 0 ln 0 = 0.
  ///
  /// - Throws: `.notFinite` where the statistics count a category that θ rules out.
  /// - Complexity: O(K·M).
  public func expectedLogLikelihood(
    of statistics: CategoricalStatistics, at θ: CategoricalParameters
  ) throws(InferenceError) -> LinearTerm {
    var sum = LinearTerm()
    for (C, p) in zip(statistics.cells.elements, θ.probabilities.elements) { sum.add(C, times: .log(p)) }
    guard sum.value.isFinite else { throw .notFinite(quantity: "expected log density", row: nil) }
    return sum
  }
}

extension VariationalCategoricalEmission: LinearEmission {
  /// Σₖ Σ C[k,l] E[ln p[k,l]].
  ///
  /// - Complexity: O(K·M).
  public func expectedLogLikelihood(
    of statistics: CategoricalStatistics, at λ: CategoricalPosterior
  ) throws(InferenceError) -> LinearTerm {
    var sum = LinearTerm()
    for k in 0..<λ.components {
      for j in 0..<columns.count {
        let range = columns.range(j)
        let q = Dirichlet(range.map { λ.concentrations[k, $0] })
        for (l, value) in zip(range, q.expectedLogarithm) { sum.add(statistics.cells[k, l], times: value) }
      }
    }
    return sum
  }
}

extension CategoricalStatistics: Archivable {
  /// Tensors `counts` `[K]` and `cells` `[K, M]`, F64.
  public func write(to archive: inout Archive, at path: String) {
    archive.set("\(path)/counts", counts)
    archive.set("\(path)/cells", cells)
  }

  /// Reads and checks them: finite and not negative.
  public init(from archive: Archive, at path: String) throws(FileError) {
    let counts: [Double] = try archive.vector("\(path)/counts")
    let cells: Matrix<Double> = try archive.matrix("\(path)/cells", rows: counts.count)
    self.init(components: counts.count, categories: cells.columns)
    self.counts = counts
    self.cells = cells
    guard cells.count > 0,
      [counts, cells.elements].allSatisfy({ $0.allSatisfy { $0 >= 0 && $0.isFinite } })
    else { throw archive.invalidValue(path) }
  }
}
