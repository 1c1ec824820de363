import Foundation
import Latent
import Synchronization

/// The page of a fit under way, `fit --report`: rewritten as a whole every few seconds, and read again by the browser. The last one
/// is a report like any other.
///
/// A page that cannot be written, as on a full disk, is said once; the fit goes on, and exits 2 if there is none in the end.
final class LiveReport: Sendable {
  let path: String
  private let console: Console
  private let clock = ContinuousClock()
  private let state: Mutex<State>

  /// The least time between two pages, and how much longer than its making a page is left alone: a tenth of the time at most
  /// goes into pages.
  private static let pause = Duration.seconds(2)
  private static let share = 10
  /// Seconds after which the browser looks again.
  private static let refresh = 2

  private struct State {
    var title = ""
    /// What is fitted to what.
    var lede = ""
    var due: ContinuousClock.Instant?
    var hasWarned = false
    var last: Page?
    /// Whether there is a page of this fit, and whether it is the last one.
    var isThere = false
    var isComplete = false
  }

  /// How far the fit is.
  struct Moment: Sendable {
    /// The start under way, from 0, and how many there are.
    var restart: Int
    var restarts: Int
    /// What its bounds were, one a step.
    var trace: [Bound]
    /// The starts that ended.
    var ended: [FitHistory.Start]
    /// Bounds of test data, in nats an observation.
    var test = TestTrace()
    var seconds: Double
    /// What a step is: `step`, `pass`.
    var step = "step"
    var observation = "row"
    var quantity = "bound"
    var hasLatentKL = true
  }

  init(path: String, console: Console) {
    self.path = path
    self.console = console
    state = Mutex(State())
  }

  /// Where the last page is; nil where it could not be made or written.
  var result: String? { state.withLock { $0.isComplete } ? path : nil }

  /// Says what the fit is, on a first page.
  ///
  /// - Parameter words: lines, the first of which names the model and the data.
  func begin(title: String, words: String) {
    state.withLock {
      $0.title = title
      $0.lede = words
    }
    write(page(sections: [], state: "The fit has begun."))
  }

  /// Shows how far the fit is, where the last page is old enough.
  ///
  /// - Parameter sections: what is known of the parameters; asked for only where a page is made.
  func step(_ moment: Moment, sections: () throws -> [Page.Section?]) {
    let now = clock.now
    guard state.withLock({ state in state.due.map { now >= $0 } ?? true }) else { return }
    // What cannot be drawn now, such as a covariance of no inverse, may be at the next step; the bound is shown in any case.
    let more = (try? sections()) ?? []
    write(page(sections: [climb(moment)] + more, state: words(moment)))
    let end = clock.now
    state.withLock { $0.due = end + max(Self.pause, (end - now) * Self.share) }
  }

  /// The report at the end.
  func finish(_ page: () throws -> Page) {
    do {
      writeLast(try page())
    } catch {
      warn(error)
      end("The fit ended, but its report could not be made.")
      state.withLock { $0.isComplete = false }
    }
  }

  /// The last page of a fit that found nothing, or was interrupted: what it showed, no longer read again.
  func end(_ words: String) {
    var page = state.withLock { $0.last } ?? page(sections: [], state: "")
    page.summary = words
    page.footer = state.withLock { $0.lede }
    writeLast(page)
  }

  // MARK: The page

  private func page(sections: [Page.Section?], state words: String) -> Page {
    let (title, lede) = state.withLock { ($0.title, $0.lede) }
    return Page(
      title, summary: words, sections.compactMap(\.self),
      footer: lede + "\nThis page is rewritten while the fit runs, and read again every few seconds.")
  }

  private func words(_ moment: Moment) -> String {
    let count = moment.trace.count
    let start = moment.restarts > 1 ? "start \(moment.restart + 1) of \(moment.restarts), " : ""
    let bound = moment.trace.last.map {
      ": the \(moment.quantity) is \(ReportText.nats($0.perObservation)) nats a \(moment.observation)"
    }
    return
      "The fit is under way, \(start)\(moment.step) \(NumberText.count(count)), \(NumberText.duration(moment.seconds))\(bound ?? "")."
  }

  private func climb(_ moment: Moment) -> Page.Section? {
    let history = FitHistory(trace: moment.trace, starts: moment.ended, best: -1)
    guard !history.steps.isEmpty else { return nil }
    let section = TraceSection(
      history: history, step: moment.step, quantity: moment.quantity, hasLatentKL: moment.hasLatentKL,
      observation: moment.observation, test: moment.test.values, testSteps: moment.test.passes,
      plannedStarts: moment.restarts)
    return Page.Section("The climb so far", section.blocks)
  }

  // MARK: Writing

  private func write(_ page: Page) {
    var page = page
    page.refresh = Self.refresh
    state.withLock { $0.last = page }
    do {
      try page.write(to: path)
      state.withLock { $0.isThere = true }
    } catch {
      warn(error)
    }
  }

  /// A page that says that it will be rewritten does not outlive the fit: where there is no room for the last one, it makes room.
  private func writeLast(_ page: Page) {
    var page = page
    page.refresh = nil
    do {
      do {
        try page.write(to: path)
      } catch {
        guard state.withLock({ $0.isThere }), isFile else { throw error }
        unlink(path)
        try page.write(to: path)
      }
      state.withLock { $0.isComplete = true }
    } catch {
      warn(error)
    }
  }

  private var isFile: Bool {
    (try? URL(fileURLWithPath: path).resourceValues(forKeys: [.isRegularFileKey]))?.isRegularFile ?? false
  }

  private func warn(_ error: any Error) {
    let isNew = state.withLock { state in
      defer { state.hasWarned = true }
      return !state.hasWarned
    }
    guard isNew else { return }
    let reason = (error as? any Explained)?.explanation ?? "\(error)"
    console.alert("latent: the report is not written: \(reason)\nThe fit does without it.")
  }
}

extension LiveReport.Moment {
  /// - Parameters:
  ///   - restart: the start of the step that has just been taken.
  ///   - restarts: how many starts there are.
  init<State>(
    _ progress: FitProgress<State>, restart: Int, of restarts: Int, observation: String = "row"
  ) {
    self.init(
      restart: restart, restarts: restarts,
      trace: progress.trace.isEmpty ? progress.best?.trace ?? [] : progress.trace,
      ended: progress.runs.map { .init(bound: $0.bound, steps: $0.iterations, outcome: $0.outcome) },
      seconds: progress.seconds, observation: observation)
  }
}
