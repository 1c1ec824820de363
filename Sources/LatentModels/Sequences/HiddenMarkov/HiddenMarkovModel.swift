// N sequences, T frames of one, D dimensions, K states

public import LatentEvidence
public import LatentNumerics

/// A hidden Markov model, a chain of K states each of which emits frames by a density of one family:
///
///     p(x, z | θ) = π[z₁] Πₜ A[zₜ₋₁, zₜ] Πₜ p(xₜ | θ[zₜ]),
///
/// fitted by coordinate ascent: EM (Baum–Welch) where chain and densities are points, with or without a prior, and
/// variational Bayes where they are distributions. Any family of components of a ``Mixture`` will do. A mixture is the
/// case in which all rows of A are π.
///
/// - Source: Rabiner (1989); Bishop (2006), §13.2; MacKay (1997) for the distributions.
public struct HiddenMarkovModel<Family: Emission>: ConjugateModel {
  public typealias Scalar = Family.Scalar
  public typealias Observations = SequenceBatch<Family.Scalar>
  public typealias Parameters = HiddenMarkovParameters<Family.Parameters>
  public typealias Statistics = HiddenMarkovStatistics<Family.Statistics>
  public typealias ModelOracle = HiddenMarkovOracle<Family>

  /// K.
  public let states: Int
  /// The family of the states' densities.
  public let emission: Family
  /// How π and A are inferred.
  public let chain: ChainPrior

  /// - Throws: `.invalidParameter` without a state or a dimension, or for a concentration out of its range.
  public init(
    states: Int, of emission: Family, chain: ChainPrior = .maximumLikelihood
  ) throws(InferenceError) {
    guard states > 0 else {
      throw .invalidParameter(name: "states", value: "\(states)", requirement: "at least 1")
    }
    guard emission.dimensions > 0 else {
      throw .invalidParameter(name: "dimensions", value: "\(emission.dimensions)", requirement: "at least 1")
    }
    try chain.validate()
    self.states = states
    self.emission = emission
    self.chain = chain
  }

  /// D.
  public var dimensions: Int { emission.dimensions }

  /// The number of free parameters: K − 1 of π, K (K − 1) of A, and those of the densities.
  public var freeParameters: Int {
    states - 1 + states * (states - 1) + emission.freeParameters(components: states)
  }

  /// Whether chain and densities are distributions: then the bound is one on ln p(x), and comparable over K.
  public var isVariational: Bool { chain.isDistribution && emission.isVariational }

  public func oracle(at θ: Parameters, threads: Int) throws(InferenceError) -> HiddenMarkovOracle<Family> {
    guard θ.dimensions == dimensions else { throw .wrongWidth(expected: dimensions, actual: θ.dimensions) }
    guard θ.states == states else {
      throw .invalidParameter(name: "states", value: "\(θ.states)", requirement: "\(states), the model's")
    }
    let densities = try emission.densities(
      at: θ.emission, logWeights: Array(repeating: 0, count: states), threads: threads)
    let chainKL = try chain.parameterKL(at: θ.chain)
    return HiddenMarkovOracle(
      emission: emission, densities: densities.exact, chain: ChainTables(θ.chain),
      parameterKL: chainKL.value + densities.parameterKL,
      parameterRoundoff: 4 * .ulpOfOne * chainKL.magnitude)
  }

  public func parameters(
    maximizing statistics: Statistics, threads: Int
  ) throws(InferenceError) -> Parameters {
    Parameters(
      chain: chain.parameters(initial: statistics.initial, transitions: statistics.transitions),
      emission: try emission.parameters(maximizing: statistics.emission, threads: threads))
  }

  public func withinLimits(_ θ: Parameters) -> Parameters {
    Parameters(chain: θ.chain, emission: emission.withinLimits(θ.emission))
  }

  /// Parameters to start from: the densities of a mixture of the frames, whatever their order, and a chain that stays
  /// where it is half of the time and otherwise goes by the mixture's weights.
  ///
  /// - Parameters:
  ///   - x: the sequences to be fitted.
  ///   - start: where the densities come from.
  ///   - sharesUnits: whether all columns are in one unit (pixels, say), so that distances need no rescaling.
  ///   - stream: the randomness of the start.
  ///   - threads: the number of threads; the result does not depend on it.
  /// - Throws: what `Mixture.initialParameters` throws; an error about a value names the sequence and the frame in it.
  public func initialParameters(
    for x: SequenceBatch<Scalar>, start: MixtureStart = .kMeans, sharesUnits: Bool = false,
    using stream: RandomStream, threads: Int = Lanes.availableThreads
  ) throws(InferenceError) -> Parameters {
    let mixture = try Mixture(components: states, of: emission)
    let θ: MixtureParameters<Family.Parameters>
    do throws(InferenceError) {
      θ = try mixture.initialParameters(
        for: x.rows, start: start, sharesUnits: sharesUnits, using: stream, threads: threads)
    } catch {
      throw x.placed(error)
    }
    let weights = θ.weights
    let total = x.totalWeight
    let moves = Swift.max(
      (0..<x.count).reduce(0) { $0 + x.weight(of: $1) * Double(x.frameRange(of: $1).count - 1) }, 1)
    // As statistics of so many sequences and transitions, so that the prior has its say.
    let expected = Matrix(
      (0..<states).map { j in
        weights.indices.map { moves * weights[j] * (0.5 * weights[$0] + ($0 == j ? 0.5 : 0)) }
      })
    return Parameters(
      chain: chain.parameters(initial: weights.map { $0 * total }, transitions: expected),
      emission: θ.emission)
  }
}

extension SequenceBatch {
  /// All frames as rows in the order of the source where none lacks an entry; each with its sequence's weight.
  var rows: Rows<Scalar> {
    let weights = weights.map { _ in
      (0..<count).flatMap { n in Array(repeating: weight(of: n), count: frameRange(of: n).count) }
    }
    guard hasMissingEntries else {
      return Rows(
        complete: frames,
        weights: weights.map { Matrix(rows: $0.count, columns: 1, elements: $0) })
    }
    return Rows(frames, weights: weights)
  }
}

extension SequenceBatch {
  /// An error about a row of `rows` as one about a sequence of the source, and the frame in it.
  func placed(_ error: InferenceError) -> InferenceError {
    func place(_ t: Int) -> (sequence: Int, frame: Int) {
      let n = (0..<count).first { frameRange(of: $0).contains(t) } ?? 0
      return (sourceIndex(of: n), t - frameRange(of: n).lowerBound)
    }
    switch error {
    case .notBinary(let row, _, let column, let value):
      let place = place(row)
      return .notBinary(row: place.sequence, frame: place.frame, column: column, value: value)
    case .unknownCategory(let row, _, let column, let value, let levels):
      let place = place(row)
      return .unknownCategory(
        row: place.sequence, frame: place.frame, column: column, value: value, levels: levels)
    case .notFinite(let quantity, let row?): return .notFinite(quantity: quantity, row: place(row).sequence)
    default: return error
    }
  }
}

extension HiddenMarkovModel: LinearModel where Family: LinearEmission {
  /// E_q[ln p(x | z, θ)] by the family, and E_q[ln p(z | θ)] = Σ R₁ ln π + Σ Ξ ln A, with expectations for variational Bayes.
  public func expectedLogJoint(
    of statistics: Statistics, at θ: Parameters
  ) throws(InferenceError) -> ExpectedLogJoint {
    guard θ.dimensions == dimensions else { throw .wrongWidth(expected: dimensions, actual: θ.dimensions) }
    let observed = try emission.expectedLogLikelihood(of: statistics.emission, at: θ.emission)
    var latent = LinearTerm()
    let logarithms = θ.chain.logarithms
    for (R, l) in zip(statistics.initial, logarithms.initial) { latent.add(R, times: l) }
    for (R, l) in zip(statistics.transitions.elements, logarithms.transitions.elements) {
      latent.add(R, times: l)
    }
    guard observed.value.isFinite, latent.value.isFinite else {
      throw .notFinite(quantity: "expected log density", row: nil)
    }
    return ExpectedLogJoint(
      observed: observed.value, latent: latent.value,
      roundoff: 32 * .ulpOfOne * (observed.magnitude + latent.magnitude))
  }
}
