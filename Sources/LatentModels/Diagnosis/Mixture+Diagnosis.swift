// N rows, K components

public import LatentEvidence
public import LatentNumerics

extension Mixture {
  /// What is remarkable about a fit: components that are empty, nearly alike, or about to collapse.
  ///
  /// - Parameters:
  ///   - x: the rows that were fitted, or some of them.
  ///   - θ: the fitted parameters.
  ///   - expectedCounts: the expected number of rows of each component, `[K]`, where `x` are only some of the rows
  ///     (``expectedCounts(at:total:)``); nil where they are all, and counted here.
  ///   - threads: the number of threads; the result does not depend on it.
  /// - Complexity: that of the E-step and O(N·K²).
  public func findings(
    in x: Rows<Scalar>, at θ: Parameters, expectedCounts: [Double]? = nil,
    threads: Int = Lanes.availableThreads
  ) throws(InferenceError) -> [MixtureFinding] {
    let r = try posterior(of: x, at: θ, threads: threads).responsibilities
    var weights = [Double](repeating: 1, count: x.rows)
    if x.weights != nil { weights = x.inSourceOrder((0..<x.rows).map { x.weight(of: $0) }) }
    let overlap = r.weightedGram(weights)
    let K = θ.components
    let counts = expectedCounts ?? r.weightedColumnSums(weights)
    let row = x.weightOfOneRow
    var findings: [MixtureFinding] = []
    let directions = (θ.emission as? any NarrowingParameters)?.narrowestDirections(weights: θ.weights)
    for k in 0..<K {
      if counts[k] < row {
        findings.append(.empty(component: k, count: counts[k]))
      } else if let narrow = directions?[k], narrow.relativeVariance < Self.narrowVariance {
        findings.append(
          .narrow(
            component: k, column: narrow.column, relativeVariance: narrow.relativeVariance, count: counts[k],
            rows: r.rowsOf(component: k)))
      } else if K > 1,
        counts[k] < row * Self.smallShareOfParameters * Double(emission.freeParameters(components: 1))
      {
        findings.append(.small(component: k, count: counts[k], rows: r.rowsOf(component: k)))
      }
    }
    for k in 0..<K where counts[k] >= row {
      for l in 0..<k where counts[l] >= row {
        let similarity = overlap[k, l] / (overlap[k, k] * overlap[l, l]).squareRoot()
        if similarity > Self.duplicateSimilarity {
          findings.append(.duplicates(l, k, similarity: similarity))
        }
      }
    }
    return findings
  }

  /// Below this share of the mixture's variance a component is called narrow: it holds its rows to a thousandth of the
  /// data's spread.
  private static var narrowVariance: Double { 1e-6 }
  /// A component with fewer rows than this times its parameters is called small.
  private static var smallShareOfParameters: Double { 0.1 }
  private static var duplicateSimilarity: Double { 0.98 }
}

extension Matrix {
  /// Σₙ w r rᵀ over the rows r, `[K, K]`.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  fileprivate func weightedGram(_ weights: [Double]) -> Matrix<Double> {
    let K = columns
    var gram = Matrix<Double>(rows: K, columns: K)
    gram.withUnsafeMutableElements { gram in
      withUnsafeElements { r in
        for n in 0..<rows {
          for k in 0..<K where r[n * K + k] > 0 {
            let value = weights[n] * Double(r[n * K + k])
            for l in 0...k { gram[k * K + l] += value * Double(r[n * K + l]) }
          }
        }
      }
    }
    return gram
  }

  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  fileprivate func weightedColumnSums(_ weights: [Double]) -> [Double] {
    var sums = [Double](repeating: 0, count: columns)
    withUnsafeElements { r in
      for n in 0..<rows { for k in 0..<columns { sums[k] += weights[n] * Double(r[n * columns + k]) } }
    }
    return sums
  }

  /// The rows that belong to a component by more than a half, most first, at most ten.
  fileprivate func rowsOf(component k: Int) -> [Int] {
    let members = (0..<rows).filter { self[$0, k] > 0.5 }
    return Array(
      members.sorted { self[$0, k] > self[$1, k] || (self[$0, k] == self[$1, k] && $0 < $1) }.prefix(10))
  }
}
