import Latent

/// The pictures and models that the tour leaves behind.
struct DemoFiles {
  let clusterModel: String
  let densityModel: String
  private let means: String
  private let samples: String

  /// Draws and writes them.
  ///
  /// - Throws: `FileError`, `InferenceError`, `ImageError`.
  init<Scalar: LatentScalar>(
    folder: String, clusters: DemoFit<Scalar>, densities: DemoFit<Scalar>, seed: UInt64
  ) throws {
    clusterModel = "\(folder)/clusters.latent"
    densityModel = "\(folder)/densities.latent"
    means = "\(folder)/means.png"
    samples = "\(folder)/samples.png"

    let shape = clusters.image ?? ImageShape(height: 1, width: clusters.model.dimensions)
    var grid = ImageGrid(imageHeight: shape.height, imageWidth: shape.width)
    grid.magnification = 2
    let θ = clusters.parameters
    let byWeight = θ.weights.indices.sorted { θ.weights[$0] > θ.weights[$1] }
    grid.columns = 5
    try grid.image(of: θ.means.selecting(rows: byWeight)).writePNG(to: means)
    grid.columns = 10
    let draws = try densities.model.sample(50, at: densities.parameters, using: RandomStream(seed: seed))
      .values
    try grid.image(of: draws).writePNG(to: samples)

    try clusters.fitted().archive().write(to: clusterModel)
    try densities.fitted().archive().write(to: densityModel)
  }

  var paths: [String] { [means, samples, clusterModel, densityModel] }

  var text: String {
    NumberText.table(
      [
        [means, "the ten means of 1, the largest first"], [samples, "fifty digits that 2 made up"],
        [clusterModel, "the models, for the other verbs"], [densityModel, ""],
      ], leading: [0, 1])
  }
}
