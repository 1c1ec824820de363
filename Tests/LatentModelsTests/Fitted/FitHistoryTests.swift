import Foundation
import LatentEvidence
import LatentFiles
import LatentModels
import LatentNumerics
import Testing

/// What a model file keeps of how a fit went.
@Suite struct FitHistoryTests {
  private static func trace(_ count: Int) -> [Bound] {
    (0..<count).map {
      Bound(reconstruction: -100 / Double($0 + 1), latentKL: 3 + Double($0), parameterKL: 0.5, count: 10)
    }
  }

  @Test(arguments: [0, 1, 2, 3, 399, 400, 401, 402, 1000, 12_345])
  func longTracesAreThinned(_ count: Int) {
    let history = FitHistory(trace: Self.trace(count), starts: [], best: 0)
    #expect(history.steps.count == min(count, FitHistory.mostSteps))
    #expect(history.steps.first == (count > 0 ? 1 : nil) && history.steps.last == (count > 0 ? count : nil))
    #expect(zip(history.steps, history.steps.dropFirst()).allSatisfy(<))
    // As evenly as whole numbers are: no gap is more than one step wider than another.
    let gaps = Set(zip(history.steps, history.steps.dropFirst()).map { $1 - $0 })
    #expect((gaps.max() ?? 0) - (gaps.min() ?? 0) <= 1)
    for (place, step) in history.steps.enumerated() {
      #expect(history.bounds[place] == Self.trace(count)[step - 1].value)
    }
    #expect(history.isExact && history.count == (count > 0 ? 10 : 0))
  }

  @Test func whatIsNotFiniteIsLeftOut() {
    var trace = Self.trace(4)
    trace[2].reconstruction = .nan
    trace[3].estimate = .monteCarlo(draws: 1)
    let history = FitHistory(
      trace: trace, starts: [.init(bound: .infinity, steps: 4, outcome: nil)], best: 0)
    #expect(history.steps == [1, 2, 4])
    #expect(!history.isExact && history.starts[0].bound == nil)
  }

  /// A file whose parts do not belong together is refused, as any other.
  @Test func filesKeepIt() throws {
    var model = try FittedMixtureTests.fitted(.full)
    model.description.history = FitHistory(
      trace: Self.trace(7),
      starts: [.init(bound: -3, steps: 7, outcome: .converged), .init(bound: nil, steps: 2, outcome: nil)],
      best: 0)
    let archive = try model.archive()
    #expect(try FittedMixture<GaussianEmission<Double>>(from: archive) == model)
    for (from, to) in [
      ("\"steps\":[1,2,3,4,5,6,7]", "\"steps\":[1,2,3,3,5,6,7]"),
      ("\"steps\":[1,2,3,4,5,6,7]", "\"steps\":[1,2]"),
      ("\"steps\":[1,2,3,4,5,6,7]", "\"steps\":[0,2,3,4,5,6,7]"), ("\"best\":0", "\"best\":-1"),
    ] {
      #expect(archive.configuration.contains(from))
      var other = Archive(
        kind: archive.kind, configuration: archive.configuration.replacingOccurrences(of: from, with: to))
      for (name, tensor) in archive.tensors { other.set(name, tensor) }
      for (key, text) in archive.notes { other.note(key, text) }
      #expect(throws: FileError.self) { try FittedMixture<GaussianEmission<Double>>(from: other) }
    }
  }
}
