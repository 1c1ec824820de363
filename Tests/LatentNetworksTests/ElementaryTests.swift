import CLatentKernels
import Foundation
import LatentNumerics
import Testing

/// The kernels' elementary functions against the C library in double precision, over their whole range.
@Suite struct ElementaryTests {
  /// A function by its number, its value, and how many units in the last place (of the result, or of `scale`) it may miss.
  struct Function: Sendable {
    let name: String
    let code: Int
    let exact: @Sendable (Double) -> Double
    var a = 0.0
    var units = 4.0
  }

  static let functions: [Function] = [
    Function(name: "exp", code: LATENT_EXP) { Foundation.exp($0) },
    Function(name: "log", code: LATENT_LOG) { Foundation.log($0) },
    Function(name: "tanh", code: LATENT_TANH) { Foundation.tanh($0) },
    Function(name: "sigmoid", code: LATENT_SIGMOID) { x in
      x < 0 ? Foundation.exp(x) / (1 + Foundation.exp(x)) : 1 / (1 + Foundation.exp(-x))
    },
    Function(name: "softplus", code: LATENT_SOFTPLUS) {
      Swift.max($0, 0) + log1p(Foundation.exp(-$0.magnitude))
    },
    Function(name: "relu", code: LATENT_RELU) { Swift.max($0, 0) },
    Function(name: "leaky relu", code: LATENT_LEAKY_RELU, exact: { $0 < 0 ? 0.25 * $0 : $0 }, a: 0.25),
    Function(name: "elu", code: LATENT_ELU, exact: { $0 < 0 ? 0.5 * expm1($0) : $0 }, a: 0.5),
    Function(name: "swish", code: LATENT_SWISH) { $0 / (1 + Foundation.exp(-$0)) },
    Function(name: "square root", code: LATENT_SQRT) { $0.squareRoot() },
    Function(name: "square", code: LATENT_SQUARE) { $0 * $0 },
  ]

  /// Points near 0, of middling size, near the ends of the range of exp, and of every magnitude.
  static func points<S: LatentScalar>(_: S.Type) -> [S] {
    var stream = RandomStream(seed: 12)
    var points: [S] = [0, -0.0, 1, -1, 0.5, 2, S.leastNormalMagnitude, S.leastNonzeroMagnitude, S.ulpOfOne]
    for _ in 0..<3000 {
      let x: Double = stream.normal()
      points += [S(x), S(20 * x), S(200 * x), S(1e-3 * x), S(x * Foundation.exp(20 * stream.normal()))]
    }
    return points
  }

  func mapped<S: LatentScalar>(_ code: Int, _ x: [S], _ a: Double = 0) -> [S] {
    let kernels = S.self == Float.self ? latent_networks_f : latent_networks_d
    var y = [S](repeating: -7, count: x.count)
    kernels.map(code, 1, x.count, x, x.count, &y, x.count, a, 0)
    return y
  }

  func check<S: LatentScalar>(_ f: Function, _: S.Type) {
    let x = Self.points(S.self).filter { $0 > 0 || (f.code != LATENT_LOG && f.code != LATENT_SQRT) }
    for (x, y) in zip(x, mapped(f.code, x, f.a)) {
      let exact = f.exact(Double(x))
      let expected = S(exact)
      if expected.isInfinite || y.isInfinite {
        // Overflow may come one rounding early or late.
        #expect(
          exact.magnitude > 0.999 * Double(S.greatestFiniteMagnitude) && y == expected.sign(y),
          "\(f.name)(\(x))")
        continue
      }
      let error = (Double(y) - exact).magnitude
      // Near and below the smallest normal number results lose digits or become 0.
      let unit = Double(S.ulpOfOne) * exact.magnitude
      let slack = f.code == LATENT_SIGMOID || f.code == LATENT_SWISH || f.code == LATENT_SOFTPLUS
      let smallest = Double(S.leastNormalMagnitude) * (slack ? 400 : 1)
      if !(error <= f.units * unit + smallest) {
        Issue.record("\(f.name)(\(x)) is \(y), not \(exact)")
        return
      }
    }
  }

  @Test(arguments: functions.indices) func values(index: Int) {
    check(Self.functions[index], Float.self)
    check(Self.functions[index], Double.self)
  }

  @Test func endsOfTheRange() {
    func check<S: LatentScalar>(_: S.Type) {
      let infinity = S.infinity
      let ends: [S] = [infinity, -infinity, .nan]
      func expect(_ code: Int, _ expected: [S], _ name: String) {
        for (y, e) in zip(mapped(code, ends, 0.5), expected) {
          #expect(y == e || (y.isNaN && e.isNaN), "\(name): \(y), not \(e)")
        }
      }
      expect(LATENT_EXP, [infinity, 0, .nan], "exp")
      expect(LATENT_LOG, [infinity, .nan, .nan], "log")
      expect(LATENT_TANH, [1, -1, .nan], "tanh")
      expect(LATENT_SIGMOID, [1, 0, .nan], "sigmoid")
      expect(LATENT_SOFTPLUS, [infinity, 0, .nan], "softplus")
      expect(LATENT_RELU, [infinity, 0, .nan], "relu")
      expect(LATENT_ELU, [infinity, -0.5, .nan], "elu")
      expect(LATENT_SQRT, [infinity, .nan, .nan], "square root")
      #expect(mapped(LATENT_LOG, [S(0)])[0] == -infinity)
      #expect(mapped(LATENT_LOG, [S(-1)])[0].isNaN)
      #expect(mapped(LATENT_TANH, [S(-0.0)])[0].sign == .minus)
    }
    check(Float.self)
    check(Double.self)
  }
}

extension LatentScalar {
  fileprivate func sign(_ other: Self) -> Self { other < 0 ? -magnitude : self }
}
