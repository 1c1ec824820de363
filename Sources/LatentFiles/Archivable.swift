/// A value that can be kept in an archive, exactly: what is read equals what was written, bit for bit.
public protocol Archivable {
  /// Adds the value under names that begin with `path`.
  func write(to archive: inout Archive, at path: String)

  /// Reads the value written at `path`.
  ///
  /// - Throws: `FileError`: a missing tensor, a wrong shape or type, numbers the value cannot have.
  init(from archive: Archive, at path: String) throws(FileError)
}

extension Archive {
  /// The error that says that a tensor's numbers are not what they must be.
  public func invalidValue(_ name: String) -> FileError {
    .corrupt(path: path, .invalidValue(tensor: name))
  }
}
