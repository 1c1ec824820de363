public import LatentEvidence
import RealModule

/// Constant rates, one after the other, each for a number of whole passes; the last for ever.
public struct PiecewiseRate: LearningRateSchedule, Hashable {
  /// A rate and the passes that it lasts.
  public struct Piece: Sendable, Hashable {
    public let rate: Double
    public let passes: Int

    public init(rate: Double, passes: Int) {
      self.rate = rate
      self.passes = passes
    }
  }

  public let pieces: [Piece]

  /// - Throws: `.invalidParameter` unless there is a piece, all rates are positive and all pieces last at least a pass.
  public init(_ pieces: [Piece]) throws(InferenceError) {
    guard !pieces.isEmpty else {
      throw .invalidParameter(name: "number of rates", value: "0", requirement: "at least 1")
    }
    for piece in pieces {
      try requireRate(piece.rate)
      guard piece.passes > 0 else {
        throw .invalidParameter(
          name: "length of a rate", value: "\(piece.passes)", requirement: "at least one pass")
      }
    }
    self.pieces = pieces
  }

  /// η = 0.001 · 10^(−i / 7) for 3^i passes, i = 0 … 7: 3,280 passes.
  ///
  /// - Parameters:
  ///   - stages: the number of rates, 8 in the paper.
  ///   - initial: the first rate.
  /// - Source: Burda, Grosse & Salakhutdinov (2016), ICLR, §5.
  public static func importanceWeighted(
    stages: Int = 8, initial: Double = 1e-3
  ) throws(InferenceError) -> PiecewiseRate {
    guard stages > 0, stages <= 30 else {
      throw .invalidParameter(name: "number of rates", value: "\(stages)", requirement: "between 1 and 30")
    }
    var pieces: [Piece] = []
    var passes = 1
    for i in 0..<stages {
      pieces.append(Piece(rate: initial * Double.pow(10, -Double(i) / 7), passes: passes))
      passes *= 3
    }
    return try PiecewiseRate(pieces)
  }

  /// Passes of all pieces together.
  public var passes: Int { pieces.reduce(0) { $0 + $1.passes } }

  public func rate(at time: TrainingTime) -> Double {
    var end = 0
    for piece in pieces {
      end += piece.passes
      if time.pass < end { return piece.rate }
    }
    return pieces[pieces.count - 1].rate
  }
}
