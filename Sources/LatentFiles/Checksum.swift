import COpenSSL
import CZlib

/// The CRC-32 of ISO 3309 as gzip, zip and PNG use it, taken in pieces.
public struct CRC32: Sendable {
  /// The checksum of the bytes so far.
  public private(set) var value: UInt32 = 0

  public init() {}

  /// Takes in more bytes. O(n).
  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    guard let base = bytes.baseAddress else { return }
    value = UInt32(truncatingIfNeeded: crc32_z(UInt(value), base, bytes.count))
  }

  /// The checksum of these bytes.
  public static func checksum(of bytes: [UInt8]) -> UInt32 {
    var result = CRC32()
    bytes.withUnsafeBytes { result.update($0) }
    return result.value
  }
}

/// The SHA-256 digest of FIPS 180-4, taken in pieces by OpenSSL.
public struct SHA256: ~Copyable {
  private let context: OpaquePointer

  public init() {
    // These calls fail when memory is exhausted or the installed OpenSSL lacks SHA-256, never by input.
    guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
      preconditionFailure("OpenSSL offers no SHA-256")
    }
    self.context = context
  }

  deinit { EVP_MD_CTX_free(context) }

  /// Takes in more bytes. O(n).
  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    guard let base = bytes.baseAddress else { return }
    let outcome = EVP_DigestUpdate(context, base, bytes.count)
    precondition(outcome == 1, "OpenSSL refuses an update")
  }

  /// Takes in more bytes. O(n).
  public mutating func update(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { update($0) }
  }

  /// The digest in 64 lowercase hexadecimal digits.
  public consuming func hexDigest() -> String {
    var digest = [UInt8](repeating: 0, count: 32)
    let outcome = EVP_DigestFinal_ex(context, &digest, nil)
    precondition(outcome == 1, "OpenSSL refuses to finish a digest")
    let digits = Array("0123456789abcdef")
    return String(digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
  }

  /// The digest of these bytes, in hexadecimal digits.
  public static func hexDigest(of bytes: [UInt8]) -> String {
    var hash = SHA256()
    hash.update(bytes)
    return hash.hexDigest()
  }
}
