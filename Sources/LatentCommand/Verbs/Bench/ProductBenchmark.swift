import Latent

extension Benchmark {
  /// What the processor does at its best in the products of a network, to set `training` beside.
  static let products: [Benchmark] = [
    product("product-50x784x500-single", rounding: false), product("product-50x784x500-bf16", rounding: true),
  ]

  /// One lane a thread, each with matrices of its own that stay in its caches.
  private static func product(_ name: String, rounding: Bool) -> Benchmark {
    Benchmark(name: name, summary: "products of 50 × 784 and 784 × 500, one lane a thread", unit: "GFLOP/s") {
      threads in
      let (m, k, n, repeats) = (50, 784, 500, 40)
      var places = ParameterLayout()
      let weights = places.add("weights", k, n)
      var stream = RandomStream(seed: 0)
      var x = Matrix<Float>(rows: m, columns: k)
      // No zeros: products skip these.
      x.withUnsafeMutableElements { x in for i in 0..<x.count { x[i] = Float(stream.normal()) } }
      var θ = ParameterVector<Float>(places)
      θ.withUnsafeMutableElements { θ in for i in 0..<θ.count { θ[i] = Float(stream.normal()) } }
      // The upper half of a number's bits.
      let rounded = θ.withUnsafeElements { θ in θ.map { UInt16(truncatingIfNeeded: $0.bitPattern >> 16) } }
      let (input, parameters, layout) = (x, θ, θ.layout)
      var rates: [Double] = []
      for _ in 0..<6 {
        let seconds = Lanes.map(threads, threads: threads) { _ in
          let tape = Tape<Float>(layout: layout)
          return parameters.withUnsafeElements { θ in
            rounded.withUnsafeBufferPointer { upper in
              let point = ParameterPoint(
                values: θ.baseAddress!, rounded: rounding ? upper.baseAddress! : nil)
              // The first round takes its memory.
              var seconds = 0.0
              for _ in 0..<2 {
                let clock = ContinuousClock()
                tape.begin(at: point)
                let x = tape.constant(input)
                let began = clock.now
                for _ in 0..<repeats { _ = x.linear(weights) }
                seconds = (clock.now - began) / .seconds(1)
              }
              return seconds
            }
          }
        }
        rates.append(2e-9 * Double(threads * repeats * m * k * n) / (seconds.max() ?? .infinity))
      }
      return median(rates)
    }
  }
}
