/// Where each tensor of a file lies: checked, in the order of the bytes.
struct TensorLayout {
  struct Slot {
    var name: String
    var type: TensorType
    var shape: [Int]
    var range: Range<Int>
  }

  let slots: [Slot]
  /// The number of bytes of all tensors together.
  let size: Int

  /// Checks that types are known, that every range fits its shape, and that the ranges fill `0..<size`
  /// without overlap or gap.
  init(_ entries: [HeaderScanner.Entry]) throws(FileError.Corruption) {
    var slots: [Slot] = []
    for entry in entries {
      guard let type = TensorType(rawValue: entry.type) else {
        throw .unknownType(tensor: entry.name, type: entry.type)
      }
      guard entry.range.count == 2, entry.range[0] <= entry.range[1],
        Tensor.byteCount(type, entry.shape) == entry.range[1] - entry.range[0]
      else { throw .inconsistentRange(tensor: entry.name) }
      slots.append(
        Slot(name: entry.name, type: type, shape: entry.shape, range: entry.range[0]..<entry.range[1]))
    }
    slots.sort { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
    var end = 0
    for slot in slots {
      guard slot.range.lowerBound == end else { throw .misplaced(tensor: slot.name) }
      end = slot.range.upperBound
    }
    self.slots = slots
    size = end
  }
}
