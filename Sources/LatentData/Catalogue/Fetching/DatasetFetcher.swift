import Foundation
import LatentFiles

/// Downloads the files of a collection into a folder.
///
/// Each file is received as `NAME.part`, checked against its fingerprint, and renamed. A part that is left from
/// an earlier time is continued. A file that is already there and sound is not fetched again. A mirror that
/// fails, or sends other contents, is followed by the next.
public struct DatasetFetcher: Sendable {
  public let collection: DownloadCollection
  /// The folder of the collection's files.
  public let folder: String
  /// The seconds without a byte after which a mirror is given up.
  public var patience: Double = 60
  /// The most bytes that a file may have.
  public var largestFile = 256 << 20
  /// How often one mirror is asked again after a connection that ended early and had brought something.
  private static let continuations = 8

  /// - Parameters:
  ///   - collection: what to fetch.
  ///   - folder: where collections are kept, such as `DataCatalogue.cacheFolder`; the files go to the sub-folder of
  ///     the collection's name.
  public init(_ collection: DownloadCollection, into folder: String) {
    self.collection = collection
    self.folder = "\(folder)/\(collection.name)"
  }

  /// Fetches a known collection, such as `mnist`.
  ///
  /// - Throws: `.unknown`.
  public init(named name: String, into folder: String) throws(FetchError) {
    guard let collection = DownloadCollection.all.first(where: { $0.name == name }) else {
      throw .unknown(name: name, available: DownloadCollection.all.map(\.name))
    }
    self.init(collection, into: folder)
  }

  /// Fetches what is missing. Memory does not depend on the size of the files.
  ///
  /// - Parameter progress: called after each piece, on another thread.
  /// - Throws: `FetchError`; `.cancelled` when the task is cancelled.
  public func fetch(progress: @escaping @Sendable (FetchProgress) -> Void = { _ in }) async throws(FetchError)
  {
    do throws(FileError) { try Folder.create(folder) } catch { throw .file(error) }
    for (index, file) in collection.files.enumerated() {
      try await fetch(file) { address, received, expected in
        progress(
          FetchProgress(
            file: file.name, number: index + 1, count: collection.files.count, address: address,
            received: received, expected: expected))
      }
    }
  }

  private func fetch(
    _ file: DownloadCollection.File, report: @escaping @Sendable (String, Int, Int?) -> Void
  ) async throws(FetchError) {
    let path = "\(folder)/\(file.name)"
    if FileManager.default.fileExists(atPath: path), try isSound(file, at: path) { return }
    let part = try PartFile("\(path).part")
    defer { part.release() }
    var attempts: [FetchAttempt] = []
    for mirror in collection.mirrors {
      let address = mirror + file.name
      if let cause = try await fetch(file, from: address, into: part, report: report) {
        attempts.append(FetchAttempt(address: address, cause: cause))
        continue
      }
      do throws(FileError) { try AtomicFile.move(part.path, to: path) } catch { throw .file(error) }
      return
    }
    throw .allMirrorsFailed(file: file.name, attempts: attempts)
  }

  /// - Returns: nil when the part is complete and sound, else why this mirror is given up.
  private func fetch(
    _ file: DownloadCollection.File, from address: String, into part: PartFile,
    report: @escaping @Sendable (String, Int, Int?) -> Void
  ) async throws(FetchError) -> FetchCause? {
    guard let url = URL(string: address), url.host != nil else { return .invalidAddress }
    var remaining = Self.continuations
    while true {
      guard !Task.isCancelled else { throw .cancelled }
      let start = part.size
      let transfer = Transfer(into: part, limit: largestFile) { report(address, $0, $1) }
      switch await transfer.run(url, patience: patience) {
      case .cancelled: throw .cancelled
      case .file(let error): throw .file(error)
      case .complete:
        if try isSound(file, at: part.path) { return nil }
        try clear(part)
        // Bytes of two mirrors, or of two releases, may not go together: once more from the beginning.
        guard start > 0 else { return .wrongChecksum }
      case .failed(.status(416)) where start > 0:
        // The part is as long as the file, or longer.
        if try isSound(file, at: part.path) { return nil }
        try clear(part)
      case .failed(.wrongRange) where start > 0: try clear(part)
      case .failed(.connection) where part.size > start && remaining > 0: remaining -= 1
      case .failed(let cause): return cause
      }
    }
  }

  private func isSound(_ file: DownloadCollection.File, at path: String) throws(FetchError) -> Bool {
    do throws(FileError) {
      return try file.fingerprint.matches(fileAt: path)
    } catch {
      throw .file(error)
    }
  }

  private func clear(_ part: PartFile) throws(FetchError) {
    do throws(FileError) { try part.clear() } catch { throw .file(error) }
  }
}
