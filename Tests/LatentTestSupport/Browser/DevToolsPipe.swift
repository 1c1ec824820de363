import Foundation

/// The two pipes over which a browser is driven: messages of JSON, each ended by a zero byte.
///
/// Not for several threads at a time.
final class DevToolsPipe {
  private let process = Process()
  private let (toBrowser, fromBrowser) = (Pipe(), Pipe())
  private let profile: URL
  private var received = Data()
  private var count = 0
  /// What the browser said unasked, oldest first.
  private(set) var events: [[String: Any]] = []

  /// - Throws: when the browser cannot be started.
  init(executable: String) throws {
    profile = FileManager.default.temporaryDirectory
      .appendingPathComponent("latent-browser-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: profile, withIntermediateDirectories: true)
    // The browser reads descriptor 3 and writes descriptor 4; only a shell can give it those.
    let options = [
      "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
      "--disable-extensions", "--disable-background-networking", "--disable-component-update",
      "--disable-dev-shm-usage", "--remote-debugging-pipe", "--user-data-dir=\(profile.path)",
    ]
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments =
      ["-c", "exec \"$0\" \"$@\" 3<&0 4>&1 0</dev/null 1>/dev/null 2>&1", executable] + options
    process.standardInput = toBrowser
    process.standardOutput = fromBrowser
    try process.run()
    // Our copy of the other end must go, or the end of the browser is never noticed.
    try? fromBrowser.fileHandleForWriting.close()
  }

  deinit {
    _ = try? send("Browser.close", [:], session: nil)
    let end = Date().addingTimeInterval(5)
    while process.isRunning, Date() < end { usleep(20_000) }
    if process.isRunning { process.terminate() }
    try? FileManager.default.removeItem(at: profile)
  }

  /// Asks for something and waits for the answer.
  func call(_ method: String, _ parameters: [String: Any], session: String?) throws -> [String: Any] {
    let id = try send(method, parameters, session: session)
    while true {
      let message = try next(within: 60)
      guard message["id"] as? Int == id else {
        events.append(message)
        continue
      }
      if let error = message["error"] as? [String: Any] {
        throw BrowserError(what: "\(method): \(error["message"] ?? error)")
      }
      return message["result"] as? [String: Any] ?? [:]
    }
  }

  /// Waits until the browser has said this since the given event.
  func wait(for method: String, since start: Int) throws {
    let end = Date().addingTimeInterval(60)
    while !events.dropFirst(start).contains(where: { $0["method"] as? String == method }) {
      events.append(try next(within: end.timeIntervalSinceNow))
    }
  }

  private func send(_ method: String, _ parameters: [String: Any], session: String?) throws -> Int {
    count += 1
    var message: [String: Any] = ["id": count, "method": method, "params": parameters]
    message["sessionId"] = session
    var data = try JSONSerialization.data(withJSONObject: message)
    data.append(0)
    try toBrowser.fileHandleForWriting.write(contentsOf: data)
    return count
  }

  private func next(within seconds: TimeInterval) throws -> [String: Any] {
    let end = Date().addingTimeInterval(seconds)
    let descriptor = fromBrowser.fileHandleForReading.fileDescriptor
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      if let zero = received.firstIndex(of: 0) {
        let message = try JSONSerialization.jsonObject(with: received[received.startIndex..<zero])
        received = received[(zero + 1)...]
        return message as? [String: Any] ?? [:]
      }
      var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let left = Int32(max(0, end.timeIntervalSinceNow * 1000))
      guard poll(&poller, 1, left) > 0 else { throw BrowserError(what: "the browser does not answer") }
      let size = read(descriptor, &buffer, buffer.count)
      guard size > 0 else { throw BrowserError(what: "the browser has ended") }
      received.append(contentsOf: buffer[..<size])
    }
  }
}

/// What went wrong between a test and the browser.
public struct BrowserError: Error, CustomStringConvertible {
  public let what: String
  public var description: String { what }
}
