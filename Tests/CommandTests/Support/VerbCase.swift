import Foundation
import Testing

/// A model and a method of inference, with rows that it can have produced, as every verb takes them.
struct VerbCase: CustomTestStringConvertible, Sendable {
  enum Cells: Sendable { case numbers, bits, categories }

  let model: String
  let inference: String
  var options = ""
  var cells = Cells.numbers

  var isVariational: Bool { inference != "em" }
  var testDescription: String { "\(model) by \(inference)" }
  /// The options that define the model.
  var definition: String { "--inference \(inference) \(options)" }

  /// Point models without a prior, so that their fixed points are those of maximum likelihood.
  static let all: [VerbCase] = [
    .init(model: "gmm", inference: "em", options: "--components 2 --prior none"),
    .init(model: "gmm", inference: "vb", options: "--components 2"),
    .init(model: "gmm", inference: "svi", options: "--components 2 --batch 5000 --passes 40"),
    .init(model: "tmm", inference: "em", options: "--components 2 --prior none --degrees-of-freedom 5"),
    .init(model: "bmm", inference: "em", options: "--components 2 --prior none", cells: .bits),
    .init(model: "bmm", inference: "vb", options: "--components 2", cells: .bits),
    .init(
      model: "bmm", inference: "svi", options: "--components 2 --batch 5000 --passes 40", cells: .bits),
    .init(model: "cmm", inference: "em", options: "--components 2 --prior none", cells: .categories),
    .init(model: "cmm", inference: "vb", options: "--components 2", cells: .categories),
    .init(
      model: "cmm", inference: "svi", options: "--components 2 --batch 5000 --passes 40", cells: .categories),
    .init(model: "ppca", inference: "em", options: "--latent 1"),
    .init(model: "ppca", inference: "vb", options: "--latent 2"),
    .init(model: "fa", inference: "em", options: "--latent 1"),
    .init(model: "mfa", inference: "em", options: "--components 2 --latent 1 --prior none"),
  ]

  static let rows = 400
  /// The categories of each column, in the order of their codes.
  static let levels = [["blue", "green", "red"], ["large", "small"], ["1", "2", "10"]]
  static let names = ["a", "b", "c"]

  /// Rows of two clusters: numbers, or the codes of categories.
  private var values: [[Double]] {
    var random = SmallRandom(seed: 11)
    return (0..<Self.rows).map { _ in
      let isFirst = random.uniform() < 0.4
      switch cells {
      case .numbers:
        let (x, y, z) = (random.normal(), random.normal(), random.normal())
        let row =
          isFirst ? [3 + x, 1 + 0.8 * x + 0.6 * y, -2 + 0.5 * z] : [x, 0.5 * y - 0.5 * x, x + 0.7 * z]
        return row.map { ($0 * 1e6).rounded() / 1e6 }
      case .bits:
        return (isFirst ? [0.9, 0.8, 0.15] : [0.2, 0.3, 0.7]).map { random.uniform() < $0 ? 1 : 0 }
      case .categories:
        return
          (isFirst
          ? [[0.7, 0.2, 0.1], [0.8, 0.2], [0.1, 0.2, 0.7]]
          : [[0.1, 0.2, 0.7], [0.3, 0.7], [0.5, 0.3, 0.2]])
          .map { p in
            let u = random.uniform()
            return u < p[0] ? 0 : u < p[0] + p[1] ? 1 : 2
          }
      }
    }
  }

  /// A cell as a table holds it; NaN for a missing one.
  func text(_ value: Double, column: Int) -> String {
    if value.isNaN { return "NA" }
    return cells == .categories ? Self.levels[column][Int(value)] : "\(value)"
  }

  func table(_ rows: [[Double]], extra: [String: [Int]] = [:]) -> String {
    let names = extra.keys.sorted()
    var text = (Self.names + names).joined(separator: ",") + "\n"
    for (n, row) in rows.enumerated() {
      let cells = row.enumerated().map { self.text($1, column: $0) } + names.map { "\(extra[$0]![n])" }
      text += cells.joined(separator: ",") + "\n"
    }
    return text
  }

  /// A folder with `complete.csv`, `missing.csv` (a cell in seven is), `weighted.csv` (a column `w` of 0 to 3) and
  /// `repeated.csv` (every row of it as often as its weight says), and a model fitted to each of the first two.
  func fitted() throws -> VerbFolder {
    let scratch = try ScratchFolder()
    let complete = values
    var random = SmallRandom(seed: 5)
    let missing = complete.map { row in row.map { random.uniform() < 1.0 / 7 ? Double.nan : $0 } }
    let weights = complete.map { _ in Int(random.uniform() * 4) }
    let repeated = zip(complete, weights).flatMap { Array(repeating: $0, count: $1) }
    try scratch.write(table(complete), to: "complete.csv")
    try scratch.write(table(missing), to: "missing.csv")
    try scratch.write(table(complete, extra: ["w": weights]), to: "weighted.csv")
    try scratch.write(table(repeated), to: "repeated.csv")
    let folder = VerbFolder(
      scratch: scratch, of: self, rows: ["complete": complete, "missing": missing, "repeated": repeated],
      weights: weights)
    let stopping = inference == "svi" ? "--tolerance 0" : "--tolerance 1e-12 --max-iterations 20000"
    for name in ["complete", "missing"] {
      _ = try folder.json("fit \(model) \(name).csv \(definition) \(stopping) --seed 3 -o \(name).latent")
    }
    return folder
  }
}

/// The folder of a case, and what the verbs say there.
struct VerbFolder {
  let scratch: ScratchFolder
  let of: VerbCase
  let rows: [String: [[Double]]]
  let weights: [Int]

  func run(_ line: String) throws -> LatentProcess.Outcome {
    let outcome = try LatentProcess.run("\(line) --quiet", in: scratch)
    try #require(outcome.status == 0, "\(line): \(outcome.error)")
    return outcome
  }

  func json(_ line: String) throws -> [String: Any] { try run("\(line) --json").json }

  func number(_ line: String, _ key: String) throws -> Double {
    try #require(try json(line)[key] as? Double, "\(key) of \(line)")
  }

  /// A table that a verb prints, as numbers; categories by their codes.
  func table(_ line: String) throws -> (names: [String], rows: [[Double]]) {
    let lines = try run(line).output.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
      .map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
    let names = try #require(lines.first)
    let rows = try lines.dropFirst().map { cells in
      try cells.enumerated().map { j, cell -> Double in
        if of.cells == .categories, let column = VerbCase.names.firstIndex(of: names[j]) {
          return Double(try #require(VerbCase.levels[column].firstIndex(of: cell)))
        }
        return try #require(Double(cell), "\(cell) of \(line)")
      }
    }
    return (names, rows)
  }

  /// ln p(x) of some rows under a model.
  func scores(_ model: String, _ rows: [[Double]]) throws -> [Double] {
    // A complete row first: a table of nothing but missing cells is refused.
    try scratch.write(of.table([self.rows["complete"]![0]] + rows), to: "scored.csv")
    return try table("score \(model) scored.csv").rows.dropFirst().map { $0[0] }
  }

  /// The values that a cell may take, with what each stands for in an integral: all there are of categories; of numbers a
  /// grid that is dense in the middle and reaches far into the tails, x = m + s sinh u.
  func support(of column: Int) -> [(x: Double, weight: Double)] {
    switch of.cells {
    case .bits: return [(0, 1), (1, 1)]
    case .categories: return VerbCase.levels[column].indices.map { (Double($0), 1) }
    case .numbers:
      let values = rows["complete"]!.map { $0[column] }
      let m = values.reduce(0, +) / Double(values.count)
      let s = sqrt(values.reduce(0) { $0 + ($1 - m) * ($1 - m) } / Double(values.count))
      let h = 0.02
      return (-600...600).map { i in (m + s * sinh(Double(i) * h), s * cosh(Double(i) * h) * h) }
    }
  }

  /// p(x[column] = x, the cells that the row has) over the support, by `score`; integrated, what a verb should say about
  /// the row without that cell.
  func joint(
    _ model: String, _ row: [Double], column: Int
  ) throws -> [(x: Double, mass: Double)] {
    let support = support(of: column)
    let scores = try scores(
      model,
      support.map { point in
        var row = row
        row[column] = point.x
        return row
      })
    return zip(support, scores).map { ($0.x, exp($1) * $0.weight) }
  }
}
