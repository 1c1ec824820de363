import Latent

// N rows, D columns, L latent dimensions.

/// Rows of the data under an auto-encoder, in plain numbers and the units of the data.
struct AutoencoderRowsView: Sendable {
  let words: String
  let source: String
  let isFitted: Bool
  let total: Int
  let numbers: [Int]
  /// `[N, D]`; NaN for a missing cell.
  let values: Matrix<Double>
  let weights: [Double]?
  let labels: [String]?
  /// Means and deviations of q(z | x), `[N, L]`; nil for a regression, which has no z.
  let means: Matrix<Double>?
  let deviations: Matrix<Double>?
  /// `[N, D]`.
  let reconstruction: Matrix<Double>
  /// The bound of every row, or what the model has in its place.
  let bounds: [Double]
  let evaluation: AutoencoderEvaluation
  /// The importance-weighted bound of some of the rows, and the plain bound of the same.
  let importance: AutoencoderEvaluation.Importance?
  let importanceRows: Int
  let importancePlain: SampleMean

  var score: SampleMean { SampleMean(bounds, weights: weights) }

  private static let mostImportanceRows = 500
  private static let draws = 50

  init<Scalar: LatentScalar & TensorElement>(
    _ fitted: FittedAutoencoder<Scalar>, _ rows: ReportRows<Scalar>, settings: ReportSettings
  ) throws(InferenceError) {
    let (x, model, θ, d) = (rows.rows, fitted.model, fitted.parameters, fitted.description)
    let (noise, threads) = (RandomStream(seed: settings.seed), settings.threads)
    words = rows.words
    source = rows.source
    isFitted = rows.isFitted
    total = rows.total
    numbers = rows.numbers
    weights = x.weightsInSourceOrder
    labels = rows.labels
    // The columns of the data are the first.
    let own = Array(0..<d.dimensions)
    func inUnitsOfData(_ all: Matrix<Scalar>) -> Matrix<Double> {
      let values = all.selecting(columns: own).converted(to: Double.self)
      return d.standardization?.removed(from: values) ?? values
    }
    values = inUnitsOfData(x.inSourceOrder(x.values))
    reconstruction = inUnitsOfData(
      try model.reconstruction(of: x, at: θ, noise: noise, threads: threads))
    bounds = try model.bounds(of: x, at: θ, noise: noise, threads: threads)
    evaluation = try model.evaluate(x, at: θ, draws: 0, noise: noise, threads: threads)
    if fitted.configuration.isRegression {
      (means, deviations) = (nil, nil)
    } else {
      let q = try model.posterior(of: x, at: θ, noise: noise, threads: threads)
      (means, deviations) = (q.means, q.deviations)
    }
    if fitted.configuration.isPoint {
      (importance, importanceRows, importancePlain) = (nil, 0, SampleMean([]))
    } else {
      let places = ReportText.evenly(Self.mostImportanceRows, of: x.rows)
      let ordered = x.inSourceOrder(x.values)
      let some = Rows(
        ordered.selecting(rows: places), weights: x.weightsInSourceOrder.map { w in places.map { w[$0] } })
      let plain = bounds
      importancePlain = SampleMean(
        places.map { plain[$0] }, weights: x.weightsInSourceOrder.map { w in places.map { w[$0] } })
      importance = try model.evaluate(some, at: θ, draws: Self.draws, noise: noise, threads: threads)
        .importance
      importanceRows = places.count
    }
  }
}
