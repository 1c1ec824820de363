import Foundation
import Latent

func load(_ path: String) -> Matrix<Double> {
  let text = try! String(contentsOfFile: path, encoding: .utf8)
  let lines = text.split(separator: "\n").dropFirst()
  return Matrix(lines.map { $0.split(separator: ",").map { Double($0)! } })
}
func npy(_ path: String, _ n: Int, _ d: Int) -> Matrix<Double> {
  let data = try! Data(contentsOf: URL(fileURLWithPath: path))
  return Matrix(rows: n, columns: d) { out in
    data.withUnsafeBytes { raw in
      let start = raw.count - n * d * 8
      for i in 0..<n * d { out.initializeElement(at: i, to: raw.loadUnaligned(fromByteOffset: start + i * 8, as: Double.self)) }
    }
  }
}
let arguments = CommandLine.arguments
if arguments[1] == "t" {
  let (n, d, k) = (Int(arguments[3])!, Int(arguments[4])!, Int(arguments[5])!)
  let x = npy(arguments[2], n, d)
  func time<S: LatentScalar>(_ x: Matrix<S>) async throws {
    let m = try GaussianMixture<S>(components: k, dimensions: d, prior: .scaled(to: x, components: k))
    let c = ContinuousClock()
    var t = c.now
    let p = try m.initialParameters(for: x, start: arguments.count > 6 ? .randomRows : .kMeans, using: RandomStream(seed: 0))
    print("init", c.now - t)
    t = c.now
    let fit = Fit(CoordinateAscent(m), on: x, stopping: .init(tolerance: 0, maximumIterations: 12)) { _ in .init(parameters: p) }
    let r = try await fit.run { print($0.bound.perObservation, $0.seconds) }
    _ = r
  }
  try await time(x)
  try await time(x.converted(to: Float.self))
} else {
  let x = load(arguments[1])
  let K = Int(arguments[2])!
  for s in CovarianceStructure.allCases {
    let m = try GaussianMixture<Double>(components: K, dimensions: x.columns, covariance: s)
    let fit = Fit(CoordinateAscent(m), on: x, restarts: 20) { r throws(InferenceError) in
      .init(parameters: try m.initialParameters(for: x, using: RandomStream(seed: UInt64(r))))
    }
    let r = try await fit.run()
    print(s, r.bound.value, r.trace.count, r.outcome, r.state.parameters.weights, r.runs.filter { $0.error != nil }.count, r.bound)
  }
}
