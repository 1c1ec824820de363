import Foundation
public import LatentFiles
import LatentNumerics

extension ParameterVector: Archivable where Scalar: TensorElement {
  /// Every tensor under its own name, in its own shape.
  public func write(to archive: inout Archive, at path: String) {
    archive.note("\(path)/layout", JSON.text(of: layout))
    withUnsafeElements { values in
      for entry in layout.entries {
        let elements = Array(values[entry.reference.range])
        archive.set("\(path)/\(entry.name)", Tensor(shape: entry.shape, elements: elements))
      }
    }
  }

  public init(from archive: Archive, at path: String) throws(FileError) {
    let layout = try JSON.value(ParameterLayout.self, from: archive, note: "\(path)/layout")
    try self.init(layout, from: archive, at: path)
  }

  /// Reads parameters that must have this layout, such as those of a model whose architecture is known.
  ///
  /// - Throws: `.missingTensor`, `.wrongShape`, `.wrongType`; `.corrupt` where a number is not finite.
  public init(_ layout: ParameterLayout, from archive: Archive, at path: String) throws(FileError) {
    // Tensors that the file holds bound the memory that the layout asks for.
    for entry in layout.entries {
      let tensor = try archive.tensor("\(path)/\(entry.name)")
      guard tensor.shape == entry.shape else {
        throw .wrongShape(
          path: archive.path, name: "\(path)/\(entry.name)", found: tensor.shape,
          expected: entry.shape.map { $0 })
      }
    }
    self.init(layout)
    for entry in layout.entries {
      let name = "\(path)/\(entry.name)"
      let elements = try archive.elements(name, of: Scalar.self, shape: entry.shape.map { $0 })
      guard elements.allSatisfy(\.isFinite) else { throw archive.invalidValue(name) }
      self[entry.reference] = Matrix(
        rows: entry.reference.rows, columns: entry.reference.columns, elements: elements)
    }
  }
}
