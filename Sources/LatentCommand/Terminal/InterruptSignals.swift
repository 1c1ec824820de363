import Dispatch
import Foundation
import Synchronization

/// Ctrl-C and its relative SIGTERM: the first asks the work to stop, the second ends the program.
final class InterruptSignals {
  private let sources: [any DispatchSourceSignal]
  private static let numbers = [SIGINT, SIGTERM]

  /// Whether the first signal came.
  private final class Flag: Sendable {
    let isSet = Atomic<Bool>(false)
  }

  /// Listens from now on.
  ///
  /// - Parameter stop: called once, on another thread.
  init(stop: @escaping @Sendable () -> Void) {
    let queue = DispatchQueue(label: "interrupts")
    let received = Flag()
    sources = Self.numbers.map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler {
        if received.isSet.exchange(true, ordering: .relaxed) { _exit(ExitStatus.interrupted) }
        stop()
      }
      source.resume()
      return source
    }
  }

  /// Stops listening: signals end the program again.
  func end() {
    for source in sources { source.cancel() }
    for number in Self.numbers { signal(number, SIG_DFL) }
  }
}
