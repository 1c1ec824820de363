// N rows, D columns, L latent dimensions

public import LatentEvidence
public import LatentModels
import LatentNetworks
public import LatentNumerics

extension VariationalAutoencoder {
  /// Rows that are evaluated together.
  static var block: Int { 128 }

  /// q(z | x) of every row, its means and deviations `[N, L]`, in the order of the source.
  ///
  /// - Parameter noise: draws binary cells, where the data are probabilities.
  /// - Throws: what `validate(_:)` throws; `.notFinite` with the row.
  public func posterior(
    of x: Rows<Scalar>, at θ: ParameterVector<Scalar>, noise: RandomStream = RandomStream(seed: 0),
    threads: Int = Lanes.availableThreads
  ) throws(InferenceError) -> LatentPosterior {
    let L = configuration.latent
    let rows = try sweep(x, at: θ, blocksOf: Self.block, threads: threads) {
      (block) throws(InferenceError) -> [[Double]] in
      let (means, variances) = posterior.moments(encode(begin(block, of: x, noise: noise).input))
      let (m, v) = (means.doubles(), variances.doubles())
      return try block.rows.enumerated().map { (place, row) throws(InferenceError) in
        let all = m[place] + v[v.count == 1 ? 0 : place].map { $0.squareRoot() }
        guard all.allSatisfy(\.isFinite) else {
          throw .notFinite(quantity: "posterior", row: x.sourceIndex(of: row))
        }
        return all
      }
    }
    let both = x.inSourceOrder(rows)
    return LatentPosterior(
      means: Matrix(rows: both.map { Array($0[..<L]) }, width: L),
      deviations: Matrix(rows: both.map { Array($0[L...]) }, width: L))
  }

  /// E[x | z] of every row at the posterior's mean, or its mean over draws from the posterior: `[N, D]`, in the order of the source.
  ///
  /// - Parameters:
  ///   - draws: the number of draws from q(z | x) that are averaged; nil for z = E_q[z].
  ///   - noise: what they come from, and binary cells where the data are probabilities.
  /// - Throws: what `validate(_:)` throws.
  public func reconstruction(
    of x: Rows<Scalar>, at θ: ParameterVector<Scalar>, draws: Int? = nil,
    noise: RandomStream = RandomStream(seed: 0), threads: Int = Lanes.availableThreads
  ) throws(InferenceError) -> Matrix<Scalar> {
    let D = configuration.columns
    try requirePositive(draws ?? 1, "number of draws")
    let rows = try sweep(x, at: θ, blocksOf: Self.block, threads: threads) {
      (block) throws(InferenceError) -> [[Scalar]] in
      let batch = begin(block, of: x, noise: noise)
      let q = encode(batch.input)
      guard let draws else {
        return likelihood.expectation(decoder(posterior.moments(q).means)).value.rowArrays
      }
      var mean: Variable<Scalar>?
      for s in 0..<draws {
        let ε = block.tape.normal(
          rows: block.rows, columns: configuration.latent, noise: noise.substream(s))
        let z = posterior.draw(q, ε, times: 1, withDensity: false).z
        let one = likelihood.expectation(decoder(z)).scaled(by: 1 / Double(draws))
        mean = mean.map { $0 + one } ?? one
      }
      return mean!.value.rowArrays
    }
    return Matrix(rows: x.inSourceOrder(rows), width: D)
  }

  /// E[x | z] for every row of z: `[rows of z, D]`.
  ///
  /// - Throws: `.wrongWidth` for z of another number of dimensions; `.notFinite`.
  public func expectation(
    at z: Matrix<Double>, _ θ: ParameterVector<Scalar>, threads: Int = Lanes.availableThreads
  ) throws(InferenceError) -> Matrix<Scalar> {
    let (L, D) = (configuration.latent, configuration.columns)
    guard z.columns == L else { throw .wrongWidth(expected: L, actual: z.columns) }
    guard z.rows > 0 else { return Matrix(rows: 0, columns: D) }
    let rows = try sweep(
      rows: z.rows, z.converted(to: Scalar.self), at: θ, blocksOf: Self.block, threads: threads
    ) { (block) throws(InferenceError) -> [[Scalar]] in
      block.tape.begin(at: block.point)
      let some = block.tape.constant(rows: block.rows, of: block.table, columns: L)
      let x = likelihood.expectation(decoder(some)).value
      guard x.elements.allSatisfy(\.isFinite) else { throw .notFinite(quantity: "expectation", row: nil) }
      return x.rowArrays
    }
    return Matrix(rows: rows, width: D)
  }

  /// Draws from the model.
  ///
  /// - Parameters:
  ///   - count: the number of draws; draw i is the same whatever it is.
  ///   - stream: what they come from.
  public func sample(
    _ count: Int, at θ: ParameterVector<Scalar>, using stream: RandomStream,
    threads: Int = Lanes.availableThreads
  ) throws(InferenceError) -> AutoencoderSample<Scalar> {
    try requirePositive(count, "number of draws")
    let (L, D) = (configuration.latent, configuration.columns)
    let latents = try latents(count, at: θ, using: stream, threads: threads)
    let rows = try sweep(
      rows: count, latents.converted(to: Scalar.self), at: θ, blocksOf: Self.block, threads: threads
    ) { (block) throws(InferenceError) -> [[Scalar]] in
      block.tape.begin(at: block.point)
      let y = decoder(block.tape.constant(rows: block.rows, of: block.table, columns: L))
      let x = likelihood.draw(y, from: block.rows.map { stream.substream($0).substream(1) })
      return zip(likelihood.expectation(y).value.rowArrays, x.rowArrays).map { $0 + $1 }
    }
    return AutoencoderSample(
      latents: latents, expectations: Matrix(rows: rows.map { Array($0[..<D]) }, width: D),
      observations: Matrix(rows: rows.map { Array($0[D...]) }, width: D))
  }

  /// Draws from p(z), `[count, L]`: the i-th from the i-th substream's substream 0.
  private func latents(
    _ count: Int, at θ: ParameterVector<Scalar>, using stream: RandomStream, threads: Int
  ) throws(InferenceError) -> Matrix<Double> {
    let L = configuration.latent
    switch configuration.prior {
    case .standard:
      return Matrix(
        rows: (0..<count).map { i in
          var own = stream.substream(i).substream(0)
          return (0..<L).map { _ in own.normal() }
        }, width: L)
    }
  }
}

/// Draws from an auto-encoder.
public struct AutoencoderSample<Scalar: LatentScalar>: Sendable {
  /// z ~ p(z), `[n, L]`.
  public let latents: Matrix<Double>
  /// E[x | z], `[n, D]`: what pictures show.
  public let expectations: Matrix<Scalar>
  /// x ~ p(x | z), `[n, D]`.
  public let observations: Matrix<Scalar>
}

extension Matrix {
  var rowArrays: [[Scalar]] { (0..<rows).map { row($0) } }
}

func requirePositive(_ value: Int, _ name: String) throws(InferenceError) {
  guard value > 0 else {
    throw .invalidParameter(name: name, value: "\(value)", requirement: "at least 1")
  }
}
