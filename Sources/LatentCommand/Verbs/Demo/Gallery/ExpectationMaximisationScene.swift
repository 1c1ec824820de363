import Latent

// N rows of two columns, K components

/// (a) EM on the eruptions of Old Faithful, from a poor start: points in the colours of their responsibilities, ellipses, and the
/// bound.
struct ExpectationMaximisationScene {
  /// What one step did: the responsibilities of its q-step, the parameters that these were taken at, and those of its θ-step.
  private struct Step {
    let responsibilities: Matrix<Double>
    let before: GaussianMixtureParameters
    let after: GaussianMixtureParameters
    let bound: Double
  }

  private let names: [String]
  private let x: Matrix<Double>
  private let steps: [Step]
  let logLikelihood: Double

  private static var mostSteps: Int { 60 }

  /// - Throws: `CatalogueError`, `InferenceError`.
  init(threads: Int) async throws {
    let table = try DataCatalogue().load("faithful", as: Double.self)
    x = try table.standardized().table.values
    names = table.columnNames ?? ["x", "y"]
    let rows = Rows(x)
    let model = try GaussianMixture<Double>(components: 2, dimensions: 2)
    // Both components lie across the two groups.
    let start = GaussianMixtureParameters(
      weights: [0.5, 0.5], means: Matrix([[-1.4, 1.1], [1.4, -1.1]]),
      covariances: .full([Matrix([[0.6, 0], [0, 0.6]]), Matrix([[0.6, 0], [0, 0.6]])]))
    let fit = Fit(
      CoordinateAscent(model, threads: threads), on: rows,
      stopping: StoppingRule(tolerance: 1e-5, maximumIterations: Self.mostSteps)
    ) { _ in .init(parameters: start) }
    var (steps, before): ([Step], GaussianMixtureParameters) = ([], start)
    let result = try await fit.run { step in
      guard let after = step.progress.state?.parameters ?? step.progress.best?.state.parameters else {
        return
      }
      steps.append(
        Step(
          responsibilities: try model.posterior(of: rows, at: before, threads: threads).responsibilities,
          before: before, after: after, bound: step.bound.perObservation))
      before = after
    }
    self.steps = steps
    logLikelihood = result.bound.value
  }

  /// Two frames a step: q, then θ.
  var animation: Animation {
    let last = steps.map(\.bound)
    let (low, high) = (last[0], last[last.count - 1])
    let margin = max(high - low, 1e-6) * 0.08
    let bounds = Figure.Axis("bound, nats a row", range: (low - margin)...(high + margin))
    let frames = steps.indices.flatMap { i -> [Animation.Frame] in
      let step = steps[i]
      let trace = Figure.Panel(
        "the bound", x: .init("iteration", range: 0...Double(steps.count + 1), whole: true), y: bounds,
        [
          .line(x: (0...i).map { Double($0 + 1) }, y: (0...i).map { steps[$0].bound }).styled(
            colour: .series(3)),
          .points(x: [Double(i + 1)], y: [step.bound]).styled(colour: .series(3)),
        ])
      return [("q: who made which point", step.before), ("θ: where each group lies", step.after)].map {
        what, θ in
        .init(
          "iteration \(i + 1), \(what)", Figure("", [groups(step.responsibilities, θ), trace]))
      }
    }
    var animation = Animation("EM on Old Faithful", frames, framesPerSecond: 3)
    animation.alternativeText =
      "Two ellipses begin across both groups of eruptions and settle one on each, while the bound climbs and levels off."
    return animation
  }

  private func groups(_ r: Matrix<Double>, _ θ: GaussianMixtureParameters) -> Figure.Panel {
    let points = Figure.Layer.blendedPoints(x: x.column(0), y: x.column(1), shares: r).styled(
      size: 5, opacity: 0.75)
    let ellipses = (0..<2).flatMap { k -> [Figure.Layer] in
      let Σ = θ.covariance(of: k)
      let mean = (x: θ.means[k, 0], y: θ.means[k, 1])
      return [1.0, 2.0].map {
        .ellipse(mean: mean, covariance: (Σ[0, 0], Σ[0, 1], Σ[1, 1]), deviations: $0).styled(
          colour: .series(k), fill: 0.05)
      } + [.points(x: [mean.x], y: [mean.y]).styled(colour: .series(k), symbol: .cross, size: 11)]
    }
    return Figure.Panel(
      "responsibilities and ellipses of 1 and 2 standard deviations",
      x: .init("\(names[0]), standardized", range: -2.6...2.6),
      y: .init("\(names[1]), standardized", range: -2.8...2.8),
      [points] + ellipses)
  }
}

extension Matrix where Scalar == Double {
  /// One column, from the first row to the last.
  func column(_ j: Int) -> [Double] { (0..<rows).map { self[$0, j] } }
}
