public import LatentFiles

/// Why a collection was not fetched.
public enum FetchError: Error, Equatable, Sendable {
  /// There is no such collection; `available` lists those there are.
  case unknown(name: String, available: [String])
  /// Every mirror failed for this file; the attempts are in order.
  case allMirrorsFailed(file: String, attempts: [FetchAttempt])
  /// The task was cancelled; what was received stays for the next time.
  case cancelled
  /// Another process is fetching the same file.
  case busy(path: String)
  /// The file cannot be written.
  case file(FileError)
}

/// One failed attempt to fetch a file.
public struct FetchAttempt: Equatable, Sendable {
  /// The address asked.
  public let address: String
  public let cause: FetchCause

  public init(address: String, cause: FetchCause) {
    self.address = address
    self.cause = cause
  }
}

/// Why an attempt failed.
public enum FetchCause: Equatable, Sendable {
  /// No connection, or one that ended early: the `URLError` code and the system's words.
  case connection(code: Int, message: String)
  /// The server answered with this HTTP status.
  case status(Int)
  /// The bytes arrived and are not those of the collection.
  case wrongChecksum
  /// The server sends another part than was asked for.
  case wrongRange
  /// More bytes than any file of a collection has.
  case tooLarge(limit: Int)
  /// The address is not one.
  case invalidAddress
}

/// How far a fetch is.
public struct FetchProgress: Equatable, Sendable {
  /// The file at hand.
  public let file: String
  /// Its number, from 1.
  public let number: Int
  /// The number of files.
  public let count: Int
  /// The address it comes from.
  public let address: String
  /// Bytes of the file on the disk.
  public let received: Int
  /// The size of the file, or nil when the server does not say.
  public let expected: Int?

  public init(file: String, number: Int, count: Int, address: String, received: Int, expected: Int?) {
    self.file = file
    self.number = number
    self.count = count
    self.address = address
    self.received = received
    self.expected = expected
  }
}
