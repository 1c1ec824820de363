import CLatentKernels
import LatentNumerics

/// What a tape does, without its element type: elements are found by address, and a table of C kernels knows
/// their type. The generic types around it only name the type, so they cost nothing in other modules.
final class TapeEngine {
  let single: Bool
  let elementSize: Int
  let kernels: latent_network_kernels
  let products: MatrixProducts

  // A tape belongs to one thread and none of its methods calls back into it, so that checks of exclusive access, a third
  // of the time of a small operation, would find nothing. After a step other threads read what it left as factors.
  @exclusivity(unchecked) var arena = Arena()
  @exclusivity(unchecked) var nodes = Register<Node>(capacity: 256)
  @exclusivity(unchecked) var operands = Register<Operand>()
  /// The convolutions met so far; kept over steps.
  var convolutionShapes: [ConvolutionShape] = []

  @exclusivity(unchecked) var parameters: Elements?
  @exclusivity(unchecked) var parameterGradient: Elements?
  @exclusivity(unchecked) var roundedParameters: UnsafePointer<UInt16>?
  @exclusivity(unchecked) private var leaves = ParameterLeaves()

  /// Whether gradients of large weights are left as factors, and what is left in this step.
  @exclusivity(unchecked) var keepsFactors = false
  @exclusivity(unchecked) var factoredWeights = Register<FactoredWeights>()
  @exclusivity(unchecked) var factors = Register<WeightFactors>()
  /// For other threads, which make gradients of the factors.
  let spare: SpareProducts

  init(single: Bool) {
    self.single = single
    elementSize = single ? MemoryLayout<Float>.stride : MemoryLayout<Double>.stride
    kernels = single ? latent_networks_f : latent_networks_d
    products = MatrixProducts(single: single)
    spare = SpareProducts(single: single)
  }

  var capacity: Int {
    arena.capacity + nodes.capacity * MemoryLayout<Node>.stride
      + operands.capacity * MemoryLayout<Operand>.stride
  }

  func begin() {
    products.prepareThread()
    arena.reset()
    nodes.removeAll()
    operands.removeAll()
    leaves.removeAll()
    factoredWeights.removeAll()
    factors.removeAll()
  }

  // MARK: Memory

  @inline(__always)
  func allocate(_ count: Int) -> Elements { arena.allocate(bytes: count * elementSize) }

  @inline(__always)
  func at(_ base: Elements, _ offset: Int) -> Elements { base + offset * elementSize }

  // MARK: Nodes

  @inline(__always)
  func node(_ index: Int32) -> Node { nodes[Int(index)] }

  @inline(__always)
  func needsGradient(_ index: Int32) -> Bool { index >= 0 && nodes.base[Int(index)].needsGradient }

  /// A new node with memory of its own, uninitialised.
  @inline(__always)
  func append(_ operation: Operation, rows: Int, columns: Int, needsGradient: Bool) -> Node {
    append(
      operation, rows: rows, columns: columns, needsGradient: needsGradient, value: allocate(rows * columns))
  }

  @inline(__always)
  func append(
    _ operation: Operation, rows: Int, columns: Int, needsGradient: Bool, value: Elements, stride: Int? = nil
  ) -> Node {
    let node = Node(
      operation: operation, rows: rows, columns: columns, stride: stride ?? columns, root: Int32(nodes.count),
      needsGradient: needsGradient, value: value, gradient: nil)
    nodes.append(node)
    return node
  }

  /// The number of the node made last.
  @inline(__always)
  var last: Int32 { Int32(nodes.count - 1) }

  /// Shows memory of a node in another shape.
  func view(_ index: Int32, offset: Int, rows: Int, columns: Int, stride: Int) -> Int32 {
    let source = node(index)
    nodes.append(
      Node(
        operation: .view, rows: rows, columns: columns, stride: stride, root: source.root,
        needsGradient: source.needsGradient, value: at(source.value, offset), gradient: nil))
    return last
  }

  // MARK: Leaves

  /// The node of a parameter: the same for all uses in a step, so that their gradients add up.
  func parameter(offset: Int, rows: Int, columns: Int) -> Int32 {
    guard let parameters else { preconditionFailure("this step began without parameters") }
    let known = leaves.find(offset)
    if known >= 0 {
      let same = node(known)
      if same.rows == rows, same.columns == columns { return known }
      precondition(same.count == rows * columns, "a parameter of another size at the same place")
      return view(known, offset: 0, rows: rows, columns: columns, stride: columns)
    }
    _ = append(
      .parameter(offset: offset), rows: rows, columns: columns, needsGradient: parameterGradient != nil,
      value: at(parameters, offset))
    leaves.insert(offset, last)
    return last
  }

  /// A node whose elements stay where they are, `stride` from row to row, until the next step.
  func constant(_ elements: Elements, rows: Int, columns: Int, stride: Int) -> Int32 {
    _ = append(.leaf, rows: rows, columns: columns, needsGradient: false, value: elements, stride: stride)
    return last
  }

  /// A leaf with memory of its own, uninitialised.
  func leaf(rows: Int, columns: Int, needsGradient: Bool) -> Int32 {
    _ = append(.leaf, rows: rows, columns: columns, needsGradient: needsGradient)
    return last
  }

  /// Whether this step has written a parameter's gradient, or left it as factors.
  func hasGradient(parameterAt offset: Int) -> Bool {
    let known = leaves.find(offset)
    return known >= 0 && (node(known).gradient != nil || isFactored(known))
  }

  func clearGradient(at offset: Int, count: Int) {
    guard let parameterGradient else { return }
    clear(at(parameterGradient, offset), count)
  }

  /// Zeroes elements.
  @inline(__always)
  func clear(_ base: Elements, _ count: Int) {
    base.initializeMemory(as: UInt8.self, repeating: 0, count: count * elementSize)
  }
}

/// The nodes of this step's parameters by their place in the buffer: a hash table without removal.
struct ParameterLeaves: ~Copyable {
  private var slots: UnsafeMutablePointer<(offset: Int, node: Int32, step: Int32)>
  private var mask = 63
  private var count = 0
  private var step: Int32 = 1

  init() {
    slots = .allocate(capacity: mask + 1)
    slots.initialize(repeating: (0, -1, 0), count: mask + 1)
  }

  deinit { slots.deallocate() }

  /// Forgets all: what an earlier step wrote is void.
  mutating func removeAll() {
    count = 0
    if step == .max {
      slots.initialize(repeating: (0, -1, 0), count: mask + 1)
      step = 0
    }
    step += 1
  }

  /// The node of the parameter at an offset; −1 if there is none.
  func find(_ offset: Int) -> Int32 {
    var place = Self.hash(offset) & mask
    while slots[place].step == step {
      if slots[place].offset == offset { return slots[place].node }
      place = (place + 1) & mask
    }
    return -1
  }

  mutating func insert(_ offset: Int, _ node: Int32) {
    if 2 * count > mask { grow() }
    place(offset, node)
    count += 1
  }

  private func place(_ offset: Int, _ node: Int32) {
    var place = Self.hash(offset) & mask
    while slots[place].step == step { place = (place + 1) & mask }
    slots[place] = (offset, node, step)
  }

  private mutating func grow() {
    let (old, oldMask) = (slots, mask)
    mask = 2 * mask + 1
    slots = .allocate(capacity: mask + 1)
    slots.initialize(repeating: (0, -1, 0), count: mask + 1)
    for i in 0...oldMask where old[i].step == step { place(old[i].offset, old[i].node) }
    old.deallocate()
  }

  /// Offsets are multiples of 16; a multiplication spreads them.
  private static func hash(_ offset: Int) -> Int { ((offset >> 4) &* 0x9E37_79B9) >> 8 }
}
