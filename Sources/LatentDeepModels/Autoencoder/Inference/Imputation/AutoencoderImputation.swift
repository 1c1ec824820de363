public import LatentNumerics

/// How missing cells x_m are found from those observed, x_o.
public enum AutoencoderImputation: Sendable, Hashable {
  /// From proposals z ~ q(z | x_o), each weighted by p(x_o | z) p(z) / q(z | x_o): what they say of x_m is right as their number
  /// grows, whatever q is. Before that q is refined for the row, by so many steps uphill on the bound of its observed cells: an encoder that
  /// met no holes in training is far off where many cells are missing, and without refinement a few proposals then decide.
  ///
  /// - Source: Rezende, Mohamed & Wierstra (2014), appendix E, for the weights; Rubin (1987) for draws by resampling; Mattei & Frellsen (2019),
  ///   ICML.
  case posterior(proposals: Int = 200, refinements: Int = 100)
  /// A Markov chain: x_m starts as a draw from the model without data, then by turns z ~ q(z | x_o, x_m) and x_m ~ p(x_m | z). Where it
  /// settles is as near to p(x_m | x_o) as q is to p(z | x). Means are those of its second half, draws are its ends.
  ///
  /// - Source: Rezende, Mohamed & Wierstra (2014), appendix F.
  case chain(steps: Int = 100)
}

/// Missing cells filled with what a model expects.
public struct AutoencoderImputed<Scalar: LatentScalar>: Sendable {
  /// The table with its missing cells filled, observed ones untouched, `[N, D]`: E[x_m | x_o], or the most probable category.
  public let values: Matrix<Scalar>
  /// The roots of the expected loss, `[N, D]`: of the squared error for a number (its standard deviation), of being another category for a
  /// category; 0 for a cell that was observed.
  public let deviations: Matrix<Scalar>
  /// (Σ w)² / Σ w² of the proposals' weights, a row each: near 1 a single proposal decides. That of a row without holes is the number of
  /// proposals; nil for a chain.
  public let effectiveSampleSizes: [Double]?

  /// Half of the rows with holes have an effective sample size at most this; nil for a chain, and without such rows.
  public let medianEffectiveSampleSize: Double?
}

/// Weighted means and variances of numbers, one draw after the other, without cancellation.
struct MixedMoments: Sendable {
  private(set) var means: [Double]
  private var squares: [Double]
  private var total = 0.0

  init(count: Int) {
    means = [Double](repeating: 0, count: count)
    squares = means
  }

  /// Adds a draw of this weight, whose numbers have these means and variances.
  mutating func add(_ weight: Double, _ mean: UnsafePointer<Double>, _ variance: UnsafePointer<Double>?) {
    guard weight > 0 else { return }
    total += weight
    let share = weight / total
    for j in means.indices {
      let δ = mean[j] - means[j]
      means[j] += share * δ
      squares[j] += weight * (δ * (mean[j] - means[j]) + (variance?[j] ?? 0))
    }
  }

  /// The mean of the variances and the variance of the means together.
  var variances: [Double] { total > 0 ? squares.map { $0 / total } : squares }
}
