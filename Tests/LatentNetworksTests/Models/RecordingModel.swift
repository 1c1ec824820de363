import CLatentTestSupport
import Foundation
import LatentEvidence
import LatentNumerics
import Synchronization

/// A quadratic bound, −½ |θ − x[n]|² for each row, that writes down what it is asked, and fails where it is told to.
struct RecordingModel: DifferentiableModel {
  typealias Scalar = Float

  enum Failure: Sendable {
    case nanBound, nanGradient
    case row(Int)
  }

  /// One call, of a lane of a minibatch.
  struct Call: Sendable {
    var rows: [Int]
    /// The first word that each row draws.
    var words: [UInt64]
    var wantsGradient: Bool
    var objective: ObjectiveWeights
    var isRounded: Bool
    /// How often the thread has asked for memory, and which it is.
    var allocations: Int
    var thread: Int
  }

  final class Record: Sendable {
    let calls = Mutex<[Call]>([])
  }

  let record = Record()
  let layout: ParameterLayout
  var readsRoundedParameters = false
  /// What happens in a call of this number, from 0.
  var failure: (call: Int, Failure)?
  /// The call in which the task is cancelled.
  var cancelling: Int?
  /// Whether calls keep their rows: that takes memory.
  var keepsRows = true

  init(columns: Int = 3) {
    var layout = ParameterLayout()
    layout.add("θ", columns)
    self.layout = layout
  }

  func makeWorkspace() {}

  func boundAndGradient(
    of rows: ArraySlice<Int>, in x: Rows<Float>, at point: ParameterPoint<Float>, noise: RandomStream,
    objective: ObjectiveWeights, workspace: inout Void, into gradient: UnsafeMutablePointer<Float>?
  ) throws(InferenceError) -> Bound {
    let D = layout.entries[0].count
    var call = Call(
      rows: [], words: [], wantsGradient: gradient != nil, objective: objective, isRounded: false,
      allocations: latent_allocations(), thread: pthread_self().hashValue)
    if keepsRows {
      call.rows = Array(rows)
      call.words = rows.map { row in
        var stream = noise.substream(row)
        return stream.next()
      }
    }
    if let rounded = point.rounded {
      call.isRounded = (0..<D).allSatisfy { i in
        let nearest = Float(bitPattern: UInt32(rounded[i]) << 16)
        return (nearest - point.values[i]).magnitude <= point.values[i].magnitude * 0x1p-8
      }
    }
    let number = record.calls.withLock { calls in
      calls.append(call)
      return calls.count - 1
    }
    if number == cancelling { withUnsafeCurrentTask { $0?.cancel() } }
    var total = Bound.zero
    if let gradient { for i in 0..<layout.count { gradient[i] = 0 } }
    x.values.withUnsafeElements { values in
      for n in rows {
        for j in 0..<D {
          let r = values[n * D + j] - point.values[j]
          total.reconstruction -= Double(r * r) / 2
          gradient?[j] += r
        }
        total.count += x.weight(of: n)
      }
    }
    if let failure, number >= failure.call {
      switch failure.1 {
      case .nanBound: total.reconstruction = .nan
      case .nanGradient: gradient?[0] = .nan
      case .row(let row): throw .notFinite(quantity: "density", row: row)
      }
    }
    return total
  }

  var calls: [Call] { record.calls.withLock { $0 } }

  static func rows(_ N: Int, columns: Int = 3, seed: UInt64 = 1) -> Rows<Float> {
    var random = RandomStream(seed: seed)
    return Rows(
      Matrix(rows: N, columns: columns, elements: (0..<N * columns).map { _ in Float(random.normal()) }))
  }
}
