/// What is wrong with data that are to be sequences. Sequences, frames and columns are counted from 0.
public enum SequenceError: Error, Sendable, Hashable {
  /// A sequence without a frame.
  case empty(sequence: Int)
  /// The lengths of the sequences do not add up to the number of frames; `total` is `Int.max` where they are beyond counting.
  case lengths(total: Int, frames: Int)
  /// A sequence has another number of columns than the first.
  case width(sequence: Int, expected: Int, actual: Int)
  /// The controls are those of another number of sequences.
  case controlSequences(sequences: Int, controls: Int)
  /// A sequence has another number of controls than frames; the sequence is nil where all lie one after the other.
  case controlFrames(sequence: Int?, frames: Int, controls: Int)
  /// A control that is missing or not finite: models condition on controls and do not infer them.
  case controlNotFinite(sequence: Int, frame: Int, column: Int)
  /// Weights that are not one for each sequence, finite and not negative.
  case weights
}
