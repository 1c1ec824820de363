import Foundation
import Latent

/// Shows gradient ascent while it climbs, pass by pass: a bar on a terminal, now and then a line elsewhere.
struct TrainingDisplay {
  let console: Console
  /// The most passes.
  let passes: Int
  let timeLimit: Double?
  let restarts: Int
  /// What is shown of a pass.
  let quantity: String

  private let clock = ContinuousClock()
  private var lastShown: ContinuousClock.Instant?
  private var hasBar = false

  private static let barWidth = 24
  private static let pauseElsewhere = Duration.seconds(3)

  init(console: Console, passes: Int, timeLimit: Double?, restarts: Int = 1, quantity: String = "bound") {
    self.console = console
    self.passes = passes
    self.timeLimit = timeLimit
    self.restarts = restarts
    self.quantity = quantity
  }

  /// One pass, in plain numbers.
  struct Moment {
    /// The start, from 0.
    let restart: Int
    let pass: Int
    /// The mean over the pass, in nats an observation.
    let bound: Double
    /// That of the test data after the pass.
    let testBound: Double?
    let stepsPerSecond: Double
    /// Seconds of this pass, and of the fit so far.
    let seconds: Double
    let totalSeconds: Double
    let isLast: Bool
  }

  mutating func show(_ moment: Moment) {
    guard !console.isQuiet else { return }
    let now = clock.now
    if StandardError.isTerminal {
      hasBar = true
      StandardError.write("\r\(bar(moment).prefix(StandardError.lineWidth - 1))\u{1B}[K")
      return
    }
    let isDue = lastShown.map { now - $0 >= Self.pauseElsewhere } ?? true
    guard isDue || moment.isLast else { return }
    lastShown = now
    StandardError.write(
      "\(start(moment))pass \(moment.pass) of \(passes): \(words(moment, separator: ", "))\n")
  }

  /// Takes the bar away.
  mutating func end() {
    if hasBar { StandardError.write("\r\u{1B}[K") }
    hasBar = false
  }

  private func words(_ moment: Moment, separator: String) -> String {
    ["\(quantity) an observation \(NumberText.fixed(moment.bound, 3))"]
      .appending(moment.testBound.map { "test \(NumberText.fixed($0, 3))" })
      .appending("\(NumberText.rate(moment.stepsPerSecond)) steps/s").joined(separator: separator)
  }

  private func start(_ moment: Moment) -> String {
    restarts > 1 ? "start \(moment.restart + 1) of \(restarts), " : ""
  }

  private func bar(_ moment: Moment) -> String {
    let all = Double(passes * restarts)
    let done = Double(moment.restart * passes + moment.pass)
    var share = done / all
    if let timeLimit { share = max(share, moment.totalSeconds / timeLimit) }
    share = min(max(share, 0), 1)
    let filled = Int((share * Double(Self.barWidth)).rounded(.down))
    let cells =
      String(repeating: "█", count: filled) + String(repeating: "░", count: Self.barWidth - filled)
    var left = (all - done) * moment.seconds
    if let timeLimit { left = min(left, max(timeLimit - moment.totalSeconds, 0)) }
    let time = moment.isLast ? "" : "  about \(NumberText.duration(max(left, 1).rounded())) left"
    return "\(cells) \(start(moment))\(moment.pass)/\(passes)  \(words(moment, separator: "  "))\(time)"
  }
}

extension Array<String> {
  fileprivate func appending(_ text: String?) -> [String] { self + [text].compactMap(\.self) }
}

extension NumberText {
  /// A number of events a second: three digits that count.
  static func rate(_ value: Double) -> String {
    value >= 100 ? count(Int(value.rounded())) : short((value * 10).rounded() / 10)
  }
}
