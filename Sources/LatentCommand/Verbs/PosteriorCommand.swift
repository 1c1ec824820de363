import ArgumentParser
import Foundation
import Latent

struct PosteriorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "posterior",
    abstract:
      "The posterior p(z | x) of every row: each component's responsibility, and the most likely one.",
    discussion: "Columns are matched with the model's by name where DATA has a header.")

  @Argument(help: "A model file.") var file: String
  @Argument(help: "A file, `-`, or the name of a data set.") var data: String
  @Option(name: [.customShort("o"), .customLong("output")], help: "Where to write (.csv, .tsv, .npy).")
  var output: String?
  @OptionGroup(title: "Data") var dataOptions: DataOptions
  @OptionGroup(title: "Data") var labels: LabelsOption
  @OptionGroup(title: "Run") var seed: SeedOption
  @OptionGroup(title: "Run") var threads: ThreadsOption
  @OptionGroup(title: "Run") var precision: PrecisionOption
  @OptionGroup(title: "Run") var report: ReportOptions

  func run() throws {
    switch precision.value {
    case .double: try infer(Double.self)
    case .single: try infer(Float.self)
    }
  }

  private func infer<Scalar: LatentScalar>(_: Scalar.Type) throws {
    let console = Console(report)
    if let output {
      try OutputPath.check(
        output, option: "-o", against: [(data, "the data"), (file, "the model")], endings: TableOutput.endings
      )
    }
    let input = try ModelInput(path: file)
    let table = try input.table(
      DataSource(data, console: console, threads: threads.value), options: dataOptions, labels: labels.value,
      seed: seed.value, as: Scalar.self)
    let q = try input.mixture(as: Scalar.self).posterior(
      of: Rows(table.values), at: input.model.parameters, threads: threads.value
    ).responsibilities
    let likeliest = q.likeliestComponents()
    let (N, K) = (q.rows, q.columns)

    if output != nil || !report.json {
      let values = Matrix<Scalar>(rows: N, columns: K + 1) { target in
        q.withUnsafeElements { q in
          for n in 0..<N {
            for k in 0..<K { target.initializeElement(at: n * (K + 1) + k, to: q[n * K + k]) }
            target.initializeElement(at: n * (K + 1) + K, to: Scalar(likeliest[n] + 1))
          }
        }
      }
      let names = (1...K).map { "component\($0)" } + ["component"]
      try TableOutput.write(Table(source: table.source, values: values, columnNames: names), to: output)
    }

    var counts = [Int](repeating: 0, count: K)
    for k in likeliest { counts[k] += 1 }
    let entropy = q.meanRowEntropy()
    let agreement = table.labels.map { Agreement(of: likeliest, with: $0) }
    if report.json {
      var entries: [(String, JSONValue)] = [
        ("rows", .integer(N)), ("components", .integer(K)), ("counts", .array(counts.map { .integer($0) })),
        ("meanEntropy", .number(entropy)), ("seed", .unsigned(seed.value)),
      ]
      if let agreement { entries.append(("agreement", agreement.json)) }
      try console.result(JSONValue.object(entries).text)
    }
    console.note(
      "rows by most likely component: \(counts.map { NumberText.count($0) }.joined(separator: ", ")); "
        + "mean entropy \(NumberText.fixed(entropy, 6)) nats, seed \(seed.value)\(output.map { ", written to \($0)" } ?? "")"
    )
    if let agreement { console.note(agreement.text) }
  }
}

extension Matrix {
  /// The column of the largest element of every row; the first of several.
  func likeliestComponents() -> [Int] {
    withUnsafeElements { q in
      (0..<rows).map { n in
        var best = 0
        for k in 1..<Swift.max(columns, 1) where q[n * columns + k] > q[n * columns + best] { best = k }
        return best
      }
    }
  }

  /// −Σₖ q ln q, averaged over the rows, in nats.
  func meanRowEntropy() -> Double {
    let total = withUnsafeElements { q in
      q.reduce(0.0) { $1 > 0 ? $0 - Double($1) * log(Double($1)) : $0 }
    }
    return rows > 0 ? Swift.max(total, 0) / Double(rows) : 0
  }
}

extension Agreement {
  var json: JSONValue {
    .object([
      ("adjustedRandIndex", .number(adjustedRandIndex)),
      ("normalizedMutualInformation", .number(normalizedMutualInformation)),
      ("majorityAccuracy", .number(majorityAccuracy)),
    ])
  }

  var text: String {
    "agreement with the labels (not used in the fit): adjusted Rand index "
      + "\(NumberText.fixed(adjustedRandIndex, 4)), normalized mutual information "
      + "\(NumberText.fixed(normalizedMutualInformation, 4)), majority accuracy "
      + "\(NumberText.fixed(majorityAccuracy, 4))"
  }
}
