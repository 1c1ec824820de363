import Foundation
import Testing

@Suite struct ModelFileTests {
  /// A folder with `model.latent`, two components of `faithful`.
  static func fitted(_ options: String = "") throws -> ScratchFolder {
    let scratch = try ScratchFolder()
    let outcome = try LatentProcess.run(
      "fit gmm faithful --components 2 -o model.latent --quiet \(options)", in: scratch)
    try #require(outcome.status == 0, "\(outcome.error)")
    return scratch
  }

  /// A table as the command prints it.
  static func numbers(_ text: String) -> (names: [String], rows: [[Double]]) {
    let lines = text.split(separator: "\n").map { $0.split(separator: ",").map(String.init) }
    return (lines.first ?? [], lines.dropFirst().map { $0.compactMap(Double.init) })
  }

  @Test func scoresAddUpToTheLikelihood() throws {
    let scratch = try Self.fitted()
    let json = try LatentProcess.run("score model.latent faithful --json --quiet", in: scratch).json
    #expect(Set(json.keys) == ["mean", "standardError", "rows", "quantity", "seed"])
    #expect(json["quantity"] as? String == "logDensity")
    #expect(json["rows"] as? Int == 272)
    let info = try LatentProcess.run("info model.latent --json", in: scratch).json
    let mean = try #require(json["mean"] as? Double)
    let likelihood = try #require(info["logLikelihood"] as? Double)
    #expect(abs(mean * 272 - likelihood) < 1e-8)

    let table = Self.numbers(try LatentProcess.run("score model.latent faithful --quiet", in: scratch).output)
    #expect(table.names == ["logDensity"])
    #expect(table.rows.count == 272)
    #expect(abs(table.rows.reduce(0) { $0 + $1[0] } / 272 - mean) < 1e-12)
  }

  @Test func columnsAreMatchedByName() throws {
    let scratch = try Self.fitted()
    try scratch.write("eruptions,waiting\n3,70\n2,50\n", to: "plain.csv")
    try scratch.write("name,waiting,x,eruptions\nfirst,70,1,3\nsecond,50,2,2\n", to: "mixed.csv")
    try scratch.write("3,70\n2,50\n", to: "bare.csv")
    let plain = try LatentProcess.run("score model.latent plain.csv", in: scratch)
    let mixed = try LatentProcess.run("score model.latent mixed.csv", in: scratch)
    let bare = try LatentProcess.run("score model.latent bare.csv", in: scratch)
    let chosen = try LatentProcess.run("score model.latent mixed.csv --columns 4,2", in: scratch)
    let piped = try LatentProcess.run(
      "score model.latent -", in: scratch, input: "waiting,eruptions\n70,3\n50,2\n")
    #expect(plain.status == 0)
    for other in [mixed, bare, chosen, piped] { #expect(other.output == plain.output) }
    #expect(mixed.error.hasPrefix("Columns not in the model are left out: name, x.\n"))

    try scratch.write("name,eruptions\nfirst,3\n", to: "lacking.csv")
    let lacking = try LatentProcess.run("score model.latent lacking.csv", in: scratch)
    #expect(lacking.status == 2)
    #expect(
      lacking.error == """
        latent: lacking.csv lacks the column "waiting", which model.latent was fitted to.
        Give data with these columns, or name the ones to use, in the model's order, with --columns.

        """)
    try scratch.write("1,2,3\n4,5,6\n", to: "wide.csv")
    let wide = try LatentProcess.run("score model.latent wide.csv", in: scratch)
    #expect(wide.status == 2)
    #expect(
      wide.error == "latent: wide.csv has 3 columns, and model.latent was fitted to 2.\n"
        + "Give data with 2 columns, or choose them with --columns.\n")
  }

  @Test func posteriorsAreDistributions() throws {
    let scratch = try Self.fitted()
    let table = Self.numbers(
      try LatentProcess.run("posterior model.latent faithful --quiet", in: scratch).output)
    #expect(table.names == ["component1", "component2", "component"])
    #expect(table.rows.count == 272)
    for row in table.rows {
      #expect(abs(row[0] + row[1] - 1) < 1e-12)
      #expect(row[2] == (row[0] >= row[1] ? 1 : 2))
    }
    let json = try LatentProcess.run("posterior model.latent faithful --json --quiet", in: scratch).json
    #expect(Set(json.keys) == ["rows", "components", "counts", "meanEntropy", "seed"])
    let counts = try #require(json["counts"] as? [Int])
    #expect(counts == [1.0, 2.0].map { k in table.rows.count { $0[2] == k } })
  }

  @Test func filesHoldWhatIsPrinted() throws {
    let scratch = try Self.fitted()
    for verb in [
      "score model.latent faithful", "posterior model.latent faithful", "sample model.latent -n 20",
    ] {
      let printed = try LatentProcess.run("\(verb) --quiet", in: scratch).output
      let outcome = try LatentProcess.run("\(verb) -o out.csv", in: scratch)
      #expect(outcome.status == 0)
      #expect(outcome.output == "")
      #expect(try scratch.text("out.csv") == printed)
      #expect(try LatentProcess.run("\(verb) -o out.npy --quiet", in: scratch).status == 0)
      #expect(try scratch.data("out.npy").prefix(6) == Data([0x93] + Array("NUMPY".utf8)))
    }
  }

  @Test func samplesAreInTheUnitsOfTheData() throws {
    let scratch = try Self.fitted("--standardize")
    let first = try LatentProcess.run("sample model.latent -n 2000 --seed 7 -o draws.csv --json", in: scratch)
    #expect(try first.json["seed"] as? Int == 7)
    let table = Self.numbers(try scratch.text("draws.csv"))
    #expect(table.names == ["eruptions", "waiting"])
    // Old Faithful: means 3.4878 and 70.897, standard deviations 1.139 and 13.57; four standard errors.
    for (j, mean, deviation) in [(0, 3.4878, 1.1393), (1, 70.897, 13.57)] {
      let found = table.rows.reduce(0) { $0 + $1[j] } / 2000
      #expect(abs(found - mean) < 4 * deviation / 2000.0.squareRoot())
    }
    // Draws fit the model as well as its data do.
    let data = try LatentProcess.run("score model.latent faithful --json", in: scratch).json
    let draws = try LatentProcess.run("score model.latent draws.csv --json", in: scratch).json
    let difference = (data["mean"] as? Double ?? 0) - (draws["mean"] as? Double ?? 9)
    #expect(abs(difference) < 0.3)
    let few = Self.numbers(try LatentProcess.run("sample model.latent -n 5 --seed 7", in: scratch).output)
    #expect(few.rows == Array(table.rows.prefix(5)))
  }

  @Test func standardizationIsAppliedToNewData() throws {
    let scratch = try Self.fitted("--standardize --prior none")
    let info = try LatentProcess.run("info model.latent --json", in: scratch).json
    let score = try LatentProcess.run("score model.latent faithful --json", in: scratch)
    #expect(
      score.error.hasPrefix("Columns are standardized as in the fit; densities are in these units.\n"))
    let mean = try #require(try score.json["mean"] as? Double)
    #expect(abs(mean * 272 - (info["logLikelihood"] as? Double ?? 0)) < 1e-8)
    #expect(Set((info["standardization"] as? [String: Any] ?? [:]).keys) == ["means", "scales"])
  }

  @Test func imagesAreDrawn() throws {
    let scratch = try ScratchFolder()
    _ = try LatentProcess.run(
      "fit gmm mnist-sample-test --components 2 --covariance diagonal --max-iterations 2 -o digits.latent --quiet",
      in: scratch)
    let drawn = try LatentProcess.run("sample digits.latent -n 9 -o grid.png", in: scratch)
    #expect(drawn.status == 0, "\(drawn.error)")
    // A PNG of 3 × 3 pictures of 28 pixels with gutters of 2.
    let bytes = Array(try scratch.data("grid.png"))
    #expect(Array(bytes[1..<4]) == Array("PNG".utf8))
    #expect(bytes[16..<24].map { $0 } == [0, 0, 0, 92, 0, 0, 0, 92])
    let refused = try LatentProcess.run("sample model.latent -o x.png", in: Self.fitted())
    #expect(refused.status == 2)
    #expect(
      refused.error == "latent: model.latent was not fitted to images, so x.png cannot be drawn.\n"
        + "Use .csv, .tsv or .npy.\n")
  }

  @Test func binarizationIsRemembered() throws {
    let scratch = try ScratchFolder()
    let fit = try LatentProcess.run(
      "fit gmm mnist-sample-test --components 2 --covariance spherical --binarize 0.5 --max-iterations 2 "
        + "-o model.latent --json --quiet", in: scratch)
    let score = try LatentProcess.run("score model.latent mnist-sample-test --json", in: scratch)
    let likelihood = try #require(try fit.json["logLikelihood"] as? Double)
    let mean = try #require(try score.json["mean"] as? Double)
    #expect(abs(mean * 1000 - likelihood) < 1e-6 * abs(likelihood))
    let other = try LatentProcess.run(
      "score model.latent mnist-sample-test --binarize stochastic", in: scratch)
    #expect(other.status == 2)
    #expect(
      other.error == "latent: model.latent was fitted with --binarize 0.5, not stochastic.\n"
        + "Leave --binarize out: it is applied anyway.\n")
  }

  @Test func damagedFilesAreNamed() throws {
    let scratch = try Self.fitted()
    let model = try scratch.data("model.latent")
    var broken = model
    broken[broken.count - 5] ^= 1
    try scratch.write(broken, to: "broken.latent")
    try scratch.write(model.prefix(model.count - 30), to: "cut.latent")
    try scratch.write(Data([2, 0, 0, 0, 0, 0, 0, 0]) + Data("{}".utf8), to: "foreign.safetensors")
    try scratch.write("1,2\n3,4\n", to: "table.csv")
    for (file, message) in [
      ("broken.latent", "broken.latent is damaged: its checksum does not fit."),
      (
        "cut.latent",
        "cut.latent is cut short: \(grouped(model.count - 30)) of \(grouped(model.count)) bytes."
      ),
      (
        "foreign.safetensors",
        "foreign.safetensors is a safetensors file of another program, not a model of latent.\n"
          + "`latent fit … -o FILE` makes one."
      ),
      ("table.csv", "table.csv is not a model file or checkpoint.\n`latent fit … -o FILE` makes one."),
    ] {
      for verb in ["score \(file) faithful", "posterior \(file) faithful", "sample \(file)", "info \(file)"] {
        let outcome = try LatentProcess.run(verb, in: scratch)
        #expect(outcome.status == 2)
        #expect(outcome.output == "")
        #expect(outcome.error == "latent: \(message)\n")
      }
    }
  }

  private func grouped(_ count: Int) -> String {
    let digits = String(count)
    return digits.count > 3 ? "\(digits.dropLast(3)),\(digits.suffix(3))" : digits
  }

  @Test func infoTellsWhatTheFitWas() throws {
    let scratch = try Self.fitted("--seed 9 --covariance tied")
    let json = try LatentProcess.run("info model.latent --json", in: scratch).json
    #expect(json["kind"] as? String == "model")
    #expect(json["covariance"] as? String == "tied")
    #expect(json["columnNames"] as? [String] == ["eruptions", "waiting"])
    #expect(json["seed"] as? Int == 9)
    #expect((json["means"] as? [[Double]])?.count == 2)
    let text = try LatentProcess.run("info model.latent", in: scratch).output
    #expect(text.hasPrefix("model            Gaussian mixture (gmm)\n"))
    #expect(text.contains("columns          2: eruptions, waiting\n"))
    #expect(text.contains("component  weight  mean eruptions  mean waiting\n"))
  }
}
