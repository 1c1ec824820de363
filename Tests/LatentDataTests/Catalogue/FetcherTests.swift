import Foundation
import LatentData
import LatentFiles
import Testing

/// A folder of its own for one test, removed at the end.
final class CatalogueFolder {
  let path = NSTemporaryDirectory() + "/latent-catalogue-\(UUID().uuidString)"

  init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
  deinit { try? FileManager.default.removeItem(atPath: path) }

  func contents(_ sub: String = "set") -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: "\(path)/\(sub)")) ?? []).sorted()
  }

  func bytes(_ name: String) -> [UInt8]? {
    FileManager.default.contents(atPath: "\(path)/set/\(name)").map { Array($0) }
  }

  func put(_ bytes: [UInt8], _ name: String) throws {
    let file = URL(fileURLWithPath: "\(path)/set/\(name)")
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: file)
  }
}

@Suite(.serialized) struct FetcherTests {
  /// Bytes that do not repeat with a short period.
  static let body = (0..<300_000).map { UInt8(truncatingIfNeeded: ($0 &* 2_654_435_761) >> 11) }

  typealias Response = HTTPServer.Response

  static func collection(
    _ mirrors: [String], fingerprint: DownloadCollection.Fingerprint = .compressed(SHA256.hexDigest(of: body))
  ) -> DownloadCollection {
    DownloadCollection(name: "set", mirrors: mirrors, files: [.init(name: "file", fingerprint: fingerprint)])
  }

  static func fetcher(_ servers: HTTPServer..., into folder: CatalogueFolder) -> DatasetFetcher {
    var fetcher = DatasetFetcher(collection(servers.map(\.address)), into: folder.path)
    fetcher.patience = 20
    return fetcher
  }

  /// The reports of a fetch, from any thread.
  final class Reports: @unchecked Sendable {
    private let lock = NSLock()
    private var list: [FetchProgress] = []
    var all: [FetchProgress] { lock.withLock { list } }
    func add(_ report: FetchProgress) { lock.withLock { list.append(report) } }
  }

  /// The error of a fetch, or nil.
  static func failure(
    _ fetcher: DatasetFetcher, progress: @escaping @Sendable (FetchProgress) -> Void = { _ in }
  ) async -> FetchError? {
    do throws(FetchError) {
      try await fetcher.fetch(progress: progress)
      return nil
    } catch {
      return error
    }
  }

  @Test func wholeFile() async throws {
    let server = try HTTPServer { _, _ in Response(body: Self.body) }
    defer { server.stop() }
    let folder = try CatalogueFolder()
    let reports = Reports()
    try await Self.fetcher(server, into: folder).fetch { reports.add($0) }
    #expect(folder.contents() == ["file"])
    #expect(folder.bytes("file") == Self.body)
    #expect(reports.all.first?.received == 0)
    #expect(
      reports.all.last
        == FetchProgress(
          file: "file", number: 1, count: 1, address: server.address + "file", received: 300_000,
          expected: 300_000))
    #expect(zip(reports.all, reports.all.dropFirst()).allSatisfy { $0.received <= $1.received })
    // What is there and sound is not fetched again; what is there and damaged is.
    try await Self.fetcher(server, into: folder).fetch()
    #expect(server.requests == [.init(path: "/file", start: nil)])
    try folder.put([1, 2, 3], "file")
    try await Self.fetcher(server, into: folder).fetch()
    #expect(folder.bytes("file") == Self.body && server.requests.count == 2)
  }

  @Test func withoutALength() async throws {
    let server = try HTTPServer { _, _ in Response(body: Self.body, statesLength: false) }
    defer { server.stop() }
    let folder = try CatalogueFolder()
    try await Self.fetcher(server, into: folder).fetch()
    #expect(folder.bytes("file") == Self.body)
  }

  @Test func continuesAfterACut() async throws {
    let server = try HTTPServer { _, number in Response(body: Self.body, cutAfter: number < 2 ? 100_000 : nil)
    }
    defer { server.stop() }
    let folder = try CatalogueFolder()
    try await Self.fetcher(server, into: folder).fetch()
    #expect(folder.bytes("file") == Self.body)
    let starts = server.requests.map(\.start)
    #expect(starts.count == 3 && starts[0] == nil)
    #expect(starts[1].map { (1...100_000).contains($0) } == true)
    #expect(starts[2].map { $0 > starts[1]! } == true)
  }

  @Test func continuesAPartOfAnEarlierTime() async throws {
    let server = try HTTPServer { _, _ in Response(body: Self.body) }
    defer { server.stop() }
    let folder = try CatalogueFolder()
    try folder.put(Array(Self.body[..<1234]), "file.part")
    try await Self.fetcher(server, into: folder).fetch()
    #expect(folder.bytes("file") == Self.body)
    #expect(server.requests == [.init(path: "/file", start: 1234)])
    #expect(folder.contents() == ["file"])
  }

  @Test func aCompletePartNeedsOneQuestion() async throws {
    let server = try HTTPServer { _, _ in Response(body: Self.body) }
    defer { server.stop() }
    let folder = try CatalogueFolder()
    try folder.put(Self.body, "file.part")
    try await Self.fetcher(server, into: folder).fetch()
    #expect(folder.bytes("file") == Self.body && server.requests.count == 1)
    // A part that is longer than the file is thrown away.
    try FileManager.default.removeItem(atPath: "\(folder.path)/set/file")
    try folder.put(Self.body + [1], "file.part")
    try await Self.fetcher(server, into: folder).fetch()
    #expect(folder.bytes("file") == Self.body && server.requests.count == 3)
  }

  @Test func aServerWithoutRangesStartsAgain() async throws {
    let server = try HTTPServer { _, _ in Response(body: Self.body, honoursRanges: false) }
    defer { server.stop() }
    let folder = try CatalogueFolder()
    try folder.put(Array(Self.body[..<5000]), "file.part")
    try await Self.fetcher(server, into: folder).fetch()
    #expect(folder.bytes("file") == Self.body && server.requests.count == 1)
  }

  @Test func aPartOfOtherContentsIsReplaced() async throws {
    let server = try HTTPServer { _, _ in Response(body: Self.body) }
    defer { server.stop() }
    let folder = try CatalogueFolder()
    try folder.put([UInt8](repeating: 9, count: 5000), "file.part")
    try await Self.fetcher(server, into: folder).fetch()
    #expect(folder.bytes("file") == Self.body)
    #expect(server.requests.map(\.start) == [5000, nil])
  }

  @Test func aWrongRangeIsNotAppended() async throws {
    let server = try HTTPServer { _, _ in Response(body: Self.body, rangeOffset: 7) }
    defer { server.stop() }
    let folder = try CatalogueFolder()
    try folder.put(Array(Self.body[..<5000]), "file.part")
    try await Self.fetcher(server, into: folder).fetch()
    #expect(folder.bytes("file") == Self.body)
    #expect(server.requests.map(\.start) == [5000, nil])
  }

  @Test func theSecondMirrorHelps() async throws {
    let bad = try HTTPServer { _, _ in Response(body: Self.body.reversed()) }
    let absent = try HTTPServer { _, _ in Response(status: 404, body: Array("not here".utf8)) }
    let good = try HTTPServer { _, _ in Response(body: Self.body) }
    defer { [bad, absent, good].forEach { $0.stop() } }
    let folder = try CatalogueFolder()
    try await Self.fetcher(bad, absent, good, into: folder).fetch()
    #expect(folder.bytes("file") == Self.body)
    #expect([bad, absent, good].map(\.requests.count) == [1, 1, 1])
  }

  @Test func everyMirrorIsNamedWithItsCause() async throws {
    let bad = try HTTPServer { _, _ in Response(body: [1, 2, 3]) }
    let absent = try HTTPServer { _, _ in Response(status: 404) }
    defer { [bad, absent].forEach { $0.stop() } }
    let closed = try HTTPServer { _, _ in Response() }
    closed.stop()
    let folder = try CatalogueFolder()
    let mirrors = [bad.address, absent.address, closed.address, "no address/"]
    let error = await Self.failure(DatasetFetcher(Self.collection(mirrors), into: folder.path))
    guard case .allMirrorsFailed("file", let attempts) = error, attempts.count == 4,
      case .connection(let code, let message) = attempts[2].cause
    else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(attempts.map(\.address) == mirrors.map { $0 + "file" })
    #expect(attempts[0].cause == .wrongChecksum && attempts[1].cause == .status(404))
    #expect(code == URLError.cannotConnectToHost.rawValue && !message.isEmpty)
    #expect(attempts[3].cause == .invalidAddress)
    #expect(folder.contents() == [])
  }

  @Test func tooLarge() async throws {
    let stated = try HTTPServer { _, _ in Response(body: Self.body) }
    let endless = try HTTPServer { _, _ in Response(body: Self.body, statesLength: false) }
    defer { [stated, endless].forEach { $0.stop() } }
    let folder = try CatalogueFolder()
    var fetcher = Self.fetcher(stated, endless, into: folder)
    fetcher.largestFile = 1000
    guard case .allMirrorsFailed(_, let attempts) = await Self.failure(fetcher) else {
      Issue.record("nothing was thrown")
      return
    }
    #expect(attempts.map(\.cause) == [.tooLarge(limit: 1000), .tooLarge(limit: 1000)])
  }

  @Test func aCancelledFetchKeepsItsPart() async throws {
    let server = try HTTPServer { _, number in
      number == 0 ? Response(body: Self.body, cutAfter: 150_000, stalls: true) : Response(body: Self.body)
    }
    defer { server.stop() }
    let folder = try CatalogueFolder()
    let fetcher = Self.fetcher(server, into: folder)
    let (arrivals, arrived) = AsyncStream.makeStream(of: Int.self)
    let task = Task { await Self.failure(fetcher) { arrived.yield($0.received) } }
    for await received in arrivals where received == 150_000 { break }
    task.cancel()
    #expect(await task.value == .cancelled)
    #expect(folder.contents() == ["file.part"])
    #expect(folder.bytes("file.part") == Array(Self.body[..<150_000]))
    try await fetcher.fetch()
    #expect(folder.bytes("file") == Self.body && server.requests.last?.start == 150_000)
  }

  @Test func cancellingAtAnyMoment() async throws {
    let server = try HTTPServer { _, _ in Response(body: Self.body, cutAfter: 1000, stalls: true) }
    defer { server.stop() }
    let folder = try CatalogueFolder()
    let fetcher = Self.fetcher(server, into: folder)
    for microseconds in 0..<40 {
      let task = Task { await Self.failure(fetcher) }
      try await Task.sleep(for: .microseconds(microseconds * microseconds * 5))
      task.cancel()
      #expect(await task.value == .cancelled)
    }
    let part = folder.bytes("file.part") ?? []
    #expect(part == Array(Self.body.prefix(part.count)))
  }

  @Test func aSilentServerIsGivenUp() async throws {
    let server = try HTTPServer { _, _ in Response(body: Self.body, cutAfter: 0, stalls: true) }
    defer { server.stop() }
    let folder = try CatalogueFolder()
    var fetcher = Self.fetcher(server, into: folder)
    fetcher.patience = 1
    guard case .allMirrorsFailed(_, let attempts) = await Self.failure(fetcher),
      case .connection(let code, _) = attempts[0].cause
    else {
      Issue.record("nothing was thrown")
      return
    }
    #expect(code == URLError.timedOut.rawValue)
  }

  /// gzip of `body` in two ways, and not compressed at all.
  @Test func anyCompressionOfTheContents() async throws {
    let fingerprint = DownloadCollection.Fingerprint.contents(SHA256.hexDigest(of: Self.body))
    let packed = [gzip(Self.body, level: 1), gzip(Self.body, level: 9), Self.body]
    #expect(packed[0] != packed[1])
    for bytes in packed {
      let server = try HTTPServer { _, _ in Response(body: bytes) }
      defer { server.stop() }
      let folder = try CatalogueFolder()
      try await DatasetFetcher(Self.collection([server.address], fingerprint: fingerprint), into: folder.path)
        .fetch()
      #expect(folder.bytes("file") == bytes)
    }
    let cut = try HTTPServer { _, _ in Response(body: packed[1].dropLast(9)) }
    defer { cut.stop() }
    let folder = try CatalogueFolder()
    let expected = FetchError.allMirrorsFailed(
      file: "file", attempts: [FetchAttempt(address: cut.address + "file", cause: .wrongChecksum)])
    let fetcher = DatasetFetcher(Self.collection([cut.address], fingerprint: fingerprint), into: folder.path)
    #expect(await Self.failure(fetcher) == expected)
  }

  @Test func whereNothingCanBeWritten() async throws {
    let folder = try CatalogueFolder()
    try Data([1]).write(to: URL(fileURLWithPath: "\(folder.path)/set"))
    let fetcher = DatasetFetcher(Self.collection(["http://127.0.0.1:1/"]), into: folder.path)
    let error = await Self.failure(fetcher)
    #expect(error == .file(.system(path: "\(folder.path)/set", operation: .open, errno: EEXIST)))
    #expect(throws: FetchError.unknown(name: "cifar", available: ["mnist", "fashion-mnist"])) {
      try DatasetFetcher(named: "cifar", into: folder.path)
    }
  }

  @Test func theKnownCollections() {
    for collection in DownloadCollection.all {
      #expect(collection.files.count == 4 && collection.mirrors.count >= 2)
      #expect(collection.mirrors.allSatisfy { $0.hasPrefix("https://") && $0.hasSuffix("/") })
      for file in collection.files {
        let digest: String =
          switch file.fingerprint {
          case .contents(let digest), .compressed(let digest): digest
          }
        #expect(digest.count == 64 && digest.allSatisfy { $0.isHexDigit && !$0.isUppercase })
      }
    }
  }
}
