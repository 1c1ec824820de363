// D dimensions, K components; m the columns that a row lacks, o the others

public import LatentEvidence
import LatentNumerics
import Synchronization

extension GaussianEmission: ImputingEmission {
  /// The conditional Gaussians p(x_m | x_o, z = k).
  public func imputer(at θ: GaussianParameters) throws(InferenceError) -> any EmissionImputer {
    try GaussianImputer(θ)
  }
}

extension VariationalGaussianEmission: ImputingEmission {
  /// q(x_m | z = k): the conditional Gaussians at E[μ] and E[Λ]⁻¹.
  public func imputer(at θ: VariationalGaussianParameters) throws(InferenceError) -> any EmissionImputer {
    try GaussianImputer(θ.expected)
  }
}

/// The conditional densities of Gaussian components.
struct GaussianImputer: EmissionImputer {
  private let precisions: GaussianPrecisions

  /// - Throws: `.notPositiveDefinite`.
  init(_ θ: GaussianParameters) throws(InferenceError) {
    precisions = GaussianPrecisions(θ)
    guard precisions.isDense else { return }
    for k in 0..<(θ.covariances.structure == .tied ? 1 : θ.components)
    where Cholesky(θ.covariance(of: k)) == nil {
      throw .notPositiveDefinite("the covariance of component \(k + 1)")
    }
  }

  func conditional(missing: [Int]) throws(InferenceError) -> any ConditionalCells {
    precisions.isDense
      ? DenseCells(precisions, missing: missing)
      : IndependentCells(θ: precisions.θ, missing: missing)
  }
}

/// Cells that do not depend on those observed, given the component.
private struct IndependentCells: ConditionalCells {
  let θ: GaussianParameters
  let missing: [Int]

  func cells(of row: [Double], component k: Int) -> [CellDistribution] {
    let variances = θ.variances(of: k)
    return missing.map { .number(mean: θ.means[k, $0], variance: variances[$0]) }
  }

  func draw(of row: [Double], component k: Int, using stream: inout RandomStream) -> [Double] {
    let variances = θ.variances(of: k)
    return missing.map { θ.means[k, $0] + variances[$0].squareRoot() * stream.normal() }
  }
}

/// Cells under dense covariances. What a component needs is made when a row first asks for it: most rows belong to few.
private final class DenseCells: ConditionalCells {
  private let precisions: GaussianPrecisions
  private let missing: [Int]
  private let known: Mutex<[Component?]>

  private struct Component: Sendable {
    let conditional: GaussianConditional
    /// Cov(x_m | x_o), and its factor.
    let covariance: Matrix<Double>
    let factor: Cholesky
  }

  init(_ precisions: GaussianPrecisions, missing: [Int]) {
    self.precisions = precisions
    self.missing = missing
    known = Mutex(Array(repeating: nil, count: precisions.θ.components))
  }

  private func component(_ k: Int) -> Component {
    known.withLock { known in
      if let component = known[k] { return component }
      let conditional = precisions.conditional(k, missing: missing)
      let covariance = conditional.covariance()
      // Without a factor, as rounding may leave a nearly singular covariance, cells are drawn as if independent.
      let roots = covariance.diagonal.map { Swift.max($0, .leastNormalMagnitude).squareRoot() }
      let component = Component(
        conditional: conditional, covariance: covariance,
        factor: Cholesky(covariance) ?? Cholesky(lower: .diagonal(roots)))
      known[k] = component
      return component
    }
  }

  private func means(of row: [Double], _ k: Int, _ conditional: GaussianConditional) -> [Double] {
    let θ = precisions.θ
    var deviations = row.indices.map { row[$0] - θ.means[k, $0] }
    for j in missing { deviations[j] = 0 }
    let offsets = conditional.means(deviations, rows: 1)
    return missing.indices.map { θ.means[k, missing[$0]] + offsets[0, $0] }
  }

  func cells(of row: [Double], component k: Int) -> [CellDistribution] {
    let component = component(k)
    return zip(means(of: row, k, component.conditional), component.covariance.diagonal).map {
      .number(mean: $0, variance: Swift.max($1, 0))
    }
  }

  func draw(of row: [Double], component k: Int, using stream: inout RandomStream) -> [Double] {
    let component = component(k)
    let ε = (0..<missing.count).map { _ in stream.normal() }
    let L = component.factor.lower
    return means(of: row, k, component.conditional).enumerated().map { i, mean in
      (0...i).reduce(mean) { $0 + L[i, $1] * ε[$1] }
    }
  }
}
