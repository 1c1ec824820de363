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
    #expect(refused > 300, "\(refused)")
    #expect(throws: FileError.self) {
      var archive = space
      archive.set("lds/offset", [0.0, 0])
      _ = try FittedStateSpace<Double>(from: archive)
    }
  }
}
