public import LatentFiles
public import LatentNumerics

/// A fitted linear state space as a model file keeps it: the model with its prior, its parameters, and how they came about.
/// The precision is that of the sequences to come, and not kept.
public struct FittedStateSpace<Scalar: LatentScalar>: Sendable, Equatable {
  public var model: LinearStateSpace<Scalar>
  public var parameters: LinearStateSpaceParameters
  public var description: FitDescription

  public init(
    model: LinearStateSpace<Scalar>, parameters: LinearStateSpaceParameters, description: FitDescription
  ) {
    self.model = model
    self.parameters = parameters
    self.description = description
  }

  /// The kind of the archives.
  public static var kind: String { "lds" }

  /// Whether both make the same file.
  public static func == (a: Self, b: Self) -> Bool {
    a.description == b.description && a.tensors == b.tensors
  }

  /// The archive of the model file: tensors under `lds/`, and under `prior/` where there is one.
  public func archive() throws -> Archive {
    var archive = Archive(kind: Self.kind, configuration: try Archive.configurationText(of: description))
    write(to: &archive)
    return archive
  }

  /// Reads a model and checks that its parts belong together. In the description `latent` is L and `components` 1.
  ///
  /// - Throws: `.wrongKind`; `.corrupt` and its relatives for a file that holds no such model.
  public init(from archive: Archive) throws(FileError) {
    guard archive.kind == Self.kind else {
      throw .wrongKind(path: archive.path, found: archive.kind, expected: Self.kind)
    }
    let description: FitDescription = try archive.decodedConfiguration()
    let parameters = try LinearStateSpaceParameters(from: archive, at: "lds")
    guard let noise = archive.notes["lds/noise"].flatMap(EmissionNoise.init(rawValue:)) else {
      throw .corrupt(path: archive.path, .metadata(key: "lds/noise"))
    }
    let prior = archive.contains("prior/precision") ? try StateSpacePrior(from: archive, at: "prior") : nil
    guard description.fits(components: 1, dimensions: parameters.dimensions),
      description.latent == parameters.latent, (description.controls ?? 0) == parameters.controls,
      noise.holds(parameters.emissionNoise),
      let model = try? LinearStateSpace<Scalar>(
        latent: parameters.latent, dimensions: parameters.dimensions, controls: parameters.controls,
        noise: noise, prior: prior)
    else { throw .corrupt(path: archive.path, .configuration) }
    self.init(model: model, parameters: parameters, description: description)
  }

  private func write(to archive: inout Archive) {
    parameters.write(to: &archive, at: "lds")
    archive.note("lds/noise", model.noise.rawValue)
    model.prior?.write(to: &archive, at: "prior")
  }

  private var tensors: Archive {
    var archive = Archive(kind: Self.kind)
    write(to: &archive)
    return archive
  }
}
