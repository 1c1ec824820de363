import Foundation
import Latent

// T frames, K states, γ[t,k] = p(state of frame t = k | the whole sequence).

/// How surely frames belong to states, and which states share their frames: twins, of which one may do.
struct StateUsageSection {
  let view: SequenceView
  let rows: SequenceRowsView?

  private static let mostPairs = 10
  private static let mostStates = 200

  var section: Page.Section? {
    guard view.isHiddenMarkov, let rows, rows.path != nil, view.states > 1, rows.smoothed.rows > 0 else {
      return nil
    }
    let γ = rows.smoothed
    return Page.Section("How the frames are shared out", [.paragraph(certainty(γ))] + twins(γ))
  }

  /// The mean of −Σₖ γ ln γ, and how many frames are sure.
  private func certainty(_ γ: Matrix<Double>) -> String {
    var (entropy, sure, torn) = (0.0, 0, 0)
    for t in 0..<γ.rows {
      let row = γ.row(t)
      entropy -= row.reduce(0) { $1 > 0 ? $0 + $1 * log($1) : $0 }
      let largest = row.max() ?? 0
      if largest > 0.9 { sure += 1 }
      if largest < 0.5 { torn += 1 }
    }
    let T = Double(γ.rows)
    return
      "Given the whole of its sequence, \(ReportText.percent(Double(sure) / T)) of the frames belong to one state by more than 90 %"
      + (torn > 0 ? ", \(ReportText.percent(Double(torn) / T)) to none by more than half" : "")
      + ". The mean entropy of a frame's state is \(NumberText.fixed(entropy / T, 3)) nats, between 0 (each frame has its state) and "
      + "\(NumberText.fixed(log(Double(view.states)), 3)) (nothing is told apart)."
  }

  /// cos(γ[·,k], γ[·,l]) of every two states that share frames.
  private func twins(_ γ: Matrix<Double>) -> [Page.Block] {
    let K = γ.columns
    guard K <= Self.mostStates else { return [] }
    var gram = Matrix<Double>(rows: K, columns: K)
    for t in 0..<γ.rows {
      let row = γ.row(t)
      let own = row.indices.filter { row[$0] > 1e-6 }
      for k in own { for l in own { gram[k, l] += row[k] * row[l] } }
    }
    var pairs: [(k: Int, l: Int, cosine: Double)] = []
    for l in 0..<K {
      for k in 0..<l {
        let norm = (gram[k, k] * gram[l, l]).squareRoot()
        if norm > 0, gram[k, l] / norm > 0.2 { pairs.append((k, l, gram[k, l] / norm)) }
      }
    }
    pairs.sort { $0.cosine > $1.cosine }
    guard let first = pairs.first else {
      return [.paragraph("No two states share frames to speak of: none is a double of another.")]
    }
    return [
      .paragraph(
        first.cosine > 0.9
          ? "States \(first.k + 1) and \(first.l + 1) hold nearly the same frames: fewer states may do."
          : "Some states share frames: the similarity of two is the cosine of their probabilities, 0 for states apart and 1 for doubles."
      ),
      .table(
        Page.Table(
          ["States", .number("Similarity")],
          pairs.prefix(Self.mostPairs).map {
            ["\($0.k + 1) and \($0.l + 1)", NumberText.fixed($0.cosine, 3)]
          },
          caption: "The pairs that share most")),
    ]
  }
}
