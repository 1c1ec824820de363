import Foundation
import Latent

// T frames, of which the first G are seen

/// (f) A deep variational Bayes filter on a pendulum that it knows from images alone: while it sees frames, and after they stop.
struct FilteringScene {
  private let frames: Matrix<Float>
  private let states: Matrix<Float>
  private let expectations: Matrix<Float>
  private let size: Int
  /// The mean of the frames that were fitted.
  private let meanFrame: [Double]
  /// How many filters were trained.
  let attempts: Int
  /// The mean squared error of a pixel that is foretold, over all sequences that the one shown is from.
  let errorOfAll: Double

  private static let updates = 6000
  private static let training = 500
  private static let given = 12
  private static let length = 44
  /// Some starts find where the blob is but not how fast it moves. So a filter is tried on other sequences, and where the mean squared error of
  /// what it foretells is larger than this another is trained, of so many at most.
  private static let largestError = 0.002
  private static let mostAttempts = 4
  static let trials = 50

  /// Trains the filter and follows one sequence that it was neither fitted to nor chosen by: of many that with the error in the middle, as a
  /// pendulum that nearly stands on its head is foretold by nobody.
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
    let trials = try sequences(Self.trials, frames: Self.length, 3)
    var best: (θ: ParameterVector<Float>, error: Double)?
    var attempts = 0
    while attempts < Self.mostAttempts, (best?.error ?? .infinity) > Self.largestError {
      let ascent = try FilterAscent(
        model, recipe: .pendulum(updates: Self.updates),
        using: stream.substream(attempts == 0 ? 2 : 3 + attempts), threads: threads)
      let start = try ascent.start(for: x)
      let fit = Fit(ascent, on: x, stopping: StoppingRule(tolerance: 0, maximumIterations: .max)) {
        (_) throws(InferenceError) in start
      }
      let θ = try await fit.run().state.parameters
      attempts += 1
      let errors = try Self.errors(of: model, at: θ, on: trials, threads: threads)
      let error = errors.reduce(0, +) / Double(errors.count)
      if best == nil || error < best?.error ?? .infinity { best = (θ, error) }
    }
    guard let θ = best?.θ else { preconditionFailure("a filter was trained") }
    self.attempts = attempts
    meanFrame = (0..<x.columns).map { j in
      (0..<x.frames.rows).reduce(0) { $0 + Double(x.frames[$1, j]) } / Double(x.frames.rows)
    }

    let others = try sequences(Self.trials, frames: Self.length, 1)
    let errors = try Self.errors(of: model, at: θ, on: others, threads: threads)
    errorOfAll = errors.reduce(0, +) / Double(errors.count)
    let unseen = others.selecting([errors.indices.sorted { errors[$0] < errors[$1] }[errors.count / 2]])
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
        "the state, two of its \(states.columns) coordinates",
        x: .init(ReportText.latent(order[0]), range: ranges[0]),
        y: .init(ReportText.latent(order.count > 1 ? order[1] : order[0]), range: ranges[1]),
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

  /// The mean squared error of a pixel: over the frames seen, and those foretold; and of the mean frame in their place.
  var errors: (seen: Double, foretold: Double, mean: Double) {
    func error(_ rows: Range<Int>, _ expected: (Int) -> [Double]) -> Double {
      let squares = rows.flatMap { t in
        zip(frames.row(t), expected(t)).map { (Double($0) - $1) * (Double($0) - $1) }
      }
      return squares.reduce(0, +) / Double(squares.count)
    }
    func told(_ t: Int) -> [Double] { expectations.row(t).map(Double.init) }
    let ahead = Self.given..<frames.rows
    return (error(0..<Self.given, told), error(ahead, told), error(ahead) { _ in meanFrame })
  }

  /// Whether what is foretold is nearer to what happens, by far, than a picture that never moves.
  var foretells: Bool { errorOfAll < 0.2 * errors.mean }

  /// The mean squared error of a pixel that is foretold, of each sequence.
  private static func errors(
    of model: DeepFilter<Float>, at θ: ParameterVector<Float>, on x: SequenceBatch<Float>, threads: Int
  ) throws(InferenceError) -> [Double] {
    let (G, H) = (given, length - given)
    let ahead = try model.rollout(of: x, given: G, horizon: H, at: θ, threads: threads)
    return (0..<x.count).map { n in
      var sum = 0.0
      for h in 0..<H {
        for j in 0..<x.columns {
          let d = Double(x.frames[n * length + G + h, j] - ahead.expectations[n * H + h, j])
          sum += d * d
        }
      }
      // An error that is no number is worse than any.
      return sum.isFinite ? sum / Double(H * x.columns) : .infinity
    }
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
