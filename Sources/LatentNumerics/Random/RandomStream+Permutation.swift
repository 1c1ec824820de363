extension RandomStream {
  /// The integers 0..<`count` in random order, every order equally likely.
  ///
  /// - Complexity: O(N).
  @inlinable
  public mutating func permutation(_ count: Int) -> [Int] {
    shuffled(0..<count)
  }

  /// The elements in random order, every order equally likely (Fisher–Yates).
  ///
  /// The standard library's shuffle may change its order of draws with a release; this one does not.
  ///
  /// - Complexity: O(N).
  @inlinable
  public mutating func shuffled<Element>(_ elements: some Sequence<Element>) -> [Element] {
    var result = Array(elements)
    for i in result.indices.dropFirst() {
      result.swapAt(i, integer(below: i + 1))
    }
    return result
  }

  /// `count` different integers from 0..<`population`, every ordered choice equally likely.
  ///
  /// The first steps of a shuffle that remembers only the places it touched.
  ///
  /// - Complexity: O(count) time and memory, whatever the population.
  @inlinable
  public mutating func sample(_ count: Int, from population: Int) -> [Int] {
    precondition(count >= 0 && count <= population, "a sample is no larger than its population")
    var moved: [Int: Int] = [:]
    return (0..<count).map { i in
      let j = i + integer(below: population - i)
      let chosen = moved[j] ?? j
      moved[j] = moved[i] ?? i
      return chosen
    }
  }
}
