import LatentNumerics
import Testing

@Suite("Log-sum-exp")
struct LogSumExpTests {
  @Test func emptyAndInfinite() {
    #expect(logSumExp([Double]()) == -.infinity)
    #expect(logSumExp([-Double.infinity, -.infinity]) == -.infinity)
    #expect(logSumExp([-Float.infinity, 3]) == 3)
    #expect(logSumExp([1, Double.infinity, -.infinity]) == .infinity)
    #expect(logSumExp([Double.infinity, .infinity]) == .infinity)
  }

  @Test(arguments: [[Double.nan], [1, .nan], [.infinity, .nan], [.nan, .infinity], [-.infinity, .nan]])
  func notANumber(_ values: [Double]) {
    #expect(logSumExp(values).isNaN)
    #expect(logSumExp(values.map { Float($0) }).isNaN)
  }

  @Test("a single value is returned as it is", arguments: [-1e300, -745.2, 0, 0x1p-1074, 1e300])
  func single(_ value: Double) {
    #expect(logSumExp([value]) == value)
  }

  @Test("equal values add ln N", arguments: [-1e5, -700, 0, 700, 1e5])
  func equalValues(_ value: Double) {
    let expected = value + 6.907755278982137  // ln 1000
    #expect(abs(logSumExp(Array(repeating: value, count: 1000)) - expected) <= 4 * expected.ulp)
  }

  @Test("a small term beside zero keeps its relative accuracy")
  func nearZero() {
    // mpmath: log1p(exp(-40)), log1p(exp(-700))
    #expect(relativeError(logSumExp([0, -40.0]), 4.248354255291589e-18) < 1e-15)
    #expect(relativeError(logSumExp([-700, 0.0]), 9.859676543759770e-305) < 1e-15)
  }

  @Test("a million single-precision terms are added in double precision")
  func manySingles() {
    let value = logSumExp(Array(repeating: Float(0.25), count: 1_000_000))
    #expect(abs(value - 14.065511) <= 2 * value.ulp)  // 1/4 + ln 10⁶
  }

  @Test func unsafeBuffers() {
    let matrix = Matrix<Double>(rows: 2, columns: 2, elements: [1, 2, 3, 4])
    let value = matrix.withUnsafeElements { logSumExp($0) }
    #expect(abs(value - 4.440189698561196) < 1e-15 * 5)  // scipy.special.logsumexp
  }
}
