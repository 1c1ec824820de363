import Latent

// E[x | z] with z from its posterior: what a model makes of a row that it has taken apart.

extension ModelKind {
  /// Every component's centre, weighted by the row's responsibilities; nil for models whose rows have no mean.
  static func reconstruction(
    of x: Rows<Scalar>, under fitted: FittedMixture<Family>, threads: Int
  ) throws(InferenceError) -> Matrix<Double>? {
    guard let centres = centres(fitted.parameters.emission) else { return nil }
    return try blended(responsibilities(of: x, under: fitted, threads: threads)) { k in
      Matrix(rows: x.rows, columns: centres.columns) { target in
        for n in 0..<x.rows {
          for j in 0..<centres.columns {
            target.initializeElement(at: n * centres.columns + j, to: centres[k, j])
          }
        }
      }
    }
  }

  /// `[N, K]`.
  fileprivate static func responsibilities(
    of x: Rows<Scalar>, under fitted: FittedMixture<Family>, threads: Int
  ) throws(InferenceError) -> Matrix<Double> {
    try fitted.model.posterior(of: x, at: fitted.parameters, threads: threads).responsibilities
      .converted(to: Double.self)
  }

  /// Σₖ r[n,k] x̂[k][n,·].
  fileprivate static func blended(
    _ responsibilities: Matrix<Double>, _ component: (Int) throws(InferenceError) -> Matrix<Double>
  ) throws(InferenceError) -> Matrix<Double> {
    let first = try component(0)
    let (N, D) = (first.rows, first.columns)
    var sum = Matrix<Double>(rows: N, columns: D)
    for k in 0..<responsibilities.columns {
      let part = k == 0 ? first : try component(k)
      sum.withUnsafeMutableElements { target in
        part.withUnsafeElements { x in
          for n in 0..<N {
            for j in 0..<D { target[n * D + j] += responsibilities[n, k] * x[n * D + j] }
          }
        }
      }
    }
    return sum
  }
}

extension FactorKind {
  /// Through the factors of each component.
  static func reconstruction(
    of x: Rows<Scalar>, under fitted: FittedMixture<Family>, threads: Int
  ) throws(InferenceError) -> Matrix<Double>? {
    let (model, θ) = (fitted.model, fitted.parameters)
    return try blended(responsibilities(of: x, under: fitted, threads: threads)) {
      k throws(InferenceError) in
      let z = try model.latentPosterior(of: x, at: θ, component: k, threads: threads).means
      return try model.reconstruction(of: z, at: θ, component: k)
    }
  }
}

extension VariationalFactorKind {
  /// Through the factors.
  static func reconstruction(
    of x: Rows<Scalar>, under fitted: FittedMixture<Family>, threads: Int
  ) throws(InferenceError) -> Matrix<Double>? {
    let (model, θ) = (fitted.model, fitted.parameters)
    return try blended(responsibilities(of: x, under: fitted, threads: threads)) {
      k throws(InferenceError) in
      let z = try model.latentPosterior(of: x, at: θ, component: k, threads: threads).means
      return try model.reconstruction(of: z, at: θ, component: k)
    }
  }
}
