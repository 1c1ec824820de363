import LatentFiles
import Testing

@Suite struct ChecksumTests {
  /// FIPS 180-2, appendix B, and the digest of nothing.
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    (
      String(repeating: "a", count: 1_000_000),
      "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
    ),
  ])
  func digests(text: String, expected: String) {
    #expect(SHA256.hexDigest(of: Array(text.utf8)) == expected)
  }

  @Test func piecesGiveTheDigestOfTheWhole() {
    let bytes = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    var hash = SHA256()
    var position = 0
    for size in [0, 1, 63, 64, 65, 1000, 8807] {
      hash.update(Array(bytes[position..<position + size]))
      position += size
    }
    #expect(position == bytes.count)
    #expect(hash.hexDigest() == SHA256.hexDigest(of: bytes))
  }

  /// The check value of CRC-32/ISO-HDLC in the catalogue of parametrised CRC algorithms.
  @Test func cyclicRedundancy() {
    #expect(CRC32.checksum(of: Array("123456789".utf8)) == 0xCBF4_3926)
    #expect(CRC32.checksum(of: []) == 0)
    var pieces = CRC32()
    for piece in ["1234", "", "56789"] { Array(piece.utf8).withUnsafeBytes { pieces.update($0) } }
    #expect(pieces.value == 0xCBF4_3926)
  }
}
