// N rows, D columns, L latent dimensions

public import LatentEvidence
public import LatentModels
import LatentNetworks
public import LatentNumerics
import RealModule

extension VariationalAutoencoder {
  /// Rows that are evaluated together.
  static var block: Int { 128 }

  /// q(z | x) of every row, its means and deviations `[N, L]`, in the order of the source. Where there are two layers, the columns are those
  /// of the layer next to the data, then those of the other.
  ///
  /// - Parameters:
  ///   - x: the rows.
  ///   - θ: the parameters.
  ///   - noise: draws binary cells, where the data are probabilities; and z, where the family has no closed moments, and of a second
  ///     layer: these are then averages of 200 draws.
  ///   - threads: the number of threads; the result does not depend on it.
  /// - Throws: what `validate(_:)` throws; `.notFinite` with the row.
  public func posterior(
    of x: Rows<Scalar>, at θ: ParameterVector<Scalar>, noise: RandomStream = RandomStream(seed: 0),
    threads: Int = Lanes.availableThreads
  ) throws(InferenceError) -> LatentPosterior {
    let L = configuration.latentDimensions
    let rows = x.inSourceOrder(try latentMoments(of: x, at: θ, noise: noise, threads: threads))
    return LatentPosterior(
      means: Matrix(rows: rows.map(\.means), width: L),
      deviations: Matrix(rows: rows.map(\.deviations), width: L))
  }

  /// What q says of every row, in the order of `x`.
  func latentMoments(
    of x: Rows<Scalar>, at θ: ParameterVector<Scalar>, noise: RandomStream, threads: Int
  ) throws(InferenceError) -> [LatentMoments] {
    let size = configuration.secondLayer == nil ? Self.block : Self.block / 8
    return try sweep(x, at: θ, blocksOf: size, threads: threads) {
      (block) throws(InferenceError) -> [LatentMoments] in
      let batch = begin(block, of: x, noise: noise)
      let all = moments(encode(batch), of: batch, on: block.tape)
      for (place, row) in block.rows.enumerated() {
        guard (all[place].means + all[place].deviations).allSatisfy(\.isFinite) else {
          throw .notFinite(quantity: "posterior", row: x.sourceIndex(of: row))
        }
      }
      return all
    }
  }

  /// E[x | z] of every row at the posterior's mean, or its mean over draws from the posterior: `[N, D]`, in the order of the source.
  ///
  /// - Parameters:
  ///   - x: the rows.
  ///   - θ: the parameters.
  ///   - draws: the number of draws from q(z | x) that are averaged; nil for z = E_q[z].
  ///   - noise: what they come from, and binary cells where the data are probabilities.
  ///   - threads: the number of threads; the result does not depend on it.
  /// - Throws: what `validate(_:)` throws; `.notFinite` with the row.
  public func reconstruction(
    of x: Rows<Scalar>, at θ: ParameterVector<Scalar>, draws: Int? = nil,
    noise: RandomStream = RandomStream(seed: 0), threads: Int = Lanes.availableThreads
  ) throws(InferenceError) -> Matrix<Scalar> {
    let D = configuration.columns
    try requirePositive(draws ?? 1, "number of draws")
    let rows = try sweep(x, at: θ, blocksOf: Self.block, threads: threads) {
      (block) throws(InferenceError) -> [[Scalar]] in
      let batch = begin(block, of: x, noise: noise)
      let q = encode(batch)
      guard let draws else {
        let means = firstMoments(q, of: batch, on: block.tape).means
        let z = block.tape.constant(
          Matrix(rows: means.map { $0.map { Scalar($0) } }, width: configuration.latent))
        return try whole(likelihood.expectation(decode(z, given: batch.condition)), block, of: x)
      }
      var mean = Matrix<Scalar>(rows: block.rows.count, columns: likelihood.columns)
      for s in 0..<draws {
        let ε = self.noise(rows: block.rows, from: noise.substream(-1 - s), on: block.tape)
        let z = latents(q, ε, times: 1, withDivergences: false, on: block.tape).first
        mean.add(likelihood.expectation(decode(z, given: batch.condition)), times: 1 / Scalar(draws))
      }
      return try whole(mean, block, of: x)
    }
    return Matrix(rows: x.inSourceOrder(rows), width: D)
  }

  /// Rows of all columns, from those that are modelled, y, and those that are given.
  private func whole(
    _ y: Matrix<Scalar>, _ block: Block, of x: Rows<Scalar>
  ) throws(InferenceError) -> [[Scalar]] {
    let rows = y.rowArrays
    for (place, row) in block.rows.enumerated() where !rows[place].allSatisfy(\.isFinite) {
      throw .notFinite(quantity: "reconstruction", row: x.sourceIndex(of: row))
    }
    guard let dataColumns else { return rows }
    let D = configuration.columns
    return block.rows.enumerated().map { place, row in
      var all = (0..<D).map { block.table[row * D + $0] }
      for (j, column) in dataColumns.enumerated() { all[column] = y[place, j] }
      return all
    }
  }

  /// E[x | z] for every row of z, the layer next to the data: `[rows of z, modelled columns]`.
  ///
  /// - Parameters:
  ///   - z: points of the latent space, `[rows, L]`.
  ///   - θ: the parameters.
  ///   - condition: what is given, `[rows of z, C]` or one row for all, for a conditional model.
  ///   - threads: the number of threads; the result does not depend on it.
  /// - Throws: `.wrongWidth` for z of another number of dimensions; `.notFinite`.
  public func expectation(
    at z: Matrix<Double>, _ θ: ParameterVector<Scalar>, given condition: Matrix<Scalar>? = nil,
    threads: Int = Lanes.availableThreads
  ) throws(InferenceError) -> Matrix<Scalar> {
    let (L, D) = (configuration.latent, likelihood.columns)
    try require(condition, for: z.rows)
    guard z.columns == L else { throw .wrongWidth(expected: L, actual: z.columns) }
    guard z.rows > 0 else { return Matrix(rows: 0, columns: D) }
    let rows = try sweep(
      rows: z.rows, z.converted(to: Scalar.self), at: θ, blocksOf: Self.block, threads: threads
    ) { (block) throws(InferenceError) -> [[Scalar]] in
      block.tape.begin(at: block.point)
      let some = block.tape.constant(rows: block.rows, of: block.table, columns: L)
      let x = likelihood.expectation(decode(some, given: given(condition, block)))
      guard x.elements.allSatisfy(\.isFinite) else { throw .notFinite(quantity: "expectation", row: nil) }
      return x.rowArrays
    }
    return Matrix(rows: rows, width: D)
  }

  /// Draws from the model.
  ///
  /// - Parameters:
  ///   - count: the number of draws; draw i is the same whatever it is.
  ///   - θ: the parameters.
  ///   - condition: what is given, `[count, C]` or one row for all, for a conditional model.
  ///   - stream: what they come from.
  ///   - threads: the number of threads; the result does not depend on it.
  public func sample(
    _ count: Int, at θ: ParameterVector<Scalar>, given condition: Matrix<Scalar>? = nil,
    using stream: RandomStream, threads: Int = Lanes.availableThreads
  ) throws(InferenceError) -> AutoencoderSample<Scalar> {
    try requirePositive(count, "number of draws")
    try require(condition, for: count)
    let (L, D) = (configuration.latent, likelihood.columns)
    let latents = try latents(count, at: θ, using: stream, threads: threads)
    let rows = try sweep(
      rows: count, latents.converted(to: Scalar.self), at: θ, blocksOf: Self.block, threads: threads
    ) { (block) throws(InferenceError) -> [[Scalar]] in
      block.tape.begin(at: block.point)
      let z = block.tape.constant(rows: block.rows, of: block.table, columns: latents.columns).columns(0..<L)
      let y = decode(z, given: given(condition, block))
      let x = likelihood.draw(y, from: block.rows.map { stream.substream($0).substream(1) })
      let both = zip(likelihood.expectation(y).rowArrays, x.rowArrays).map { $0 + $1 }
      for (place, row) in block.rows.enumerated() where !both[place].allSatisfy(\.isFinite) {
        throw .notFinite(quantity: "sample", row: row)
      }
      return both
    }
    return AutoencoderSample(
      latents: latents, expectations: Matrix(rows: rows.map { Array($0[..<D]) }, width: D),
      observations: Matrix(rows: rows.map { Array($0[D...]) }, width: D))
  }

  /// Draws from p(z), `[count, latent dimensions of all layers]`: the i-th from the i-th substream.
  func latents(
    _ count: Int, at θ: ParameterVector<Scalar>, using stream: RandomStream, threads: Int
  ) throws(InferenceError) -> Matrix<Double> {
    let rows = try sweep(
      rows: count, Matrix<Scalar>(rows: 1, columns: 1), at: θ, blocksOf: Self.block, threads: threads
    ) { (block) throws(InferenceError) -> [[Double]] in
      block.tape.begin(at: block.point)
      return priorDraws(from: block.rows.map { stream.substream($0) }, on: block.tape)
    }
    return Matrix(rows: rows, width: configuration.latentDimensions)
  }

  /// A draw from p(z) for each stream, by its substream 0, and where there are two layers its substream 2: the layer next to the data
  /// first.
  func priorDraws(from streams: [RandomStream], on tape: Tape<Scalar>) -> [[Double]] {
    let components = priorComponents(on: tape).map {
      (
        weights: $0.logWeights.doubles()[0].map { Double.exp($0) }, means: $0.means.doubles(),
        logVariances: $0.logVariances.doubles()
      )
    }
    let draws = streams.map { stream in
      var own = stream.substream(0)
      guard let components else {
        return (0..<(second?.latent ?? configuration.latent)).map { _ in own.normal() }
      }
      var left = own.uniform(Double.self)
      var k = 0
      while k < components.weights.count - 1, left >= components.weights[k] {
        left -= components.weights[k]
        k += 1
      }
      let v = components.logVariances[components.logVariances.count == 1 ? 0 : k]
      return v.indices.map { components.means[k][$0] + Double.exp(v[$0] / 2) * own.normal() }
    }
    guard let second else { return draws }
    let behind = tape.constant(Matrix(rows: draws.map { $0.map { Scalar($0) } }, width: second.latent))
    let (m, v) = second.decode(behind)
    let (means, logVariances) = (m.doubles(), v.doubles())
    return draws.indices.map { i in
      var own = streams[i].substream(2)
      return zip(means[i], logVariances[i]).map { $0 + Double.exp($1 / 2) * own.normal() } + draws[i]
    }
  }

  private func require(_ condition: Matrix<Scalar>?, for rows: Int) throws(InferenceError) {
    guard (condition?.columns ?? 0) == configuration.condition.count else {
      throw .wrongWidth(expected: configuration.condition.count, actual: condition?.columns ?? 0)
    }
    guard let condition else { return }
    guard condition.rows == 1 || condition.rows == rows else {
      throw .invalidParameter(
        name: "rows of the condition", value: "\(condition.rows)", requirement: "1 or \(rows)")
    }
    guard condition.elements.allSatisfy(\.isFinite) else { throw .notFinite(quantity: "condition", row: nil) }
  }

  /// What is given of a block's rows.
  private func given(_ condition: Matrix<Scalar>?, _ block: Block) -> Variable<Scalar>? {
    condition.map { c in
      block.tape.constant(c.selecting(rows: block.rows.map { c.rows == 1 ? 0 : $0 }))
    }
  }
}

/// Draws from an auto-encoder.
public struct AutoencoderSample<Scalar: LatentScalar>: Sendable {
  /// z ~ p(z), `[n, latent dimensions]`; where there are two layers, those of the layer next to the data first.
  public let latents: Matrix<Double>
  /// E[x | z], `[n, modelled columns]`: what pictures show.
  public let expectations: Matrix<Scalar>
  /// x ~ p(x | z), `[n, modelled columns]`.
  public let observations: Matrix<Scalar>
}

extension Matrix {
  var rowArrays: [[Scalar]] { (0..<rows).map { row($0) } }

  /// self + scale · other.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  fileprivate mutating func add(_ other: Matrix, times scale: Scalar) {
    withUnsafeMutableElements { a in
      other.withUnsafeElements { b in for i in 0..<a.count { a[i] += scale * b[i] } }
    }
  }
}

func requirePositive(_ value: Int, _ name: String) throws(InferenceError) {
  guard value > 0 else {
    throw .invalidParameter(name: name, value: "\(value)", requirement: "at least 1")
  }
}
