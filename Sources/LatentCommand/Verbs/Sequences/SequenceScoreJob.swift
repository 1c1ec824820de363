import Latent

/// The work of `score` for a model of sequences: a number for each sequence.
struct SequenceScoreJob: SequenceVisitor {
  let options: AppliedModelOptions
  let input: ModelInput

  func visit<Kind: SequenceKind>(_: Kind.Type) async throws {
    let sequences: SequenceInput<Kind.Scalar> = try options.sequences(input)
    let fitted = try Kind.read(input.archive)
    let densities = try sequences.applied { x throws(InferenceError) in
      try Kind.logDensity(of: x, under: fitted, threads: options.threads.value)
    }
    let quantity = input.isVariational ? "evidenceBound" : "logDensity"
    try options.write(sequences.table(of: [densities], names: [quantity]))
    let mean = SampleMean(densities)
    let frames = sequences.batch.frameCount
    let perFrame = densities.reduce(0, +) / Double(frames)
    if options.report.json {
      try options.console.result(
        JSONValue.object([
          ("mean", .number(mean.mean)), ("standardError", mean.errorJSON),
          ("rows", .integer(mean.count)), ("frames", .integer(frames)), ("perFrame", .number(perFrame)),
          ("quantity", .string(quantity)), ("seed", .unsigned(options.seed.value)),
        ]).text)
    }
    options.console.note(
      "mean \(input.isVariational ? "bound" : "log density") \(mean.words(6)) nats "
        + "(\(NumberText.count(mean.count, "sequence"))), "
        + "\(NumberText.fixed(perFrame, 6)) a frame\(options.ending)")
  }
}

/// The work of `evaluate` for a model of sequences.
struct SequenceEvaluateJob: SequenceVisitor {
  let options: AppliedModelOptions
  let input: ModelInput

  func visit<Kind: SequenceKind>(_: Kind.Type) async throws {
    let sequences: SequenceInput<Kind.Scalar> = try options.sequences(input)
    let fitted = try Kind.read(input.archive)
    let threads = options.threads.value
    let hasTruth = sequences.table.truth != nil
    let densities = try sequences.applied { x throws(InferenceError) in
      try Kind.logDensity(of: x, under: fitted, threads: threads)
    }
    let features = try sequences.applied { x throws(InferenceError) -> Matrix<Double>? in
      guard hasTruth else { return nil }
      return try Kind.features(of: x, under: fitted, threads: threads)
    }
    var fits: [(String, Double?)] = []
    if let truth = sequences.table.truth, let features {
      let names = sequences.table.truthNames ?? []
      fits = names.enumerated().map { j, name in
        (name, LeastSquares.rSquared(of: truth.column(j), on: features))
      }
    }
    let mean = SampleMean(densities)
    let quantity = input.isVariational ? "evidenceBound" : "logDensity"
    if options.output != nil {
      try options.write(sequences.table(of: [densities], names: [quantity]))
    }
    var entries: [(String, JSONValue)] = [
      ("model", .string(input.description.model)), ("rows", .integer(mean.count)),
      ("frames", .integer(sequences.batch.frameCount)), ("quantity", .string(quantity)),
      ("estimate", .string("exact")), ("bound", .number(mean.mean)),
      ("importanceBound", .number(mean.mean)), ("draws", .integer(0)),
      ("standardError", mean.errorJSON), ("seed", .unsigned(options.seed.value)),
    ]
    if !fits.isEmpty {
      entries.append(
        ("rSquared", .object(fits.map { ($0.0, .optional($0.1) { .number($0) }) })))
    }
    if let output = options.output { entries.append(("file", .string(output))) }
    var lines = [
      "\(input.isVariational ? "bound" : "log density") \(mean.words(6)) nats "
        + "a sequence (\(NumberText.count(mean.count, "sequence")))"
    ]
    for (name, value) in fits {
      lines.append("R² of \(name): \(value.map { NumberText.fixed($0, 4) } ?? "does not vary")")
    }
    if let output = options.output { lines.append("The values of all sequences are in \(output).") }
    try options.console.result(.object(entries), orText: lines.joined(separator: "\n"))
  }
}

/// How well one column is told by others.
enum LeastSquares {
  /// R² of the regression of y on the columns of X and a constant, over rows with a y; nil where y does not vary.
  ///
  /// Directions in which the regressors do not vary are left out.
  static func rSquared(of y: [Double], on X: Matrix<Double>) -> Double? {
    let rows = y.indices.filter { !y[$0].isNaN }
    // Of values whose squares a number cannot hold, R² is that of a fraction of them.
    let largest = rows.reduce(0) { max($0, y[$1].magnitude) }
    let y = largest > 1e100 || largest < 1e-100 && largest > 0 ? y.map { $0 / largest } : y
    let (n, k) = (Double(rows.count), X.columns)
    guard n > 1 else { return nil }
    let mean = rows.reduce(0) { $0 + y[$1] } / n
    let total = rows.reduce(0) { $0 + (y[$1] - mean) * (y[$1] - mean) }
    guard total > 0 else { return nil }
    let means = (0..<k).map { j in rows.reduce(0) { $0 + X[$1, j] } / n }
    var G = Matrix<Double>(rows: k, columns: k)
    var b = [Double](repeating: 0, count: k)
    for i in rows {
      let d = (0..<k).map { X[i, $0] - means[$0] }
      for p in 0..<k {
        b[p] += d[p] * (y[i] - mean)
        for q in 0..<k { G[p, q] += d[p] * d[q] }
      }
    }
    // In units in which every regressor has variance 1, so that none depends on its scale.
    let scales = (0..<k).map { G[$0, $0] > 0 ? 1 / G[$0, $0].squareRoot() : 0 }
    for p in 0..<k {
      b[p] *= scales[p]
      for q in 0..<k { G[p, q] *= scales[p] * scales[q] }
    }
    guard let eigen = SymmetricEigen(G) else { return nil }
    // Explained = Σ (v·b)² / λ; eigenvectors are rows.
    let top = eigen.values.last ?? 0
    let explained = eigen.values.indices.reduce(0.0) { sum, i in
      guard eigen.values[i] > 1e-10 * top else { return sum }
      let projection = (0..<k).reduce(0) { $0 + eigen.vectors[i, $1] * b[$1] }
      return sum + projection * projection / eigen.values[i]
    }
    return explained / total
  }
}
