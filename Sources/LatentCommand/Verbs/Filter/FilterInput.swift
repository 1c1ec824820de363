import Latent

/// Work that is the same in both precisions.
protocol FilterVisitor {
  func visit<Scalar: LatentScalar & TensorElement>(_ fitted: FittedFilter<Scalar>) throws
}

extension ModelInput {
  /// Whether the file holds a deep filter.
  var isFilter: Bool { FittedFilter<Float>.kinds.contains(archive.kind) }

  /// Does the work with the model in the precision asked for, or that of its fit.
  func visitFilter(precision: Precision?, _ visitor: some FilterVisitor) throws {
    switch precision ?? Precision(rawValue: description.precision) ?? .double {
    case .double: try visitor.visit(FittedFilter<Double>(from: archive))
    case .single: try visitor.visit(FittedFilter<Float>(from: archive))
    case .bf16:
      throw UsageError.badValue(
        option: "--precision", value: "bf16", requirement: "double or single where nothing is trained")
    }
  }
}

extension SequenceInput {
  /// The first so many sequences alone; all where there are no more.
  func prefix(_ count: Int?) throws -> SequenceInput {
    guard let count, count < table.count else { return self }
    let rows = Array(0..<table.lengths[..<count].reduce(0, +))
    let some = SequenceTable(
      source: table.source, frames: table.frames.selecting(rows: rows),
      lengths: Array(table.lengths[..<count]), names: table.names.map { Array($0[..<count]) },
      columnNames: table.columnNames, imageShape: table.imageShape,
      controls: table.controls.map { $0.selecting(rows: rows) }, controlNames: table.controlNames,
      truth: table.truth.map { $0.selecting(rows: rows) }, truthNames: table.truthNames)
    return SequenceInput(table: some, batch: batch.selecting(Array(0..<count)))
  }
}

/// Images of sequences as film strips: a frame beside the other.
struct FilmStrips {
  let shape: FitDescription.ImageSize

  /// Sequences of a picture where no option says how many.
  static let defaultCount = 4
  private static let mostFrames = 60

  /// Strips below each other, the first of each group for the first sequence, and so on; what is missing, or behind a strip's end, stays black.
  ///
  /// - Parameter groups: the frames of each sequence, as many strips for one as for another.
  func image(_ groups: [[Matrix<Double>]]) throws -> RasterImage {
    let longest = groups.joined().map(\.rows).max() ?? 1
    let columns = min(longest, Self.mostFrames)
    let black = [Double](repeating: 0, count: shape.height * shape.width)
    var images: [[Double]] = []
    for strips in groups {
      // A strip too long for a line goes on below, with its companions.
      for start in stride(from: 0, to: longest, by: columns) {
        for strip in strips {
          images += (start..<start + columns).map { t in
            t < strip.rows ? strip.row(t).map { $0.isNaN ? 0 : $0 } : black
          }
        }
      }
    }
    var grid = ImageGrid(imageHeight: shape.height, imageWidth: shape.width)
    grid.columns = columns
    return try grid.image(
      of: Matrix(rows: images.count, columns: black.count, elements: images.flatMap { $0 }))
  }
}
