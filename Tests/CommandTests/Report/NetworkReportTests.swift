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
      ("wide", "--latent 4 --network convolutional --channels 2 --hidden 10"),
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
      // Points name their rows in the file, and each shows its own.
      #expect(page.html.contains("\"numbers\":[1,") == (name != "line"), "\(name)")
      if name != "line" {
        #expect(page.html.contains(/"originals":\{"src":"[^"]*","columns":\d+,"count":200\}/))
      }
      let words = ReportTests.text(page.html)
      if name == "given" {
        #expect(words.contains("which the networks are given") && !words.contains("has not seen"))
        #expect(words.contains("Images of the data, a line for each label"))
        #expect(words.contains("below ln p(x | c)") && words.contains("KL(q(z | x, c) ‖ p(z))"))
        #expect(page.html.contains("data-do=\"given\""))
      } else {
        #expect(words.contains("label, which the fit has not seen"))
      }
      if name == "line" { #expect(words.contains("of all rows and by label")) }
      #expect(
        page.html.contains("equal share") == ["plane", "given", "grid", "line"].contains(name), "\(name)")
    }
  }

  /// The plane of images made beforehand holds all points, however far out: those of a deterministic auto-encoder need not be near zero.
  @Test func imagesMadeBeforehandReachAllPoints() throws {
    let scratch = try ScratchFolder()
    let fit = try LatentProcess.run(
      "fit ae mnist-sample --latent 2 --network convolutional --channels 4 --hidden 20 --binarize 0.5 --passes 3 -o m.latent --quiet",
      in: scratch)
    #expect(fit.status == 0, "\(fit.error)")
    let html = try ReportTests.report("m.latent mnist-sample-test --binarize 0.5", in: scratch).html
    let grid = try #require(
      html.firstMatch(
        of: /"rows":24,"x":\[(?<x0>[-\d.e]+),(?<x1>[-\d.e]+)\],"y":\[(?<y0>[-\d.e]+),(?<y1>[-\d.e]+)\]/))
    let ends = [grid.x0, grid.x1, grid.y0, grid.y1].compactMap { Double($0) }
    try #require(ends.count == 4)
    let packed = try #require(html.firstMatch(of: /"points":\{"s":(?<s>[-\d.e]+),"q":"(?<q>[^"]*)"\}/))
    let scale = try #require(Double(packed.s))
    let bytes = Array(try #require(Data(base64Encoded: String(packed.q))))
    let points = stride(from: 0, to: bytes.count, by: 2).map {
      scale * Double(Int16(bitPattern: UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8))
    }
    #expect(points.count > 100)
    // The case is of use only where some point is out of what the prior would cover.
    #expect(points.contains { $0.magnitude > 3.2 })
    for i in stride(from: 0, to: points.count, by: 2) {
      #expect((ends[0]...ends[1]).contains(points[i]) && (ends[2]...ends[3]).contains(points[i + 1]))
    }
  }

  /// The importance-weighted bound stands beside the plain bound of the same rows, and is not below it.
  @Test func boundsAreOfTheSameRows() throws {
    let scratch = try ScratchFolder()
    let fit = try LatentProcess.run(
      "fit vae mnist-sample --latent 2 --hidden 30 --binarize stochastic --passes 3 -o m.latent --quiet",
      in: scratch)
    #expect(fit.status == 0, "\(fit.error)")
    let words = ReportTests.text(
      try ReportTests.report("m.latent mnist-sample-test --binarize stochastic --rows 600", in: scratch).html)
    func value(_ match: Substring?) throws -> Double {
      let text = try #require(match).replacingOccurrences(of: "−", with: "-")
      return try #require(Double(text))
    }
    let plain = try value(
      words.firstMatch(
        of: /bound of fewer\s+([−0-9.]+)\s+± [0-9.]+\s+the same as the first line, of 500 rows/)?.1)
    let importance = try value(words.firstMatch(of: /importance bound\s+([−0-9.]+)/)?.1)
    #expect(importance > plain)
    let few = ReportTests.text(
      try ReportTests.report("m.latent mnist-sample-test --rows 300", in: scratch).html)
    #expect(!few.contains("bound of fewer") && few.contains("50 draws a row, 300 rows"))
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

  /// Images of sequences as long as no page could show whole: frames around where the given ones end.
  @Test(arguments: [
    ("dvbf --latent 3 --hidden 16 --updates 60", 120, 1), ("lds --latent 2 --max-iterations 2", 400, 201),
  ])
  func longImageSequences(_ model: String, _ frames: Int, _ first: Int) throws {
    let scratch = try ScratchFolder()
    let made = try LatentProcess.run(
      "data make pendulum -n 4 --frames \(frames) -o p.npy --quiet", in: scratch)
    #expect(made.status == 0, "\(made.error)")
    let words = model.split(separator: " ", maxSplits: 1)
    let fit = try LatentProcess.run(
      "fit \(words[0]) p.npy \(words[1]) --image 16x16 -o m.latent --report live.html --quiet", in: scratch)
    #expect(fit.status == 0, "\(fit.error)")
    let page = try ReportTests.report("m.latent p.npy", in: scratch)
    #expect(page.html.contains("blind"))
    #expect(try #require(page.json["bytes"] as? Int) < 2_500_000)
    guard model.hasPrefix("lds") else {
      // Filters are given a third, and foretell sixty frames: frame 101 is not among them.
      #expect(page.html.contains("frame 100 of 100, predicted") && !page.html.contains("frame 101"))
      return
    }
    #expect(page.html.contains("frame \(first), given") && !page.html.contains("frame \(first - 1), given"))
    #expect(page.html.contains("frame \(frames), predicted"))
    #expect(ReportTests.text(page.html).contains("Frames \(first) to \(frames) of \(frames)."))
  }

  /// A chain that goes through its states once spends all of a long run in the last, and its frames where they are.
  @Test func aChainFromLeftToRight() throws {
    let scratch = try ScratchFolder()
    var random = SplitMix(state: 4)
    func write(_ name: String, _ levels: [Double]) throws {
      let rows = (0..<8).flatMap { n in
        levels.flatMap { level in
          (0..<20).map { _ in "\(n),\(level + Double.random(in: -0.5...0.5, using: &random))" }
        }
      }
      try scratch.write("sequence,x\n" + rows.joined(separator: "\n") + "\n", to: name)
    }
    try write("all.csv", [0, 5, 10])
    try write("some.csv", [0, 5])
    let fit = try LatentProcess.run(
      "fit hmm all.csv --sequence sequence --states 3 --restarts 5 -o m.latent --quiet", in: scratch)
    #expect(fit.status == 0, "\(fit.error)")
    let words = ReportTests.text(
      try ReportTests.report("m.latent all.csv --sequence sequence", in: scratch).html)
    #expect(!words.contains("hardly ever visited") && words.contains("every state is in use"))
    // First, in the long run, stays, lasts; frames expected and on the path.
    let rows = words.matches(
      of:
        /state (\d)\s+([\d.]+) %\s+(?:less than )?([\d.]+) %\s+(?:more than )?[\d.]+ %\s+(?:for ever|[\d.,e+]+)\s+([\d.,]+)\s+([\d.,]+)/
    )
    #expect(rows.count == 3)
    // The last state is not the first, and takes all of a long run, but for what probabilities that are nearly zero leave.
    #expect(rows.count { $0.3 == "100" && $0.2 == "0" } == 1)
    #expect(rows.count { $0.3 == "0" || $0.3 == "0.1" } == 2)
    for row in rows { #expect(row.4 == "160" && row.5 == "160") }
    #expect(words.contains("Share of the frames") && words.contains("Mean ± standard deviation"))
    #expect(
      words.contains("mean entropy of a frame's state is 0.00")
        && words.contains("No two states share frames"))
    // Without data only the long run is known, and that says nothing about the frames.
    let alone = ReportTests.text(try ReportTests.report("m.latent -o alone.html", in: scratch).html)
    #expect(!alone.contains("hardly ever visited") && !alone.contains("every state is in use"))
    #expect(!alone.contains("Share of the frames"))
    // Data that never come to the last state do leave it.
    let some = ReportTests.text(
      try ReportTests.report("m.latent some.csv --sequence sequence -o some.html", in: scratch).html)
    #expect(some.contains("is hardly ever visited: by less than one of 320 frames"))
  }

  /// Emissions of every kind have draws beside the data.
  @Test func statesOfBitsAndCategories() throws {
    let scratch = try ScratchFolder()
    var random = SplitMix(state: 8)
    func write(_ name: String, _ cell: (Bool, inout SplitMix) -> String) throws {
      let rows = (0..<6).flatMap { n in
        (0..<40).map { t in
          "\(n),\(cell(t / 10 % 2 == 0, &random)),\(cell(t / 10 % 2 == 1, &random))"
        }
      }
      try scratch.write("sequence,a,b\n" + rows.joined(separator: "\n") + "\n", to: name)
    }
    try write("bits.csv") { Double.random(in: 0...1, using: &$1) < ($0 ? 0.9 : 0.2) ? "1" : "0" }
    try write("words.csv") { Double.random(in: 0...1, using: &$1) < ($0 ? 0.9 : 0.2) ? "sun" : "rain" }
    try write("tails.csv") { "\(($0 ? 4.0 : 0) + Double.random(in: -1...1, using: &$1))" }
    for (name, emissions, wanted) in [
      ("bits", "bernoulli", "Frame by frame which columns are 1"), ("words", "categorical", "a, drawn"),
      ("tails", "student", "It need not follow the data"),
    ] {
      let fit = try LatentProcess.run(
        "fit hmm \(name).csv --sequence sequence --columns a,b --states 2 --emissions \(emissions) -o m.latent --quiet",
        in: scratch)
      #expect(fit.status == 0, "\(fit.error)")
      let page = try ReportTests.report("m.latent \(name).csv --sequence sequence", in: scratch)
      let sections = try #require(page.json["sections"] as? [String])
      #expect(sections.contains("A sequence that it makes up, beside the data"), "\(name)")
      #expect(sections.contains("How the frames are shared out"), "\(name)")
      let words = ReportTests.text(page.html)
      #expect(words.contains(wanted), "\(name)")
      if name == "words" {
        #expect(words.contains("a, data") && words.contains("sun") && !words.contains("Component"))
      }
    }
  }

  /// Controls are part of the rule, and of what is made up; parameters are in the units of the data.
  @Test func controlsAreTold() throws {
    let scratch = try ScratchFolder()
    #expect(
      try LatentProcess.run("data make linear-gaussian -n 8 --frames 40 -o lg.csv --quiet", in: scratch)
        .status == 0)
    let columns = try #require(try scratch.text("lg.csv").split(separator: "\n").first).split(separator: ",")
      .map(String.init)
    let seen = columns.filter { $0.hasPrefix("x") }.joined(separator: ",")
    var noise: [[Double]] = []
    for options in ["--tolerance 1e-9", "--tolerance 1e-9 --standardize"] {
      let fit = try LatentProcess.run(
        "fit lds lg.csv --sequence sequence --columns \(seen) --controls u --latent 2 --prior none \(options) -o m.latent --quiet",
        in: scratch)
      #expect(fit.status == 0, "\(fit.error)")
      let page = try ReportTests.report("m.latent lg.csv --sequence sequence --controls u", in: scratch)
      let words = ReportTests.text(page.html)
      #expect(words.contains("become A z + B u plus noise") && words.contains("B: what controls do"))
      #expect(
        try #require(page.json["sections"] as? [String]).contains(
          "A sequence that it makes up, beside the data"))
      #expect(words.contains("It has the controls of the first sequence."))
      let table = try #require(words.components(separatedBy: "Noise, standard deviation").dropFirst().first)
      noise.append(
        table.matches(of: /x\d+\s+[−0-9.e]+\s+([0-9.e−]+)/).prefix(seen.split(separator: ",").count)
          .compactMap { Double($0.1) })
    }
    // Maximum likelihood does not depend on units, so both fits tell the same noise.
    #expect(noise[0].count == seen.split(separator: ",").count && noise[0].count == noise[1].count)
    for (a, b) in zip(noise[0], noise[1]) { #expect(abs(a - b) < 0.02 * a, "\(noise)") }
  }

  /// Series that change sides from frame to frame swing, if anything does.
  @Test func alternatingSeries() throws {
    let scratch = try ScratchFolder()
    var random = SplitMix(state: 12)
    var lines: [String] = []
    for n in 0..<10 {
      var z = 3.0
      for _ in 0..<60 {
        z = -0.95 * z + Double.random(in: -0.5...0.5, using: &random)
        lines.append("\(n),\(z + Double.random(in: -0.1...0.1, using: &random))")
      }
    }
    try scratch.write("sequence,x\n" + lines.joined(separator: "\n") + "\n", to: "a.csv")
    let fit = try LatentProcess.run(
      "fit lds a.csv --sequence sequence --latent 1 -o m.latent --quiet", in: scratch)
    #expect(fit.status == 0, "\(fit.error)")
    let words = ReportTests.text(try ReportTests.report("m.latent", in: scratch).html)
    #expect(words.contains("change sides from one frame to the next"))
  }
}
