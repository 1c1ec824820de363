import Foundation
import Latent

/// Shows an ascent while it climbs: a bar on a terminal, now and then a line elsewhere.
struct FitDisplay {
  let console: Console
  let stopping: StoppingRule
  let restarts: Int

  private let clock = ContinuousClock()
  private var lastShown: ContinuousClock.Instant?
  private var firstGain: Double?
  private var lastGain: Double?
  private var hasBar = false
  private var restart = -1

  private static let barWidth = 24
  private static let pauseOnTerminal = Duration.milliseconds(100)
  private static let pauseElsewhere = Duration.seconds(3)

  init(console: Console, stopping: StoppingRule, restarts: Int) {
    self.console = console
    self.stopping = stopping
    self.restarts = restarts
  }

  /// One step, in plain numbers.
  struct Moment {
    let restart: Int
    let iteration: Int
    let bound: Bound
    let gain: Double?
    /// Seconds of this step, and of the fit so far.
    let seconds: Double
    let totalSeconds: Double
    let isLast: Bool
  }

  mutating func show(_ moment: Moment) {
    guard !console.isQuiet else { return }
    if moment.restart != restart {
      restart = moment.restart
      (firstGain, lastGain) = (nil, nil)
    }
    let left = remainingIterations(moment)
    if let gain = moment.gain, gain > 0 {
      firstGain = firstGain ?? gain
      lastGain = gain
    }
    let isTerminal = StandardError.isTerminal
    let pause = isTerminal ? Self.pauseOnTerminal : Self.pauseElsewhere
    let now = clock.now
    let isDue = lastShown.map { now - $0 >= pause } ?? true
    guard isDue || (moment.isLast && !isTerminal) else { return }
    lastShown = now
    if isTerminal {
      hasBar = true
      let bar = bar(moment, left: left).prefix(StandardError.lineWidth - 1)
      StandardError.write("\r\(bar)\u{1B}[K")
    } else {
      StandardError.write("\(line(moment))\n")
    }
  }

  /// Takes the bar away.
  mutating func end() {
    if hasBar { StandardError.write("\r\u{1B}[K") }
    hasBar = false
  }

  // MARK: Text

  private func line(_ moment: Moment) -> String {
    let change = moment.gain.map { ", change \(signed($0 / max(moment.bound.count, 1)))" } ?? ""
    let prefix = restarts > 1 ? "start \(moment.restart + 1) of \(restarts), " : ""
    return "\(prefix)iteration \(moment.iteration): bound an observation "
      + NumberText.fixed(moment.bound.perObservation, 6) + change
  }

  private func bar(_ moment: Moment, left: Double?) -> String {
    let share = share(moment)
    let filled = Int((share * Double(Self.barWidth)).rounded(.down))
    let cells =
      String(repeating: "█", count: filled) + String(repeating: "░", count: Self.barWidth - filled)
    let prefix = restarts > 1 ? "start \(moment.restart + 1)/\(restarts) " : ""
    let change = moment.gain.map { "  \(signed($0 / max(moment.bound.count, 1)))" } ?? ""
    let time = left.map { "  about \(NumberText.duration(max($0 * moment.seconds, 1).rounded())) left" } ?? ""
    return "\(prefix)\(cells) \(moment.iteration)  bound \(NumberText.fixed(moment.bound.perObservation, 5))"
      + change + time
  }

  private func signed(_ value: Double) -> String { String(format: "%+.1e", value) }

  // MARK: Guesses

  /// The share of the way that lies behind: by iterations, by time, or by the gain's fall towards the tolerance.
  private func share(_ moment: Moment) -> Double {
    var share = Double(moment.iteration) / Double(stopping.maximumIterations)
    if let limit = stopping.timeLimit { share = max(share, moment.totalSeconds / limit) }
    if let firstGain, let lastGain {
      let target = limit(moment)
      if firstGain > target, target > 0 {
        share = max(share, log(firstGain / lastGain) / log(firstGain / target))
      }
    }
    return min(max(share, 0), 1)
  }

  /// From the gain's rate of fall; nil while it does not fall.
  private func remainingIterations(_ moment: Moment) -> Double? {
    let budget = Double(stopping.maximumIterations - moment.iteration)
    guard let gain = moment.gain, gain > 0, let lastGain, gain < lastGain else { return nil }
    let target = limit(moment)
    guard target > 0 else { return budget }
    var iterations = min(max(log(target / gain) / log(gain / lastGain), 0), budget)
    if let limit = stopping.timeLimit, moment.seconds > 0 {
      iterations = min(iterations, max(limit - moment.totalSeconds, 0) / moment.seconds)
    }
    return iterations
  }

  private func limit(_ moment: Moment) -> Double {
    max(stopping.tolerance * max(moment.bound.count, 1), moment.bound.roundoff)
  }
}
