import Foundation
public import LatentNumerics

// Typed access to the arrays of an archive.
//
// Reading is strict: a tensor of another element type or rank is an error, never converted.

extension Archive {
  /// The names of all arrays, sorted.
  public var names: [String] { tensors.keys.sorted { $0.precedesInBytes($1) } }

  /// Whether there is an array of this name.
  public func contains(_ name: String) -> Bool { tensors[name] != nil }

  /// Adds or replaces a matrix, `[rows, columns]`.
  public mutating func set<Scalar: LatentScalar & TensorElement>(_ name: String, _ matrix: Matrix<Scalar>) {
    let bytes = matrix.withUnsafeElements { Array(UnsafeRawBufferPointer($0)) }
    set(name, Tensor(type: Scalar.tensorType, shape: [matrix.rows, matrix.columns], bytes: bytes))
  }

  /// Adds or replaces a vector, `[count]`.
  public mutating func set<Element: TensorElement>(_ name: String, _ vector: [Element]) {
    set(name, Tensor(shape: [vector.count], elements: vector))
  }

  /// Adds or replaces a single value, of shape `[]`.
  public mutating func set<Element: TensorElement>(_ name: String, _ value: Element) {
    set(name, Tensor(shape: [], elements: [value]))
  }

  /// An array of any rank.
  ///
  /// - Throws: `.missingTensor`.
  public func tensor(_ name: String) throws(FileError) -> Tensor {
    guard let tensor = tensors[name] else { throw .missingTensor(path: path, name: name) }
    return tensor
  }

  /// The elements of an array in row-major order; it must have the shape `shape`, where `nil` stands for any extent.
  ///
  /// - Throws: `.missingTensor`, `.wrongShape`, `.wrongType`.
  public func elements<Element: TensorElement>(
    _ name: String, of _: Element.Type = Element.self, shape: [Int?]
  ) throws(FileError) -> [Element] {
    let tensor = try tensor(name)
    guard tensor.shape.count == shape.count, zip(tensor.shape, shape).allSatisfy({ $1 == nil || $0 == $1 })
    else { throw .wrongShape(path: path, name: name, found: tensor.shape, expected: shape) }
    guard let elements = tensor.elements(Element.self) else {
      throw .wrongType(path: path, name: name, found: tensor.type, expected: Element.tensorType)
    }
    return elements
  }

  /// A matrix; it must have as many rows and columns as `rows` and `columns` say, where `nil` accepts any number.
  ///
  /// - Throws: `.missingTensor`, `.wrongShape`, `.wrongType`.
  public func matrix<Scalar: LatentScalar & TensorElement>(
    _ name: String, of _: Scalar.Type = Double.self, rows: Int? = nil, columns: Int? = nil
  ) throws(FileError) -> Matrix<Scalar> {
    let elements = try elements(name, of: Scalar.self, shape: [rows, columns])
    let shape = try tensor(name).shape
    return Matrix(rows: shape[0], columns: shape[1], elements: elements)
  }

  /// A vector; its length must be `count`, where `nil` accepts any.
  ///
  /// - Throws: `.missingTensor`, `.wrongShape`, `.wrongType`.
  public func vector<Element: TensorElement>(
    _ name: String, of _: Element.Type = Double.self, count: Int? = nil
  ) throws(FileError) -> [Element] {
    try elements(name, of: Element.self, shape: [count])
  }

  /// A single value.
  ///
  /// - Throws: `.missingTensor`, `.wrongShape`, `.wrongType`.
  public func value<Element: TensorElement>(
    _ name: String, of _: Element.Type = Double.self
  ) throws(FileError) -> Element {
    try elements(name, of: Element.self, shape: [])[0]
  }

  /// The JSON text of a configuration, with sorted keys; numbers that are not finite become `"inf"`,
  /// `"-inf"` and `"nan"`.
  ///
  /// - Throws: the error of the value's own `encode(to:)`.
  public static func configurationText(of value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  /// The configuration as a value.
  ///
  /// - Throws: `.corrupt` with `.configuration` when the text does not describe such a value.
  public func decodedConfiguration<Value: Decodable>(
    as _: Value.Type = Value.self
  ) throws(FileError) -> Value {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    do {
      return try decoder.decode(Value.self, from: Data(configuration.utf8))
    } catch {
      throw .corrupt(path: path, .configuration)
    }
  }
}
