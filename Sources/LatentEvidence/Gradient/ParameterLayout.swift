/// Names, shapes and places of a model's parameters in one flat buffer.
///
/// Every tensor starts at a multiple of 16 elements, on a cache line in either precision; what lies between two tensors
/// is 0 and stays 0. A model declares its tensors in a fixed order, so that equal architectures have equal layouts.
public struct ParameterLayout: Sendable, Hashable {
  /// One tensor.
  public struct Entry: Sendable, Hashable {
    /// A path such as `decoder/0/weight`.
    public let name: String
    /// Extents, outermost first.
    public let shape: [Int]
    /// The place of its first element in the buffer.
    public let offset: Int

    /// The number of elements.
    public var count: Int { shape.reduce(1, *) }

    /// The tensor as a matrix.
    public var reference: ParameterReference {
      let rows = shape.count < 2 ? 1 : shape[0]
      return ParameterReference(offset: offset, rows: rows, columns: rows > 0 ? count / rows : 0)
    }
  }

  /// The tensors, in the order of their places.
  public private(set) var entries: [Entry] = []
  /// The elements of the buffer.
  public private(set) var count = 0

  /// What a tensor's place is a multiple of.
  public static let alignment = 16

  /// A layout without tensors.
  public init() {}

  /// Places one more tensor behind the others.
  ///
  /// - Precondition: the name is new, and no extent is negative.
  @discardableResult
  public mutating func add(_ name: String, shape: [Int]) -> ParameterReference {
    precondition(self[name] == nil, "two parameters called \(name)")
    precondition(shape.allSatisfy { $0 >= 0 }, "an extent is not negative")
    let entry = Entry(name: name, shape: shape, offset: count)
    entries.append(entry)
    count += (entry.count + Self.alignment - 1) / Self.alignment * Self.alignment
    return entry.reference
  }

  /// Places one more tensor behind the others.
  @discardableResult
  public mutating func add(_ name: String, _ shape: Int...) -> ParameterReference { add(name, shape: shape) }

  /// The tensor of this name.
  public subscript(name: String) -> Entry? { entries.first { $0.name == name } }

  /// The numbers in all tensors: `count` without what lies between them.
  public var parameterCount: Int { entries.reduce(0) { $0 + $1.count } }
}

/// Where a tensor lies in the flat buffer, as a matrix in row-major order: a vector of n is `[1, n]`, a tensor
/// `[n, a, b, …]` is `[n, a·b·…]`.
public struct ParameterReference: Sendable, Hashable, BitwiseCopyable {
  /// The place of the first element.
  public let offset: Int
  public let rows: Int
  public let columns: Int

  public init(offset: Int, rows: Int, columns: Int) {
    self.offset = offset
    self.rows = rows
    self.columns = columns
  }

  /// The number of elements.
  public var count: Int { rows * columns }
  /// The places of the elements.
  public var range: Range<Int> { offset..<offset + count }
}

extension ParameterLayout: Codable {
  private struct Declaration: Codable {
    let name: String
    let shape: [Int]
  }

  /// Names and shapes alone: places follow from them.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(entries.map { Declaration(name: $0.name, shape: $0.shape) })
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    self.init()
    var names = Set<String>()
    for one in try container.decode([Declaration].self) {
      // A file may hold anything: no extent may overflow the count.
      var elements = 1
      for extent in one.shape {
        let (product, overflow) = elements.multipliedReportingOverflow(by: extent)
        guard extent >= 0, !overflow, product < 1 << 48 else {
          throw DecodingError.dataCorruptedError(in: container, debugDescription: "the shape of \(one.name)")
        }
        elements = product
      }
      guard names.insert(one.name).inserted else {
        throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(one.name) twice")
      }
      add(one.name, shape: one.shape)
    }
  }
}
