import Latent

extension Benchmark {
  /// Training steps of variational auto-encoders of images, the shapes of `Benchmarks/README.md`.
  static let training: [Benchmark] = [
    training("vae-784-500-20-batch100-single", hidden: 500, batch: 100, steps: 100, Float.self),
    training("vae-784-200-20-batch20-single", hidden: 200, batch: 20, steps: 500, Float.self),
    training(
      "vae-784-500-20-batch100-bf16", hidden: 500, batch: 100, steps: 100, rounding: true, Float.self),
    training(
      "vae-784-200-20-batch20-bf16", hidden: 200, batch: 20, steps: 500, rounding: true, Float.self),
  ]

  /// - Parameters:
  ///   - steps: minibatches of one measurement; the median is taken over several.
  ///   - rounding: whether products are in bfloat16.
  private static func training<Scalar: LatentScalar & TensorElement>(
    _ name: String, hidden: Int, batch: Int, steps: Int, rounding: Bool = false, _: Scalar.Type
  ) -> Benchmark {
    Benchmark(
      name: name,
      summary: "training a VAE 784–\(hidden)–20, tanh, Adam, minibatches of \(batch)",
      unit: "steps/s"
    ) { threads in
      let rows = Rows(sparseBits(rows: 20_000, columns: 784).converted(to: Scalar.self))
      let model = try VariationalAutoencoder<Scalar>(
        AutoencoderConfiguration(columns: 784, latent: 20, hidden: [hidden]), roundingParameters: rounding)
      let ascent = GradientAscent(
        model, try Adam(), learningRate: try ConstantRate(1e-3),
        settings: try GradientSettings(batchSize: batch, batchesPerStep: steps),
        using: RandomStream(seed: 0), threads: threads)
      let start = try model.initialParameters(for: rows, using: RandomStream(seed: 1))
      var state = GradientAscent<VariationalAutoencoder<Scalar>, Adam>.State(parameters: start)
      // The first steps take their memory.
      var rates: [Double] = []
      for round in 0..<6 {
        let clock = ContinuousClock()
        let began = clock.now
        _ = try ascent.step(&state, on: rows)
        if round > 0 { rates.append(Double(steps) / ((clock.now - began) / .seconds(1))) }
      }
      return median(rates)
    }
  }

  /// Zeros with a fifth of ones.
  private static func sparseBits(rows: Int, columns: Int) -> Matrix<Double> {
    var stream = RandomStream(seed: 0)
    var x = Matrix<Double>(rows: rows, columns: columns)
    x.withUnsafeMutableElements { x in for i in 0..<x.count where stream.uniform() > 0.8 { x[i] = 1 } }
    return x
  }
}
