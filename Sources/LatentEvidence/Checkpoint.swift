import Foundation
public import LatentFiles
import LatentNumerics

// What a fit knows, in an archive. A checkpoint is an archive that holds a `FitProgress`; the fit that goes on from it
// takes the same steps, bit for bit, as one that was never interrupted.

extension FitProgress: Archivable where State: Archivable {
  public func write(to archive: inout Archive, at path: String) {
    state?.write(to: &archive, at: "\(path)/state")
    if state != nil, trace.isEmpty { archive.note("\(path)/first", "under way") }
    Bound.write(trace, to: &archive, at: "\(path)/trace")
    archive.set("\(path)/seconds", seconds)
    archive.note("\(path)/runs", JSON.text(of: runs))
    if let best {
      best.state.write(to: &archive, at: "\(path)/best/state")
      Bound.write(best.trace, to: &archive, at: "\(path)/best/trace")
      Bound.write([best.bound], to: &archive, at: "\(path)/best/bound")
      archive.note(
        "\(path)/best", JSON.text(of: BestSummary(restart: best.restart, outcome: best.outcome)))
    }
  }

  public init(from archive: Archive, at path: String) throws(FileError) {
    self.init()
    trace = try Bound.trace(from: archive, at: "\(path)/trace")
    seconds = try archive.value("\(path)/seconds")
    runs = try JSON.value([Run].self, from: archive, note: "\(path)/runs")
    // The first step may have been interrupted.
    if !trace.isEmpty || archive.notes["\(path)/first"] != nil {
      state = try State(from: archive, at: "\(path)/state")
    }
    if archive.notes["\(path)/best"] != nil {
      let summary = try JSON.value(BestSummary.self, from: archive, note: "\(path)/best")
      let trace = try Bound.trace(from: archive, at: "\(path)/best/trace")
      let bound = try Bound.trace(from: archive, at: "\(path)/best/bound")
      guard let bound = bound.last, !trace.isEmpty else { throw archive.invalidValue("\(path)/best/trace") }
      best = Best(
        restart: summary.restart, state: try State(from: archive, at: "\(path)/best/state"),
        trace: trace, bound: bound, outcome: summary.outcome)
    }
    guard seconds.isFinite, seconds >= 0 else { throw archive.invalidValue("\(path)/seconds") }
  }
}

private struct BestSummary: Codable {
  let restart: Int
  let outcome: Outcome
}

extension CoordinateAscent.State: Archivable where Model.Parameters: Archivable {
  public func write(to archive: inout Archive, at path: String) {
    parameters.write(to: &archive, at: path)
    archive.set("\(path)/iteration", iteration)
  }

  /// The statistics are not kept: the next step makes them anew, the same bits, from the parameters.
  public init(from archive: Archive, at path: String) throws(FileError) {
    let iteration = try archive.value("\(path)/iteration", of: Int.self)
    guard iteration >= 0 else { throw archive.invalidValue("\(path)/iteration") }
    self.init(
      parameters: try Model.Parameters(from: archive, at: path), iteration: iteration)
  }
}

extension Bound {
  /// A trace as one tensor, `[steps, 6]`: the terms, the count, the estimate, the roundoff. The estimate is 0
  /// for an exact bound, the draws of a Monte Carlo mean, or minus the observations of a minibatch.
  static func write(_ trace: [Bound], to archive: inout Archive, at path: String) {
    let rows = trace.map { bound in
      return [
        bound.reconstruction, bound.latentKL, bound.parameterKL, bound.count, bound.estimate.number,
        bound.roundoff,
      ]
    }
    archive.set(path, Matrix<Double>(rows: rows.count, columns: 6, elements: rows.flatMap { $0 }))
  }

  static func trace(from archive: Archive, at path: String) throws(FileError) -> [Bound] {
    let rows: Matrix<Double> = try archive.matrix(path, columns: 6)
    guard rows.elements.allSatisfy(\.isFinite), rows.column(4).allSatisfy({ $0.magnitude < 1e15 }),
      rows.column(3).allSatisfy({ $0 >= 0 }), rows.column(5).allSatisfy({ $0 >= 0 })
    else {
      throw archive.invalidValue(path)
    }
    return (0..<rows.rows).map { i in
      Bound(
        reconstruction: rows[i, 0], latentKL: rows[i, 1], parameterKL: rows[i, 2], count: rows[i, 3],
        estimate: Estimate(number: rows[i, 4]), roundoff: rows[i, 5])
    }
  }
}

extension Bound.Estimate {
  fileprivate var number: Double {
    switch self {
    case .exact: 0
    case .monteCarlo(let draws): Double(draws)
    case .minibatch(let observations): -Double(observations)
    }
  }

  fileprivate init(number: Double) {
    if number == 0 {
      self = .exact
    } else {
      self = number > 0 ? .monteCarlo(draws: Int(number)) : .minibatch(observations: Int(-number))
    }
  }
}

/// Small structured values as JSON notes of an archive.
package enum JSON {
  package static func text(of value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    // A collapse may carry a relative variance that is not a number.
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    let data = (try? encoder.encode(value)) ?? Data()
    return String(decoding: data, as: UTF8.self)
  }

  package static func value<Value: Decodable>(
    _: Value.Type, from archive: Archive, note: String
  ) throws(FileError) -> Value {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    guard let text = archive.notes[note],
      let value = try? decoder.decode(Value.self, from: Data(text.utf8))
    else { throw .corrupt(path: archive.path, .metadata(key: note)) }
    return value
  }
}
