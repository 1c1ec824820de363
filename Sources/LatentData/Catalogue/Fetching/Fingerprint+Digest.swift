import CZlib
import Foundation
import LatentFiles

extension DownloadCollection.Fingerprint {
  /// Unpacked contents larger than this are not those of any collection.
  private static var largestContents: Int { 1 << 30 }

  /// Whether the file at this path has the fingerprint. Memory is constant.
  ///
  /// - Throws: `FileError` when the file cannot be read.
  func matches(fileAt path: String) throws(FileError) -> Bool {
    switch self {
    case .compressed(let digest): try Self.digest(path) == digest
    case .contents(let digest): try Self.unpackedDigest(path) == digest
    }
  }

  private static func digest(_ path: String) throws(FileError) -> String {
    let file = try Descriptor(path, flags: O_RDONLY)
    var hash = SHA256()
    var buffer = [UInt8](repeating: 0, count: 1 << 18)
    while true {
      let count = try buffer.withUnsafeMutableBytes { bytes -> Result<Int, FileError> in
        do throws(FileError) {
          return .success(try file.read(into: bytes))
        } catch {
          return .failure(error)
        }
      }.get()
      guard count > 0 else { return hash.hexDigest() }
      buffer.withUnsafeBytes { hash.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    }
  }

  /// The digest of what gzip unpacks, or of the file itself when it is not packed; nil for a damaged stream.
  private static func unpackedDigest(_ path: String) throws(FileError) -> String? {
    guard let file = gzopen(path, "rb") else { throw FileError(path: path, operation: .open, errno: errno) }
    defer { gzclose(file) }
    var hash = SHA256()
    var buffer = [UInt8](repeating: 0, count: 1 << 18)
    var total = 0
    while true {
      let count = Int(gzread(file, &buffer, UInt32(buffer.count)))
      guard count > 0 else { return count == 0 && isSound(file) ? hash.hexDigest() : nil }
      total += count
      guard total <= largestContents else { return nil }
      buffer.withUnsafeBytes { hash.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    }
  }

  /// A stream that ends early is reported by `gzerror` only.
  private static func isSound(_ file: gzFile) -> Bool {
    var status: Int32 = 0
    gzerror(file, &status)
    return status == Z_OK || status == Z_STREAM_END
  }
}
