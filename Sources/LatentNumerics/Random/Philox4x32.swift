/// The Philox 4×32-10 block function: 128 random bits for each counter under each key.
///
/// A bijection of the counter for every key, with no state of its own: block 1,000,000 costs what block 0
/// costs. Passes BigCrush for any order of counters and keys.
///
/// - Source: Salmon, Moraes, Dror and Shaw (2011), "Parallel random numbers: as easy as 1, 2, 3", SC11.
public enum Philox4x32 {
  /// One block of ten rounds.
  ///
  /// - Parameters:
  ///   - counter: which block, four words, the least significant first.
  ///   - key: which sequence, two words, the least significant first.
  /// - Complexity: O(1), twenty multiplications.
  @inlinable
  public static func block(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
    var (c0, c1, c2, c3) = (counter[0], counter[1], counter[2], counter[3])
    var (k0, k1) = (key[0], key[1])
    for _ in 0..<10 {
      let p0 = UInt64(c0) * 0xD251_1F53
      let p1 = UInt64(c2) * 0xCD9E_8D57
      c0 = UInt32(truncatingIfNeeded: p1 >> 32) ^ c1 ^ k0
      c2 = UInt32(truncatingIfNeeded: p0 >> 32) ^ c3 ^ k1
      c1 = UInt32(truncatingIfNeeded: p1)
      c3 = UInt32(truncatingIfNeeded: p0)
      k0 &+= 0x9E37_79B9
      k1 &+= 0xBB67_AE85
    }
    return SIMD4(c0, c1, c2, c3)
  }
}
