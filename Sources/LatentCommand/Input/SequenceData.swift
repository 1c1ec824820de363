import Latent

/// The sequences of a fit, and those kept from it.
struct SequenceData<Scalar: LatentScalar>: Sendable {
  /// What is fitted.
  var sequences: SequenceBatch<Scalar>
  /// What the bound has not seen; nil without `--holdout`.
  var heldOut: SequenceBatch<Scalar>?
  /// What the source calls the sequences that are fitted.
  var names: [String]?
  /// What it calls those held out.
  var heldOutNames: [String]?
  var standardization: Standardization?
  var source: String
  var columnNames: [String]?
  var controlNames: [String]?
  /// The categories of each column, where cells are categories.
  var levels: [[String]]?
  /// The cells of `sequences` that are missing.
  var missingCells: Int
  var image: FitDescription.ImageSize?

  /// The substream of the seed that chooses the sequences held out; below zero, apart from those of the restarts.
  private static var holdoutSubstream: Int { -1 }

  /// Checks and transforms sequences as the settings say: binarize, hold sequences out, standardize by those left.
  ///
  /// - Parameter hasControls: whether the model takes controls; otherwise they are left out.
  init(
    _ table: SequenceTable<Scalar>, levels: [[String]]?, _ settings: SequenceSettings, hasControls: Bool,
    console: Console
  ) throws {
    var frames = Table(source: table.source, values: table.frames, columnNames: table.columnNames)
    if let binarize = settings.binarize {
      frames = try binarize.applied(to: frames, seed: settings.seed)
    }
    if table.controls != nil, !hasControls {
      console.note("Controls are left out: \(settings.model.model) has none.")
    }
    source = table.source
    (columnNames, self.levels) = (table.columnNames, levels)
    controlNames = hasControls ? table.controlNames : nil
    image = table.imageShape.map { .init(height: $0.height, width: $0.width) }
    names = table.names
    let controls = hasControls ? table.controls : nil
    var kept = Array(0..<table.count)
    var out: [Int] = []
    if let fraction = settings.holdout {
      let count = Int((fraction * Double(table.count)).rounded())
      guard count > 0, count < table.count else {
        throw SequenceUseError.holdoutTooSmall(source: table.source, sequences: table.count)
      }
      var stream = RandomStream(seed: settings.seed).substream(Self.holdoutSubstream)
      let chosen = Set(stream.sample(count, from: table.count))
      (out, kept) = (chosen.sorted(), kept.filter { !chosen.contains($0) })
      names = table.names.map { all in kept.map { all[$0] } }
      heldOutNames = table.names.map { all in out.map { all[$0] } }
    }
    do {
      var all = try SequenceBatch(frames.values, lengths: table.lengths, controls: controls)
      if settings.standardize {
        let fitted = all.selecting(kept)
        let (_, means, scales) = try Table(
          source: table.source, values: fitted.frames, columnNames: table.columnNames
        ).standardized()
        let standardization = Standardization(means: means, scales: scales)
        self.standardization = standardization
        all = try SequenceBatch(
          standardization.applied(to: frames.values), lengths: table.lengths, controls: controls)
      }
      sequences = out.isEmpty ? all : all.selecting(kept)
      heldOut = out.isEmpty ? nil : all.selecting(out)
    } catch let error as SequenceError {
      throw SequenceFailure(error: error, source: table.source, names: table.names)
    }
    missingCells = sequences.frames.withUnsafeElements { $0.count { $0.isNaN } }
  }

  /// What a checkpoint remembers of the data.
  var fingerprint: DataFingerprint {
    var hash = SHA256()
    for part in [sequences, heldOut].compactMap(\.self) {
      part.lengths.withUnsafeBytes { hash.update($0) }
      part.frames.withUnsafeElements { hash.update(UnsafeRawBufferPointer($0)) }
      part.controls?.withUnsafeElements { hash.update(UnsafeRawBufferPointer($0)) }
    }
    return DataFingerprint(
      rows: sequences.frameCount + (heldOut?.frameCount ?? 0), columns: sequences.columns,
      sha256: hash.hexDigest())
  }

  /// - Parameter heldOut: whether it is about the sequences held out.
  func failure(
    _ error: InferenceError, _ settings: SequenceSettings, restarts: Int = 1, heldOut: Bool = false
  ) -> SequenceInferenceFailure {
    SequenceInferenceFailure(
      error: error, source: source + (heldOut && heldOutNames == nil ? ", held out" : ""),
      columnNames: columnNames, names: heldOut ? heldOutNames : names, advice: settings.advice,
      restarts: restarts)
  }
}

extension SequenceSettings {
  /// What might help where a state collapses or noise vanishes.
  var advice: String {
    var options: [String] = []
    if model.prior == "none" { options.append("a --prior (leave --prior none out)") }
    options.append(model.model == "hmm" ? "fewer --states" : "fewer dimensions (--latent)")
    if model.covariance == .full { options.append("--covariance diagonal") }
    if model.model == "hmm" { options.append("more --restarts") }
    return "Try \(Wording.choice(options))."
  }
}
