/// A change of a mixture's number of components, by component numbers from 0.
public enum Move: Sendable, Hashable, Codable {
  /// Components that hold less than one row were removed.
  case prune([Int])
  /// The second component was merged into the first.
  case merge(Int, Int)
  /// The component was split in two, of which one came last.
  case split(Int)
}
