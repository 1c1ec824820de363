public import LatentFiles
import LatentNumerics

extension StateSpacePrior: Archivable {
  /// One tensor for each of its numbers.
  public func write(to archive: inout Archive, at path: String) {
    archive.set("\(path)/precision", precision)
    archive.set("\(path)/persistence", persistence)
    archive.set("\(path)/degreesOfFreedom", degreesOfFreedom)
    archive.set("\(path)/initialScale", initialScale)
    archive.set("\(path)/transitionScale", transitionScale)
    archive.set("\(path)/offset", offset)
    archive.set("\(path)/emissionDegreesOfFreedom", emissionDegreesOfFreedom)
    archive.set("\(path)/emissionScale", emissionScale)
  }

  /// Reads and checks it.
  public init(from archive: Archive, at path: String) throws(FileError) {
    let precision: Double = try archive.value("\(path)/precision")
    let persistence: Double = try archive.value("\(path)/persistence")
    let degrees: Double = try archive.value("\(path)/degreesOfFreedom")
    let initialScale: Matrix<Double> = try archive.matrix("\(path)/initialScale")
    let transitionScale: Matrix<Double> = try archive.matrix("\(path)/transitionScale")
    let offset: [Double] = try archive.vector("\(path)/offset")
    let emissionDegrees: Double = try archive.value("\(path)/emissionDegreesOfFreedom")
    let emissionScale: Matrix<Double> = try archive.matrix("\(path)/emissionScale")
    guard
      let prior = try? StateSpacePrior(
        precision: precision, persistence: persistence, degreesOfFreedom: degrees, initialScale: initialScale,
        transitionScale: transitionScale, offset: offset, emissionDegreesOfFreedom: emissionDegrees,
        emissionScale: emissionScale)
    else { throw archive.invalidValue(path) }
    self = prior
  }
}
