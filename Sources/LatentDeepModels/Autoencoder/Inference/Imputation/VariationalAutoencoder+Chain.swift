// T steps

import LatentEvidence
import LatentNetworks
import LatentNumerics

extension VariationalAutoencoder {
  /// What the second half of a chain expects of the cells of every row of a block.
  func chain(
    _ block: Block, _ x: Rows<Scalar>, steps T: Int, _ stream: RandomStream
  ) throws(InferenceError) -> [Imputation] {
    var moments = [MixedMoments?](repeating: nil, count: block.rows.count)
    _ = walk(block, x, steps: T, number: 0, stream) { step, y in
      guard step >= T / 2 else { return }
      let cells = likelihood.cellMoments(y)
      for i in moments.indices {
        moments[i] = mixed(
          moments[i], (cells.means[rows: i..<i + 1], cells.variances.map { $0[rows: i..<i + 1] }),
          weights: [1])
      }
    }
    return try block.rows.enumerated().map { (place, row) throws(InferenceError) in
      try imputation(moments[place]!, row, Double(T - T / 2), x)
    }
  }

  /// The cells at the end of chain m, over the modelled columns of every row of a block.
  func chainEnds(
    _ block: Block, _ x: Rows<Scalar>, steps T: Int, number m: Int, _ stream: RandomStream
  ) throws(InferenceError) -> [[Scalar]] {
    let ends = walk(block, x, steps: T, number: m, stream) { _, _ in }
    for (place, row) in block.rows.enumerated() {
      guard ends[place].allSatisfy(\.isFinite) else {
        throw .notFinite(quantity: "imputed value", row: x.sourceIndex(of: row))
      }
    }
    return ends
  }

  /// Goes through a chain: z given all cells, then the missing cells given z.
  ///
  /// - Parameter look: is called with the number of a step, from 0, and what the decoder gave.
  private func walk(
    _ block: Block, _ x: Rows<Scalar>, steps T: Int, number m: Int, _ stream: RandomStream,
    _ look: (Int, Variable<Scalar>) -> Void
  ) -> [[Scalar]] {
    let (tape, columns) = (block.tape, modelledColumns)
    let own = stream.substream(-1 - m)
    // Binary cells are drawn once, the same for every chain.
    let start = begin(block, of: x, noise: stream)
    let observed = start.data.value
    var cells = tape.constant(rows: block.rows, of: block.table, columns: configuration.columns).value
    let L = configuration.latent
    let prior = priorDraws(from: block.rows.map { own.substream(0).substream($0) }, on: tape)
    let z = tape.constant(Matrix(rows: prior.map { $0[..<L].map { Scalar($0) } }, width: L))
    func fill(_ y: Variable<Scalar>, _ step: Int) {
      let draw = likelihood.draw(
        y, from: block.rows.map { own.substream(step).substream($0).substream(1) })
      for i in 0..<observed.rows {
        for (j, column) in columns.enumerated() {
          cells[i, column] = observed[i, j].isNaN ? draw[i, j] : observed[i, j]
        }
      }
    }
    fill(decode(z, given: start.condition), 0)
    for step in 0..<T {
      tape.begin(at: block.point)
      let batch = batch(
        block.rows, cells: tape.constant(cells), missing: false, noise: stream, on: tape)
      let ε = noise(rows: block.rows, from: own.substream(step + 1), on: tape)
      let y = decode(
        latents(encode(batch), ε, times: 1, withDivergences: false, on: tape).first, given: batch.condition)
      look(step, y)
      fill(y, step + 1)
    }
    return (0..<cells.rows).map { i in columns.map { cells[i, $0] } }
  }
}
