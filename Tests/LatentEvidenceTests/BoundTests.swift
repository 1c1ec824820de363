import Foundation
import LatentEvidence
import Testing

@Suite struct BoundTests {
  let a = Bound(
    reconstruction: -10, latentKL: 2, parameterKL: 1, count: 4, estimate: .monteCarlo(draws: 3),
    roundoff: 0.25)

  @Test func terms() {
    #expect(a.value == -13 && a.evidence == -12 && a.perObservation == -3.25)
    #expect(Bound.zero.value == 0 && Bound.zero.perObservation == 0)
  }

  @Test func addition() {
    var sum = Bound(reconstruction: -1, latentKL: 0.5, count: 2, roundoff: 0.5)
    sum += a
    #expect(
      sum
        == Bound(
          reconstruction: -11, latentKL: 2.5, parameterKL: 1, count: 6, estimate: .monteCarlo(draws: 3),
          roundoff: 0.75))
    var same = a
    same += .zero
    #expect(same == a)
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity]) func notFinite(_ value: Double) {
    #expect(a.isFinite)
    for path in [\Bound.reconstruction, \.latentKL, \.parameterKL] {
      var b = a
      b[keyPath: path] = value
      #expect(!b.isFinite)
    }
  }

  @Test func coding() throws {
    #expect(try JSONDecoder().decode(Bound.self, from: JSONEncoder().encode(a)) == a)
  }
}
