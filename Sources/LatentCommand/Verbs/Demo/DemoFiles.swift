import Latent

/// The pictures and models that the tour leaves behind.
struct DemoFiles {
  let clusterModel: String
  let densityModel: String
  let planeModel: String
  private let means: String
  private let samples: String
  private let manifold: String

  /// Draws and writes them.
  ///
  /// - Throws: `FileError`, `InferenceError`, `ImageError`.
  init<Scalar: LatentScalar>(
    folder: String, clusters: DemoFit<Scalar>, densities: DemoFit<Scalar>, plane: DemoAutoencoder,
    seed: UInt64
  ) throws {
    clusterModel = "\(folder)/clusters.latent"
    densityModel = "\(folder)/densities.latent"
    means = "\(folder)/means.png"
    samples = "\(folder)/samples.png"
    planeModel = "\(folder)/plane.latent"
    manifold = "\(folder)/manifold.png"

    let shape = clusters.image ?? FitDescription.ImageSize(height: 1, width: clusters.model.dimensions)
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

    let side = AutoencoderSampleJob.defaultSide
    (grid.columns, grid.gutter, grid.magnification) = (side, 0, 1)
    let pictures = try plane.fitted.model.expectation(
      at: AutoencoderSampleJob.plane(side: side), plane.fitted.parameters)
    try grid.image(of: pictures).writePNG(to: manifold)

    try clusters.fitted().archive().write(to: clusterModel)
    try densities.fitted().archive().write(to: densityModel)
    try plane.fitted.archive().write(to: planeModel)
  }

  var paths: [String] { [means, samples, manifold, clusterModel, densityModel, planeModel] }

  var text: String {
    NumberText.table(
      [
        [means, "the ten means of 1, the largest first"], [samples, "fifty digits that 2 made up"],
        [manifold, "the digits of 3, where they lie on its plane"],
        [clusterModel, "the models, for the other verbs"], [densityModel, ""], [planeModel, ""],
      ], leading: [0, 1])
  }
}
