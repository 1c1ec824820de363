import Foundation
import LatentTestSupport
import Testing

/// Reports of models of networks and of sequences.
@Suite struct NetworkReportTests {
  /// Rows of numbers, of zeros and ones, of categories, each also with missing cells, and a category beside them.
  private static func files() throws -> ScratchFolder {
    let scratch = try ScratchFolder()
    var random = SplitMix(state: 11)
    func table(_ name: String, _ cell: (inout SplitMix, Int) -> String) throws {
      for gaps in [false, true] {
        let rows = (0..<60).map { i -> String in
          let cells = (0..<3).map { _ in
            gaps && Double.random(in: 0...1, using: &random) < 0.15 ? "NA" : cell(&random, i % 2)
          }
          return (cells + [i % 2 == 0 ? "left" : "right"]).joined(separator: ",")
        }
        try scratch.write(
          "a,b,c,kind\n" + rows.joined(separator: "\n") + "\n", to: gaps ? "\(name)-gaps.csv" : "\(name).csv")
      }
    }
    try table("numbers") { "\(Double.random(in: -1...1, using: &$0) + 3 * Double($1))" }
    try table("bits") { Double.random(in: 0...1, using: &$0) < ($1 == 0 ? 0.8 : 0.3) ? "1" : "0" }
    try table("categories") { Double.random(in: 0...1, using: &$0) < ($1 == 0 ? 0.8 : 0.3) ? "red" : "blue" }
    return scratch
  }

  static let networks: [(model: String, data: String)] = [
    ("vae --latent 2 --hidden 4", "bits"),
    ("vae --latent 3 --hidden 4 --likelihood gaussian --standardize", "numbers"),
    ("vae --latent 1 --hidden 4 --likelihood categorical", "categories"),
    ("vae --latent 2,1 --hidden 4", "bits"),
    ("vae --latent 2 --hidden 4 --posterior full --prior mixture", "bits"),
    ("vae --latent 2 --hidden 4 --importance 3", "bits"),
    ("cvae --latent 2 --hidden 4 --condition kind", "bits"),
    ("cvae --latent 1 --hidden 4 --condition-columns a --likelihood gaussian", "numbers"),
    ("cvae --posterior none --hidden 4 --condition kind", "bits"),
    ("ae --latent 2 --hidden 4 --likelihood gaussian", "numbers"),
  ]

  @Test(arguments: networks)
  func everyNetworkHasAReport(_ model: String, _ data: String) throws {
    let scratch = try Self.files()
    for name in [data, "\(data)-gaps"] {
      let fit = try LatentProcess.run(
        "fit \(model.split(separator: " ")[0]) \(name).csv --columns a,b,c \(model.split(separator: " ").dropFirst().joined(separator: " ")) --passes 2 -o m.latent --quiet",
        in: scratch)
      #expect(fit.status == 0, "\(fit.error)")
      let alone = try ReportTests.report("m.latent -o alone.html", in: scratch)
      #expect((alone.json["sections"] as? [String])?.contains("The climb") == true)
      let labels = model.contains("--condition kind") ? "" : "--labels kind"
      let page = try ReportTests.report("m.latent \(name).csv \(labels)", in: scratch)
      let sections = try #require(page.json["sections"] as? [String])
      #expect(sections.contains("How well it explains the rows"))
      #expect(
        sections.contains("What the hidden numbers carry")
          == (model.hasPrefix("vae") || model.hasPrefix("cvae --latent")))
      // The score is the one that `score` tells of the same rows and the same noise.
      let score =
        try LatentProcess.run("score m.latent \(name).csv --json --quiet", in: scratch).json["mean"]
        as? Double
      let words = ReportTests.text(page.html)
      let shown = try #require(words.firstMatch(of: /Score\s+([−0-9.]+)/)?.1)
      let value = try #require(Double(shown.replacingOccurrences(of: "−", with: "-")))
      #expect(abs(value - (try #require(score))) < 0.001 * max(1, abs(value)), "\(shown), \(score ?? .nan)")
    }
  }

  @Test func imagesCanBeExplored() throws {
    let scratch = try ScratchFolder()
    for (name, options) in [
      ("plane", "--latent 2 --hidden 20"), ("line", "--latent 1 --hidden 20"),
      ("space", "--latent 4 --hidden 20"),
      ("given", "--latent 2 --hidden 20 --condition label"),
      ("grid", "--latent 2 --network convolutional --channels 2 --hidden 10"),
    ] {
      let model = name == "given" ? "cvae" : "vae"
      let fit = try LatentProcess.run(
        "fit \(model) mnist-sample \(options) --binarize stochastic --passes 1 -o \(name).latent --quiet",
        in: scratch)
      #expect(fit.status == 0, "\(fit.error)")
      let labels = name == "given" ? "" : "--labels label"
      let page = try ReportTests.report("\(name).latent mnist-sample-test \(labels) --rows 200", in: scratch)
      let sections = try #require(page.json["sections"] as? [String])
      #expect(sections.contains("The latent space") && sections.contains("What is kept of each image"))
      #expect(page.html.contains("The latent plane") == (name != "line"), "\(name)")
      #expect(
        page.html.contains("equal share") == ["plane", "given", "grid", "line"].contains(name), "\(name)")
    }
  }

  @Test(arguments: [
    ("hmm hmm-chain --states 5", "hmm-chain", ["The states", "How it goes on"]),
    ("hmm hmm-chain --states 4 --inference vb --standardize", "hmm-chain-test", ["The states"]),
    (
      "lds linear-gaussian --latent 2 --max-iterations 10", "linear-gaussian-test",
      ["The rule", "The latent space"]
    ),
    ("lds linear-gaussian --latent 3 --max-iterations 5", "linear-gaussian", ["The latent space"]),
    ("lds bouncing-ball --latent 4 --max-iterations 2", "bouncing-ball-test", ["How it goes on"]),
    (
      "dvbf bouncing-ball --latent 4 --updates 10 --holdout 0.2", "bouncing-ball-test",
      ["How it goes on", "The latent space"]
    ),
  ]) func everyModelOfSequencesHasAReport(_ fit: String, _ data: String, _ wanted: [String]) throws {
    let scratch = try ScratchFolder()
    let fitted = try LatentProcess.run("fit \(fit) -o m.latent --quiet", in: scratch)
    #expect(fitted.status == 0, "\(fitted.error)")
    _ = try ReportTests.report("m.latent -o alone.html", in: scratch)
    let page = try ReportTests.report("m.latent \(data)", in: scratch)
    let sections = try #require(page.json["sections"] as? [String])
    for heading in wanted + ["What the latent variables know"] {
      #expect(sections.contains(heading), "\(heading)")
    }
    // R² is what `evaluate` tells, but for filters, whose latent variables are other draws.
    guard !fit.hasPrefix("dvbf") else { return }
    let evaluation = try LatentProcess.run("evaluate m.latent \(data) --json --quiet", in: scratch).json
    let words = ReportTests.text(page.html)
    for (_, value) in try #require(evaluation["rSquared"] as? [String: Double]) {
      #expect(words.contains(String(format: "%.4f", value)))
    }
  }

  /// The probabilities of a chain are on its graph's table.
  @Test func theChainIsTold() throws {
    let scratch = try ScratchFolder()
    _ = try LatentProcess.run("fit hmm hmm-chain --states 5 --seed 2 -o m.latent --quiet", in: scratch)
    let info = try LatentProcess.run("info m.latent --json", in: scratch).json
    let transitions = try #require(info["transitions"] as? [[Double]])
    let words = ReportTests.text(try ReportTests.report("m.latent", in: scratch).html)
    for k in 0..<5 {
      let lasts = 1 / (1 - transitions[k][k])
      #expect(words.contains(String(format: "%.4g", lasts)), "state \(k + 1): \(lasts)")
    }
  }
}
