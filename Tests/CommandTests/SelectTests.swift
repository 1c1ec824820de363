import Foundation
import Testing

/// Comparisons of models by `latent select`.
@Suite struct SelectTests {
  /// The log likelihoods and −BIC of R's mclust 6.0.0 on Old Faithful (Tests/Reference/mclust.md): VVV is full, EEE tied.
  static let mclust: [(covariance: String, components: Int, logLikelihood: Double, bic: Double)] = [
    ("full", 1, -1289.796745, 2607.622500), ("full", 2, -1130.264068, 2322.191959),
    ("full", 3, -1127.198810, 2349.696256), ("tied", 1, -1289.796745, 2607.622500),
    ("tied", 2, -1140.186760, 2325.219937), ("tied", 3, -1126.326236, 2314.316296),
  ]

  /// Rows of three well separated round clusters in two columns.
  static func clusters() throws -> ScratchFolder {
    let scratch = try ScratchFolder()
    var random = SmallRandom(seed: 5)
    let rows = (0..<150).map { n -> String in
      let centre = [(0.0, 0.0), (9.0, 1.0), (2.0, 8.0)][n % 3]
      return "\(centre.0 + random.normal()),\(centre.1 + random.normal())\n"
    }
    try scratch.write("a,b\n" + rows.joined(), to: "rows.csv")
    return scratch
  }

  static func candidates(_ json: [String: Any]) throws -> [[String: Any]] {
    try #require(json["candidates"] as? [[String: Any]])
  }

  static func number(_ value: Any?) throws -> Double { try #require(value as? Double) }

  @Test func agreesWithMclust() throws {
    let scratch = try ScratchFolder()
    let line =
      "select gmm faithful --components 1...3 --covariance full,tied --prior none --restarts 8 --tolerance 1e-9"
    let json = try BatchTests.json(line, in: scratch)
    let candidates = try Self.candidates(json)
    #expect(candidates.count == Self.mclust.count)
    for (candidate, known) in zip(candidates, Self.mclust) {
      #expect(candidate["components"] as? Int == known.components)
      #expect(candidate["covariance"] as? String == known.covariance)
      let (logLikelihood, bic) = (
        try Self.number(candidate["logLikelihood"]), try Self.number(candidate["bic"])
      )
      // As high, or higher: mclust starts once.
      #expect(logLikelihood > known.logLikelihood - 1e-3 && bic < known.bic + 2e-3)
      let parameters = try Self.number(candidate["freeParameters"])
      #expect(abs((known.bic + 2 * known.logLikelihood) / log(272) - parameters) < 1e-6)
      #expect(try abs(Self.number(candidate["aic"]) + 2 * logLikelihood - 2 * parameters) < 1e-8)
      #expect(try Self.number(candidate["icl"]) >= bic)
    }
    let best = try #require(json["best"] as? [String: Any])
    #expect(best["components"] as? Int == 3 && best["covariance"] as? String == "tied")
    #expect(try abs(Self.number(best["bic"]) - 2314.316296) < 3e-2)
    #expect(
      json["reason"] as? String
        == "Take 3 components, tied covariance: it has the smallest BIC, 2314.30. Next comes 2 components, full "
        + "covariance, 7.90 above it: strong evidence.")
  }

  /// The words of Kass & Raftery are for BIC alone.
  @Test(arguments: ["aic", "icl"]) func otherCriteriaTellTheGapAlone(_ criterion: String) throws {
    let json = try BatchTests.json(
      "select gmm faithful --components 1...3 --criterion \(criterion) --restarts 2", in: ScratchFolder())
    let all = try Self.candidates(json).map {
      (try #require($0["components"] as? Int), try Self.number($0[criterion]))
    }.sorted { $0.1 < $1.1 }
    func name(_ components: Int) -> String {
      "\(components) component\(components == 1 ? "" : "s"), full covariance"
    }
    #expect(
      json["reason"] as? String
        == "Take \(name(all[0].0)): it has the smallest \(criterion.uppercased()), "
        + String(format: "%.2f. Next comes %@, %.2f above it.", all[0].1, name(all[1].0), all[1].1 - all[0].1)
    )
  }

  /// ICL from the responsibilities that `posterior` prints.
  @Test func iclCountsTheEntropyOfTheClusters() throws {
    let scratch = try ScratchFolder()
    let json = try BatchTests.json("select gmm faithful --components 3 --restarts 1 --seed 4", in: scratch)
    _ = try BatchTests.json(
      "fit gmm faithful --components 3 --seed 4 --tolerance 1e-6 --max-iterations 500 -o m.latent",
      in: scratch)
    let rows = ModelFileTests.numbers(
      try LatentProcess.run("posterior m.latent faithful --quiet", in: scratch).output
    ).rows
    let entropy = rows.flatMap { $0.prefix(3) }.reduce(0) { $1 > 0 ? $0 - $1 * log($1) : $0 }
    let candidate = try Self.candidates(json)[0]
    let (bic, icl) = (try Self.number(candidate["bic"]), try Self.number(candidate["icl"]))
    #expect(entropy > 1 && abs(icl - bic - 2 * entropy) < 1e-3, "\(icl - bic), \(2 * entropy)")
  }

  @Test func variationalBayesIsComparedByItsBound() throws {
    let scratch = try Self.clusters()
    let line = "select gmm rows.csv --inference vb --components 1...3 --restarts 2 --seed 3"
    let json = try BatchTests.json(line, in: scratch)
    #expect(json["criterion"] as? String == "bound")
    for candidate in try Self.candidates(json) {
      // No point, no likelihood.
      for key in ["logLikelihood", "bic", "aic", "icl"] { #expect(candidate[key] is NSNull, "\(key)") }
      let K = try #require(candidate["components"] as? Int)
      let bound = try Self.number(candidate["bound"])
      let permutations = try Self.number(candidate["boundWithPermutations"]) - bound
      #expect(abs(permutations - log(Double((1...K).reduce(1, *)))) < 1e-9)
      let fit = try BatchTests.json(
        "fit gmm rows.csv --inference vb --components \(K) --restarts 2 --seed 3 --tolerance 1e-6 --max-iterations 500",
        in: scratch)
      #expect(fit["bound"] as? Double == bound)
      #expect(fit["effectiveComponents"] as? Int == candidate["effectiveComponents"] as? Int)
      #expect(fit["freeParameters"] as? Int == candidate["freeParameters"] as? Int)
    }
    let best = try #require(json["best"] as? [String: Any])
    #expect(best["components"] as? Int == 3)
    let bounds = try Self.candidates(json).map { try Self.number($0["bound"]) }
    #expect(
      json["reason"] as? String
        == "Take 3 components, full covariance: its bound on ln p(x) is the highest, "
        + String(
          format:
            "%.2f nats. Next comes 2 components, full covariance, %.2f nats below: very strong evidence.",
          bounds[2], bounds[2] - bounds[1]))
    let text = try LatentProcess.run("\(line) --quiet", in: scratch).output.split(separator: "\n")
    #expect(
      text[0].split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
        == "model parameters bound + ln K!")
    #expect(text.dropFirst().prefix(3).map { $0.hasSuffix("best") } == [false, false, true])
  }

  /// A Dirichlet process comes to its own number of components, whatever it starts from.
  @Test func aDirichletProcessChangesTheNumberOfComponents() throws {
    let json = try BatchTests.json(
      "select gmm rows.csv --inference vb --prior dirichlet-process --components 1...2 --restarts 1",
      in: Self.clusters())
    for candidate in try Self.candidates(json) {
      #expect(candidate["finalComponents"] as? Int == 3)
      #expect(candidate["effectiveComponents"] as? Int == 3)
      // Means 2, covariances 3, one stick.
      #expect(candidate["freeParameters"] as? Int == 3 * 6)
      // Sticks have an order: no labelling is another mode.
      #expect(try Self.number(candidate["boundWithPermutations"]) == Self.number(candidate["bound"]))
    }
  }

  @Test func factorModelsAreComparedByTheirFactors() throws {
    let scratch = try ScratchFolder()
    var random = SmallRandom(seed: 11)
    let rows = (0..<300).map { _ -> String in
      let (u, v) = (random.normal(), random.normal())
      return [3 * u, 3 * u + 2 * v, 2 * v, u - v, v, u].map { "\($0 + 0.3 * random.normal())" }.joined(
        separator: ",")
    }
    try scratch.write(rows.joined(separator: "\n") + "\n", to: "rows.csv")
    for model in ["ppca", "fa"] {
      for range in ["1...3", "2"] {
        let refused = try LatentProcess.run(
          "select \(model) rows.csv --latent 1 --components \(range)", in: scratch)
        #expect(refused.status == 2)
        #expect(refused.error.hasPrefix("latent: --components has no meaning"), "\(refused.error)")
      }
      let json = try BatchTests.json(
        "select \(model) rows.csv --latent 1...3 --max-iterations 5000 -o plot.svg", in: scratch)
      let best = try #require(json["best"] as? [String: Any])
      #expect(best["latent"] as? Int == 2 && best["components"] as? Int == 1, "\(model)")
      #expect((json["reason"] as? String)?.hasPrefix("Take 2 factors: it has the smallest BIC, ") == true)
      let plot = try scratch.text("plot.svg")
      #expect(plot.contains("latent factors") && plot.contains(">best<"))
    }
  }

  @Test func theComparisonIsWritten() throws {
    let scratch = try Self.clusters()
    let line = "select gmm rows.csv --components 2...3 --covariance spherical,full --restarts 2 --quiet"
    for name in ["c.csv", "c.tsv", "c.png", "c.svg"] {
      let outcome = try LatentProcess.run("\(line) -o \(name)", in: scratch)
      #expect(outcome.status == 0)
      #expect(outcome.output.hasSuffix("\nThe comparison is in \(name).\n"))
    }
    let json = try BatchTests.json(line, in: scratch)
    let table = try scratch.text("c.csv").split(separator: "\n").map { $0.components(separatedBy: ",") }
    #expect(try scratch.text("c.tsv").replacing("\t", with: ",") == scratch.text("c.csv"))
    #expect(
      table[0].joined(separator: ",")
        == "components,covariance,latent,freeParameters,bound,logLikelihood,bic,aic,icl,heldOutMean,"
        + "heldOutStandardError,finalComponents,effectiveComponents,iterations,outcome")
    #expect(table.count == 5)
    for (row, candidate) in zip(table.dropFirst(), try Self.candidates(json)) {
      let cells = Dictionary(uniqueKeysWithValues: zip(table[0], row))
      for key in ["bound", "logLikelihood", "bic", "aic", "icl"] {
        let written = try #require(Double(cells[key] ?? ""))
        #expect(try abs(written - Self.number(candidate[key])) < 1e-9, "\(key)")
      }
      for key in ["components", "freeParameters", "finalComponents", "effectiveComponents", "iterations"] {
        #expect(Int(cells[key] ?? "") == candidate[key] as? Int, "\(key)")
      }
      for key in ["covariance", "outcome"] { #expect(cells[key] == candidate[key] as? String) }
      for key in ["latent", "heldOutMean", "heldOutStandardError"] { #expect(cells[key] == "") }
    }
    #expect(try scratch.data("c.png").prefix(8) == Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]))
    let plot = try scratch.text("c.svg")
    for word in ["spherical", "full", "BIC (smaller is better)", "components", ">best<"] {
      #expect(plot.contains(word), "\(word)")
    }
    let refused = try LatentProcess.run("\(line) -o rows.csv", in: scratch)
    #expect(refused.error == "latent: -o rows.csv would replace the data.\nChoose another file.\n")
  }

  @Test func candidatesThatDidNotConvergeAreNamed() throws {
    let line = "select gmm faithful --components 1...2 --restarts 1 --max-iterations 2"
    let json = try BatchTests.json(line, in: ScratchFolder())
    #expect(
      try #require(json["reason"] as? String).hasSuffix(
        ". Not converged after 2 steps: (1 component, full covariance), (2 components, full covariance); with more "
          + "--max-iterations the order may be another."))
    let text = try LatentProcess.run("\(line) --quiet", in: ScratchFolder()).output.split(separator: "\n")
    #expect(text[1].hasSuffix("not converged") && !text[1].contains("best"))
    #expect(text[2].hasSuffix("best, not converged"))
    let done = try BatchTests.json(
      "select gmm faithful --components 1...2 --restarts 1", in: ScratchFolder())
    #expect(try #require(done["reason"] as? String).hasSuffix(": very strong evidence."))
  }

  @Test func aCandidateTooLargeFailsAlone() throws {
    let scratch = try ScratchFolder()
    try scratch.write("a\n" + (0..<8).map { "\($0 * $0)\n" }.joined(), to: "few.csv")
    let json = try BatchTests.json("select gmm few.csv --components 1...10 --restarts 1", in: scratch)
    let errors = try Self.candidates(json).map { $0["error"] as? String }
    #expect(errors[0] == nil)
    #expect(errors.suffix(2) == ["more components than rows", "more components than rows"])
    #expect(try Self.candidates(json)[9]["effectiveComponents"] is NSNull)
    let text = try LatentProcess.run(
      "select gmm few.csv --components 8...10 --restarts 1 --quiet", in: scratch
    ).output
    #expect(text.contains("\n10 components, full covariance"))
    #expect(text.contains("failed") && text.contains("more components than rows\n"))
    let all = try LatentProcess.run("select gmm few.csv --components 9...10", in: scratch)
    #expect(all.status == 2)
    #expect(all.error.hasPrefix("latent: few.csv: 9 components cannot be fitted to 8 rows."))
  }

  @Test func oneCandidateOrNoneIsSaidSo() throws {
    let scratch = try Self.clusters()
    let one = try BatchTests.json("select gmm rows.csv --components 2", in: scratch)
    #expect(
      one["reason"] as? String
        == "Take 2 components, full covariance: there is no other candidate to compare with.")
    // A model without a number of components or factors goes by its name.
    let nameless = try BatchTests.json("select ppca rows.csv --inference vb", in: scratch)
    #expect(
      nameless["reason"] as? String
        == "Take Probabilistic PCA: there is no other candidate to compare with.")
    try scratch.write("a,b\n" + (0..<9).map { "\($0),2\n" }.joined(), to: "constant.csv")
    let none = try LatentProcess.run(
      "select gmm constant.csv --components 1...2 --prior none --json --quiet", in: scratch)
    #expect(none.status == 1)
    #expect(none.error == "latent: no candidate could be fitted.\n")
    let json = try none.json
    #expect(json["best"] is NSNull && json["reason"] as? String == "No candidate could be fitted.")
    for candidate in try Self.candidates(json) {
      let error = try #require(candidate["error"] as? String)
      #expect(error.contains("collapsed: its variance along column 2 (\"b\") fell to 0"), "\(error)")
    }
    // Data that no candidate can take are bad input.
    try scratch.write("a,b\n" + String(repeating: "1,2\n", count: 9), to: "alike.csv")
    let alike = try LatentProcess.run("select gmm alike.csv --components 1...2", in: scratch)
    #expect(alike.status == 2)
    #expect(
      alike.error.hasSuffix(
        "latent: alike.csv: no column of the data varies, so nothing sets a scale.\n"
          + "Give data with rows that differ.\n"))
  }

  @Test func weightsCountAsRows() throws {
    let scratch = try Self.clusters()
    let rows = try scratch.text("rows.csv").split(separator: "\n").dropFirst()
    let weighted = rows.enumerated().map { "\($1),\($0 % 4)\n" }.joined()
    let repeated = rows.enumerated().map { String(repeating: "\($1)\n", count: $0 % 4) }.joined()
    try scratch.write("a,b,w\n" + weighted, to: "weighted.csv")
    try scratch.write("a,b\n" + repeated, to: "repeated.csv")
    let options = "--components 1...3 --prior none --restarts 3 --tolerance 1e-10 --max-iterations 2000"
    let a = try Self.candidates(
      BatchTests.json("select gmm weighted.csv --weights w \(options)", in: scratch))
    let b = try Self.candidates(BatchTests.json("select gmm repeated.csv \(options)", in: scratch))
    for (x, y) in zip(a, b) {
      for key in ["logLikelihood", "bic", "aic", "icl"] {
        #expect(try abs(Self.number(x[key]) - Self.number(y[key])) < 1e-4, "\(key)")
      }
    }
  }

  @Test func heldOutRowsTellTheReason() throws {
    let scratch = try Self.clusters()
    let json = try BatchTests.json(
      "select gmm rows.csv --components 1...4 --criterion heldout --restarts 3", in: scratch)
    #expect(json["heldOut"] as? Int == 30 && json["observations"] as? Int == 120)
    let candidates = try Self.candidates(json).map { candidate in
      let held = try #require(candidate["holdout"] as? [String: Double])
      return (
        components: try #require(candidate["components"] as? Int),
        parameters: try #require(candidate["freeParameters"] as? Int), mean: try #require(held["mean"]),
        error: try #require(held["standardError"])
      )
    }
    func name(_ K: Int) -> String { "\(K) component\(K == 1 ? "" : "s"), full covariance" }
    let best = try #require(candidates.max { $0.mean < $1.mean })
    let simplest = try #require(candidates.first { $0.mean >= best.mean - best.error })
    #expect(simplest.components == 3)
    var reason =
      "Take \(name(best.components)): rows it has not seen have the highest mean log density, "
      + String(format: "%.4f ± %.4f nats", best.mean, best.error)
    if simplest.components < best.components {
      reason +=
        "; \(name(simplest.components)), with \(simplest.parameters) parameters against \(best.parameters), lies "
        + "within one standard error of it"
    }
    #expect(json["reason"] as? String == reason + ".")
  }

  static let refused: [(options: String, message: String)] = [
    ("gmm rows.csv", "--components is missing: give a range such as 1...10."),
    ("gmm rows.csv --components 1...2 --restarts 0", "--restarts must be 1 or more, not 0."),
    ("gmm rows.csv --components 1...2 --holdout 1", "--holdout must be between 0 and 1, not 1."),
    ("gmm rows.csv --components 1...2 --tolerance -1", "--tolerance must be a number, 0 or more, not -1."),
    ("gmm rows.csv --components 1...2 --max-iterations 0", "--max-iterations must be 1 or more, not 0."),
    (
      "gmm rows.csv --components 1...2 --inference svi",
      "--inference \"svi\" is not in this version.\nAvailable: em, vb."
    ),
    (
      "gmm rows.csv --components 1...2 --inference vb --criterion bic",
      "--criterion bic and --inference vb do not go together: variational Bayes is compared by its bound or by heldout."
    ),
    (
      "gmm rows.csv --components 1...2 --criterion bound",
      "--criterion bound and --inference em do not go together: only the bound of variational Bayes can be compared "
        + "between sizes."
    ),
    (
      "gmm rows.csv --components 1...2 --covariance round",
      "--covariance must be full, tied, diagonal, spherical or all, not \"round\"."
    ),
  ]

  @Test(arguments: refused.map(\.options)) func whatHasNoMeaningIsRefused(_ options: String) throws {
    let outcome = try LatentProcess.run("select \(options)", in: Self.clusters())
    #expect(outcome.status == 2)
    #expect(outcome.error == "latent: \(Self.refused.first { $0.options == options }?.message ?? "")\n")
  }
}
