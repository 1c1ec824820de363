import LatentNumerics
import Testing

@Suite struct CompensatedSumTests {
  /// The same number 784 times: a product, which is rounded once.
  @Test(arguments: 1...200) func equalTerms(_ n: Int) {
    let term = Double(n).squareRoot()
    let sum = CompensatedSum(repeatElement(term, count: 784)).value
    #expect((sum - 784 * term).magnitude <= sum.ulp)
  }

  @Test func largeTermsCancel() {
    #expect(CompensatedSum([1e16, 1, -1e16, 1]).value == 2)
    var sum = CompensatedSum()
    sum.add(product: 1e8 + 1, 1e8 - 1)
    sum.add(-1e16)
    #expect(sum.value == -1)
  }
}
