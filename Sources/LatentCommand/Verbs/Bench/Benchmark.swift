import Foundation
import Latent

/// One measurement of this package's own speed.
struct Benchmark: Sendable {
  let name: String
  let summary: String
  let unit: String
  /// Takes the number of threads.
  let measure: @Sendable (Int) async throws -> Double

  /// A measurement with its unit, for people.
  func words(_ value: Double) -> String {
    unit == "seconds" ? NumberText.duration(value) : "\(NumberText.rate(value)) \(unit)"
  }

  /// The same shapes as in `Benchmarks/README.md`.
  static let all: [Benchmark] =
    [
      mixture("gmm-full-200000x10-k20-double", rows: 200_000, columns: 10, components: 20, Double.self),
      mixture("gmm-full-200000x10-k20-single", rows: 200_000, columns: 10, components: 20, Float.self),
      mixture("gmm-full-1000000x2-k8-double", rows: 1_000_000, columns: 2, components: 8, Double.self),
      mixture(
        "gmm-tied-200000x10-k20-double", .tied, rows: 200_000, columns: 10, components: 20, Double.self),
      mixture(
        "gmm-diagonal-200000x10-k20-double", .diagonal, rows: 200_000, columns: 10, components: 20,
        Double.self),
      mixture("gmm-full-100000x20-k10-double", rows: 100_000, columns: 20, components: 10, Double.self),
      mixture(
        "gmm-full-100000x20-k10-missing-double", rows: 100_000, columns: 20, components: 10, missing: 0.1,
        Double.self),
      digits("gmm-full-mnist-sample-k10-double", Double.self),
      digits("gmm-full-mnist-sample-k10-single", Float.self),
      readingCSV,
    ] + training + products

  /// - Parameter missing: the share of cells that are missing.
  private static func mixture<Scalar: LatentScalar>(
    _ name: String, _ covariance: CovarianceStructure = .full, rows: Int, columns: Int, components: Int,
    missing: Double = 0, _: Scalar.Type
  ) -> Benchmark {
    let lacking = missing > 0 ? ", \(NumberText.short(100 * missing)) % of cells missing" : ""
    return Benchmark(
      name: name,
      summary: "an EM iteration, \(NumberText.count(rows)) × \(columns), \(components) components\(lacking)",
      unit: "seconds"
    ) { threads in
      var x = spreadMixture(rows: rows, columns: columns, components: components)
      if missing > 0 {
        var stream = RandomStream(seed: 1)
        x.withUnsafeMutableElements { x in
          for i in 0..<x.count where stream.uniform() < missing { x[i] = .nan }
        }
      }
      return try await secondsPerIteration(
        of: x.converted(to: Scalar.self), components, covariance, threads, iterations: 20)
    }
  }

  private static func digits<Scalar: LatentScalar>(_ name: String, _: Scalar.Type) -> Benchmark {
    Benchmark(
      name: name, summary: "an EM iteration, 5,000 digits of 784 pixels, 10 components", unit: "seconds"
    ) { threads in
      let digits = try DataCatalogue().load("mnist-sample", as: Scalar.self)
      return try await secondsPerIteration(
        of: digits.values, 10, .full, threads, iterations: 4, sharesUnits: true)
    }
  }

  private static let readingCSV = Benchmark(
    name: "csv-1000000x10", summary: "reading 1,000,000 × 10 numbers of CSV from memory", unit: "seconds"
  ) { threads in
    let x = spreadMixture(rows: 1_000_000, columns: 10, components: 20)
    let bytes = try csvBytes(of: Table(source: "bench", values: x))
    var options = ReadOptions()
    options.format = .csv
    options.threads = threads
    var times: [Double] = []
    for _ in 0..<5 {
      let clock = ContinuousClock()
      let began = clock.now
      let table: Table<Double> = try bytes.withUnsafeBytes { bytes in
        try readTable(bytes: bytes, source: "bench", options: options)
      }
      times.append((clock.now - began) / .seconds(1))
      guard table.rows == x.rows else { throw CancellationError() }
    }
    return median(times)
  }

  /// The median over steps, the first left out, from K random rows.
  private static func secondsPerIteration<Scalar: LatentScalar>(
    of x: Matrix<Scalar>, _ components: Int, _ covariance: CovarianceStructure, _ threads: Int,
    iterations: Int, sharesUnits: Bool = false
  ) async throws -> Double {
    let rows = Rows(x)
    let model = try GaussianMixture<Scalar>(
      components: components, dimensions: x.columns, covariance: covariance,
      prior: .scaled(
        to: rows, components: components, covariance: covariance, sharesUnits: sharesUnits, threads: threads))
    let start = try model.initialParameters(
      for: rows, start: .randomRows, sharesUnits: sharesUnits, using: RandomStream(seed: 0),
      threads: threads)
    let fit = Fit(
      CoordinateAscent(model, threads: threads), on: rows,
      stopping: StoppingRule(tolerance: 0, maximumIterations: iterations)
    ) { _ in .init(parameters: start) }
    var times: [Double] = []
    for try await step in fit where step.iteration > 1 { times.append(step.seconds) }
    return median(times)
  }

  static func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    guard let middle = sorted.dropFirst(sorted.count / 2).first else { return 0 }
    return sorted.count % 2 == 1 ? middle : (middle + sorted[sorted.count / 2 - 1]) / 2
  }

  /// Rows of K Gaussians of unit variance around centres drawn from 𝒩(0, 9 I).
  private static func spreadMixture(rows: Int, columns: Int, components: Int) -> Matrix<Double> {
    var stream = RandomStream(seed: 0)
    let centres = (0..<components * columns).map { _ in 3 * stream.normal() }
    var x = Matrix<Double>(rows: rows, columns: columns)
    x.withUnsafeMutableElements { x in
      stream.fill(normal: x)
      for i in 0..<rows {
        let k = stream.integer(below: components)
        for j in 0..<columns { x[i * columns + j] += centres[k * columns + j] }
      }
    }
    return x
  }
}
