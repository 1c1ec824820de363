import ArgumentParser
import Foundation
import Latent

struct PosteriorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "posterior",
    abstract:
      "The posterior of every row: each component's responsibility and the most likely one, or the means and "
      + "deviations of latent variables.",
    discussion: "Columns are matched with the model's by name where DATA has a header.")

  @OptionGroup var options: AppliedModelOptions
  @OptionGroup(title: "Data") var labels: LabelsOption
  @Option(
    name: .long,
    help: ArgumentHelp(
      "For hmm and lds: given the frames up to each, given all of its sequence, or the most likely path (default: "
        + "smoothed).", valueName: "filtered|smoothed|likely"))
  var path: PathChoice?

  func run() async throws {
    let input = try options.open()
    guard !input.isFilter else {
      try input.refuse([("--labels", labels.value != nil), ("--path", path != nil)])
      return try input.visitFilter(
        precision: options.precision.given, FilterPosteriorJob(options: options, input: input))
    }
    guard !input.isSequenceModel else {
      try input.refuse([("--labels", labels.value != nil)])
      return try await input.visitSequences(
        precision: options.precision.value,
        SequencePosteriorJob(options: options, input: input, path: path ?? .smoothed))
    }
    try input.refuse([("--path", path != nil)])
    guard !input.isAutoencoder else {
      try input.refuse([("--labels", labels.value != nil)])
      return try input.visitAutoencoder(
        precision: options.precision.given, AutoencoderPosteriorJob(options: options, input: input))
    }
    try await input.visit(precision: options.precision.value, PosteriorJob(command: self, input: input))
  }
}

/// The work of `posterior` for one kind of model.
private struct PosteriorJob: KindVisitor {
  let command: PosteriorCommand
  let input: ModelInput

  func visit<Kind: ModelKind>(_: Kind.Type) async throws {
    let options = command.options
    let (console, threads) = (options.console, options.threads.value)
    let fitted: FittedMixture<Kind.Family> = try input.fitted()
    let table = try options.table(input, labels: command.labels.value, as: Kind.Scalar.self)
    let (q, factors) = try options.applied(to: table, input) { rows throws(InferenceError) in
      (
        try fitted.model.posterior(of: rows, at: fitted.parameters, threads: threads).responsibilities,
        try Kind.factors(of: rows, under: fitted, threads: threads)
      )
    }
    let likeliest = q.likeliestComponents()
    let (N, K) = (q.rows, q.columns)
    try options.write(
      PosteriorTable(responsibilities: q, likeliest: likeliest, factors: factors).table(source: table.source))

    var counts = [Int](repeating: 0, count: K)
    for k in likeliest { counts[k] += 1 }
    let entropy = q.meanRowEntropy()
    let agreement = table.labels.map { Agreement(of: likeliest, with: $0) }
    if options.report.json {
      var entries: [(String, JSONValue)] = [
        ("rows", .integer(N)), ("components", .integer(K)), ("counts", .array(counts.map { .integer($0) })),
        ("meanEntropy", .number(entropy)), ("seed", .unsigned(options.seed.value)),
      ]
      if let agreement { entries.append(("agreement", agreement.json)) }
      try console.result(JSONValue.object(entries).text)
    }
    console.note(
      "rows by most likely component: \(counts.map { NumberText.count($0) }.joined(separator: ", ")); "
        + "mean entropy \(NumberText.fixed(entropy, 6)) nats\(options.ending)")
    if let agreement { console.note(agreement.text) }
  }
}

/// What `posterior` writes: a column for each component unless there is only one, the most likely one, and the means
/// and standard deviations of factors.
private struct PosteriorTable<Scalar: LatentScalar> {
  let responsibilities: Matrix<Scalar>
  let likeliest: [Int]
  let factors: (means: Matrix<Double>, deviations: Matrix<Double>)?

  func table(source: String) -> Table<Double> {
    let (N, K) = (responsibilities.rows, responsibilities.columns)
    var names: [String] = []
    var blocks: [Matrix<Double>] = []
    if K > 1 || factors == nil {
      names += (1...K).map { "component\($0)" } + ["component"]
      blocks.append(responsibilities.converted(to: Double.self))
      blocks.append(Matrix(rows: N, columns: 1, elements: likeliest.map { Double($0 + 1) }))
    }
    if let factors {
      names += (1...factors.means.columns).map { "z\($0)" }
      names += (1...factors.means.columns).map { "z\($0)_sd" }
      blocks += [factors.means, factors.deviations]
    }
    return Table(source: source, values: Matrix(besideEachOther: blocks), columnNames: names)
  }
}

extension Matrix<Double> {
  /// Matrices of equally many rows side by side.
  init(besideEachOther blocks: [Matrix<Double>]) {
    let rows = blocks.first?.rows ?? 0
    let columns = blocks.reduce(0) { $0 + $1.columns }
    self.init(rows: rows, columns: columns) { target in
      var first = 0
      for block in blocks {
        block.withUnsafeElements { x in
          for n in 0..<rows {
            for j in 0..<block.columns {
              target.initializeElement(at: n * columns + first + j, to: x[n * block.columns + j])
            }
          }
        }
        first += block.columns
      }
    }
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

  /// −Σₖ q ln q, averaged over the rows, in nats. With weights each row counts with its own.
  func meanRowEntropy(weights: [Double]? = nil) -> Double {
    var (sum, total) = (0.0, 0.0)
    withUnsafeElements { q in
      for n in 0..<rows {
        var entropy = 0.0
        for k in 0..<columns {
          let value = Double(q[n * columns + k])
          if value > 0 { entropy -= value * log(value) }
        }
        let weight = weights?[n] ?? 1
        sum += weight * entropy
        total += weight
      }
    }
    return total > 0 ? Swift.max(sum, 0) / total : 0
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
