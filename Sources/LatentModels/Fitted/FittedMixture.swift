public import LatentFiles

/// A fitted mixture as a model file keeps it: the model with its priors, its parameters, and how they came about.
public struct FittedMixture<Family: KeptEmission>: Sendable, Equatable {
  public var model: Mixture<Family>
  public var parameters: MixtureParameters<Family.Parameters>
  public var description: FitDescription
  /// What is kept of the observations, so that the fit can go on with others; nil where nothing is.
  public var memory: Memory?

  public init(
    model: Mixture<Family>, parameters: MixtureParameters<Family.Parameters>, description: FitDescription,
    memory: Memory? = nil
  ) {
    self.model = model
    self.parameters = parameters
    self.description = description
    self.memory = memory
  }

  /// All observations at the parameters, without the observations.
  public struct Memory: Sendable {
    /// Their expected statistics.
    public var statistics: Family.Statistics
    /// Their part of the bound (`Bound.evidence`), in nats.
    public var evidence: Double

    public init(statistics: Family.Statistics, evidence: Double) {
      self.statistics = statistics
      self.evidence = evidence
    }
  }

  /// Whether both make the same file.
  public static func == (a: Self, b: Self) -> Bool {
    a.description == b.description && a.tensors == b.tensors
  }

  /// The archive of the model file: tensors under `mixture/`, under `family/` what the family needs to know, and under
  /// `statistics/` what is kept of the observations.
  public func archive() throws -> Archive {
    var archive = Archive(
      kind: Family.kind, configuration: try Archive.configurationText(of: description))
    write(to: &archive)
    return archive
  }

  /// Reads a model and checks that its parts belong together.
  ///
  /// - Throws: `.wrongKind`; `.corrupt` and its relatives for a file that holds no such model.
  public init(from archive: Archive) throws(FileError) {
    guard archive.kind == Family.kind else {
      throw .wrongKind(path: archive.path, found: archive.kind, expected: Family.kind)
    }
    let description: FitDescription = try archive.decodedConfiguration()
    let parameters = try MixtureParameters<Family.Parameters>(from: archive, at: "mixture")
    let family = try Family(from: archive, at: "family")
    let mixing = try Mixing(from: archive, at: "family")
    guard description.fits(components: parameters.components, dimensions: parameters.dimensions),
      family.accepts(parameters.emission),
      let model = try? Mixture(components: parameters.components, of: family, mixing: mixing)
    else { throw .corrupt(path: archive.path, .configuration) }
    var memory: Memory?
    if archive.contains("statistics/evidence") {
      let evidence: Double = try archive.value("statistics/evidence")
      let statistics = try Family.Statistics(from: archive, at: "statistics")
      guard evidence.isFinite, statistics.counts.count == parameters.components, family.accepts(statistics)
      else {
        throw archive.invalidValue("statistics")
      }
      memory = Memory(statistics: statistics, evidence: evidence)
    }
    self.init(model: model, parameters: parameters, description: description, memory: memory)
  }

  private func write(to archive: inout Archive) {
    parameters.write(to: &archive, at: "mixture")
    model.emission.write(to: &archive, at: "family")
    model.mixing.write(to: &archive, at: "family")
    if let memory {
      memory.statistics.write(to: &archive, at: "statistics")
      archive.set("statistics/evidence", memory.evidence)
    }
  }

  private var tensors: Archive {
    var archive = Archive(kind: Family.kind)
    write(to: &archive)
    return archive
  }
}
