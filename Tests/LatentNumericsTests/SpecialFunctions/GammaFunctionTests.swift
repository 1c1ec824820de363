import LatentNumerics
import Testing

@Suite("Gamma functions")
struct GammaFunctionTests {
  let table: SpecialFunctionTable

  init() throws { table = try SpecialFunctionTable.load() }

  @Test("ln Γ has full relative accuracy, near all its zeros too")
  func logGammaTable() {
    expectAgreement(table.logGamma, within: 1e-15, logGamma)
  }

  @Test("ψ has full relative accuracy for positive x, near its root too")
  func digammaPositive() {
    expectAgreement(table.digamma.filter { $0.x > 0 }, within: 1e-15, digamma)
  }

  @Test("ψ of negative x is accurate on the scale of its terms")
  func digammaNegative() {
    expectAgreement(
      table.digamma.filter { $0.x < 0 }, within: 1e-15, digamma,
      scale: { Swift.max(1, Double.log($0.x.magnitude)) })
  }

  @Test("ψ′ has full relative accuracy")
  func trigammaTable() {
    expectAgreement(table.trigamma, within: 1e-15, trigamma)
  }

  @Test("ln Γ_D agrees on the scale of its partial sums")
  func multivariateTable() {
    for entry in table.multivariateLogGamma {
      let value = multivariateLogGamma(entry.a, dimension: entry.dimension)
      let error = (value - entry.y).magnitude
      #expect(error <= 1e-15 * entry.scale, "a = \(entry.a), D = \(entry.dimension): error \(error)")
    }
  }

  @Test("poles, infinities and NaN give what is documented", arguments: [0.0, -1, -2, -17, -0x1p60])
  func poles(_ pole: Double) {
    #expect(logGamma(pole) == .infinity)
    #expect(trigamma(pole) == .infinity)
    if pole < 0 { #expect(digamma(pole).isNaN) }
  }

  @Test func limits() {
    #expect(digamma(0.0) == -.infinity)
    #expect(digamma(-0.0) == .infinity)
    for function in [logGamma, digamma, trigamma] { #expect(function(.nan).isNaN) }
    #expect(logGamma(.infinity) == .infinity)
    #expect(logGamma(-.infinity) == .infinity)
    #expect(digamma(.infinity) == .infinity)
    #expect(digamma(-.infinity).isNaN)
    #expect(trigamma(.infinity) == 0)
    #expect(trigamma(-.infinity).isNaN)
    #expect(digamma(-0x1p-1030) == .infinity)  // 2¹⁰³⁰
  }

  @Test func multivariateLimits() {
    #expect(multivariateLogGamma(1, dimension: 3) == .infinity)
    #expect(multivariateLogGamma(0.99, dimension: 3).isNaN)
    #expect(multivariateLogGamma(.infinity, dimension: 3) == .infinity)
    #expect(multivariateLogGamma(1e307, dimension: 3) == .infinity)
    #expect(multivariateLogGamma(.nan, dimension: 3).isNaN)
    #expect(multivariateLogGamma(0.3, dimension: 1) == logGamma(0.3))
  }

  @Test("the standard normal quantile agrees with its references")
  func quantileTable() {
    expectAgreement(table.normalQuantile, within: 2e-15, normalQuantile)
    expectAgreement(
      table.normalQuantile.filter { $0.x > 0.01 && 1 - (1 - $0.x) == $0.x }, within: 2e-15,
      { -normalQuantile(1 - $0) })
    #expect(normalQuantile(0) == -.infinity)
    #expect(normalQuantile(1) == .infinity)
    #expect(normalQuantile(-0.1).isNaN && normalQuantile(1.1).isNaN && normalQuantile(.nan).isNaN)
  }
}
