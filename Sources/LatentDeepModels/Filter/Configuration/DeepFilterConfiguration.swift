// D columns, U controls, L latent dimensions, M base matrices, K first frames

public import LatentEvidence
public import LatentNetworks
public import LatentNumerics

/// What makes a deep filter, but for its parameters: equal configurations make models of equal layouts.
///
/// The defaults are those of a pendulum seen through images of 16 × 16 pixels.
public struct DeepFilterConfiguration: Sendable, Hashable, Codable {
  /// D: the columns of a frame.
  public var columns: Int
  /// U: the controls; 0 for none.
  public var controls: Int
  /// L: the latent dimensions.
  public var latent: Int
  /// p(z[t+1] | z[t], u[t]).
  public var transition: FilterTransition
  /// The widths of the decoder's hidden layers; none for a linear map.
  public var hidden: [Int]
  /// The widths of the hidden layers of q(w[t] | z[t], x[t+1], u[t]).
  public var recognition: [Int]
  /// The widths of the hidden layers of q(w[1] | x[1…K], u[1…K−1]).
  public var initial: [Int]
  /// K: the frames that tell the first state.
  public var initialFrames: Int
  /// The widths of the hidden layers of z[1] = f(w[1]).
  public var start: [Int]
  /// The function after every hidden layer.
  public var activation: Activation
  /// p(x | z).
  public var likelihood: AutoencoderLikelihood
  /// The width of a recurrent summary of all frames to come, which q(w) is then told in place of single frames: a smoother. Nil for
  /// a filter.
  public var future: Int?
  /// What each control is divided by before any network meets it; empty for 1. `scales(of:)` gives numbers that suit.
  public var controlScales: [Double]
  /// ln σ² that the recognition network starts with.
  public var initialLogVariance: Double

  public init(
    columns: Int, controls: Int = 0, latent: Int = 3,
    transition: FilterTransition = .locallyLinear(bases: 16), hidden: [Int] = [128],
    recognition: [Int] = [128], initial: [Int] = [128], initialFrames: Int = 5, start: [Int] = [128],
    activation: Activation = .relu, likelihood: AutoencoderLikelihood = .gaussian(.fixed(0.09)),
    future: Int? = nil, controlScales: [Double] = [], initialLogVariance: Double = -2
  ) {
    self.columns = columns
    self.controls = controls
    self.latent = latent
    self.transition = transition
    self.hidden = hidden
    self.recognition = recognition
    self.initial = initial
    self.initialFrames = initialFrames
    self.start = start
    self.activation = activation
    self.likelihood = likelihood
    self.future = future
    self.controlScales = controlScales
    self.initialLogVariance = initialLogVariance
  }

  /// The kind of model: `dvbf` or `dkf`.
  public var kind: String {
    switch transition {
    case .locallyLinear: "dvbf"
    case .gaussian: "dkf"
    }
  }

  /// - Throws: `.invalidParameter` where a number is out of its range.
  public func validate() throws(InferenceError) {
    var sizes = [
      ("number of columns", columns), ("number of latent dimensions", latent),
      ("number of first frames", initialFrames), ("width of the summary of the future", future ?? 1),
    ]
    sizes += (hidden + recognition + initial + start).map { ("width of a hidden layer", $0) }
    switch transition {
    case .locallyLinear(let bases, let mixing, let weights):
      sizes.append(("number of base matrices", bases))
      sizes += mixing.map { ("width of a hidden layer", $0) }
      if case .variational(let deviation) = weights, !(deviation > 0 && deviation.isFinite) {
        throw .invalidParameter(
          name: "deviation of the prior of the transition", value: "\(deviation)",
          requirement: "positive and finite")
      }
    case .gaussian(let hidden): sizes += hidden.map { ("width of a hidden layer", $0) }
    }
    for (name, value) in sizes where value < 1 || value > 1 << 20 {
      throw .invalidParameter(name: name, value: "\(value)", requirement: "at least 1")
    }
    guard controls >= 0, controls <= 1 << 20 else {
      throw .invalidParameter(name: "number of controls", value: "\(controls)", requirement: "at least 0")
    }
    guard controlScales.isEmpty || controlScales.count == controls,
      controlScales.allSatisfy({ $0 > 0 && $0.isFinite })
    else {
      throw .invalidParameter(
        name: "scales of the controls", value: "\(controlScales)",
        requirement: "a positive number for each of \(controls)")
    }
    guard initialLogVariance.isFinite else {
      throw .invalidParameter(
        name: "first logarithm of a variance", value: "\(initialLogVariance)", requirement: "finite")
    }
    try likelihood.validate(columns: columns)
  }
}

extension DeepFilterConfiguration {
  /// The largest magnitude of each control, for `controlScales`: first weights suit controls between −1 and 1. 1 for a control that is
  /// always 0.
  public static func scales<Scalar: LatentScalar>(of x: SequenceBatch<Scalar>) -> [Double] {
    guard let controls = x.controls else { return [] }
    return (0..<controls.columns).map { j in
      let largest = controls.column(j).reduce(0.0) { Swift.max($0, Double($1).magnitude) }
      return largest > 0 ? largest : 1
    }
  }
}

/// p(z[t+1] | z[t], u[t]).
public enum FilterTransition: Sendable, Hashable, Codable {
  /// z[t+1] = A z[t] + B u[t] + C w[t], w[t] ~ 𝒩(0, I), with (A, B, C) = Σ α[i] (A[i], B[i], C[i]) over so many bases and α the softmax of a
  /// network of (z[t], u[t]) with these hidden layers: the deep variational Bayes filter.
  ///
  /// - Source: Karl, Soelch, Bayer & van der Smagt (2017), ICLR, §3.2.
  case locallyLinear(bases: Int, mixing: [Int] = [], weights: TransitionWeights = .point)
  /// 𝒩(μ(z[t], u[t]), diag σ²(z[t], u[t])) by a network with these hidden layers: the deep Kalman filter.
  ///
  /// - Source: Krishnan, Shalit & Sontag (2015).
  case gaussian(hidden: [Int])
}

/// What is known of the base matrices v of a transition.
public enum TransitionWeights: Sendable, Hashable, Codable {
  /// A point, of maximum likelihood.
  case point
  /// q(v) a product of normals, against p(v) = 𝒩(v₀, s²) with A₀ = I and all else 0: its divergence stands once in the bound.
  case variational(deviation: Double)
}
