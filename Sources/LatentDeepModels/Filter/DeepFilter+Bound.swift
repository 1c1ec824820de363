// B sequences, T frames of the longest, L latent dimensions; c, β the weights of the objective

public import LatentEvidence
import LatentNetworks
public import LatentNumerics
import RealModule

extension DeepFilter {
  /// The gradient is that of
  ///
  ///     c E_q[ln p(x | z)] − β (c KL(q ‖ p) − (1 − c) H(q)),
  ///
  /// which with β = 1 is the annealed bound E_q[c ln p(x, w) − ln q(w)] but for a constant. The bound returned has c = β = 1, with the
  /// masked parts of q at their prior: a bound for any masks.
  ///
  /// - Source: Karl, Soelch, Bayer & van der Smagt (2017), ICLR, eq. 12, for c.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func boundAndGradient(
    of rows: ArraySlice<Int>, in x: SequenceBatch<Scalar>, at p: ParameterPoint<Scalar>, noise: RandomStream,
    objective: ObjectiveWeights, workspace: inout FilterWorkspace<Scalar>,
    into g: UnsafeMutablePointer<Scalar>?
  ) throws(InferenceError) -> Bound {
    try requireShape(x)
    guard objective.freeBits == nil else {
      throw .invalidParameter(
        name: "free nats", value: "\(objective.freeBits!.nats)", requirement: "none for a deep filter")
    }
    let tape = workspace.tape
    tape.begin(at: p, gradient: g)
    let batch = batch(rows, of: x, masking: objective.masking, noise: noise, on: tape)
    let path = path(of: batch, weightNoise: noise, on: tape)
    let reconstruction = likelihood.logDensity(decoder(path.all), of: batch.data, on: tape)
    let terms = FilterTerms(
      reconstruction: reconstruction, first: divergence(path.first),
      others: path.others.map { divergence($0) })
    var bound = Bound.zero
    for (place, n) in rows.enumerated() {
      let (value, kl) = terms.values(of: place, among: rows.count)
      guard value.isFinite, kl.isFinite else { throw .notFinite(quantity: "bound", row: n) }
      let w = x.weight(of: n)
      bound.reconstruction += w * value
      bound.latentKL += w * kl
      bound.count += w
    }
    bound.estimate = .monteCarlo(draws: 1)
    bound.roundoff =
      Double(Scalar.ulpOfOne) * (bound.reconstruction.magnitude + bound.latentKL.magnitude)
    if g != nil {
      let weights = x.weights == nil ? nil : rows.map { x.weight(of: $0) }
      tape.backward(from: climbed(terms, path, weights, objective, on: tape))
    }
    return bound
  }

  /// What the gradient is taken of, `[1, 1]`.
  private func climbed(
    _ terms: FilterTerms<Scalar>, _ path: FilterPath<Scalar>, _ weights: [Double]?,
    _ objective: ObjectiveWeights, on tape: Tape<Scalar>
  ) -> Variable<Scalar> {
    /// The weighted sum of a column with one number for each frame and sequence.
    func sum(_ column: Variable<Scalar>) -> Variable<Scalar> {
      guard let weights else { return column.sumOfRows() }
      let w = tape.constant(rows: column.rows, columns: 1) { target in
        for i in 0..<column.rows { target.initializeElement(at: i, to: Scalar(weights[i % weights.count])) }
      }
      return (column * w).sumOfRows()
    }
    let (c, β, L) = (objective.joint, objective.latentKL, configuration.latent)
    var kl = sum(terms.first)
    if let others = terms.others { kl = kl + sum(others) }
    let value = sum(terms.reconstruction)
    guard c != 1 || β != 1 else { return value - kl }
    var result = value.scaled(by: c) - kl.scaled(by: β * c)
    guard c < 1 else { return result }
    // H(q) but for a constant.
    var entropy = sum(path.first.columns(L..<2 * L).sumOfColumns())
    if let others = path.others { entropy = entropy + sum(others.columns(L..<2 * L).sumOfColumns()) }
    if let second = path.logVariances { entropy = entropy + sum(second.sumOfColumns()) }
    result = result + entropy.scaled(by: 0.5 * β * (1 - c))
    return result
  }

  /// KL(q(v) ‖ p(v)) of the transition's base matrices, where they have a distribution:
  ///
  ///     ½ Σ ((exp ρ + (μ − v₀)²) / s² − 1 − ρ + ln s²)
  public func parameterKL(
    at p: ParameterPoint<Scalar>, noise: RandomStream, subtractingGradientTimes scale: Scalar,
    from g: UnsafeMutablePointer<Scalar>?
  ) throws(InferenceError) -> Double {
    guard let transition = transition as? LocallyLinearTransition, let logVariance = transition.logVariance
    else { return 0 }
    return weightDivergence(transition, transition.values, logVariance, p.values, scale, g)
  }
}

/// The terms of the bound on a tape, frame by frame.
struct FilterTerms<Scalar: LatentScalar> {
  /// ln p(x | z), `[T·B, 1]`.
  let reconstruction: Variable<Scalar>
  /// KL of w[1], `[B, 1]`.
  let first: Variable<Scalar>
  /// KL of all others, `[(T − 1)·B, 1]`.
  let others: Variable<Scalar>?

  /// Reconstruction and divergence of sequence b.
  func values(of b: Int, among B: Int) -> (reconstruction: Double, divergence: Double) {
    sums(of: b, B, reconstruction.elements, reconstruction.rows, first.elements, others?.elements)
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  private func sums(
    of b: Int, _ B: Int, _ values: UnsafePointer<Scalar>, _ count: Int, _ first: UnsafePointer<Scalar>,
    _ others: UnsafePointer<Scalar>?
  ) -> (reconstruction: Double, divergence: Double) {
    var (value, kl) = (0.0, Double(first[b]))
    for row in stride(from: b, to: count, by: B) {
      value += Double(values[row])
      if row + B < count, let others { kl += Double(others[row]) }
    }
    return (value, kl)
  }
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func weightDivergence<Scalar: LatentScalar>(
  _ transition: LocallyLinearTransition, _ values: ParameterReference, _ logVariance: ParameterReference,
  _ θ: UnsafePointer<Scalar>, _ scale: Scalar, _ g: UnsafeMutablePointer<Scalar>?
) -> Double {
  let square = transition.deviation * transition.deviation
  var sum = 0.0
  for i in 0..<values.rows {
    for l in 0..<values.columns {
      let place = i * values.columns + l
      let δ = Double(θ[values.offset + place]) - transition.priorMean(i, l)
      let ρ = Double(θ[logVariance.offset + place])
      let variance = Double.exp(ρ)
      sum += (variance + δ * δ) / square - 1 - ρ + Double.log(square)
      if let g {
        g[values.offset + place] -= scale * Scalar(δ / square)
        g[logVariance.offset + place] -= scale * Scalar(0.5 * (variance / square - 1))
      }
    }
  }
  return 0.5 * sum
}
