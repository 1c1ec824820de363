import Foundation

/// A server on 127.0.0.1 for one test: answers each connection once, well or badly, as it is told.
final class HTTPServer: @unchecked Sendable {
  struct Request: Sendable, Equatable {
    var path: String
    /// The first byte of the `Range` header, or nil without one.
    var start: Int?
  }

  struct Response: Sendable {
    var status = 200
    var body: [UInt8] = []
    /// Answer a range with that range; else with all bytes and 200.
    var honoursRanges = true
    /// Added to the start that `Content-Range` states.
    var rangeOffset = 0
    /// Send so many bytes of the body, then close.
    var cutAfter: Int?
    /// After the cut, wait for the client to go instead of closing.
    var stalls = false
    /// State the length of the body.
    var statesLength = true
  }

  private let socket: Int32
  let port: Int
  private let handler: @Sendable (Request, Int) -> Response
  private let lock = NSLock()
  private var seen: [Request] = []

  /// - Parameter handler: the answer to a request and its number, from 0.
  init(_ handler: @escaping @Sendable (Request, Int) -> Response) throws {
    #if os(Linux)
      let stream = Int32(SOCK_STREAM.rawValue)
    #else
      let stream = SOCK_STREAM
    #endif
    self.handler = handler
    let descriptor = Foundation.socket(AF_INET, stream, 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) == 0 && listen(descriptor, 16) == 0
          && getsockname(descriptor, $0, &length) == 0
      }
    }
    guard descriptor >= 0, bound else { throw POSIXError(.EADDRNOTAVAIL) }
    socket = descriptor
    port = Int(UInt16(bigEndian: address.sin_port))
    Thread.detachNewThread { [self] in
      while true {
        let connection = accept(descriptor, nil, nil)
        guard connection >= 0 else { return }
        Thread.detachNewThread { self.answer(connection) }
      }
    }
  }

  var address: String { "http://127.0.0.1:\(port)/" }
  var requests: [Request] { lock.withLock { seen } }

  func stop() {
    shutdown(socket, Int32(SHUT_RDWR))
    close(socket)
  }

  private func answer(_ connection: Int32) {
    defer { close(connection) }
    #if !os(Linux)
      var yes: Int32 = 1
      setsockopt(connection, SOL_SOCKET, SO_NOSIGPIPE, &yes, socklen_t(MemoryLayout<Int32>.size))
    #endif
    var text = ""
    var buffer = [UInt8](repeating: 0, count: 4096)
    while !text.contains("\r\n\r\n") {
      let count = recv(connection, &buffer, buffer.count, 0)
      guard count > 0 else { return }
      text += String(decoding: buffer[..<count], as: UTF8.self)
    }
    let lines = text.split(separator: "\r\n")
    let range = lines.first { $0.lowercased().hasPrefix("range: bytes=") }
    let request = Request(
      path: String(lines[0].split(separator: " ")[1]),
      start: range.flatMap { Int($0.dropFirst("range: bytes=".count).prefix { $0.isNumber }) })
    let number = lock.withLock {
      seen.append(request)
      return seen.count - 1
    }
    send(handler(request, number), to: request, on: connection)
  }

  private func send(_ response: Response, to request: Request, on connection: Int32) {
    var (status, body, headers) = (response.status, response.body, "Connection: close\r\n")
    if let start = request.start, response.honoursRanges, status == 200 {
      if start < body.count {
        let stated = start + response.rangeOffset
        headers += "Content-Range: bytes \(stated)-\(body.count - 1)/\(body.count)\r\n"
        (status, body) = (206, Array(body[start...]))
      } else {
        headers += "Content-Range: bytes */\(body.count)\r\n"
        (status, body) = (416, [])
      }
    }
    if response.statesLength { headers += "Content-Length: \(body.count)\r\n" }
    let head = Array("HTTP/1.1 \(status) Answer\r\n\(headers)\r\n".utf8)
    let sent = head + body.prefix(response.cutAfter ?? body.count)
    sent.withUnsafeBytes { bytes in
      #if os(Linux)
        let flags = Int32(MSG_NOSIGNAL)
      #else
        let flags: Int32 = 0
      #endif
      var done = 0
      while done < bytes.count {
        let count = Foundation.send(connection, bytes.baseAddress! + done, bytes.count - done, flags)
        guard count > 0 else { return }
        done += count
      }
    }
    if response.stalls {
      var byte: UInt8 = 0
      _ = recv(connection, &byte, 1, 0)
    }
  }
}
