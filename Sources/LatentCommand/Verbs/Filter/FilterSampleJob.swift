import Latent

/// The work of `sample` for a deep filter: first states and noise from their priors.
struct FilterSampleJob: FilterVisitor {
  let command: SampleCommand
  let input: ModelInput

  func visit<Scalar: LatentScalar & TensorElement>(_ fitted: FittedFilter<Scalar>) throws {
    let (report, output, seed) = (command.report, command.output, command.seed)
    let console = Console(report)
    let d = input.description
    if let output, command.isPicture, d.image == nil {
      throw UsageError.notAnImageModel(path: command.file, output: output)
    }
    let N = command.count ?? SampleCommand.defaultCount
    let (controls, T): (Matrix<Scalar>?, Int) = try command.sequenceControls(of: N, input)
    try command.checkSize(columns: d.dimensions * T, scalar: MemoryLayout<Scalar>.stride)
    let drawn: FilterSample<Scalar>
    do throws(InferenceError) {
      drawn = try fitted.model.sample(
        N, frames: T, controls: controls, at: fitted.parameters, using: RandomStream(seed: seed.value),
        threads: command.threads.value)
    } catch {
      throw SequenceInferenceFailure(error: error, source: command.file)
    }
    var frames = command.means ? drawn.expectations : drawn.observations
    if let standardization = d.standardization { frames = standardization.removed(from: frames) }
    if let output, let image = d.image, command.isPicture {
      let values = frames.converted(to: Double.self)
      try FilmStrips(shape: image).image(
        (0..<N).map { n in [values.selecting(rows: Array(n * T..<(n + 1) * T))] }
      ).writePNG(to: output)
    } else if output != nil || !report.json {
      let sequences = SequenceTable(
        source: command.file, frames: frames, lengths: Array(repeating: T, count: N),
        columnNames: d.columnNames, controls: controls, controlNames: controls == nil ? nil : d.controlNames)
      try SequenceOutput.write(sequences, to: output, console: console)
    }
    if report.json {
      let L = drawn.states.columns
      let largest = (0..<N).map { n in
        (n * T * L..<(n + 1) * T * L).reduce(0.0) { max($0, Double(drawn.states.elements[$1]).magnitude) }
      }
      var entries: [(String, JSONValue)] = [
        ("sequences", .integer(N)), ("frames", .integer(T)), ("columns", .integer(frames.columns)),
        ("largestStates", .numbers(largest)), ("seed", .unsigned(seed.value)),
      ]
      if let output {
        entries.append(("file", .string(output)))
      } else {
        entries.append(
          ("values", .array((0..<frames.rows).map { .numbers(frames.row($0).map { Double($0) }) })))
      }
      try console.result(JSONValue.object(entries).text)
    }
    console.note(
      "\(NumberText.count(N, "sequence")) of \(NumberText.count(T, command.means ? "mean" : "frame")), seed \(seed.value)"
        + (output.map { ", written to \($0)" } ?? ""))
  }
}
