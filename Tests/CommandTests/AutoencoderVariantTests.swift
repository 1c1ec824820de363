import Foundation
import Testing

/// Deterministic auto-encoders, convolutions, categories, several starts, two layers, priors of weights, and what training says.
@Suite struct AutoencoderVariantTests {
  static let small = "faithful --standardize --latent 1 --hidden 4 --likelihood gaussian --quiet"

  // MARK: ae

  /// A linear auto-encoder with one variance ends in the plane of the largest eigenvalues, as principal components do: what is lost is the
  /// smaller eigenvalue of the correlations, 1 − r, spread over both columns.
  @Test func aLinearAutoencoderFindsPrincipalComponents() throws {
    let scratch = try ScratchFolder()
    let fit = try LatentProcess.run(
      "fit ae faithful --standardize --latent 1 --hidden none --likelihood gaussian --precision double --batch 68 "
        + "--learning-rate 0.01 --passes 600 --json --quiet -o a.latent", in: scratch)
    #expect(fit.status == 0, "\(fit.error)")
    let json = try fit.json
    #expect(json["quantity"] as? String == "reconstruction" && json["estimate"] as? String == "exact")
    #expect((json["terms"] as? [String: Double])?["latentKL"] == 0)
    let r = 0.9008112  // of eruptions and waiting
    let σ² = (1 - r) / 2
    let best = -log(2 * Double.pi * σ²) - 1
    let reached = try #require(json["boundPerObservation"] as? Double)
    #expect(reached < best + 0.02 && reached > best - 0.02, "\(reached), \(best)")
    let error = try LatentProcess.run("evaluate a.latent faithful", in: scratch)
    #expect(error.output.hasPrefix("reconstruction "), "\(error.output)")
    #expect(error.output.contains("ln p(x | z) at the encoder's z, no bound on ln p(x)"))
    let evaluation = try LatentProcess.run("evaluate a.latent faithful --json --quiet", in: scratch).json
    #expect(evaluation["importanceBound"] is NSNull)
    #expect(
      try LatentProcess.run("score a.latent faithful --quiet", in: scratch).output.hasPrefix(
        "reconstruction\n"))
    let z = AutoencoderVerbTests.rows(
      try LatentProcess.run("posterior a.latent faithful --quiet", in: scratch).output)
    #expect(z.names == ["z1", "z1_sd"] && z.values.allSatisfy { $0[1] == 0 })
    #expect(
      try LatentProcess.run("info a.latent", in: scratch).output.hasPrefix(
        "model            Auto-encoder (ae)\n"))
    let sample = try LatentProcess.run("sample a.latent", in: scratch)
    #expect(sample.status == 2)
    #expect(
      sample.error
        == "latent: a.latent holds a deterministic auto-encoder, which has no p(z): nothing says where z lies.\n"
        + "Fit a vae to draw rows; `latent reconstruct --between A,B` shows what lies between two of them.\n")
  }

  // MARK: Networks

  @Test func convolutionsAreOfImages() throws {
    let scratch = try ScratchFolder()
    let fit = try LatentProcess.run(
      "fit vae mnist-sample-test --latent 2 --hidden 16 --network convolutional --channels 2,4 --binarize stochastic "
        + "--passes 3 --json --quiet -o m.latent", in: scratch)
    #expect(fit.status == 0, "\(fit.error)")
    let json = try fit.json
    #expect(json["channels"] as? [Int] == [2, 4])
    // Kernels 4·4 from 1 to 2 and 2 to 4 channels, 7·7·4 to 16 and back, a bias a pixel.
    let (kernels, ends) = (16 * 2 + 16 * 8, 196 * 16 + 16 + 16 * 4 + 4 + 2 * 16 + 16 + 16 * 196 + 196)
    #expect(json["freeParameters"] as? Int == 2 * kernels + (2 + 4) + (2 + 1) + ends + 784)
    let trace = try #require(json["trace"] as? [Double])
    #expect(trace[2] > trace[0])
    let text = try LatentProcess.run("info m.latent", in: scratch).output
    #expect(text.contains("784–16–2, after convolutions 2–4\n"), "\(text)")
    #expect(try LatentProcess.run("sample m.latent -n 2 -o s.png --quiet", in: scratch).status == 0)
  }

  /// Three columns of categories: better than independent columns, and never better than the table of all combinations.
  @Test func categoriesAreModelled() throws {
    let scratch = try ScratchFolder()
    var random = SmallRandom(seed: 8)
    let rows = (0..<400).map { _ -> [String] in
      let isFirst = random.uniform() < 0.5
      return (0..<3).map { j in
        let u = random.uniform()
        return u < (isFirst ? 0.8 : 0.1) ? "red" : u < 0.9 || j == 1 ? "green" : "blue"
      }
    }
    try scratch.write("a,b,c\n" + rows.map { $0.joined(separator: ",") + "\n" }.joined(), to: "x.csv")
    func logLikelihood(_ keys: [String]) -> Double {
      var counts: [String: Double] = [:]
      for key in keys { counts[key, default: 0] += 1 }
      return counts.values.reduce(0) { $0 + $1 * log($1 / 400) } / 400
    }
    let independent = (0..<3).reduce(0) { sum, j in sum + logLikelihood(rows.map { $0[j] }) }
    let saturated = logLikelihood(rows.map { $0.joined() })
    let fit = try LatentProcess.run(
      "fit vae x.csv --likelihood categorical --latent 1 --hidden 8 --batch 40 --learning-rate 0.01 --passes 150 "
        + "--quiet -o m.latent", in: scratch)
    #expect(fit.status == 0, "\(fit.error)")
    let json = try LatentProcess.run("evaluate m.latent x.csv --draws 300 --json --quiet", in: scratch).json
    let reached = try #require(json["importanceBound"] as? Double)
    #expect(
      reached > independent + 0.1 && reached < saturated + 0.01, "\(independent), \(reached), \(saturated)")
    let draws = try LatentProcess.run("sample m.latent -n 400 --quiet", in: scratch).output.split(
      separator: "\n")
    #expect(draws[0] == "a,b,c")
    let share = Double(draws.dropFirst().count { $0.hasPrefix("red,") }) / 400
    #expect(abs(share - Double(rows.count { $0[0] == "red" }) / 400) < 0.1)
    #expect(!draws.dropFirst().contains { $0.split(separator: ",")[1] == "blue" })
    let back = try LatentProcess.run("reconstruct m.latent x.csv --json -o r.csv", in: scratch)
    #expect(back.error.contains("% of the cells as another category"), "\(back.error)")
    #expect((try back.json["shareOfCellsWrong"] as? Double ?? 1) < 0.35)
    #expect(try scratch.text("r.csv").hasPrefix("a,b,c\n"))
    try scratch.write("a,b,c\nred,red,purple\n", to: "purple.csv")
    let unknown = try LatentProcess.run("score m.latent purple.csv", in: scratch)
    #expect(
      unknown.error
        == "latent: purple.csv, line 2, column 3 (\"c\"): the category \"purple\" is not one of the model's.\n"
        + "Known: blue, green, red.\n", "\(unknown.error)")
  }

  @Test func twoLayersAreLatent() throws {
    let scratch = try ScratchFolder()
    let fit = try LatentProcess.run(
      "fit vae mnist-sample --latent 6,2 --hidden 32 --second-hidden 8 --binarize stochastic --passes 4 --json --quiet "
        + "-o m.latent", in: scratch)
    #expect(fit.status == 0, "\(fit.error)")
    #expect(try fit.json["latentLayers"] as? [Int] == [6, 2])
    #expect(try fit.json["latent"] as? Int == 8)
    let json = try LatentProcess.run(
      "evaluate m.latent mnist-sample-test --draws 20 --json --quiet", in: scratch
    ).json
    let layers = try #require(json["latentKLByLayer"] as? [Double])
    let terms = try #require(json["terms"] as? [String: Double])
    #expect(layers.count == 2 && abs(layers[0] + layers[1] - terms["latentKL"]!) < 1e-3)
    let (bound, importance) = (json["bound"] as? Double ?? 0, json["importanceBound"] as? Double ?? 0)
    #expect(importance > bound)
    #expect(
      try LatentProcess.run("posterior m.latent mnist-sample-test --quiet", in: scratch).output.hasPrefix(
        "z1,z2,z3,z4,z5,z6,z7,z8,z1_sd,"))
    let text = try LatentProcess.run("info m.latent", in: scratch).output
    #expect(text.contains("6 and 2 dimensions, in two layers\n"), "\(text)")
    #expect(text.contains("6–8–2\n") && text.contains("2–8–6\n"))
    #expect(try LatentProcess.run("sample m.latent -n 4 -o s.png --quiet", in: scratch).status == 0)
  }

  /// −ln p(θ) stands in the bound, and the terms add up.
  @Test func aPriorOfWeightsIsPartOfTheBound() throws {
    let scratch = try ScratchFolder()
    let json = try LatentProcess.run(
      "fit vae \(Self.small) --weight-prior 0.5 --passes 5 --json -o m.latent", in: scratch
    ).json
    let terms = try #require(json["terms"] as? [String: Double])
    // −ln 𝒩(θ | 0, s²) is at least ½ ln 2πs² a weight: 4 + 4 of the hidden layer, 8 + 2 of the last.
    #expect(terms["parameterKL"]! > 18 * 0.5 * log(2 * Double.pi * 0.25))
    #expect(
      abs(
        terms["reconstruction"]! - terms["latentKL"]! - terms["parameterKL"]!
          - (json["bound"] as? Double ?? 0)) < 1e-6)
    #expect(json["weightPrior"] as? Double == 0.5)
    #expect(
      try LatentProcess.run("info m.latent", in: scratch).output.contains("normal, of deviation 0.5\n"))
  }

  // MARK: Starts

  @Test func theBestOfSeveralStartsIsKept() throws {
    let scratch = try ScratchFolder()
    let run = "fit vae \(Self.small) --passes 4 --batch 50 --json"
    let one = try LatentProcess.run(run, in: scratch).json
    let several = try LatentProcess.run("\(run) --restarts 4 -o whole.latent", in: scratch)
    #expect(several.status == 0, "\(several.error)")
    let json = try several.json
    #expect((json["bound"] as? Double ?? -.infinity) >= (one["bound"] as? Double ?? 0))
    #expect((1...4).contains(json["bestStart"] as? Int ?? 0))
    #expect((json["trace"] as? [Double])?.count == 4)
    // A checkpoint in the middle of the starts goes on with the others.
    let words =
      "fit vae \(Self.small) --passes 4 --batch 50 --restarts 4 --time-limit 0.0000001 --checkpoint c"
    _ = try LatentProcess.run(words, in: scratch)
    let rest = try LatentProcess.run(
      "fit vae faithful --resume c --passes 4 --quiet -o rest.latent", in: scratch)
    #expect(rest.status == 0, "\(rest.error)")
    #expect(try scratch.data("rest.latent") == scratch.data("whole.latent"))
    let loud = try LatentProcess.run(
      "fit vae faithful --standardize --latent 1 --hidden 4 --likelihood gaussian --passes 2 --restarts 2",
      in: scratch)
    #expect(
      loud.error.contains(", 2 starts\nstart 1 of 2, pass 1 of 2: bound an observation "), "\(loud.error)")
    #expect(loud.output.contains(" of 2 did best\n"))
  }

  @Test func aModelFileIsAWarmStart() throws {
    let scratch = try ScratchFolder()
    #expect(try LatentProcess.run("fit vae \(Self.small) --passes 60 -o m.latent", in: scratch).status == 0)
    func first(_ options: String) throws -> Double {
      let json = try LatentProcess.run("fit vae \(Self.small) --passes 1 --json \(options)", in: scratch).json
      return try #require((json["trace"] as? [Double])?.first)
    }
    let info = try LatentProcess.run("info m.latent --json", in: scratch).json
    let (cold, warm) = (try first(""), try first("--init m.latent"))
    #expect(warm > cold + 100 && abs(warm - (info["bound"] as? Double ?? 0)) < 40, "\(cold), \(warm)")
    try scratch.write("no model\n", to: "text.csv")
    for (options, message) in [
      (
        "--init m.latent --hidden 5",
        "--init m.latent holds another model: Variational auto-encoder 2–4–1 (tanh, Gaussian likelihood of one variance, "
          + "diagonal posterior), standardized.\nThe fit needs: Variational auto-encoder 2–5–1 (tanh, Gaussian likelihood of one "
          + "variance, diagonal posterior), standardized.\nGive another file, or the options of that model."
      ),
      (
        "--init m.latent --restarts 2",
        "--restarts and --init FILE do not go together: every start would be the same."
      ),
      ("--init random", "--init must be a model file for vae, or left out, not random."),
      ("--init nowhere", "--init must be an existing model file, not \"nowhere\"."),
    ] {
      let given =
        options.contains("--hidden")
        ? Self.small.replacingOccurrences(of: "--hidden 4 ", with: "") : Self.small
      let outcome = try LatentProcess.run("fit vae \(given) \(options)", in: scratch)
      #expect(outcome.status == 2)
      #expect(outcome.error == "latent: \(message)\n", "\(outcome.error)")
    }
  }

  // MARK: Between rows

  @Test func whatLiesBetweenRowsEndsInTheirReconstructions() throws {
    let scratch = try #require(AutoencoderVerbTests.fitted)
    let line = "reconstruct m.latent mnist-sample-test --binarize stochastic --quiet"
    let ends = AutoencoderVerbTests.rows(try LatentProcess.run("\(line) -n 3", in: scratch).output).values
    let way = AutoencoderVerbTests.rows(
      try LatentProcess.run("\(line) --between 1,3,2 --steps 5", in: scratch).output
    ).values
    #expect(way.count == 10)
    for (place, end) in [(0, 0), (4, 2), (5, 2), (9, 1)] {
      let far = zip(way[place], ends[end]).map { abs($0 - $1) }.max() ?? 1
      #expect(far < 0.3, "\(place)")
    }
    // Each step goes as far in z, so that what it changes adds up to no less than the whole way.
    #expect(way[2] != way[0] && way[2] != way[4])
    let picture = try LatentProcess.run("\(line) --between 1,3,2 --steps 5 -o way.png", in: scratch)
    #expect(picture.status == 0, "\(picture.error)")
    #expect(try AutoencoderVerbTests.pngSize(scratch.data("way.png")) == [5 * 30 + 2, 2 * 30 + 2])
    _ = try LatentProcess.run("fit gmm faithful --components 2 --quiet -o gmm.latent", in: scratch)
    for (line, message) in [
      (
        "reconstruct m.latent mnist-sample-test --between 1,99999 --quiet",
        "--between must be the number of one of the 1,000 rows of mnist-sample-test, not 99999."
      ),
      (
        "reconstruct m.latent mnist-sample-test --between 4",
        "--between must be the numbers of two rows or more, not 4."
      ),
      ("reconstruct m.latent mnist-sample-test --steps 4", "--steps has no meaning without --between a,b."),
      (
        "reconstruct m.latent mnist-sample-test --between 1,2 -n 3",
        "-n and --between do not go together: both say which rows are shown."
      ),
      (
        "reconstruct gmm.latent faithful --between 1,2",
        "--between has no meaning for gmm by em.\nLeave it out."
      ),
    ] {
      let outcome = try LatentProcess.run(line, in: scratch)
      #expect(outcome.status == 2)
      #expect(outcome.error == "latent: \(message)\n")
    }
  }

  // MARK: Diagnosis

  /// So heavy a divergence leaves nothing in z.
  @Test func collapseIsToldWhenItAppears() throws {
    let scratch = try ScratchFolder()
    let outcome = try LatentProcess.run(
      "fit vae faithful --standardize --latent 3 --hidden 8 --likelihood gaussian --beta 100 --passes 40 --batch 20 "
        + "--learning-rate 0.01 -o m.latent", in: scratch)
    #expect(outcome.status == 0, "\(outcome.error)")
    let words =
      "None of 3 latent dimensions says anything of the rows (posterior collapse): every row gets the same q(z | x), and the "
      + "decoder answers with the average row. Try --warm-up 20, --free-bits 0.1, a smaller --learning-rate, fewer or other "
      + "layers (--hidden, --activation) or more --passes."
    #expect(
      outcome.error.contains(": \(words)\n") && outcome.error.contains("\nAfter pass "), "\(outcome.error)")
    #expect(outcome.output.contains("\n0 of 3 latent dimensions used\n\(words)\n"), "\(outcome.output)")
    // It is told once.
    #expect(outcome.error.components(separatedBy: "posterior collapse").count == 2)
    let info = try LatentProcess.run("info m.latent", in: scratch).output
    #expect(info.contains("\n0 of 3 latent dimensions used\n\(words)\n"))
    let json = try LatentProcess.run("evaluate m.latent faithful --json --quiet", in: scratch).json
    let findings = try #require(json["findings"] as? [[String: Any]])
    #expect(findings.first?["kind"] as? String == "collapsed")
    #expect((findings.first?["remedies"] as? [String])?.first == "--warm-up 20")
  }

  /// An encoder with too few units falls behind a q of each row's own; a linear Gaussian one has nothing to lose.
  @Test func theGapOfAmortisationIsEvaluated() throws {
    let scratch = try ScratchFolder()
    let fit = try LatentProcess.run(
      "fit vae faithful --standardize --latent 1 --hidden none --likelihood gaussian --posterior diagonal "
        + "--precision double --batch 68 --learning-rate 0.01 --passes 300 --quiet -o m.latent", in: scratch)
    #expect(fit.status == 0, "\(fit.error)")
    let json = try LatentProcess.run(
      "evaluate m.latent faithful --amortization-gap 30 --json --quiet", in: scratch
    ).json
    let gap = try #require(json["amortizationGap"] as? [String: Double])
    #expect(gap["rows"] == 30 && abs(gap["mean"]!) < 0.03, "\(gap)")
    let text = try LatentProcess.run("evaluate m.latent faithful --amortization-gap 5 --quiet", in: scratch)
      .output
    #expect(text.contains("\namortisation gap "), "\(text)")
    #expect(
      text.contains("what a q of its own, refined in 300 steps, is worth to a row (5 rows)\n"), "\(text)")
    _ = try LatentProcess.run("fit gmm faithful --components 2 --quiet -o gmm.latent", in: scratch)
    let exact = try LatentProcess.run("evaluate gmm.latent faithful --amortization-gap 3", in: scratch)
    #expect(exact.error == "latent: --amortization-gap has no meaning for gmm by em.\nLeave it out.\n")
  }
}
