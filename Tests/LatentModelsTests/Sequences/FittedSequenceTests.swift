import LatentEvidence
import LatentFiles
import LatentModels
import LatentNumerics
import Testing

@Suite struct FittedSequenceTests {
  func description(_ model: String, components: Int, dimensions: Int, latent: Int? = nil) -> FitDescription {
    FitDescription(
      model: model, components: components, dimensions: dimensions, latent: latent, seed: 1,
      precision: "double", observations: 4,
      bound: Bound(reconstruction: -12, latentKL: 0.5, parameterKL: 1 / 3, count: 4), iterations: 7,
      outcome: .converged, freeParameters: 9, frames: 13, controls: latent == nil ? nil : 1,
      controlNames: latent == nil ? nil : ["torque"])
  }

  func hiddenMarkov() throws -> FittedHiddenMarkov<GaussianEmission<Double>> {
    let one = try HiddenMarkovCase()
    let prior = try GaussianPrior.scaled(to: Rows(one.sequences.frames), components: 3)
    return FittedHiddenMarkov(
      model: try HiddenMarkovModel(
        states: 3, of: GaussianEmission(dimensions: 2, prior: prior),
        chain: .mode(initial: 1, transition: 1.5, stickiness: 2)),
      parameters: one.parameters, description: description("hmm", components: 3, dimensions: 2))
  }

  func stateSpace() throws -> FittedStateSpace<Double> {
    let one = try StateSpaceCase()
    return FittedStateSpace(
      model: try LinearStateSpace(
        latent: 2, dimensions: 3, controls: 1, noise: .full, prior: .scaled(to: one.sequences, latent: 2)),
      parameters: one.parameters, description: description("lds", components: 1, dimensions: 3, latent: 2))
  }

  @Test func isReadAsItWasWritten() throws {
    let markov = try hiddenMarkov()
    var archive = try markov.archive()
    #expect(archive.kind == "hmm/gmm")
    let ofMarkov = try FittedHiddenMarkov<GaussianEmission<Double>>(
      from: Archive(decoding: archive.encoded()))
    #expect(ofMarkov == markov && ofMarkov.model.chain == markov.model.chain)
    #expect(try ofMarkov.archive().encoded() == archive.encoded())

    let space = try stateSpace()
    archive = try space.archive()
    #expect(archive.kind == "lds")
    let ofSpace = try FittedStateSpace<Double>(from: Archive(decoding: archive.encoded()))
    #expect(ofSpace == space && ofSpace.model.prior == space.model.prior && ofSpace.model.noise == .full)
    #expect(try ofSpace.archive().encoded() == archive.encoded())

    // Distributions too, of another family.
    let columns = try CategoricalColumns(levels: [2, 3])
    let family = try VariationalCategoricalEmission<Double>(
      columns: columns, prior: .init(concentration: 0.5))
    let model = try HiddenMarkovModel(states: 2, of: family, chain: .dirichlet(initial: 1, transition: 0.5))
    let x = try SequenceBatch([Matrix<Double>([[0, 2], [1, 1], [1, 0], [0, 0]])])
    let variational = FittedHiddenMarkov(
      model: model,
      parameters: try model.initialParameters(for: x, start: .randomRows, using: RandomStream(seed: 1)),
      description: description("hmm", components: 2, dimensions: 2))
    let read = try FittedHiddenMarkov<VariationalCategoricalEmission<Double>>(from: variational.archive())
    #expect(read == variational && read.parameters == variational.parameters)
  }

  /// Every tensor of a file: without its last number, or with one that is none, it is refused.
  @Test func numbersThatAreNoneAreRefused() throws {
    func check(_ original: Archive, _ read: (Archive) throws(FileError) -> Void) throws {
      try read(original)
      #expect(original.names.count > 5)
      for name in original.names {
        let tensor = try original.tensor(name)
        guard let values = tensor.elements(Double.self), !values.isEmpty else { continue }
        var archive = original
        archive.set(name, Array(values.dropLast()))
        #expect(throws: FileError.self, "\(name), one number less") { try read(archive) }
        // Of a family's symmetric matrices the lower triangles count.
        let D = tensor.shape.last ?? 1
        let isTriangle = name.contains("covariances/full") || name == "family/prior/scale"
        for i in values.indices where !isTriangle || i % D <= i / D % D {
          for bad in [Double.nan, .infinity, -.infinity] {
            var spoilt = values
            spoilt[i] = bad
            archive.set(name, Tensor(shape: tensor.shape, elements: spoilt))
            #expect(throws: FileError.self, "\(bad) at \(i) of \(name)") { try read(archive) }
          }
        }
      }
    }
    try check(hiddenMarkov().archive()) { (archive) throws(FileError) in
      _ = try FittedHiddenMarkov<GaussianEmission<Double>>(from: archive)
    }
    try check(stateSpace().archive()) { (archive) throws(FileError) in
      _ = try FittedStateSpace<Double>(from: archive)
    }
  }

  /// Numbers that are finite and still cannot be.
  @Test func partsThatDoNotFitAreRefused() throws {
    let one = try stateSpace()
    func refuses(
      _ name: String, _ fitted: FittedStateSpace<Double>, _ change: (inout Archive) -> Void = { _ in }
    ) throws {
      var archive = try fitted.archive()
      change(&archive)
      #expect(throws: FileError.self, "\(name)") { try FittedStateSpace<Double>(from: archive) }
    }
    for name in ["initialCovariance", "transitionNoise"] {
      try refuses("\(name), indefinite", one) { $0.set("lds/\(name)", Matrix<Double>([[1, 2], [2, 1]])) }
      try refuses("\(name), not symmetric", one) {
        $0.set("lds/\(name)", Matrix<Double>([[1, 0.5], [0, 1]]))
      }
    }
    try refuses("singular emission noise", one) {
      $0.set("lds/emissionNoise", Matrix<Double>(rows: 3, columns: 3))
    }
    try refuses("noise of an unknown kind", one) { $0.note("lds/noise", "loud") }
    // Full noise where the model's is tied.
    let full = one.parameters.emissionNoise
    for noise in [EmissionNoise.diagonal, .isotropic] {
      try refuses("full as \(noise)", one) { $0.note("lds/noise", noise.rawValue) }
    }
    #expect(full[0, 0] != full[1, 1])
    try refuses("diagonal as isotropic", one) {
      $0.note("lds/noise", "isotropic")
      $0.set("lds/emissionNoise", Matrix.diagonal(full.diagonal))
    }
    var archive = try one.archive()
    archive.note("lds/noise", "diagonal")
    archive.set("lds/emissionNoise", Matrix.diagonal(full.diagonal))
    #expect(try FittedStateSpace<Double>(from: archive).model.noise == .diagonal)
    // Controls that the description has and the parameters have not, and the other way about.
    var other = one
    other.description.controls = nil
    other.description.controlNames = nil
    try refuses("a control without a description", other)
    other.description.controls = 2
    other.description.controlNames = ["a", "b"]
    try refuses("two controls described", other)
    other = one
    other.description.latent = 3
    try refuses("other dimensions described", other)

    let markov = try hiddenMarkov()
    func refusesMarkov(_ name: String, _ change: (inout Archive) -> Void) throws {
      var archive = try markov.archive()
      change(&archive)
      #expect(throws: FileError.self, "\(name)") {
        try FittedHiddenMarkov<GaussianEmission<Double>>(from: archive)
      }
    }
    try refusesMarkov("a row that does not sum to 1") { $0.set("hmm/initial", [0.5, 0.4, 0.2]) }
    try refusesMarkov("a probability below 0") { $0.set("hmm/initial", [1.5, -0.5, 0]) }
    try refusesMarkov("another number of states") { $0.set("hmm/initial", [0.5, 0.5]) }
    try refusesMarkov("a concentration below 1") { $0.set("family/concentrations", [0.5, 1.5, 2]) }
    try refusesMarkov("concentrations for points") { $0.note("hmm/chain", "dirichlet") }
  }

  /// What a file says is believed only where its parts belong together; whatever is accepted can be used.
  @Test func contentsThatDoNotFitAreRefused() throws {
    let (markov, space) = (try hiddenMarkov().archive(), try stateSpace().archive())
    #expect(throws: FileError.self) { try FittedStateSpace<Double>(from: markov) }
    #expect(throws: FileError.self) {
      try FittedHiddenMarkov<VariationalGaussianEmission<Double>>(from: markov)
    }
    let (one, other) = (try HiddenMarkovCase().sequences, try StateSpaceCase().sequences)
    var stream = RandomStream(seed: 8)
    var refused = 0
    for i in 0..<1_000 {
      let original = i % 2 == 0 ? markov : space
      var archive = original
      let name = original.names[stream.integer(below: original.names.count)]
      let tensor = try original.tensor(name)
      guard var values = tensor.elements(Double.self), !values.isEmpty else { continue }
      switch stream.integer(below: 3) {
      case 0:
        values.removeLast()
        archive.set(name, values)
      default:
        let bad = [Double.nan, .infinity, -1, 0, 1e300, -1e300, .leastNonzeroMagnitude]
        values[stream.integer(below: values.count)] = bad[stream.integer(below: bad.count)]
        archive.set(name, Tensor(shape: tensor.shape, elements: values))
      }
      do throws(FileError) {
        if i % 2 == 0 {
          let read = try FittedHiddenMarkov<GaussianEmission<Double>>(from: archive)
          _ = try? read.model.logDensity(of: one, at: read.parameters, threads: 1)
          _ = try? read.model.sample(lengths: [3], at: read.parameters, using: stream)
        } else {
          let read = try FittedStateSpace<Double>(from: archive)
          _ = try? read.model.logDensity(of: other, at: read.parameters, threads: 1)
          _ = try? read.model.sample(
            lengths: [3], controls: Matrix(rows: 3, columns: 1), at: read.parameters, using: stream)
        }
      } catch {
        refused += 1
      }
    }
    #expect(refused > 600, "\(refused)")
    #expect(throws: FileError.self) {
      var archive = space
      archive.set("lds/offset", [0.0, 0])
      _ = try FittedStateSpace<Double>(from: archive)
    }
  }
}
