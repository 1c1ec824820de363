import ArgumentParser
import Latent

struct RolloutCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rollout",
    abstract: "Predicts how sequences go on, from their first frames and known controls.",
    discussion: """
      Each sequence gives its first --given frames; the --horizon frames after them are predicted blind, from the controls \
      alone where the model has any. Of hmm and lds, for every column the table has the mean of the prediction, NAME_sd its standard \
      deviation, and, where the density is Gaussian, the ends of an interval, NAME_low and NAME_high. Where DATA go on, the \
      error is told by horizon, against that of repeating the last frame and of the mean frame.

      Of dvbf and dkf the table has the path on which nothing is random, or, with --draws, means and deviations over draws; \
      -o FILE.png has film strips of images: what came, and below what was seen and predicted.

      latent fit lds linear-gaussian --latent 2 -o lds.latent
      latent rollout lds.latent linear-gaussian-test --given 20 --horizon 10 -o forecast.csv
      latent rollout dvbf.latent pendulum-test --given 5 --horizon 10 -o ahead.png
      """)

  @OptionGroup var options: AppliedModelOptions
  @Option(name: .long, parsing: .unconditional, help: ArgumentHelp("Frames that are given.", valueName: "G"))
  var given: Int
  @Option(
    name: .long, parsing: .unconditional, help: ArgumentHelp("Frames that are predicted.", valueName: "H"))
  var horizon: Int
  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp("What of a Gaussian density the intervals hold (default: 0.9).", valueName: "level"))
  var level: Double?
  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp(
      "For dvbf and dkf: means and deviations over so many draws (default: the path without noise).",
      valueName: "S"))
  var draws: Int?
  @Option(
    name: [.customShort("n"), .customLong("count")], parsing: .unconditional,
    help: ArgumentHelp(
      "The first so many sequences alone (default: all; \(FilmStrips.defaultCount) for a picture).",
      valueName: "count"))
  var count: Int?

  var isPicture: Bool { options.output?.lowercased().hasSuffix(".png") ?? false }

  func validate() throws {
    try UsageError.check("--given", given, in: 1...)
    try UsageError.check("--horizon", horizon, in: 1...SimulatedSet.mostFrames)
    if let draws { try UsageError.check("--draws", draws, in: 1...GradientOptions.mostDraws) }
    if let count { try UsageError.check("-n", count, in: 1...) }
    if let level, !(level > 0 && level < 1) {
      throw UsageError.badValue(
        option: "--level", value: NumberText.plain(level), requirement: "between 0 and 1")
    }
  }

  func run() async throws {
    let input = try options.open(endings: TableOutput.endings + [".png"])
    if let output = options.output, isPicture {
      guard input.isFilter || !input.isSequenceModel else {
        throw UsageError.conflict(
          option: "-o \(output)", other: input.description.model,
          reason: "rollout draws what dvbf and dkf predict alone; use .csv, .tsv or .npy")
      }
      guard input.isFilter, input.description.image != nil else {
        throw UsageError.notAnImageModel(path: options.file, output: output)
      }
    }
    guard !input.isFilter else {
      try input.refuse([("--level", level != nil)])
      return try input.visitFilter(
        precision: options.precision.given, FilterRolloutJob(command: self, input: input))
    }
    guard input.isSequenceModel else {
      throw UsageError.noVerb(
        "rollout", model: input.description.model, reason: "its rows are no sequences that go on")
    }
    try input.refuse([("--draws", draws != nil)])
    if input.description.model == "hmm" { try input.refuse([("--level", level != nil)]) }
    try await input.visitSequences(
      precision: options.precision.value, RolloutJob(command: self, input: input))
  }

  /// Refuses predictions that the memory does not hold.
  ///
  /// - Parameter units: numbers of a frame that are held besides its columns.
  func checkSize(of N: Int, columns D: Int, besides units: Int = 0) throws {
    // Means, deviations and the ends of intervals, each a number and its digits.
    let most = Double(Memory.physical) / (128 * Double(D + units) * Double(N)) - Double(given)
    guard Double(horizon) > most else { return }
    throw UsageError.badValue(
      option: "--horizon", value: "\(horizon)",
      requirement: "\(max(Int(most), 0)) or less on this machine, with \(NumberText.count(N, "sequence")) of "
        + NumberText.count(D, "column"))
  }

  /// The table of what is predicted, behind the sequences' names and the numbers of the frames.
  func table(
    _ blocks: [Matrix<Double>], endings: [String], of sequences: SequenceTable<some LatentScalar>,
    levels: [[String]]? = nil
  ) -> Table<Double> {
    let names = sequences.columnNames ?? (1...sequences.frames.columns).map { "x\($0)" }
    let places = SequencePlaces(
      names: sequences.names, lengths: Array(repeating: horizon, count: sequences.count), from: given + 1)
    let columns = ColumnNames.around(
      names, before: SequencePlaces.names, after: endings.flatMap { ending in names.map { $0 + ending } })
    return Table(
      source: sequences.source, values: Matrix(besideEachOther: [places.values] + blocks),
      columnNames: columns, levels: places.levels(before: levels, columns: columns.count))
  }

  /// The name of a sequence for messages.
  static func name(of n: Int, in sequences: SequenceTable<some LatentScalar>) -> String {
    sequences.names.map { Wording.quoted($0[n]) } ?? "\(n + 1)"
  }
}

/// The work of `rollout` for one kind of model of sequences.
private struct RolloutJob: SequenceVisitor {
  let command: RolloutCommand
  let input: ModelInput

  private static let defaultLevel = 0.9

  func visit<Kind: SequenceKind>(_: Kind.Type) async throws {
    let (options, G, H) = (command.options, command.given, command.horizon)
    let all: SequenceInput<Kind.Scalar> = try options.sequences(input)
    let sequences = try all.prefix(command.count)
    let x = sequences.batch
    let source = sequences.table.source
    if let n = x.lengths.firstIndex(where: { $0 < G }) {
      throw SequenceUseError.tooShort(
        source: source, sequence: RolloutCommand.name(of: n, in: sequences.table), frames: x.lengths[n],
        given: G)
    }
    try command.checkSize(of: x.count, columns: x.columns)
    let fitted = try Kind.read(input.archive)
    // The first G frames with their controls, and the controls to come: as many as the data have.
    let starts = (0..<x.count).map { x.frameRange(of: $0).lowerBound }
    let future = x.controls.map { u in
      (0..<x.count).map { n in
        let end = min(starts[n] + G + H - 1, x.frameRange(of: n).upperBound)
        return u[rows: starts[n] + G..<max(end, starts[n] + G)]
      }
    }
    let given = try sequences.beginning(of: starts, frames: G)
    let level = command.level ?? Self.defaultLevel
    var (forecast, interval) = try given.applied { x throws(InferenceError) in
      let forecast = try Kind.forecast(
        x, horizon: H, controls: future, under: fitted, threads: options.threads.value)
      return (forecast, try forecast.gaussian?.interval(level: level))
    }
    // In the units of the data.
    if let standardization = input.description.standardization {
      forecast.means = standardization.removed(from: forecast.means)
      let scales = Standardization(
        means: Array(repeating: 0, count: x.columns), scales: standardization.scales)
      forecast.deviations = scales.removed(from: forecast.deviations)
      interval = interval.map {
        (standardization.removed(from: $0.lower), standardization.removed(from: $0.upper))
      }
    }
    let frames = input.description.standardization?.removed(from: x.frames) ?? x.frames
    let comparison = RolloutComparison(
      forecast: forecast.means, interval: interval, frames: frames.converted(to: Double.self),
      starts: starts, lengths: x.lengths, given: G, horizon: H,
      isCategorical: input.description.levels != nil)
    try comparison.check(source: source)
    var named = sequences.table
    named.columnNames = named.columnNames ?? input.description.columnNames
    try options.write(
      command.table(
        [forecast.means, forecast.deviations] + (interval.map { [$0.lower, $0.upper] } ?? []),
        endings: ["_sd"] + (interval == nil ? [] : ["_low", "_high"]), of: named,
        levels: interval == nil ? input.description.levels : nil))
    if options.report.json {
      try options.console.result(json(comparison, x.count, level, interval != nil).text)
    }
    options.console.note(
      "\(NumberText.count(H, "frame")) after \(G) of \(NumberText.count(x.count, "sequence"))\(options.ending)"
    )
    if let words = comparison.words(level: level) { options.console.note(words) }
  }

  private func json(
    _ comparison: RolloutComparison, _ count: Int, _ level: Double, _ hasInterval: Bool
  ) -> JSONValue {
    func numbers(_ values: [Double?]) -> JSONValue {
      .array(values.map { .optional($0) { .number($0) } })
    }
    var entries: [(String, JSONValue)] = [
      ("model", .string(input.description.model)), ("sequences", .integer(count)),
      ("given", .integer(command.given)), ("horizon", .integer(command.horizon)),
      (comparison.key, numbers(comparison.errors)), ("copyLast", numbers(comparison.copyErrors)),
      ("meanFrame", numbers(comparison.meanErrors)),
    ]
    if hasInterval {
      entries += [("level", .number(level)), ("coverage", .optional(comparison.coverage) { .number($0) })]
    }
    entries.append(("seed", .unsigned(command.options.seed.value)))
    if let output = command.options.output { entries.append(("file", .string(output))) }
    return .object(entries)
  }
}

/// How far predictions are from what came, by horizon.
struct RolloutComparison {
  /// Root mean squared errors of the prediction at each horizon, of categories shares that are wrong; nil where the data
  /// end before.
  var errors: [Double?] = []
  /// Those of the last frame that is given.
  var copyErrors: [Double?] = []
  /// Those of the mean of all frames of the data; nil of categories.
  var meanErrors: [Double?] = []
  /// The share of what came that lies within the intervals.
  var coverage: Double?
  let isCategorical: Bool

  var key: String { isCategorical ? "shareWrong" : "rootMeanSquaredError" }

  init(
    forecast: Matrix<Double>, interval: (lower: Matrix<Double>, upper: Matrix<Double>)?,
    frames: Matrix<Double>, starts: [Int], lengths: [Int], given G: Int, horizon H: Int, isCategorical: Bool
  ) {
    self.isCategorical = isCategorical
    // Of values whose squares a number cannot hold, the error is found of a fraction of them.
    let largest = frames.elements.reduce(0) { $1.isNaN ? $0 : max($0, $1.magnitude) }
    let unit = largest > 1e100 && !isCategorical ? largest : 1
    func loss(_ a: Double, _ b: Double) -> Double {
      guard !isCategorical else { return a == b ? 0 : 1 }
      let δ = a / unit - b / unit
      return δ * δ
    }
    func mean(_ sum: Double, _ count: Int) -> Double? {
      guard count > 0 else { return nil }
      return isCategorical ? sum / Double(count) : unit * (sum / Double(count)).squareRoot()
    }
    var (inside, all) = (0, 0)
    let means = (0..<frames.columns).map { j in
      let there = frames.column(j).filter { !$0.isNaN }
      return there.isEmpty ? 0 : unit * (there.reduce(0) { $0 + $1 / unit } / Double(there.count))
    }
    for h in 0..<H {
      var (error, count, copyError, copies, meanError) = (0.0, 0, 0.0, 0, 0.0)
      for n in starts.indices where G + h < lengths[n] {
        for j in 0..<frames.columns {
          let came = frames[starts[n] + G + h, j]
          guard !came.isNaN else { continue }
          error += loss(forecast[n * H + h, j], came)
          meanError += loss(means[j], came)
          count += 1
          if let interval {
            all += 1
            if came >= interval.lower[n * H + h, j], came <= interval.upper[n * H + h, j] { inside += 1 }
          }
          let last = frames[starts[n] + G - 1, j]
          guard !last.isNaN else { continue }
          copyError += loss(last, came)
          copies += 1
        }
      }
      errors.append(mean(error, count))
      copyErrors.append(mean(copyError, copies))
      meanErrors.append(isCategorical ? nil : mean(meanError, count))
    }
    coverage = all > 0 ? Double(inside) / Double(all) : nil
  }

  /// - Throws: `SequenceUseError` where an error is too large for a number.
  func check(source: String) throws {
    let all = (errors + copyErrors + meanErrors).compactMap(\.self)
    guard all.allSatisfy(\.isFinite) else { throw SequenceUseError.overflow(source: source) }
  }

  /// nil where nothing came to compare with.
  func words(level: Double) -> String? {
    guard let first = errors.first.flatMap(\.self), let end = errors.lastIndex(where: { $0 != nil }),
      let last = errors[end]
    else { return nil }
    let copies = [copyErrors.first.flatMap(\.self), copyErrors[end]].compactMap(\.self)
    return (isCategorical ? "share wrong " : "root mean squared error ")
      + "\(NumberText.short(first)) one frame ahead, \(NumberText.short(last)) at \(end + 1)"
      + (copies.count == 2
        ? "; by repeating the last frame \(NumberText.short(copies[0])) and \(NumberText.short(copies[1]))"
        : "")
      + (coverage.map {
        "; \(NumberText.fixed(100 * $0, 1)) % lie within the intervals of \(NumberText.short(100 * level)) %"
      } ?? "")
  }
}
