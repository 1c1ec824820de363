// B rows, S draws for each, L latent dimensions; w the rows' weights, W their sum

public import LatentEvidence
import LatentNetworks
public import LatentNumerics

extension VariationalAutoencoder {
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func boundAndGradient(
    of rows: ArraySlice<Int>, in x: Rows<Scalar>, at p: ParameterPoint<Scalar>, noise: RandomStream,
    objective: ObjectiveWeights, workspace: inout AutoencoderWorkspace<Scalar>,
    into g: UnsafeMutablePointer<Scalar>?
  ) throws(InferenceError) -> Bound {
    try requireWidth(x)
    try require(objective)
    let w = workspace
    return try x.values.withUnsafeElements { (table) throws(InferenceError) in
      w.tape.begin(at: p, gradient: g)
      let batch = batch(rows, of: table.baseAddress!, missing: x.missing != nil, noise: noise, on: w.tape)
      let terms = terms(of: batch, bound: configuration.bound, in: w)
      let bound = try total(terms, rows, x)
      if g != nil {
        w.tape.backward(from: climbed(terms, of: batch, weights: x.weights, objective, on: w.tape))
      }
      return bound
    }
  }

  /// What this model can climb in place of its bound: β and free nats, where the divergence stands apart.
  private func require(_ objective: ObjectiveWeights) throws(InferenceError) {
    guard objective.joint == 1 else {
      throw .invalidParameter(
        name: "weight of the joint density", value: "\(objective.joint)",
        requirement: "1 for an auto-encoder")
    }
    guard objective.masking == 0 else {
      throw .invalidParameter(
        name: "probability of a mask", value: "\(objective.masking)",
        requirement: "0 for an auto-encoder, which has no transitions")
    }
    if case .importance = configuration.bound, !objective.isBound {
      throw .invalidParameter(
        name: "objective", value: "weighted",
        requirement: "the bound itself, which has no divergence apart when it is importance-weighted")
    }
    if let free = objective.freeBits, free.groupSize != nil,
      configuration.samplesDivergence || !configuration.posterior.isDiagonal
    {
      throw .invalidParameter(
        name: "free nats", value: "for groups of dimensions",
        requirement:
          "for all dimensions together, unless the posterior is diagonal, its divergence in closed form")
    }
  }

  /// The bound of all rows.
  private func total(
    _ terms: RowTerms<Scalar>, _ rows: ArraySlice<Int>, _ x: Rows<Scalar>
  ) throws(InferenceError) -> Bound {
    var bound = Bound.zero
    let (value, divergence) = (terms.value.elements, terms.divergence.elements)
    for (place, i) in rows.enumerated() {
      let (reconstruction, kl) = (Double(value[place]), Double(divergence[place]))
      guard reconstruction.isFinite, kl.isFinite else {
        throw .notFinite(quantity: "bound", row: x.sourceIndex(of: i))
      }
      let w = x.weights == nil ? 1 : x.weight(of: i)
      bound.reconstruction += w * (terms.isWhole ? reconstruction + kl : reconstruction)
      bound.latentKL += w * kl
      bound.count += w
    }
    bound.estimate = .monteCarlo(draws: configuration.bound.draws)
    bound.roundoff =
      Double(Scalar.ulpOfOne) * (bound.reconstruction.magnitude + bound.latentKL.magnitude)
    return bound
  }

  /// What the gradient is taken of: a column of rows, or one number.
  private func climbed(
    _ terms: RowTerms<Scalar>, of batch: AutoencoderBatch<Scalar>, weights: Matrix<Double>?,
    _ objective: ObjectiveWeights, on tape: Tape<Scalar>
  ) -> Variable<Scalar> {
    let w = weights.map { weights in
      tape.constant(rows: batch.rows.count, columns: 1) { target in
        for (place, i) in batch.rows.enumerated() {
          target.initializeElement(at: place, to: Scalar(weights[i, 0]))
        }
      }
    }
    func weighted(_ column: Variable<Scalar>) -> Variable<Scalar> { w.map { column * $0 } ?? column }
    guard !terms.isWhole else { return weighted(terms.value) }
    let β = objective.latentKL
    guard let free = objective.freeBits else {
      return weighted(terms.value - terms.divergence.scaled(by: β))
    }
    // β W Σ over groups of max(λ, mean KL of the group).
    var W = Double(batch.rows.count)
    if let w {
      W = 0
      for i in 0..<batch.rows.count { W += Double(w.elements[i]) }
    }
    let perDimension =
      free.groupSize == nil ? terms.divergence : posterior.dimensionDivergences(terms.q) ?? terms.divergence
    let means = weighted(perDimension).sumOfRows().scaled(by: W > 0 ? 1 / W : 0)
    let size = free.groupSize ?? means.columns
    var penalty: Variable<Scalar>?
    if size == 1 {
      penalty = means.clamped(to: free.nats ... .infinity).sumOfColumns()
    } else {
      for start in stride(from: 0, to: means.columns, by: size) {
        let group = means.columns(start..<Swift.min(start + size, means.columns)).sumOfColumns()
          .clamped(to: free.nats ... .infinity)
        penalty = penalty.map { $0 + group } ?? group
      }
    }
    let reconstruction = weighted(terms.value).sumOfRows()
    return penalty.map { reconstruction - $0.scaled(by: β * W) } ?? reconstruction
  }
}

extension AutoencoderPosterior {
  /// Whether the divergences of the dimensions add up to that of q.
  var isDiagonal: Bool { self == .diagonal || self == .constantDiagonal }
}
