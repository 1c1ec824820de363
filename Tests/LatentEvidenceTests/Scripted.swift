import LatentEvidence
import LatentFiles
import LatentNumerics
import Synchronization

/// An ascent that follows a script: state s is (restart, step), its bound what the script says.
struct ScriptedAscent: Ascent {
  typealias Observations = Rows<Double>

  struct State: Sendable, Equatable, Archivable {
    var restart: Int
    var step = 0

    init(restart: Int) { self.restart = restart }

    func write(to archive: inout Archive, at path: String) {
      archive.set("\(path)/restart", restart)
      archive.set("\(path)/step", step)
    }

    init(from archive: Archive, at path: String) throws(FileError) {
      restart = try archive.value("\(path)/restart", of: Int.self)
      step = try archive.value("\(path)/step", of: Int.self)
    }
  }

  var isMonotone = true
  var roundoff = 0.0
  var estimate = Bound.Estimate.exact
  /// What an ascent is judged by in the end; nil for the bound of its last step.
  var final: (@Sendable (State) -> Double)?
  let bound: @Sendable (State) throws(InferenceError) -> Double

  func step(_ state: inout State, on x: Rows<Double>) throws(InferenceError) -> Bound {
    state.step += 1
    return Bound(
      reconstruction: try bound(state), latentKL: 0, count: Double(x.rows), estimate: estimate,
      roundoff: roundoff)
  }

  func finalBound(
    of trace: [Bound], at state: State, on x: Rows<Double>
  ) throws(InferenceError) -> Bound {
    final.map { Bound(reconstruction: $0(state), latentKL: 0, count: Double(x.rows)) }
      ?? trace[trace.count - 1]
  }

  func fit(
    _ stopping: StoppingRule, restarts: Int = 1, resuming progress: FitProgress<State> = FitProgress()
  ) -> Fit<ScriptedAscent> {
    Fit(
      self, on: Rows(Matrix(rows: 1, columns: 1)), stopping: stopping, restarts: restarts, resuming: progress
    ) { (restart) throws(InferenceError) in State(restart: restart) }
  }

  /// −limit · ½ᵗ below a height for each restart.
  static func climbing(to heights: [Double]) -> ScriptedAscent {
    ScriptedAscent { (state) throws(InferenceError) in
      heights[state.restart] - Double(sign: .plus, exponent: -state.step, significand: 1)
    }
  }
}
