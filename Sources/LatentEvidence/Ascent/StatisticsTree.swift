/// The statistics of batches and their sum, kept in a tree, so that one batch's may be replaced without summing all anew and
/// without subtracting.
///
/// Node i is the sum of nodes 2i and 2i + 1; of B batches, batch b is node B + b, and node 1 the sum of all. A node depends on the
/// batches below it alone, so that the sum is the same bits however it came about.
struct StatisticsTree<Statistics: SufficientStatistics>: Sendable {
  /// Node i + 1 at i.
  private var nodes: [Statistics]

  /// - Parameter batches: the statistics of each, at least one. O(B) additions.
  init(_ batches: [Statistics]) {
    precondition(!batches.isEmpty, "statistics of at least one batch")
    // The first B − 1 are replaced below.
    nodes = batches.dropLast() + batches
    for node in stride(from: batches.count - 1, to: 0, by: -1) { add(node) }
  }

  /// B.
  var count: Int { (nodes.count + 1) / 2 }

  /// The statistics of all batches together.
  var total: Statistics { nodes[0] }

  /// The statistics of batch b. Setting them takes O(ln B) additions.
  subscript(b: Int) -> Statistics {
    get { nodes[count - 1 + b] }
    set {
      nodes[count - 1 + b] = newValue
      var node = (count + b) / 2
      while node > 0 {
        add(node)
        node /= 2
      }
    }
  }

  private mutating func add(_ node: Int) {
    var sum = nodes[2 * node - 1]
    sum += nodes[2 * node]
    nodes[node - 1] = sum
  }
}
