import Latent

// What is told of the latent dimensions, in training and at its end.

extension AutoencoderFit {
  /// What the latent dimensions do, on the first rows that were fitted: more than these tell nothing new.
  func diagnosis(
    at parameters: ParameterVector<Scalar>, rows most: Int
  ) throws(InferenceError) -> AutoencoderDiagnosis {
    let rows = Self.first(most, of: data.rows)
    return try model.diagnosis(
      of: rows, at: parameters, noise: seed.substream(Self.testSubstream), threads: threads)
  }

  static var diagnosedRows: Int { 2000 }
  /// Between passes, where every second counts.
  private static var glancedRows: Int { 128 }
  /// Before this pass networks have learned too little to be judged.
  private static var firstGlance: Int { 5 }

  private static func first(_ most: Int, of rows: Rows<Scalar>) -> Rows<Scalar> {
    guard rows.rows > most else { return rows }
    let some = Array(0..<most)
    return Rows(rows.values.selecting(rows: some), weights: rows.weights.map { w in some.map { w[$0, 0] } })
  }

  var remedies: NetworkRemedies {
    NetworkRemedies(configuration: model.configuration, isStandardized: data.standardization != nil)
  }

  /// What goes wrong in training, by its kind, in words.
  func warnings() -> (
    @Sendable (Int, Climber.State) throws(InferenceError) -> [String: String]
  )? {
    guard settings.isVariational else { return nil }
    let (model, rows, threads, remedies) = (
      model, Self.first(Self.glancedRows, of: data.rows), threads, remedies
    )
    let noise = seed.substream(Self.testSubstream)
    let first = max(settings.warmUp, Self.firstGlance)
    return { (pass, state) throws(InferenceError) in
      guard pass >= first else { return [:] }
      let diagnosis = try model.diagnosis(of: rows, at: state.parameters, noise: noise, threads: threads)
      var found: [String: String] = [:]
      for finding in diagnosis.findings {
        // That some dimensions are not used is no fault.
        if case .inactive = finding { continue }
        found[finding.kind] = finding.words(remedies)
      }
      return found
    }
  }
}
