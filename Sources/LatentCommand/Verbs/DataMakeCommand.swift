import ArgumentParser
import Latent

struct DataMakeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "make", abstract: "Simulates sequences, with what was behind them.",
    discussion: """
      A text has the columns `sequence`, the frames', controls and ground truth. An .npy file has the frames, [N, T, D]; \
      controls and ground truth lie beside it, in NAME-controls.npy and NAME-truth.npy.

      latent data make linear-gaussian -n 20 --frames 100 -o train.csv
      latent fit lds train.csv --sequence sequence --controls u --truth z1,z2 --latent 2
      latent data make pendulum -n 500 --frames 15 -o pendulum.npy
      """)

  @Argument(help: ArgumentHelp(Wording.choice(Simulation.allCases.map(\.rawValue)) + ".", valueName: "name"))
  var name: String
  @Option(
    name: [.customShort("n"), .customLong("count")], parsing: .unconditional,
    help: ArgumentHelp("The number of sequences (default: 100; 500 for pendulum).", valueName: "N"))
  var count: Int?
  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp("Frames of each (default: \(SimulatedSet.frames); 15 for pendulum).", valueName: "T"))
  var frames: Int?
  @Option(name: [.customShort("o"), .customLong("output")], help: "Where to write (.csv, .tsv, .npy).")
  var output: String?
  @OptionGroup(title: "Run") var seed: SeedOption
  @OptionGroup(title: "Run") var precision: PrecisionOption
  @OptionGroup(title: "Run") var report: ReportOptions

  func validate() throws {
    if let count { try UsageError.check("-n", count, in: 1...) }
    if let frames { try UsageError.check("--frames", frames, in: 1...SimulatedSet.mostFrames) }
  }

  func run() throws {
    guard let simulation = Simulation(rawValue: name) else {
      throw UsageError.badValue(
        option: "NAME", value: Wording.quoted(name),
        requirement: Wording.choice(Simulation.allCases.map(\.rawValue)))
    }
    if let output {
      try OutputPath.check(output, option: "-o", against: [], endings: TableOutput.endings)
    }
    switch precision.value {
    case .double: try make(simulation, Double.self)
    case .single: try make(simulation, Float.self)
    case .bf16:
      throw UsageError.badValue(
        option: "--precision", value: "bf16", requirement: "double or single where nothing is trained")
    }
  }

  private func make<Scalar: LatentScalar>(_ simulation: Simulation, _: Scalar.Type) throws {
    let console = Console(report)
    let (N, T) = (count ?? simulation.standardCount, frames ?? simulation.standardFrames)
    // The values, their ground truth and the digits of a text.
    let most = Int(clamping: Memory.physical) / 64
    let (cells, overflow) = N.multipliedReportingOverflow(by: T * simulation.columns)
    guard !overflow, cells <= most else {
      throw UsageError.badValue(
        option: "-n", value: "\(N)",
        requirement: "\(most / (T * simulation.columns)) or less on this machine, with frames of this number")
    }
    let table: SequenceTable<Scalar> = simulation.sequences(
      N, frames: T, using: RandomStream(seed: seed.value))
    var files: [String] = []
    if let output, output.lowercased().hasSuffix(".npy") {
      try writeSequences(table.frames, length: T, to: output)
      files = [output]
      let base = String(output.dropLast(4))
      if let controls = table.controls {
        try writeSequences(controls, length: T, to: "\(base)-controls.npy")
        files.append("\(base)-controls.npy")
      }
      if let truth = table.truth {
        try writeSequences(truth, length: T, to: "\(base)-truth.npy")
        files.append("\(base)-truth.npy")
      }
    } else if output != nil || !report.json {
      try SequenceOutput.write(table, to: output, console: console)
      files = [output].compactMap(\.self)
    }
    if report.json {
      try console.result(
        JSONValue.object([
          ("name", .string(name)), ("sequences", .integer(N)), ("frames", .integer(T)),
          ("columns", .integer(table.frames.columns)), ("controlNames", .strings(table.controlNames ?? [])),
          ("truthNames", .strings(table.truthNames ?? [])), ("seed", .unsigned(seed.value)),
          ("files", .strings(files)),
        ]).text)
    }
    console.note(
      "\(NumberText.count(N, "sequence")) of \(NumberText.count(T, "frame")) × "
        + "\(NumberText.count(table.frames.columns)), seed \(seed.value)"
        + (files.isEmpty ? "" : ", written to \(Wording.choice(files, "and"))"))
  }
}

extension Simulation {
  /// What the sequences are, in one sentence.
  var summary: String {
    switch self {
    case .pendulum: "a driven pendulum with friction, seen as a blob on a circle; controls: torque"
    case .bouncingBall: "a ball in a box, seen as a blob"
    case .bouncingBalls: "two balls in a box, seen as blobs"
    case .linearGaussian: "a damped oscillation under noise and a control, of which every column sees a phase"
    case .markovChain: "a chain of five states around a circle, each seen as a point under noise"
    }
  }

  var columns: Int { sample.frames.columns }
  var imageShape: ImageShape? { sample.imageShape }
  var truthNames: [String] { sample.truthNames ?? [] }
  var controlNames: [String] { sample.controlNames ?? [] }

  private var sample: SequenceTable<Double> { sequences(1, frames: 1, using: RandomStream(seed: 0)) }

  /// A row of `data list`.
  var listing: [String] {
    [
      rawValue, "\(standardCount) × \(standardFrames) × \(NumberText.count(columns))",
      "simulated: latent data make \(rawValue)", "",
    ]
  }

  var json: JSONValue {
    .object([
      ("name", .string(rawValue)), ("summary", .string(summary)),
      ("rows", .integer(standardCount * standardFrames)), ("columns", .integer(columns)),
      (
        "image",
        .optional(imageShape) { .object([("height", .integer($0.height)), ("width", .integer($0.width))]) }
      ),
      ("availability", .string("simulated")), ("sequences", .integer(standardCount)),
      ("frames", .integer(standardFrames)), ("controls", .strings(controlNames)),
      ("truth", .strings(truthNames)),
    ])
  }

  var words: String {
    NumberText.table(
      [
        ["name", rawValue], ["contents", summary],
        [
          "size",
          "\(standardCount) sequences of \(standardFrames) frames × \(NumberText.count(columns)), or as many as "
            + "`latent data make` is asked for",
        ],
        ["controls", controlNames.isEmpty ? "none" : Wording.list(controlNames)],
        ["ground truth", Wording.list(truthNames)],
        ["where", "simulated; \(rawValue)-test has other random numbers"],
      ], indentation: "", leading: [0, 1])
  }
}
