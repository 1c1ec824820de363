import Foundation
import LatentFiles

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// One HTTP request whose body is appended to a part file, from the end of what the file has.
///
/// All state is touched on the session's serial queue only, which makes the class safe to share.
final class Transfer: NSObject, URLSessionDataDelegate, @unchecked Sendable {
  enum Outcome {
    /// All bytes the server had are in the file.
    case complete
    case failed(FetchCause)
    case file(FileError)
    case cancelled
  }

  private let part: PartFile
  private let limit: Int
  private let report: (_ received: Int, _ expected: Int?) -> Void
  private let queue: OperationQueue
  private var expected: Int?
  private var refusal: Outcome?
  private var continuation: CheckedContinuation<Outcome, Never>?
  private var outcome: Outcome?

  /// - Parameters:
  ///   - limit: the most bytes the file may have.
  ///   - report: called with the bytes in the file and its size as far as the server tells.
  init(into part: PartFile, limit: Int, report: @escaping (_ received: Int, _ expected: Int?) -> Void) {
    self.part = part
    self.limit = limit
    self.report = report
    queue = OperationQueue()
    queue.maxConcurrentOperationCount = 1
  }

  /// Performs the request; ends early when the surrounding task is cancelled.
  func run(_ address: URL, patience: TimeInterval) async -> Outcome {
    let configuration = URLSessionConfiguration.ephemeral
    configuration.timeoutIntervalForRequest = patience
    configuration.requestCachePolicy = .reloadIgnoringLocalCacheData
    let session = URLSession(configuration: configuration, delegate: self, delegateQueue: queue)
    defer { session.invalidateAndCancel() }
    var request = URLRequest(url: address, timeoutInterval: patience)
    // A transparent decompression would give other bytes than the server's file and break ranges.
    request.setValue("identity", forHTTPHeaderField: "Accept-Encoding")
    if part.size > 0 { request.setValue("bytes=\(part.size)-", forHTTPHeaderField: "Range") }
    let task = session.dataTask(with: request)
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        queue.addOperation { [self] in
          // A task that was cancelled beforehand may have completed already.
          if let outcome { continuation.resume(returning: outcome) } else { self.continuation = continuation }
        }
        task.resume()
      }
    } onCancel: {
      task.cancel()
    }
  }

  func urlSession(
    _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
    completionHandler: @escaping (URLSession.ResponseDisposition) -> Void
  ) {
    refusal = accept(response)
    completionHandler(refusal == nil ? .allow : .cancel)
  }

  /// Looks at the status, and empties the file when the server sends all of it.
  private func accept(_ response: URLResponse) -> Outcome? {
    guard let response = response as? HTTPURLResponse else { return .failed(.status(0)) }
    let length = response.expectedContentLength >= 0 ? Int(response.expectedContentLength) : nil
    switch response.statusCode {
    case 200:
      // Also the answer of a server that knows no ranges.
      do throws(FileError) { try part.clear() } catch { return .file(error) }
    case 206:
      let range = response.value(forHTTPHeaderField: "Content-Range") ?? ""
      guard range.hasPrefix("bytes \(part.size)-") else { return .failed(.wrongRange) }
    default:
      return .failed(.status(response.statusCode))
    }
    expected = length.map { part.size + $0 }
    if let expected, expected > limit { return .failed(.tooLarge(limit: limit)) }
    report(part.size, expected)
    return nil
  }

  func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
    guard refusal == nil else { return }
    do throws(FileError) {
      guard part.size + data.count <= limit else {
        refusal = .failed(.tooLarge(limit: limit))
        return dataTask.cancel()
      }
      try part.append(data)
      report(part.size, expected)
    } catch {
      refusal = .file(error)
      dataTask.cancel()
    }
  }

  func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
    let outcome: Outcome
    if let refusal {
      outcome = refusal
    } else if let error {
      let code = (error as? URLError)?.errorCode ?? (error as NSError).code
      outcome =
        code == URLError.cancelled.rawValue
        ? .cancelled : .failed(.connection(code: code, message: error.localizedDescription))
    } else if let expected, part.size < expected {
      let code = URLError.networkConnectionLost.rawValue
      outcome = .failed(.connection(code: code, message: "\(part.size) of \(expected) bytes"))
    } else {
      outcome = .complete
    }
    self.outcome = outcome
    continuation?.resume(returning: outcome)
    continuation = nil
  }
}
