import LatentNumerics
import RealModule

/// One simulated sequence, frame after frame.
struct SimulatedSequence<Scalar: LatentScalar>: Sendable {
  var frames: [Scalar] = []
  var controls: [Scalar] = []
  var truth: [Double] = []

  /// All sequences, of T frames each, as a table.
  static func table(
    _ parts: [SimulatedSequence], source: String, frames T: Int, columns: Int, columnNames: [String]? = nil,
    imageShape: ImageShape? = nil, controlNames: [String] = [], truthNames: [String]
  ) -> SequenceTable<Scalar> {
    let rows = parts.count * T
    let controls = Matrix(rows: rows, columns: controlNames.count, elements: parts.flatMap { $0.controls })
    return SequenceTable(
      source: source, frames: Matrix(rows: rows, columns: columns, elements: parts.flatMap { $0.frames }),
      lengths: Array(repeating: T, count: parts.count), columnNames: columnNames, imageShape: imageShape,
      controls: controlNames.isEmpty ? nil : controls,
      controlNames: controlNames.isEmpty ? nil : controlNames,
      truth: Matrix(rows: rows, columns: truthNames.count, elements: parts.flatMap { $0.truth }),
      truthNames: truthNames)
  }
}

/// Gaussian blobs on a black ground.
enum BlobImage {
  /// exp(−d²/2σ²) of the distance d from the nearest centre in pixels, row by row from the top. The first pixel's middle
  /// is (0, 0); x runs to the right and y down.
  static func pixels(
    _ centres: [(x: Double, y: Double)], width: Int, height: Int, deviation σ: Double
  ) -> [Double] {
    var result = [Double](repeating: 0, count: width * height)
    for centre in centres {
      for row in 0..<height {
        for column in 0..<width {
          let (dx, dy) = (Double(column) - centre.x, Double(row) - centre.y)
          let value = Double.exp(-(dx * dx + dy * dy) / (2 * σ * σ))
          result[row * width + column] = Swift.max(result[row * width + column], value)
        }
      }
    }
    return result
  }
}
