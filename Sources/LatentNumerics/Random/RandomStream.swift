/// A seeded sequence of random numbers, and the root of a tree of independent ones.
///
/// A stream is a value: a copy continues on its own and gives the same numbers. Its state is three integers,
/// so it can be stored at any point and continued on any machine. Noise that must not depend on the number of
/// threads is drawn from a substream of the step and the row it belongs to:
///
///     let noise = RandomStream(seed: 7)
///     var z = noise.substream(step).substream(row)
///     z.normal()
///
/// ## Layout
/// Words come from `Philox4x32`. A stream is 192 bits: a 64-bit `key`, a 64-bit `identity`, a 64-bit
/// `position`. Draws `2b` and `2b + 1` are the low and the high half of the block with
///
///     key words      key (low, high)
///     counter words  b (low, high), identity (low, high)
///
/// so a stream has 2⁶⁴ draws. `RandomStream(seed:)` has the seed as its key and identity 0. Substream `i` takes
/// its key and identity from the block of counter (i, identity) under a key differing from the stream's own
/// in fixed bits, which keeps it apart from the stream's draws. Among n substreams, at any depth, two are the
/// same with probability about n²/2¹²⁹: below 1e-17 for ten thousand million.
public struct RandomStream: RandomNumberGenerator, Sendable {
  @usableFromInline let key: UInt64
  @usableFromInline let identity: UInt64

  @usableFromInline var wordsDrawn: UInt64

  /// The second half of the current block; a function of the rest of the state, needed at odd positions.
  @usableFromInline var secondHalf: UInt64 = 0

  /// The number of 64-bit words drawn so far.
  public var position: UInt64 { wordsDrawn }

  /// The stream of a seed, at its beginning.
  public init(seed: UInt64) {
    self.init(key: seed, identity: 0, position: 0)
  }

  /// The stream with this index below this one, at its beginning.
  ///
  /// The same at whatever position this stream is: draws do not change the tree.
  ///
  /// - Parameter index: any integer; negative ones are taken modulo 2⁶⁴.
  /// - Complexity: O(1), one block.
  public func substream(_ index: some BinaryInteger) -> RandomStream {
    let (low, high) = Self.block(
      key: key ^ Self.derivation, identity: identity, number: UInt64(truncatingIfNeeded: index))
    return RandomStream(key: low, identity: high, position: 0)
  }

  /// The next 64 random bits.
  @inlinable
  public mutating func next() -> UInt64 {
    defer { wordsDrawn &+= 1 }
    guard wordsDrawn & 1 == 0 else { return secondHalf }
    let (low, high) = Self.block(key: key, identity: identity, number: wordsDrawn >> 1)
    secondHalf = high
    return low
  }

  private init(key: UInt64, identity: UInt64, position: UInt64) {
    self.key = key
    self.identity = identity
    wordsDrawn = position
    if position & 1 == 1 {
      secondHalf = Self.block(key: key, identity: identity, number: position >> 1).high
    }
  }

  /// What sets the key of a derivation apart from the key of draws: the first hexadecimal digits of √2.
  private static let derivation: UInt64 = 0x6A09_E667_F3BC_C908

  @inlinable
  static func block(
    key: UInt64, identity: UInt64, number: UInt64
  ) -> (low: UInt64, high: UInt64) {
    let words = Philox4x32.block(
      counter: SIMD4(
        UInt32(truncatingIfNeeded: number), UInt32(truncatingIfNeeded: number >> 32),
        UInt32(truncatingIfNeeded: identity), UInt32(truncatingIfNeeded: identity >> 32)),
      key: SIMD2(UInt32(truncatingIfNeeded: key), UInt32(truncatingIfNeeded: key >> 32)))
    return (
      UInt64(words[0]) | UInt64(words[1]) << 32, UInt64(words[2]) | UInt64(words[3]) << 32
    )
  }
}

extension RandomStream: Hashable {
  /// Equal streams give equal numbers from here on, and have equal substreams.
  public static func == (a: Self, b: Self) -> Bool {
    a.key == b.key && a.identity == b.identity && a.position == b.position
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(key)
    hasher.combine(identity)
    hasher.combine(position)
  }
}

extension RandomStream: Codable {
  private enum CodingKeys: String, CodingKey { case key, identity, position }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      key: try values.decode(UInt64.self, forKey: .key),
      identity: try values.decode(UInt64.self, forKey: .identity),
      position: try values.decode(UInt64.self, forKey: .position))
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(key, forKey: .key)
    try values.encode(identity, forKey: .identity)
    try values.encode(position, forKey: .position)
  }
}
