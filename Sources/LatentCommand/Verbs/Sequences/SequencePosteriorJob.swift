import ArgumentParser
import Latent

extension PathChoice: ExpressibleByArgument {}

/// The work of `posterior` for a model of sequences: a row for each frame.
struct SequencePosteriorJob: SequenceVisitor {
  let options: AppliedModelOptions
  let input: ModelInput
  let path: PathChoice

  func visit<Kind: SequenceKind>(_: Kind.Type) async throws {
    let sequences: SequenceInput<Kind.Scalar> = try options.sequences(input)
    let fitted = try Kind.read(input.archive)
    let posterior = try sequences.applied { x throws(InferenceError) in
      try Kind.posterior(of: x, under: fitted, path: path, threads: options.threads.value)
    }
    let places = sequences.places
    try options.write(
      Table(
        source: sequences.table.source,
        values: Matrix(besideEachOther: [places.values, posterior.values]),
        columnNames: SequencePlaces.names + posterior.names,
        levels: places.levels(before: nil, columns: 2 + posterior.names.count)))
    let (N, frames) = (sequences.batch.count, sequences.batch.frameCount)
    if options.report.json {
      var entries: [(String, JSONValue)] = [
        ("sequences", .integer(N)), ("frames", .integer(frames)), ("path", .string(path.rawValue)),
        ("seed", .unsigned(options.seed.value)),
      ]
      if let counts = posterior.counts {
        entries += [
          ("states", .integer(counts.count)), ("counts", .array(counts.map { .integer($0) })),
        ]
      } else {
        entries.append(("latent", .optional(input.description.latent) { .integer($0) }))
      }
      if let logJoint = posterior.logJoint { entries.append(("logJoint", .numbers(logJoint))) }
      if let output = options.output { entries.append(("file", .string(output))) }
      try options.console.result(JSONValue.object(entries).text)
    }
    let words =
      posterior.counts.map {
        "frames by \(path == .likely ? "state" : "most likely state"): "
          + $0.map { NumberText.count($0) }.joined(separator: ", ")
      }
      ?? "means and standard deviations of \(NumberText.count(input.description.latent ?? 0, "latent dimension"))"
    options.console.note(
      "\(words); \(path.rawValue), \(NumberText.count(N, "sequence")) of "
        + "\(NumberText.count(frames, "frame")) in all\(options.ending)")
  }
}
