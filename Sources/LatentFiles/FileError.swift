import Foundation

/// What can go wrong with a file.
///
/// Every case carries the path as it was given by the caller. The command renders the wording.
public enum FileError: Error, Equatable, Sendable {
  /// Nothing is there; when writing, the folder is what is missing and `path` names the folder.
  case notFound(path: String)
  /// A folder stands where a file was expected.
  case isDirectory(path: String)
  /// A pipe, a device or a socket stands where a regular file was expected.
  case notRegular(path: String)
  /// The file, or the folder it would be written into, may not be used (`EACCES`, `EPERM`, `EROFS`).
  case notPermitted(path: String, errno: Int32)
  /// No room on the disk, in the quota or under the file-size limit (`ENOSPC`, `EDQUOT`, `EFBIG`).
  case diskFull(path: String, errno: Int32)
  /// Any other refusal of the operating system.
  case system(path: String, operation: Operation, errno: Int32)

  /// The file is not in the safetensors format at all.
  case notSafetensors(path: String)
  /// The file ends early: `expected` and `actual` are sizes in bytes.
  case truncated(path: String, expected: Int, actual: Int)
  /// The file is in the right format and damaged.
  case corrupt(path: String, Corruption)
  /// A sound safetensors file that another program wrote.
  case foreign(path: String)
  /// A file of another kind than was asked for, such as a mixture where a chain is expected.
  case wrongKind(path: String, found: String, expected: String)
  /// A version of this package whose files are of another format wrote the file.
  case otherVersion(path: String, found: Int, supported: Int)
  /// The archive has no tensor of this name.
  case missingTensor(path: String, name: String)
  /// A tensor holds elements of another type.
  case wrongType(path: String, name: String, found: TensorType, expected: TensorType)
  /// A tensor has another shape; `nil` in `expected` stands for any extent.
  case wrongShape(path: String, name: String, found: [Int], expected: [Int?])

  /// What was being done when the operating system refused.
  public enum Operation: String, Sendable {
    case open, status, read, write, sync, rename, link
  }

  /// How a file is damaged.
  public enum Corruption: Error, Equatable, Sendable {
    /// The header is not the JSON it must be, from this byte of the header on.
    case malformedHeader(byte: Int)
    /// A name occurs twice in one object of the header.
    case duplicateKey(String)
    /// The element type of a tensor is not one of `TensorType`.
    case unknownType(tensor: String, type: String)
    /// Shape, element type and byte range of a tensor do not agree, or overflow.
    case inconsistentRange(tensor: String)
    /// The bytes of a tensor overlap others, or unused bytes precede them.
    case misplaced(tensor: String)
    /// Bytes follow the last tensor.
    case trailingBytes(Int)
    /// The metadata lack an entry that this package always writes, or it is not readable.
    case metadata(key: String)
    /// The contents are not those the checksum was taken of.
    case checksum
    /// A tensor holds numbers that the model cannot have: not finite, out of range, not a covariance.
    case invalidValue(tensor: String)
    /// The configuration is not what the kind of model needs.
    case configuration
  }

  /// The case for an error number of the operating system.
  public init(path: String, operation: Operation, errno: Int32) {
    switch errno {
    case ENOENT, ENOTDIR: self = .notFound(path: path)
    case EISDIR: self = .isDirectory(path: path)
    case EACCES, EPERM, EROFS: self = .notPermitted(path: path, errno: errno)
    case ENOSPC, EDQUOT, EFBIG: self = .diskFull(path: path, errno: errno)
    default: self = .system(path: path, operation: operation, errno: errno)
    }
  }
}
