public import LatentFiles

/// A fitted hidden Markov model as a model file keeps it: the model with its priors, its parameters, and how they came about.
public struct FittedHiddenMarkov<Family: KeptEmission>: Sendable, Equatable {
  public var model: HiddenMarkovModel<Family>
  public var parameters: HiddenMarkovParameters<Family.Parameters>
  public var description: FitDescription

  public init(
    model: HiddenMarkovModel<Family>, parameters: HiddenMarkovParameters<Family.Parameters>,
    description: FitDescription
  ) {
    self.model = model
    self.parameters = parameters
    self.description = description
  }

  /// The kind of the archives: `hmm/` and the family's, such as `hmm/gmm`.
  public static var kind: String { "hmm/\(Family.kind)" }

  /// Whether both make the same file.
  public static func == (a: Self, b: Self) -> Bool {
    a.description == b.description && a.tensors == b.tensors
  }

  /// The archive of the model file: tensors under `hmm/`, and under `family/` what family and chain need to know.
  public func archive() throws -> Archive {
    var archive = Archive(kind: Self.kind, configuration: try Archive.configurationText(of: description))
    write(to: &archive)
    return archive
  }

  /// Reads a model and checks that its parts belong together.
  ///
  /// - Throws: `.wrongKind`; `.corrupt` and its relatives for a file that holds no such model.
  public init(from archive: Archive) throws(FileError) {
    guard archive.kind == Self.kind else {
      throw .wrongKind(path: archive.path, found: archive.kind, expected: Self.kind)
    }
    let description: FitDescription = try archive.decodedConfiguration()
    let parameters = try HiddenMarkovParameters<Family.Parameters>(from: archive, at: "hmm")
    let family = try Family(from: archive, at: "family")
    let chain = try ChainPrior(from: archive, at: "family")
    guard description.fits(components: parameters.states, dimensions: parameters.dimensions),
      family.accepts(parameters.emission), chain.isDistribution == (parameters.chain.kind == .dirichlet),
      let model = try? HiddenMarkovModel(states: parameters.states, of: family, chain: chain)
    else { throw .corrupt(path: archive.path, .configuration) }
    self.init(model: model, parameters: parameters, description: description)
  }

  private func write(to archive: inout Archive) {
    parameters.write(to: &archive, at: "hmm")
    model.emission.write(to: &archive, at: "family")
    model.chain.write(to: &archive, at: "family")
  }

  private var tensors: Archive {
    var archive = Archive(kind: Self.kind)
    write(to: &archive)
    return archive
  }
}
