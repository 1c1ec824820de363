// Fused terms of a bound: one number in nats for each row, `[rows, 1]`, normalised.

extension Variable {
  /// ln p of binary data from logits l = `self`:
  ///
  ///     Σⱼ x[i, j] l[i, j] − ln(1 + exp l[i, j]) = Σⱼ ln Bernoulli(x[i, j] | 1 / (1 + exp −l[i, j]))
  ///
  /// - Parameter x: constants 0 or 1, as wide as the logits; what is not a number is not observed and adds nothing.
  /// - Returns: nats, `[rows, 1]`.
  public func logBernoulli(of x: Self) -> Self {
    precondition(engine === x.engine, "variables of different tapes")
    return Self(engine, engine.bernoulli(logits: node, data: x.node))
  }

  /// ln 𝒩(x | μ, diag(exp v)) for the rows x = `self`:
  ///
  ///     −½ Σⱼ (ln 2π + v[i, j] + (x[i, j] − μ[i, j])² exp −v[i, j])
  ///
  /// Each of the three may have a single row.
  ///
  /// - Parameters:
  ///   - mean: μ, as wide as x.
  ///   - logVariance: v, as wide as x or one column.
  /// - Returns: nats, `[rows, 1]`. What is not a number in a constant x is not observed and adds nothing.
  public func logGaussian(mean: Self, logVariance: Self) -> Self {
    precondition(engine === mean.engine && engine === logVariance.engine, "variables of different tapes")
    return Self(engine, engine.gaussian(node, mean: mean.node, logVariance: logVariance.node))
  }

  /// KL(𝒩(μ, diag(exp v)) ‖ 𝒩(0, I)) with μ = `self`:
  ///
  ///     ½ Σⱼ (μ[i, j]² + exp v[i, j] − 1 − v[i, j])
  ///
  /// - Returns: nats, `[rows, 1]`, not negative.
  /// - Source: Kingma and Welling (2014), appendix B.
  public func standardDivergence(logVariance: Self) -> Self {
    precondition(engine === logVariance.engine, "variables of different tapes")
    return Self(engine, engine.standardDivergence(mean: node, logVariance: logVariance.node))
  }
}
