// K components

public import LatentEvidence

/// A family whose components can be split, merged and removed by their statistics alone.
public protocol RestructuringEmission: Emission where Statistics: RestructurableStatistics {
  /// Whether components have parameters in common, so that one's marginal likelihood depends on the others.
  var sharesParameters: Bool { get }

  /// The statistics with component k in two, its rows shared between both; the new one comes last.
  ///
  /// - Returns: nil when there is nothing to tell the two apart by.
  func splitting(_ k: Int, of statistics: Statistics, at parameters: Parameters) -> Statistics?

  /// The logarithm of the marginal likelihood of the rows that these statistics gather, each component's parameters
  /// integrated out against its prior, in nats, up to a constant that depends on the rows alone: what ranks mergers.
  ///
  /// - Throws: what the θ-step throws.
  func logMarginal(of statistics: Statistics) throws(InferenceError) -> Double
}

/// Statistics whose components can be merged and removed.
public protocol RestructurableStatistics: EmissionStatistics {
  /// The statistics of some components, without the rows of the others.
  func selecting(components: [Int]) -> Self
  /// The statistics with component b's rows added to component a's, and b gone.
  func merging(_ b: Int, into a: Int) -> Self
}
