/// A sum in double precision that carries its rounding errors along, so that its own error is one rounding of the result,
/// and of second order in the number of terms.
///
/// Terms that are all the same need it most: the rounding of each addition then goes the same way, and n of them lose up
/// to n/2 units in the last place where a sum of unlike terms loses about √n.
///
/// - Source: Neumaier (1974), Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen, ZAMM 54.
package struct CompensatedSum {
  private var sum = 0.0
  private var carry = 0.0

  package init() {}

  /// The sum of all terms.
  package init(_ terms: some Sequence<Double>) {
    for term in terms { add(term) }
  }

  /// The sum so far.
  package var value: Double { carry.isFinite ? sum + carry : sum }

  /// Adds a term.
  package mutating func add(_ term: Double) {
    let next = sum + term
    carry += sum.magnitude >= term.magnitude ? (sum - next) + term : (term - next) + sum
    sum = next
  }

  /// Adds a · b with the rounding error of the product.
  package mutating func add(product a: Double, _ b: Double) {
    let product = a * b
    add(product)
    add((-product).addingProduct(a, b))
  }
}
