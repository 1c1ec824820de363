import Foundation
import Testing

/// The contents of `Tests/Reference/special-functions.json`, made by the script beside it.
struct SpecialFunctionTable: Decodable {
  struct Entry: Decodable {
    var region: String?
    var x: Double
    var y: Double
  }
  struct MultivariateEntry: Decodable {
    var a: Double
    var dimension: Int
    var y: Double
    var scale: Double
  }

  var logGamma: [Entry]
  var digamma: [Entry]
  var trigamma: [Entry]
  var multivariateLogGamma: [MultivariateEntry]
  var normalQuantile: [Entry]

  static func load() throws -> SpecialFunctionTable {
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Reference/special-functions.json")
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return try decoder.decode(SpecialFunctionTable.self, from: Data(contentsOf: file))
  }
}

/// The error relative to the reference, where infinities agree only with themselves.
func relativeError(_ value: Double, _ reference: Double) -> Double {
  if value == reference { return 0 }
  guard value.isFinite, reference.isFinite else { return .infinity }
  return (value - reference).magnitude / Swift.max(reference.magnitude, .leastNormalMagnitude)
}

/// Expects every entry within a bound, and names the worst one.
func expectAgreement(
  _ entries: [SpecialFunctionTable.Entry], within bound: Double, _ function: (Double) -> Double,
  scale: (SpecialFunctionTable.Entry) -> Double = { _ in 0 },
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(!entries.isEmpty, sourceLocation: sourceLocation)
  var worst: [String: (error: Double, x: Double)] = [:]
  for entry in entries {
    let value = function(entry.x)
    let relative = relativeError(value, entry.y)
    let error =
      relative.isFinite && scale(entry) > 0
      ? Swift.min(relative, (value - entry.y).magnitude / scale(entry)) : relative
    let region = entry.region ?? ""
    if error > worst[region]?.error ?? -1 { worst[region] = (error, entry.x) }
  }
  for (region, (error, x)) in worst {
    #expect(error <= bound, "\(region): relative error \(error) at \(x)", sourceLocation: sourceLocation)
  }
}
