import CLatentKernels
import LatentEvidence

// Gradients of large weights W that are left as the factors of products, ∂W = Σ AᵀG over the uses Y = A W of a step. A and G lie
// in the arena until the next step: others' memory may be gone by then, and parameters have moved.

/// One of the products.
struct WeightFactors {
  enum Kind {
    /// A with its stride, and G.
    case plain(Elements, stride: Int, Elements)
    /// Both in bfloat16.
    case rounded(UnsafePointer<UInt16>, UnsafePointer<UInt16>)
    /// The entries of A that are not 0 by columns, and G.
    case sparse(SparseEntries, Elements)
  }

  let kind: Kind
  /// Rows of A and G.
  let rows: Int
  /// The number of the matrix.
  var matrix: Int
}

/// A matrix of weights whose gradient is left so.
struct FactoredWeights {
  let node: Int32
  let matrix: ParameterReference
}

extension TapeEngine {
  /// Elements below which a gradient stays in the cache in any case.
  private static var smallestFactored: Int { 1 << 14 }
  /// Rows of a sparse A below which writing the gradient out was the faster.
  private static var fewestSparseRows: Int { 24 }

  /// Leaves AᵀG as factors, if W is a large parameter, and all of its gradient so far is left so.
  func leave(_ kind: WeightFactors.Kind, rows: Int, for weights: Int32) -> Bool {
    guard keepsFactors, parameterGradient != nil else { return false }
    switch kind {
    case .plain(let first, _, let gradient):
      guard arena.contains(first), arena.contains(gradient) else { return false }
    case .rounded: break
    case .sparse(_, let gradient):
      guard rows >= Self.fewestSparseRows, arena.contains(gradient) else { return false }
    }
    let node = node(weights)
    guard case .parameter(let offset) = node.operation, node.gradient == nil,
      node.count >= Self.smallestFactored
    else { return false }
    let matrix = factoredWeights(at: weights) ?? factoredWeights.count
    if matrix == factoredWeights.count {
      factoredWeights.append(
        FactoredWeights(
          node: weights, matrix: ParameterReference(offset: offset, rows: node.rows, columns: node.columns)))
    }
    factors.append(WeightFactors(kind: kind, rows: rows, matrix: matrix))
    return true
  }

  func isFactored(_ node: Int32) -> Bool { factoredWeights(at: node) != nil }

  private func factoredWeights(at node: Int32) -> Int? {
    for i in 0..<factoredWeights.count where factoredWeights[i].node == node { return i }
    return nil
  }

  /// Writes a gradient that was left as factors, because something else is to be added to it.
  ///
  /// - Returns: whether there was one.
  func writeFactored(_ node: Int32, into g: Elements) -> Bool {
    guard let matrix = factoredWeights(at: node) else { return false }
    let weights = factoredWeights[matrix]
    Self.gradientRows(
      0..<weights.matrix.rows, of: weights.matrix, leftBy: CollectionOfOne(self), into: g, adding: false,
      by: products)
    for i in matrix + 1..<factoredWeights.count { factoredWeights[i - 1] = factoredWeights[i] }
    factoredWeights.removeLast(1)
    var kept = 0
    for i in 0..<factors.count where factors[i].matrix != matrix {
      factors[kept] = factors[i]
      if factors[i].matrix > matrix { factors.base[kept].matrix -= 1 }
      kept += 1
    }
    factors.removeLast(factors.count - kept)
    return true
  }

  /// The number under which a matrix is left.
  func factored(_ matrix: ParameterReference) -> Int? {
    for i in 0..<factoredWeights.count where factoredWeights[i].matrix == matrix { return i }
    return nil
  }

  private func eachFactor(of matrix: ParameterReference, _ body: (WeightFactors) -> Void) {
    guard let number = factored(matrix) else { return }
    for i in 0..<factors.count where factors[i].matrix == number { body(factors[i]) }
  }

  /// Rows of the sum of what several tapes left. Changes nothing of them, so that several threads may call it, each with products
  /// of its own.
  static func gradientRows(
    _ rows: Range<Int>, of matrix: ParameterReference, leftBy lanes: some Sequence<TapeEngine>,
    into g: Elements,
    adding: Bool, by products: MatrixProducts
  ) {
    let (k, n, low) = (rows.count, matrix.columns, rows.lowerBound)
    var adding = adding
    // Factors of a few rows each make one product of them all, which is faster than several.
    var (plain, rounded) = (Gathering(), Gathering())
    for lane in lanes {
      lane.eachFactor(of: matrix) {
        switch $0.kind {
        case .plain: plain.count($0)
        case .rounded: rounded.count($0)
        case .sparse: break
        }
      }
    }
    plain.prepare(k, n, size: products.elementSize, in: products)
    for lane in lanes {
      lane.eachFactor(of: matrix) { factor in
        let m = factor.rows
        switch factor.kind {
        case .plain(let a, let stride, let gradient):
          if plain.isWorthIt {
            plain.add(factor, lane.at(a, low), stride, gradient)
          } else {
            products.multiply(
              k, n, m, lane.at(a, low), stride, true, gradient, n, false, add: adding, g, n)
            adding = true
          }
        case .rounded: break
        case .sparse(let a, let gradient):
          lane.kernels.sparse_product(
            adding ? 1 : 0, k, n, m, a.start + low, a.index, a.value, gradient, n, nil, g, n)
          adding = true
        }
      }
    }
    if plain.isWorthIt {
      products.multiply(k, n, plain.rows, plain.first, k, true, plain.second, n, false, add: adding, g, n)
      adding = true
    }
    rounded.prepare(k, n, size: 2, in: products)
    for lane in lanes {
      lane.eachFactor(of: matrix) { factor in
        guard case .rounded(let a, let gradient) = factor.kind else { return }
        if rounded.isWorthIt {
          rounded.add(
            factor, Elements(mutating: a + low), matrix.rows, Elements(mutating: gradient))
        } else {
          products.multiplyRounded(
            k, n, factor.rows, a + low, matrix.rows, true, gradient, n, false, add: adding, g, n)
          adding = true
        }
      }
    }
    if rounded.isWorthIt {
      products.multiplyRounded(
        k, n, rounded.rows, UnsafePointer(rounded.first.assumingMemoryBound(to: UInt16.self)), k, true,
        UnsafePointer(rounded.second.assumingMemoryBound(to: UInt16.self)), n, false, add: adding, g, n)
    }
  }
}

/// Factors of one kind laid below each other.
private struct Gathering {
  private(set) var rows = 0
  private var factors = 0
  private var (k, n, size) = (0, 0, 0)
  private(set) var first = Elements(bitPattern: 64)!
  private(set) var second = Elements(bitPattern: 64)!
  private var filled = 0

  /// Rows of all together above which one product of them gains nothing.
  private static var mostRows: Int { 64 }

  var isWorthIt: Bool { factors > 1 && rows <= Self.mostRows }

  mutating func count(_ factor: WeightFactors) {
    factors += 1
    rows += factor.rows
  }

  mutating func prepare(_ k: Int, _ n: Int, size: Int, in products: MatrixProducts) {
    guard isWorthIt else { return }
    (self.k, self.n, self.size) = (k, n, size)
    let bytes = (rows * k * size + 63) & ~63
    first = products.room(bytes: bytes + rows * n * size)
    second = first + bytes
  }

  mutating func add(_ factor: WeightFactors, _ a: Elements, _ stride: Int, _ g: Elements) {
    for i in 0..<factor.rows {
      (first + (filled + i) * k * size).copyMemory(from: a + i * stride * size, byteCount: k * size)
    }
    (second + filled * n * size).copyMemory(from: g, byteCount: factor.rows * n * size)
    filled += factor.rows
  }
}
