import Foundation
import Testing

/// Ways to climb and priors that `fit` offers: variational Bayes, Dirichlet processes, races, acceleration, sparse
/// responsibilities, weights.
@Suite struct AscentTests {
  /// Bishop's priors on standardised Old Faithful: m₀ = 0, β₀ = 1, ν₀ = 2, W₀ = s I.
  static func faithful(_ components: Int, concentration: Double, scale: Double) -> String {
    "fit gmm faithful --standardize --inference vb --components \(components) --concentration \(concentration) "
      + "--mean-precision 1 --degrees-of-freedom 2 --scale \(scale)"
  }

  /// RESULTS §2: what α₀ leaves of six components.
  @Test(arguments: [(1e-3, 2), (1, 3), (10, 6)], 0..<3)
  func theConcentrationDecidesHowManyComponentsHoldRows(_ known: (α: Double, left: Int), _ seed: Int) throws {
    let json = try BatchTests.json(
      Self.faithful(6, concentration: known.α, scale: 2) + " --seed \(seed)", in: ScratchFolder())
    #expect(json["effectiveComponents"] as? Int == known.left)
    #expect(json["components"] as? Int == 6)
  }

  /// RESULTS §2: the best bounds of one to three components.
  @Test(arguments: [(1, -561.67), (2, -436.05), (3, -440.91)])
  func boundsAreThoseOfTheTable(_ known: (components: Int, bound: Double)) throws {
    let json = try BatchTests.json(
      Self.faithful(known.components, concentration: 1, scale: 1) + " --restarts 10", in: ScratchFolder())
    #expect(abs(try #require(json["bound"] as? Double) - known.bound) < 0.01)
  }

  /// The rows that the prior counts for are no rows: R = α − α₀.
  @Test func rowsOfThePriorAreNotCounted() throws {
    let scratch = try ScratchFolder()
    let run = Self.faithful(20, concentration: 2, scale: 2)
    let json = try BatchTests.json(run, in: scratch)
    let weights = try #require(json["weights"] as? [Double])
    let rows = weights.map { $0 * (272 + 40) - 2 }
    #expect(abs(rows.reduce(0, +) - 272) < 1e-6 && rows.allSatisfy { $0 > -1e-6 })
    let effective = rows.count { $0 >= 1 }
    #expect(effective < 20 && json["effectiveComponents"] as? Int == effective)
    let text = try LatentProcess.run("\(run) --quiet", in: scratch).output
    #expect(text.contains("\n\(effective) of 20 components hold a row or more\n"))
    #expect(
      text.contains(
        "components (expected rows): " + rows.map { String(format: "%.1f", abs($0)) }.joined(separator: ", "))
    )
  }

  /// `patterns` of zeros and ones, or of categories, each with a tenth of the cells from another.
  static func patterns(categorical: Bool) throws -> ScratchFolder {
    let scratch = try ScratchFolder()
    var random = SmallRandom(seed: 21)
    let rows = (0..<400).map { n -> String in
      (0..<10).map { column -> String in
        let isOne = [column < 5, column % 2 == 0, column >= 5][n % 3] != (random.uniform() < 0.05)
        guard categorical else { return isOne ? "1" : "0" }
        return isOne ? "yes" : random.uniform() < 0.5 ? "no" : "never"
      }.joined(separator: ",")
    }
    try scratch.write(
      (0..<10).map { "c\($0)" }.joined(separator: ",") + "\n" + rows.joined(separator: "\n") + "\n",
      to: "rows.csv")
    return scratch
  }

  /// Splits find what one component covers; what six cover twice is merged or left without rows.
  @Test(arguments: ["bmm", "cmm", "gmm"], [1, 6])
  func aDirichletProcessFindsTheNumberOfComponents(_ model: String, _ start: Int) throws {
    let scratch = try model == "gmm" ? SelectTests.clusters() : Self.patterns(categorical: model == "cmm")
    let line = "fit \(model) rows.csv --inference vb --prior dirichlet-process --components \(start)"
    let json = try BatchTests.json("\(line) -o m.latent", in: scratch)
    #expect(json["effectiveComponents"] as? Int == 3)
    let K = try #require(json["components"] as? Int)
    #expect(start == 1 ? K == 3 : K < 6)
    // Of each component: a stick; ten probabilities, twice of three categories; a mean and a covariance.
    let each = 1 + ["bmm": 10, "cmm": 20, "gmm": 5][model]!
    #expect(json["freeParameters"] as? Int == K * each)
    let info = try LatentProcess.run("info m.latent --json", in: scratch).json
    #expect(info["components"] as? Int == K && info["freeParameters"] as? Int == K * each)
    let trace = try #require(json["trace"] as? [Double])
    #expect(zip(trace, trace.dropFirst()).allSatisfy { $1 >= $0 - 1e-7 })
  }

  @Test func sparseResponsibilitiesGiveABoundAndNoLikelihood() throws {
    let scratch = try BatchTests.data()
    let run = "fit gmm rows.csv --components 3 --seed 2 --prior none"
    let full = try BatchTests.json("\(run) -o full.latent", in: scratch)
    let all = try BatchTests.json("\(run) --sparse 3", in: scratch)
    let one = try BatchTests.json("\(run) --sparse 1 -o one.latent", in: scratch)
    let best = try #require(full["bound"] as? Double)
    #expect(full["logLikelihood"] as? Double == best && full["evidenceBound"] == nil)
    // Nothing is left out, and it is not looked whether something is.
    #expect(abs(try #require(all["bound"] as? Double) - best) < 1e-6 * abs(best))
    let bound = try #require(one["evidenceBound"] as? Double)
    #expect(one["logLikelihood"] == nil && one["bound"] as? Double == bound)
    let density = try LatentProcess.run("score one.latent rows.csv --json --quiet", in: scratch).json
    #expect(bound < 4000 * (try #require(density["mean"] as? Double)) - 1)
    let info = try LatentProcess.run("info one.latent --json", in: scratch).json
    #expect(info["logLikelihood"] == nil && info["evidenceBound"] as? Double == bound)
    #expect(try LatentProcess.run("info one.latent", in: scratch).output.contains("\nof the rows"))
    #expect(try LatentProcess.run("info full.latent", in: scratch).output.contains("\nlog likelihood"))
    let text = try LatentProcess.run("\(run) --sparse 1 --quiet", in: scratch).output
    #expect(text.contains("\nof the rows ") && text.contains("  below ln p(x | θ)\n"))
    #expect(!text.contains("log likelihood"))
  }

  /// What is below the likelihood is not called one.
  @Test func boundsAreNotCalledLikelihoods() throws {
    let scratch = try BatchTests.data()
    _ = try BatchTests.json("fit gmm old.csv --components 2 --keep-statistics -o old.latent", in: scratch)
    for line in [
      "fit gmm rows.csv --components 2 --inference vb",
      "fit gmm rows.csv --components 2 --batch 500 --memoized",
      "fit gmm new.csv --from old.latent",
    ] {
      let json = try BatchTests.json(line, in: scratch)
      #expect(json["logLikelihood"] == nil, "\(line)")
      #expect(json["evidenceBound"] is Double, "\(line)")
    }
    // Batches without memory are judged by an exact pass.
    let online = try BatchTests.json("fit gmm rows.csv --components 2 --batch 500", in: scratch)
    #expect(online["logLikelihood"] is Double && online["evidenceBound"] == nil)
  }

  static let refused: [(line: String, message: String)] = [
    ("gmm faithful --components 2 --sparse 33", "--sparse must be from 1 to 32, not 33."),
    ("gmm faithful --components 2 --sparse 0", "--sparse must be from 1 to 32, not 0."),
    ("gmm faithful --components 2 --race", "--race has no meaning without --restarts R."),
    (
      "gmm faithful --components 2 --passes 3 --max-iterations 4 --batch 5",
      "--passes and --max-iterations do not go together: both say how many steps there are."
    ),
  ]

  @Test(arguments: refused.map(\.line)) func whatHasNoMeaningIsRefused(_ line: String) throws {
    let outcome = try LatentProcess.run("fit \(line)", in: ScratchFolder())
    #expect(outcome.status == 2)
    #expect(outcome.error == "latent: \(Self.refused.first { $0.line == line }?.message ?? "")\n")
  }

  @Test(arguments: ["ppca", "fa"]) func oneComponentIsNotSparse(_ model: String) throws {
    let outcome = try LatentProcess.run("fit \(model) faithful --latent 1 --sparse 2", in: ScratchFolder())
    #expect(outcome.status == 2)
    #expect(outcome.error.hasPrefix("latent: --sparse has no meaning"), "\(outcome.error)")
  }

  @Test(arguments: ["gmm", "tmm", "mfa"]) func weightsCountAsRows(_ model: String) throws {
    let scratch = try SelectTests.clusters()
    let rows = try scratch.text("rows.csv").split(separator: "\n").dropFirst()
    try scratch.write(
      "a,b,w\n" + rows.enumerated().map { "\($1),\($0 % 4)\n" }.joined(), to: "weighted.csv")
    try scratch.write(
      "a,b\n" + rows.enumerated().map { String(repeating: "\($1)\n", count: $0 % 4) }.joined(),
      to: "repeated.csv")
    try scratch.write("a,b\n0,0\n9,1\n2,8\n", to: "means.csv")
    let run =
      "--components 3 --init means.csv --prior none --tolerance 1e-11" + (model == "mfa" ? " --latent 1" : "")
    let weighted = try BatchTests.json("fit \(model) weighted.csv --weights w \(run)", in: scratch)
    let repeated = try BatchTests.json("fit \(model) repeated.csv \(run)", in: scratch)
    let (a, b) = (
      try #require(weighted["bound"] as? Double), try #require(repeated["bound"] as? Double)
    )
    #expect(abs(a - b) < 1e-5 * abs(b), "\(a), \(b)")
    let (p, q) = (
      try #require(weighted["weights"] as? [Double]), try #require(repeated["weights"] as? [Double])
    )
    #expect(zip(p, q).allSatisfy { abs($0 - $1) < 1e-4 })
  }

  /// Rows of two values, held out with weights 3 and 1: the mean and its error tell how many of each there are.
  @Test func rowsHeldOutKeepTheirWeights() throws {
    let scratch = try ScratchFolder()
    let rows = (0..<60).map { $0 * 7 % 5 < 2 ? "1,3\n" : "4,1\n" }
    try scratch.write("x,w\n" + rows.joined(), to: "rows.csv")
    let json = try BatchTests.json(
      "fit gmm rows.csv --weights w --components 1 --holdout 0.5 -o m.latent", in: scratch)
    let held = try #require(json["holdout"] as? [String: Double])
    try scratch.write("x\n1\n4\n", to: "both.csv")
    let density = ModelFileTests.numbers(
      try LatentProcess.run("score m.latent both.csv --quiet", in: scratch).output
    ).rows.map { $0[0] }
    func moments(_ counts: (Double, Double)) -> (Double, Double) {
      let n = counts.0 + counts.1
      let mean = (counts.0 * density[0] + counts.1 * density[1]) / n
      let squares =
        counts.0 * pow(density[0] - mean, 2) + counts.1 * pow(density[1] - mean, 2)
      return (mean, sqrt(squares / (n - 1) / n))
    }
    func fits(_ found: (Double, Double)) -> Bool {
      abs(found.0 - held["mean"]!) < 1e-9 && abs(found.1 - held["standardError"]!) < 1e-9
    }
    #expect(held["rows"] == 30)
    #expect((1..<30).count { fits(moments((3 * Double($0), Double(30 - $0)))) } == 1)
    #expect(!(1..<30).contains { fits(moments((Double($0), Double(30 - $0)))) })
  }

  @Test func aRaceKeepsTheBestStart() throws {
    let scratch = try BatchTests.data()
    let run = "fit gmm rows.csv --components 4 --restarts 8 --init random --tolerance 1e-7"
    let race = try BatchTests.json("\(run) --race", in: scratch)
    let runs = try #require(race["restarts"] as? [[String: Any]])
    #expect(runs.count == 8 && runs.count { $0["outcome"] as? String == "outpaced" } == 7)
    let bounds = runs.compactMap { $0["bound"] as? Double }
    #expect(race["bound"] as? Double == bounds.max())
    let all = try BatchTests.json(run, in: scratch)
    let best = try #require(all["bound"] as? Double)
    #expect(try abs(#require(race["bound"] as? Double) - best) < 1e-3 * abs(best))
    func steps(_ json: [String: Any]) throws -> Int {
      try #require(json["restarts"] as? [[String: Any]]).compactMap { $0["iterations"] as? Int }.reduce(0, +)
    }
    #expect(try steps(race) < steps(all))
  }

  /// What a race has found by then is the result.
  @Test func anInterruptedRaceKeepsTheLeader() throws {
    let scratch = try ScratchFolder()
    let (process, finish) = try LatentProcess.start(
      "fit gmm mnist-sample --components 4 --covariance diagonal --restarts 48 --race --tolerance 0 --json"
        .split(separator: " ").map(String.init), in: scratch, id: "run")
    while !(try scratch.text(".run.err").contains("iteration")) { usleep(10_000) }
    kill(process.processIdentifier, SIGINT)
    let outcome = try finish()
    #expect(outcome.status == 130)
    let json = try outcome.json
    #expect(json["outcome"] as? String == "cancelled")
    #expect(try #require(json["bound"] as? Double).isFinite)
    let runs = try #require(json["restarts"] as? [[String: Any]])
    #expect(runs.count == 48)
    #expect(runs.count { $0["outcome"] as? String == "outpaced" } == 47)
    #expect(runs.count { $0["outcome"] as? String == "cancelled" } == 1)
    #expect(outcome.error.contains("latent: interrupted; nothing was saved."))
  }

  @Test(arguments: ["em", "vb"]) func accelerationTakesFewerSteps(_ inference: String) throws {
    let scratch = try BatchTests.data()
    let run = "fit gmm rows.csv --components 2 --inference \(inference) --tolerance 1e-9 --seed 1"
    let plain = try BatchTests.json(run, in: scratch)
    let fast = try BatchTests.json("\(run) --acceleration anderson", in: scratch)
    let (a, b) = (try #require(plain["bound"] as? Double), try #require(fast["bound"] as? Double))
    #expect(fast["outcome"] as? String == "converged" && abs(a - b) < 1e-3, "\(a), \(b)")
    let (m, n) = (
      try #require(plain["iterations"] as? Int), try #require(fast["iterations"] as? Int)
    )
    #expect(2 * n < m, "\(n) of \(m)")
    let trace = try #require(fast["trace"] as? [Double])
    #expect(zip(trace, trace.dropFirst()).allSatisfy { $1 >= $0 - 1e-7 })
  }
}
