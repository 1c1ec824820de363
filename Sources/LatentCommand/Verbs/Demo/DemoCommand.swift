import ArgumentParser
import Foundation
import Latent

/// The tour on the embedded digits: the library used as a program would use it.
struct DemoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo", abstract: "A tour on handwritten digits that this program carries with it.",
    discussion: """
      Fits mixtures of Gaussians to 5,000 digits of MNIST by EM and a variational auto-encoder with two latent \
      dimensions along its gradient, shows the bound climbing, and draws what was found. Under three minutes on two cores.
      """)

  @Option(
    name: [.customShort("o"), .customLong("output")],
    help: ArgumentHelp("The folder for pictures and models (default: latent-demo).", valueName: "folder"))
  var output = "latent-demo"
  @Flag(
    name: .long,
    help:
      "In place of the tour: the lecture's moving pictures, as one page, gallery.html, and as SVG, in the folder."
  )
  var gallery = false
  @OptionGroup(title: "Run") var seed: SeedOption
  @OptionGroup(title: "Run") var threads: ThreadsOption
  @OptionGroup(title: "Run") var precision: PrecisionOption
  @OptionGroup(title: "Run") var report: ReportOptions

  static let components = 10

  func run() async throws {
    if gallery, precision.given != nil {
      throw UsageError.conflict(
        option: "--precision", other: "--gallery", reason: "each picture has the precision of its method")
    }
    try Folder.create(output)
    if gallery { return try await showGallery() }
    switch precision.value {
    case .double: try await tour(Double.self)
    case .single: try await tour(Float.self)
    case .bf16:
      throw UsageError.badValue(option: "--precision", value: "bf16", requirement: "double or single")
    }
  }

  private func showGallery() async throws {
    let console = Console(report)
    let path = "\(output)/gallery.html"
    let (page, pictures, facts) = try await Gallery(
      seed: seed.value, threads: threads.value, console: console
    ).scenes()
    try page.write(to: path)
    var files = [path]
    for (name, animation) in pictures {
      files.append("\(output)/\(name).svg")
      try animation.writeSVG(to: files[files.count - 1])
    }
    if console.isJSON {
      try console.result(
        JSONValue.object([
          ("seed", .unsigned(seed.value)), ("threads", .integer(threads.value)), ("scenes", facts),
          ("files", .strings(files)),
        ]).text)
    } else {
      try console.result(
        "The gallery is in \(path): open it with a browser.\nBeside it \(NumberText.count(pictures.count, "picture")) that move by themselves."
      )
    }
  }

  private func tour<Scalar: LatentScalar>(_: Scalar.Type) async throws {
    let console = Console(report)
    let catalogue = DataCatalogue()
    let digits = try catalogue.load("mnist-sample", as: Scalar.self)
    let test = try catalogue.load("mnist-sample-test", as: Scalar.self)
    let work = DemoFits(
      digits: digits, test: test, seed: seed.value, threads: threads.value, console: console)
    let say = { (text: String) throws in if !console.isJSON { try console.result(text) } }

    try say(
      """
      \(NumberText.count(digits.rows)) handwritten digits of \(digits.columns) pixels, as a table. What made them is not in it:
      which digit, in whose hand. A mixture of \(Self.components) Gaussians supposes such a hidden cause, and
      EM finds it by raising a lower bound of ln p(data), the evidence. The digits' labels
      are used for one line after the first fit, and never in a fit.

      1. Clusters: round Gaussians of any size (spherical covariance)
      """)
    let clusters = try await work.fit(.spherical)
    try say(clusters.text)
    try say("")
    try say("2. Densities: each Gaussian with a covariance of its own (full), so that pixels go together")
    let densities = try await work.fit(.full)
    try say(densities.text)
    try say("")
    try say(
      """
      3. A plane: a variational auto-encoder with two latent dimensions. Two numbers stand for each digit; one network
         guesses them from the pixels, q(z | x), another makes pixels of them, p(x | z). Both climb the same bound, of
         zeros and ones drawn afresh from the greys, along its gradient.

      """)
    let plane = try await DemoAutoencoder.fit(
      digits, test: test, seed: seed.value, threads: threads.value, console: console)
    try say(plane.text)

    let files = try DemoFiles(
      folder: output, clusters: clusters, densities: densities, plane: plane, seed: seed.value)
    let page = "\(output)/report.html"
    try DemoReport(
      digits: digits, clusters: clusters, densities: densities, plane: plane, seed: seed.value,
      threads: threads.value
    ).page().write(to: page)
    if console.isJSON {
      try console.result(
        JSONValue.object([
          ("seed", .unsigned(seed.value)), ("threads", .integer(threads.value)),
          ("fits", .array([clusters.json, densities.json, plane.json])),
          ("files", .strings(files.paths + [page])), ("report", .string(page)),
        ]).text)
    }
    try say("\n" + files.text)
    try say("\nThe report, with all of this to look at and explore, is in \(page).")
    try say(
      """

      Next
        latent report \(files.planeModel) mnist-sample-test --labels label
                                          a page about a model, on digits it has not seen
        latent score \(files.densityModel) mnist-sample-test -o scores.csv
                                          ln p(x) of digits it has not seen
        latent posterior \(files.clusterModel) mnist-sample | head -3
                                          which Gaussian made which digit
        latent reconstruct \(files.planeModel) mnist-sample-test -o pairs.png
                                          digits, and what two numbers keep of them
        latent fit vae mnist-sample --latent 20 --binarize stochastic --test mnist-sample-test
                                          with twenty numbers a digit
        latent fit gmm faithful --components 2 -o faithful.latent
                                          two kinds of eruptions of a geyser
        latent data fetch mnist           all 70,000 digits
        latent fit --help                 everything a fit can be told
      """)
  }
}
