extension RandomStream {
  /// An index drawn in proportion to weights.
  ///
  /// An index of weight zero is never drawn. For many draws from the same weights see `AliasTable`.
  /// Takes one 64-bit word.
  ///
  /// - Parameter weights: finite, none negative, at least one positive, with a finite sum; they need not sum
  ///   to 1.
  /// - Complexity: O(K).
  @inlinable
  public mutating func categorical<Scalar: LatentScalar>(weights: some Collection<Scalar>) -> Int {
    var total = 0.0
    for weight in weights {
      precondition(weight >= 0, "weights are not negative")
      total += Double(weight)
    }
    precondition(total > 0 && total.isFinite, "weights have a finite, positive sum")
    let target = total * uniform()
    var cumulative = 0.0
    var last = 0
    for (index, weight) in weights.enumerated() where weight > 0 {
      cumulative += Double(weight)
      if target < cumulative { return index }
      last = index
    }
    return last  // total * uniform() was rounded up to the total
  }

  /// An index drawn from a prepared table; takes one 64-bit word and another below `table.count`.
  ///
  /// - Complexity: O(1).
  @inlinable
  public mutating func categorical(_ table: AliasTable) -> Int {
    let index = integer(below: table.count)
    return uniform() < table.threshold[index] ? index : table.alias[index]
  }
}
