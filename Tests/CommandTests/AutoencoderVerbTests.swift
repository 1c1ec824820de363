import Foundation
import Testing

/// What the other verbs do with a fitted auto-encoder.
@Suite struct AutoencoderVerbTests {
  /// Folders with `m.latent`, of 2 latent dimensions, fitted to digits; made once.
  static let fitted: ScratchFolder? = {
    guard let scratch = try? ScratchFolder(),
      let fit = try? LatentProcess.run(
        "fit vae mnist-sample --latent 2 --hidden 32 --binarize stochastic --passes 8 --quiet -o m.latent",
        in: scratch), fit.status == 0
    else { return nil }
    return scratch
  }()

  /// The names of columns, where there are any, and the numbers below.
  static func rows(_ text: String) -> (names: [String], values: [[Double]]) {
    let lines = text.split(separator: "\n").map { $0.split(separator: ",").map(String.init) }
    let names = lines.first.flatMap { $0.allSatisfy { Double($0) != nil } ? nil : $0 } ?? []
    return (names, lines.dropFirst(names.isEmpty ? 0 : 1).map { $0.map { Double($0) ?? .nan } })
  }

  @Test func scoresAreBoundsAndEvaluateAddsThemUp() throws {
    let scratch = try #require(Self.fitted)
    let score = try LatentProcess.run("score m.latent mnist-sample-test --seed 5 --quiet", in: scratch)
    let (names, values) = Self.rows(score.output)
    #expect(names == ["bound"])
    let json = try LatentProcess.run(
      "evaluate m.latent mnist-sample-test --draws 40 --seed 5 --json --quiet -o rows.csv", in: scratch
    ).json
    #expect(json["rows"] as? Int == values.count)
    let mean = values.reduce(0) { $0 + $1[0] } / Double(values.count)
    let bound = try #require(json["bound"] as? Double)
    #expect(abs(mean - bound) < 1e-6)
    let terms = try #require(json["terms"] as? [String: Double])
    #expect(abs(terms["reconstruction"]! - terms["latentKL"]! - bound) < 1e-6)
    // The importance-weighted bound is above the bound, and the KL of the dimensions adds up to the whole.
    let importance = try #require(json["importanceBound"] as? Double)
    #expect(importance > bound)
    let dimensions = try #require(json["latentKLByDimension"] as? [Double])
    #expect(abs(dimensions.reduce(0, +) - terms["latentKL"]!) < 1e-3)
    #expect(json["activeUnits"] as? Int == 2)
    #expect(json["draws"] as? Int == 40)
    #expect((json["standardError"] as? Double ?? 0) > 0)
    let table = Self.rows(try scratch.text("rows.csv"))
    #expect(table.names == ["bound", "importanceBound", "effectiveSampleSize"])
    let means = (0..<2).map { j in table.values.reduce(0) { $0 + $1[j] } / Double(table.values.count) }
    #expect(abs(means[0] - bound) < 1e-6 && abs(means[1] - importance) < 1e-6)
    #expect(table.values.allSatisfy { $0[2] >= 1 && $0[2] <= 40.001 })
  }

  @Test func posteriorsAreMeansAndDeviations() throws {
    let scratch = try #require(Self.fitted)
    let outcome = try LatentProcess.run("posterior m.latent mnist-sample-test --quiet", in: scratch)
    let (names, values) = Self.rows(outcome.output)
    #expect(names == ["z1", "z2", "z1_sd", "z2_sd"])
    #expect(values.allSatisfy { $0[2] > 0 && $0[3] > 0 && $0[2] < 1.5 })
    // Of the whole population, q(z) is about p(z).
    for j in 0..<2 {
      let mean = values.reduce(0) { $0 + $1[j] } / Double(values.count)
      let second = values.reduce(0) { $0 + $1[j] * $1[j] + $1[j + 2] * $1[j + 2] } / Double(values.count)
      #expect(abs(mean) < 0.6 && second > 0.3 && second < 2.5)
    }
  }

  @Test func samplesAreZerosAndOnesAndMeansAreBetween() throws {
    let scratch = try #require(Self.fitted)
    let draws = Self.rows(try LatentProcess.run("sample m.latent -n 30 --quiet", in: scratch).output)
    #expect(draws.values.count == 30 && draws.values[0].count == 784)
    #expect(draws.values.allSatisfy { $0.allSatisfy { $0 == 0 || $0 == 1 } })
    let means = Self.rows(try LatentProcess.run("sample m.latent -n 30 --means --quiet", in: scratch).output)
    #expect(means.values.allSatisfy { $0.allSatisfy { $0 >= 0 && $0 <= 1 } })
    #expect(means.values.contains { $0.contains { $0 > 0.1 && $0 < 0.9 } })
    #expect(
      try LatentProcess.run("sample m.latent -n 12 --means -o s.png --quiet", in: scratch).status == 0)
    #expect(try Self.pngSize(scratch.data("s.png")) == [4 * 30 + 2, 3 * 30 + 2])
  }

  @Test func theManifoldIsAGridOfQuantiles() throws {
    let scratch = try #require(Self.fitted)
    #expect(try LatentProcess.run("sample m.latent --manifold -o m.png --quiet", in: scratch).status == 0)
    #expect(try Self.pngSize(scratch.data("m.png")) == [20 * 28, 20 * 28])
    // The middle of a grid of 3 × 3 is the decoder at 0, which the middle of 5 × 5 is as well; the corners are not.
    let (three, five) = try (
      Self.rows(LatentProcess.run("sample m.latent --manifold -n 3 --quiet", in: scratch).output).values,
      Self.rows(LatentProcess.run("sample m.latent --manifold -n 5 --quiet", in: scratch).output).values
    )
    #expect(three.count == 9 && five.count == 25)
    #expect(three[4] == five[12])
    #expect(three[0] != five[0])
  }

  @Test func reconstructionsAreNearerThanTheMeanImage() throws {
    let scratch = try #require(Self.fitted)
    let outcome = try LatentProcess.run(
      "reconstruct m.latent mnist-sample-test --json --quiet -o r.npy", in: scratch)
    #expect(outcome.status == 0, "\(outcome.error)")
    let error = try #require(try outcome.json["meanSquaredError"] as? Double)
    // The variance of a pixel of these digits, drawn as zeros and ones, is 0.1.
    #expect(error > 0.02 && error < 0.085)
    #expect(
      try LatentProcess.run("reconstruct m.latent mnist-sample-test -o r.png --quiet", in: scratch).status
        == 0)
    #expect(try Self.pngSize(scratch.data("r.png")) == [10 * 30 + 2, 10 * 30 + 2])
  }

  @Test func infoTellsWhatItIs() throws {
    let scratch = try #require(Self.fitted)
    let json = try LatentProcess.run("info m.latent --json", in: scratch).json
    #expect(json["model"] as? String == "vae")
    #expect(json["latent"] as? Int == 2)
    #expect(json["hidden"] as? [Int] == [32])
    #expect(json["dimensions"] as? Int == 784)
    #expect(json["binarize"] as? String == "stochastic")
    let text = try LatentProcess.run("info m.latent", in: scratch).output
    #expect(text.hasPrefix("model            Variational auto-encoder (vae)\n"), "\(text)")
    #expect(text.contains("encoder/"))
  }

  @Test func aCheckpointTellsHowFarItIs() throws {
    let scratch = try ScratchFolder()
    _ = try LatentProcess.run(
      "\(AutoencoderFitTests.small) --passes 5 --checkpoint c --seed 2", in: scratch)
    let json = try LatentProcess.run("info c --json", in: scratch).json
    #expect(json["kind"] as? String == "checkpoint")
    #expect(json["model"] as? String == "vae")
    #expect(json["iteration"] as? Int == 4)
    #expect(json["seed"] as? Int == 2)
    let text = try LatentProcess.run("info c", in: scratch).output
    #expect(text.hasSuffix("`latent fit vae DATA --resume c` goes on.\n"))
  }

  /// Width and height in the header of a PNG.
  static func pngSize(_ data: Data) throws -> [Int] {
    let bytes = [UInt8](data)
    try #require(bytes.count > 24)
    return [16, 20].map { start in bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) } }
  }
}

/// `evaluate` and `reconstruct` of models whose likelihood is known.
@Suite struct EvaluateTests {
  @Test(arguments: ["gmm --components 2", "bmm --components 2 --binarize 0.5", "ppca --latent 1"])
  func exactModelsGiveTheirLikelihood(_ model: String) throws {
    let scratch = try ScratchFolder()
    let data = model.hasPrefix("bmm") ? "mnist-sample --columns 200,201,202,203" : "faithful"
    #expect(try LatentProcess.run("fit \(model) \(data) --quiet -o m.latent", in: scratch).status == 0)
    let evaluation = try LatentProcess.run("evaluate m.latent \(data) --json --quiet", in: scratch).json
    let score = try LatentProcess.run("score m.latent \(data) --json --quiet", in: scratch).json
    #expect(evaluation["bound"] as? Double == score["mean"] as? Double)
    #expect(evaluation["importanceBound"] as? Double == score["mean"] as? Double)
    #expect(evaluation["standardError"] as? Double == score["standardError"] as? Double)
    #expect(evaluation["draws"] as? Int == 0)
    let text = try LatentProcess.run("evaluate m.latent \(data) --quiet", in: scratch).output
    #expect(text.hasPrefix("log density "))
  }

  /// Σₖ r[n,k] μ[k], by the other verbs.
  @Test func mixturesReconstructByTheirCentres() throws {
    let scratch = try ScratchFolder()
    _ = try LatentProcess.run(
      "fit gmm faithful --components 3 --standardize --quiet -o m.latent", in: scratch)
    let info = try LatentProcess.run("info m.latent --json", in: scratch).json
    let means = try #require(info["means"] as? [[Double]])
    let units = try #require(info["standardization"] as? [String: [Double]])
    let q = AutoencoderVerbTests.rows(
      try LatentProcess.run("posterior m.latent faithful --quiet", in: scratch).output
    ).values
    let x = AutoencoderVerbTests.rows(
      try LatentProcess.run("reconstruct m.latent faithful --quiet", in: scratch).output)
    #expect(x.names == ["eruptions", "waiting"])
    for (row, r) in zip(x.values, q) {
      for j in 0..<2 {
        let mean = (0..<3).reduce(0) { $0 + r[$1] * means[$1][j] }
        #expect(abs(row[j] - (mean * units["scales"]![j] + units["means"]![j])) < 1e-8)
      }
    }
  }

  /// Rows on a line through the mean, in the direction of the loadings: their differences from it are all multiples of one vector.
  @Test(arguments: ["ppca faithful --latent 1", "fa faithful --latent 1", "ppca faithful --inference vb"])
  func factorModelsReconstructOnTheirPlane(_ model: String) throws {
    let scratch = try ScratchFolder()
    #expect(
      try LatentProcess.run("fit \(model) --standardize --quiet -o m.latent", in: scratch).status == 0)
    let outcome = try LatentProcess.run("reconstruct m.latent faithful --json --quiet -o x.csv", in: scratch)
    #expect(outcome.status == 0, "\(outcome.error)")
    let x = AutoencoderVerbTests.rows(try scratch.text("x.csv")).values
    let z = AutoencoderVerbTests.rows(
      try LatentProcess.run("posterior m.latent faithful --quiet", in: scratch).output
    ).values
    // x is affine in z.
    let (a, b) = (z.indices.min { z[$0][0] < z[$1][0] }!, z.indices.max { z[$0][0] < z[$1][0] }!)
    for n in z.indices {
      let share = (z[n][0] - z[a][0]) / (z[b][0] - z[a][0])
      for j in 0..<2 { #expect(abs(x[n][j] - (x[a][j] + share * (x[b][j] - x[a][j]))) < 1e-6) }
    }
  }
}
