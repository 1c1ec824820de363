import ArgumentParser
import Latent

/// How values between 0 and 1 become 0 or 1.
enum Binarization: Equatable, Sendable {
  /// 1 with the value as its probability.
  case stochastic
  /// 1 from this value on.
  case threshold(Double)

  /// The substream of the seed that the draws come from; below zero, apart from those of the restarts.
  private static let substream = -2

  /// A missing cell stays missing; it takes its draw all the same, so that the others do not depend on it.
  ///
  /// - Parameter start: the number of the table's first row, from 0, where it is a part of the data.
  /// - Throws: `PreparationError.outsideUnitInterval`.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  func applied<Scalar: LatentScalar>(
    to table: Table<Scalar>, seed: UInt64, from start: Int = 0
  ) throws -> Table<Scalar> {
    let outside = table.values.withUnsafeElements { $0.firstIndex { $0 < 0 || $0 > 1 } }
    if let outside {
      let (row, column) = outside.quotientAndRemainder(dividingBy: table.columns)
      throw PreparationError.outsideUnitInterval(
        source: table.source, row: start + row + 1, column: column + 1, name: table.columnNames?[column],
        value: Double(table.values[row, column]))
    }
    var result = table
    let D = table.columns
    let stream = RandomStream(seed: seed).substream(Self.substream)
    result.values = Matrix(rows: table.rows, columns: D) { target in
      table.values.withUnsafeElements { x in
        for n in 0..<table.rows {
          var row = stream.substream(start + n)
          for i in n * D..<(n + 1) * D {
            let isOne: Bool =
              switch self {
              case .stochastic: row.uniform() < Double(x[i])
              case .threshold(let threshold): Double(x[i]) >= threshold
              }
            target.initializeElement(at: i, to: x[i].isNaN ? .nan : isOne ? 1 : 0)
          }
        }
      }
    }
    return result
  }
}

extension Binarization: ExpressibleByArgument, CustomStringConvertible {
  init?(argument: String) {
    if argument == "stochastic" {
      self = .stochastic
    } else if let threshold = Double(argument), threshold > 0, threshold < 1 {
      self = .threshold(threshold)
    } else {
      return nil
    }
  }

  var description: String {
    switch self {
    case .stochastic: "stochastic"
    case .threshold(let threshold): "\(threshold)"
    }
  }
}

extension Binarization: Codable {
  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let value = Binarization(argument: try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "no binarization")
    }
    self = value
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
