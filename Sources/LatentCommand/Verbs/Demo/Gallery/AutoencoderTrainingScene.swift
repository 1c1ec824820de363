import Foundation
import Latent

// N digits of D pixels, two latent dimensions

/// (d) A variational auto-encoder in training, and a deterministic one beside it: where they put the digits, and what
/// their planes decode to.
struct AutoencoderTrainingScene {
  /// One of the two networks as it stood after some passes.
  private struct Moment {
    /// z of the digits that are shown, `[N, 2]`.
    let codes: Matrix<Double>
    /// E[x | z] on a grid of the plane, row by row.
    let plane: Matrix<Float>
    let bound: Double
  }

  private let moments: [(pass: Int, variational: Moment, deterministic: Moment)]
  private let labels: [String]
  private let shape: ImageShape

  private static let passes = [0, 1, 2, 4, 8, 14, 22, 32]
  private static let shown = 400
  private static let side = 10
  private static let hidden = [256]
  private static let batch = 50

  /// - Throws: `CatalogueError`, `InferenceError`.
  init(seed: UInt64, threads: Int) async throws {
    let digits = try DataCatalogue().load("mnist-sample", as: Float.self)
    let some = Array(0..<min(Self.shown, digits.rows))
    labels = digits.labels.map { all in some.map { all[$0] } } ?? some.map { _ in "digit" }
    shape = digits.imageShape ?? ImageShape(height: 1, width: digits.columns)
    var found: [[Moment]] = []
    for posterior in [AutoencoderPosterior.diagonal, .point] {
      found.append(
        try await Self.train(
          posterior, on: Rows(digits.values), showing: Rows(digits.values.selecting(rows: some)),
          seed: seed, threads: threads))
    }
    moments = zip(Self.passes, zip(found[0], found[1])).map { ($0, $1.0, $1.1) }
  }

  private static func train(
    _ posterior: AutoencoderPosterior, on rows: Rows<Float>, showing some: Rows<Float>, seed: UInt64,
    threads: Int
  ) async throws -> [Moment] {
    let stream = RandomStream(seed: seed)
    let model = try VariationalAutoencoder<Float>(
      AutoencoderConfiguration(
        columns: rows.columns, latent: 2, hidden: hidden, posterior: posterior, binarization: .stochastic))
    let climber = GradientAscent(
      model, try Adam(), learningRate: try ConstantRate(1e-3),
      settings: try GradientSettings(batchSize: batch),
      using: stream.substream(0), threads: threads)
    let start = try model.initialParameters(for: rows, using: stream.substream(1))
    func moment(_ θ: ParameterVector<Float>) throws -> Moment {
      let codes = try model.posterior(of: some, at: θ, threads: threads).means
      // A deterministic code has no prior that says where it lies: the middle nine tenths of each axis.
      let grid = posterior == .point ? spanning(codes) : AutoencoderSampleJob.plane(side: side)
      let bounds = SampleMean(try model.bounds(of: some, at: θ, noise: stream.substream(2), threads: threads))
      return Moment(
        codes: codes, plane: try model.expectation(at: grid, θ, threads: threads), bound: bounds.mean)
    }
    var moments = [try moment(start)]
    let fit = Fit(
      climber, on: rows, stopping: StoppingRule(tolerance: 0, maximumIterations: passes[passes.count - 1])
    ) { _ in .init(parameters: start) }
    _ = try await fit.run { step in
      guard passes.contains(step.iteration), let state = step.progress.state ?? step.progress.best?.state
      else {
        return
      }
      moments.append(try moment(state.parameters))
    }
    return moments
  }

  /// A grid from the 5 % to the 95 % quantile of each coordinate, its first line uppermost.
  private static func spanning(_ codes: Matrix<Double>) -> Matrix<Double> {
    let ends = (0..<2).map { j -> (low: Double, high: Double) in
      let sorted = codes.column(j).sorted()
      return (sorted[sorted.count / 20], sorted[sorted.count - 1 - sorted.count / 20])
    }
    func place(_ end: (low: Double, high: Double), _ i: Int) -> Double {
      end.low + (end.high - end.low) * (Double(i) + 0.5) / Double(side)
    }
    return Matrix(
      rows: side * side, columns: 2,
      elements: (0..<side).flatMap { line in
        (0..<side).flatMap { [place(ends[0], $0), place(ends[1], side - 1 - line)] }
      })
  }

  /// Where the digits lie, in the colours of labels that no fit has seen.
  var codes: Animation {
    let classes = Array(Set(labels)).sorted()
    let ranges = [\.variational, \(pass: Int, variational: Moment, deterministic: Moment).deterministic].map {
      side in
      let largest = moments.flatMap { $0[keyPath: side].codes.elements }.map(\.magnitude).sorted()
      return max(1, largest[largest.count * 99 / 100])
    }
    let frames = moments.map { moment -> Animation.Frame in
      let sides = [
        ("variational: q is a cloud, and clouds touch", moment.variational),
        ("deterministic: points, anywhere", moment.deterministic),
      ]
      let panels = sides.enumerated().map { i, side in
        Figure.Panel(
          side.0, x: .init("z₁", range: -ranges[i]...ranges[i]),
          y: .init("z₂", range: -ranges[i]...ranges[i]),
          classes.map { label in
            let rows = labels.indices.filter { labels[$0] == label }
            return .points(
              x: rows.map { side.1.codes[$0, 0] }, y: rows.map { side.1.codes[$0, 1] }, name: label
            ).styled(size: 4.5, opacity: 0.75)
          })
      }
      return .init(label(moment.pass), Figure("", panels))
    }
    var animation = Animation("Latent planes in training", frames, framesPerSecond: 1.5)
    animation.alternativeText =
      "Digits of one kind draw together on both planes; the variational one stays within a few units of the origin, the "
      + "deterministic one spreads."
    return animation
  }

  /// What the planes decode to, side by side.
  ///
  /// - Throws: `ImageError`.
  func planes() throws -> Animation {
    let frames = try moments.map { moment -> Animation.Frame in
      var grid = ImageGrid(imageHeight: shape.height, imageWidth: shape.width)
      (grid.columns, grid.gutter) = (2 * Self.side + 1, 0)
      let gap = Matrix<Float>(rows: 1, columns: shape.height * shape.width, repeating: 0.5)
      let images = (0..<Self.side).flatMap { line -> [Matrix<Float>] in
        let rows = Array(line * Self.side..<(line + 1) * Self.side)
        return [
          moment.variational.plane.selecting(rows: rows), gap,
          moment.deterministic.plane.selecting(rows: rows),
        ]
      }
      return .init(label(moment.pass), try grid.image(of: Matrix(stacking: images)))
    }
    var animation = Animation("What the planes decode to", frames, framesPerSecond: 1.5)
    animation.alternativeText =
      "Left: the variational auto-encoder's plane fills with digits that change into one another. Right: the deterministic "
      + "one's has digits with blurs between."
    return animation
  }

  private func label(_ pass: Int) -> String { pass == 0 ? "before training" : "after pass \(pass)" }
}

extension Matrix {
  /// Matrices of one width, one below the other.
  fileprivate init(stacking parts: [Matrix]) {
    self.init(
      rows: parts.reduce(0) { $0 + $1.rows }, columns: parts[0].columns, elements: parts.flatMap(\.elements))
  }
}
