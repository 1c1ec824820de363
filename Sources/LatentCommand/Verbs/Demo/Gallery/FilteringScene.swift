import Foundation
import Latent

// T frames, of which the first G are seen

/// (f) A deep variational Bayes filter on a pendulum that it knows from images alone: while it sees frames, and after they stop.
struct FilteringScene {
  private let frames: Matrix<Float>
  private let states: Matrix<Float>
  private let expectations: Matrix<Float>
  private let size: Int

  private static let updates = 6000
  private static let training = 500
  private static let given = 12
  private static let length = 44

  /// Trains the filter and follows one sequence that it was not fitted to.
  ///
  /// - Throws: `InferenceError`, `SequenceError`.
  init(seed: UInt64, threads: Int) async throws {
    let (stream, pendulum) = (RandomStream(seed: seed), Pendulum())
    func sequences(_ count: Int, frames: Int, _ substream: Int) throws -> SequenceBatch<Float> {
      let table: SequenceTable<Float> = try pendulum.sequences(
        count, frames: frames, using: stream.substream(substream))
      return try SequenceBatch(table.frames, lengths: table.lengths, controls: table.controls)
    }
    let x = try sequences(Self.training, frames: 15, 0)
    let model = try DeepFilter<Float>(
      DeepFilterConfiguration(
        columns: x.columns, controls: x.controlColumns, controlScales: DeepFilterConfiguration.scales(of: x)))
    let ascent = try FilterAscent(
      model, recipe: .pendulum(updates: Self.updates), using: stream.substream(2), threads: threads)
    let start = try ascent.start(for: x)
    let fit = Fit(ascent, on: x, stopping: StoppingRule(tolerance: 0, maximumIterations: .max)) {
      (_) throws(InferenceError) in start
    }
    let θ = try await fit.run().state.parameters

    let unseen = try sequences(1, frames: Self.length, 1)
    let (G, H) = (Self.given, Self.length - Self.given)
    let seen = try model.posterior(of: unseen, at: θ, threads: threads)
    let ahead = try model.rollout(of: unseen, given: G, horizon: H, at: θ, threads: threads)
    frames = unseen.frames
    states = Matrix(
      rows: G + H, columns: seen.states.columns,
      elements: seen.states[rows: 0..<G].elements + ahead.states.elements)
    expectations = Matrix(
      rows: G + H, columns: frames.columns,
      elements: seen.expectations[rows: 0..<G].elements + ahead.expectations.elements)
    size = pendulum.imageSize
  }

  var animation: Animation {
    let grey = Figure.ColourScale(.sequential, range: 0...1)
    let axis = Figure.Axis("", range: 0...Double(size))
    let z = (0..<states.columns).map { j in (0..<states.rows).map { Double(states[$0, j]) } }
    // The two directions that move most.
    let order = z.indices.sorted { variance(z[$0]) > variance(z[$1]) }
    let plane = [z[order[0]], z[order.count > 1 ? order[1] : order[0]]]
    let ranges = plane.map { values -> ClosedRange<Double> in
      let (low, high) = (values.min() ?? 0, values.max() ?? 1)
      let margin = 0.06 * max(high - low, 0.1)
      return (low - margin)...(high + margin)
    }
    let G = Self.given
    let pictures = (0..<frames.rows).map { t -> Animation.Frame in
      func image(_ title: String, _ values: Matrix<Float>) -> Figure.Panel {
        let pixels = Matrix(rows: size, columns: size, elements: values.row(t).map(Double.init))
        var panel = Figure.Panel(
          title, x: axis, y: axis, hasEqualUnits: true,
          [.heatMap(pixels, x: 0...Double(size), y: 0...Double(size), scale: grey)])
        panel.hasAxes = false
        return panel
      }
      let given = Array(0...min(t, G - 1))
      let blind = t >= G - 1 ? Array((G - 1)...t) : []
      let path = Figure.Panel(
        "the state, two of its \(states.columns) coordinates", x: .init("z\(order[0] + 1)", range: ranges[0]),
        y: .init("z\((order.count > 1 ? order[1] : order[0]) + 1)", range: ranges[1]),
        [
          .line(x: given.map { plane[0][$0] }, y: given.map { plane[1][$0] }, name: "frames seen"),
          .line(
            x: blind.map { plane[0][$0] }, y: blind.map { plane[1][$0] }, name: "blind, from known torques"),
          .points(x: [plane[0][t]], y: [plane[1][t]]).styled(colour: .ink),
        ])
      return .init(
        t < G ? "frame \(t + 1), seen" : "frame \(t + 1), not seen: \(t - G + 1) ahead",
        Figure(
          "",
          [
            image("what happens", frames),
            image(t < G ? "what the state says" : "what is expected", expectations), path,
          ]))
    }
    var animation = Animation("A pendulum followed and foretold", pictures, framesPerSecond: 6)
    animation.alternativeText =
      "A blob swings on a circle; beside it the model's picture follows it for \(G) frames and goes on alone for \(frames.rows - G)."
    return animation
  }

  /// The mean squared error of a pixel: over the frames seen, and those foretold.
  var errors: (seen: Double, foretold: Double) {
    func error(_ rows: Range<Int>) -> Double {
      let squares = rows.flatMap { t in
        zip(frames.row(t), expectations.row(t)).map { Double(($0 - $1) * ($0 - $1)) }
      }
      return squares.reduce(0, +) / Double(squares.count)
    }
    return (error(0..<Self.given), error(Self.given..<frames.rows))
  }

  private func variance(_ values: [Double]) -> Double {
    let mean = values.reduce(0, +) / Double(values.count)
    return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
  }
}

extension Matrix {
  /// One row, from the first column to the last.
  fileprivate func row(_ i: Int) -> [Scalar] { (0..<columns).map { self[i, $0] } }
}
