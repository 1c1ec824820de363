import Latent

/// What of a mixture's components can be drawn, in plain numbers. K components, D columns, L factors.
struct ComponentLook: Sendable {
  /// Element (i, j) of the covariance of component k (of Student densities, of the scale matrix).
  var covariance: (@Sendable (_ k: Int, _ i: Int, _ j: Int) -> Double)?
  /// ν, `[K]`, of Student densities.
  var degreesOfFreedom: [Double]?
  /// W, K times `[D, L]`, of factor models.
  var loadings: [Matrix<Double>] = []
  /// The diagonal of Ψ, K times `[D]`, of factor models.
  var noise: [[Double]] = []
  /// How probable each category is: K times D times the categories of the column.
  var categories: [[[Double]]]?

  init() {}

  init(_ parameters: GaussianParameters) {
    switch parameters.covariances {
    case .full(let all): covariance = { k, i, j in all[k][i, j] }
    case .tied(let shared): covariance = { _, i, j in shared[i, j] }
    case .diagonal(let all): covariance = { k, i, j in i == j ? all[k, i] : 0 }
    case .spherical(let all): covariance = { k, i, j in i == j ? all[k] : 0 }
    }
  }

  init(_ parameters: FactorParameters) {
    let θ = parameters.inCanonicalRotation()
    loadings = θ.loadings
    noise = (0..<θ.components).map { θ.noiseVariances(of: $0) }
    let (W, Ψ) = (loadings, noise)
    covariance = { k, i, j in
      (0..<W[k].columns).reduce(i == j ? Ψ[k][i] : 0) { $0 + W[k][i, $1] * W[k][j, $1] }
    }
  }

  init(_ parameters: CategoricalParameters) {
    categories = (0..<parameters.components).map { k in
      (0..<parameters.dimensions).map { parameters.probabilities(component: k, column: $0) }
    }
  }

  /// The same in the units of the data.
  func unstandardized(_ standardization: Standardization?) -> ComponentLook {
    guard let s = standardization?.scales else { return self }
    var look = self
    if let covariance { look.covariance = { k, i, j in covariance(k, i, j) * s[i] * s[j] } }
    look.loadings = loadings.map { W in
      var W = W
      for i in 0..<W.rows { for l in 0..<W.columns { W[i, l] *= s[i] } }
      return W
    }
    look.noise = noise.map { row in row.enumerated().map { $1 * s[$0] * s[$0] } }
    return look
  }
}

extension ModelKind {
  static func look(_ parameters: Family.Parameters) -> ComponentLook { ComponentLook() }
}

extension GaussianKind {
  static func look(_ parameters: GaussianParameters) -> ComponentLook { ComponentLook(parameters) }
}

extension VariationalGaussianKind {
  static func look(_ parameters: VariationalGaussianParameters) -> ComponentLook {
    ComponentLook(parameters.expected)
  }
}

extension StudentKind {
  static func look(_ parameters: StudentParameters) -> ComponentLook {
    var look = ComponentLook(parameters.gaussian)
    look.degreesOfFreedom = parameters.degreesOfFreedom
    return look
  }
}

extension FactorKind {
  static func look(_ parameters: FactorParameters) -> ComponentLook { ComponentLook(parameters) }
}

extension VariationalFactorKind {
  static func look(_ parameters: VariationalFactorParameters) -> ComponentLook {
    ComponentLook(parameters.expected)
  }
}

extension CategoricalKind {
  static func look(_ parameters: CategoricalParameters) -> ComponentLook { ComponentLook(parameters) }
}

extension VariationalCategoricalKind {
  static func look(_ parameters: CategoricalPosterior) -> ComponentLook { ComponentLook(parameters.mean) }
}
