import Foundation
import Testing

/// Every verb on every model, with complete rows, missing cells and weights. What a verb says is held against what the others
/// say, by the rules of probability, or against the same rows written in another way.
@Suite struct VerbTableTests {
  /// The evidence that a fit reports, whatever it is called.
  private func evidence(_ info: [String: Any]) throws -> Double {
    try #require((info["logLikelihood"] ?? info["evidenceBound"]) as? Double)
  }

  @Test(arguments: VerbCase.all)
  func infoTellsWhatWasFitted(_ verb: VerbCase) throws {
    let folder = try verb.fitted()
    for data in ["complete", "missing"] {
      let info = try folder.json("info \(data).latent")
      #expect(info["model"] as? String == verb.model)
      #expect(info["inference"] as? String == verb.inference)
      #expect(info["columnNames"] as? [String] == VerbCase.names)
      #expect(info["observations"] as? Int == VerbCase.rows)
      let missing = try #require(folder.rows[data]).joined().count(where: \.isNaN)
      #expect(info["missingCells"] as? Int == missing)
      #expect((missing > 0) == (data == "missing"))
      #expect(info["levels"] as? [[String]] == (verb.cells == .categories ? VerbCase.levels : nil))
      let weights = try #require(info["weights"] as? [Double])
      #expect(abs(weights.reduce(0, +) - 1) < 1e-9)
      let text = try folder.run("info \(data).latent").output
      #expect(text.contains("(\(verb.model))"))
    }
  }

  /// For EM the scores of the rows add up to the likelihood; by variational Bayes the predictive density is above the bound
  /// (Jensen's inequality), and not far.
  @Test(arguments: VerbCase.all)
  func scoresAddUpToTheFit(_ verb: VerbCase) throws {
    let folder = try verb.fitted()
    for data in ["complete", "missing"] {
      let total = try folder.table("score \(data).latent \(data).csv").rows.reduce(0) { $0 + $1[0] }
      let evidence = try evidence(folder.json("info \(data).latent"))
      if verb.isVariational {
        #expect(total >= evidence && total < evidence + 0.03 * Double(VerbCase.rows), "\(total), \(evidence)")
      } else {
        #expect(abs(total - evidence) < 1e-9 * abs(evidence), "\(total), \(evidence)")
      }
      let mean = try folder.number("score \(data).latent \(data).csv", "mean")
      #expect(abs(mean * Double(VerbCase.rows) - total) < 1e-9 * abs(total))
    }
  }

  /// By variational Bayes the score of zeros and ones, or of categories, is ln Σₖ E[π[k]] Πⱼ E[p[k,j]](xⱼ), whose expectations
  /// under uniform priors are counts of the responsibilities: (1 + R[k]) / (K + N), (1 + R[k,j,c]) / (L + R[k]).
  @Test(arguments: VerbCase.all.filter { $0.inference == "vb" && $0.cells != .numbers })
  func predictiveScoresAreCounts(_ verb: VerbCase) throws {
    let folder = try verb.fitted()
    let rows = try #require(folder.rows["complete"])
    let r = try folder.table("posterior complete.latent complete.csv").rows
    let scores = try folder.table("score complete.latent complete.csv").rows.map { $0[0] }
    let R = (0..<2).map { k in r.reduce(0) { $0 + $1[k] } }
    for n in 0..<20 {
      var density = 0.0
      for k in 0..<2 {
        var product = (1 + R[k]) / (2 + Double(rows.count))
        for j in 0..<3 {
          let L = verb.cells == .bits ? 2 : VerbCase.levels[j].count
          let count = zip(rows, r).reduce(0) { $0 + ($1.0[j] == rows[n][j] ? $1.1[k] : 0) }
          product *= (1 + count) / (Double(L) + R[k])
        }
        density += product
      }
      #expect(abs(scores[n] - log(density)) < 1e-4, "\(scores[n]), \(log(density))")
    }
  }

  /// A density of what is observed is the integral over what is not, down to the row with nothing, whose density is 1.
  @Test(arguments: VerbCase.all)
  func scoresAreDensities(_ verb: VerbCase) throws {
    let folder = try verb.fitted()
    var row = try #require(folder.rows["complete"])[7]
    for column in [1, 0, 2] {
      row[column] = .nan
      let integral = try folder.joint("missing.latent", row, column: column).reduce(0) { $0 + $1.mass }
      let score = try #require(folder.scores("missing.latent", [row]).first)
      #expect(abs(log(integral) - score) < 1e-6, "column \(column): \(log(integral)), \(score)")
    }
    #expect(try abs(#require(folder.scores("missing.latent", [row]).first)) < 1e-12)
  }

  /// Responsibilities are distributions whose mean over the rows EM leaves as it is: the weights. What they are expected to
  /// be of a row without a cell is what they are of that row: Σ p(x | o) r(x, o) = r(o).
  @Test(arguments: VerbCase.all)
  func posteriorsFollowBayes(_ verb: VerbCase) throws {
    let folder = try verb.fitted()
    for data in ["complete", "missing"] {
      let table = try folder.table("posterior \(data).latent \(data).csv")
      #expect(table.rows.count == VerbCase.rows)
      guard table.names.contains("component") else {
        try checkFactors(table, isComplete: data == "complete", isVariational: verb.isVariational)
        continue
      }
      #expect(table.names == ["component1", "component2", "component"])
      for row in table.rows {
        #expect(abs(row[0] + row[1] - 1) < 1e-9)
        #expect(row[2] == (row[0] >= row[1] ? 1 : 2))
      }
      guard !verb.isVariational else { continue }
      let weights = try #require(try folder.json("info \(data).latent")["weights"] as? [Double])
      let mean = table.rows.reduce(0) { $0 + $1[0] } / Double(VerbCase.rows)
      #expect(abs(mean - weights[0]) < 1e-4, "\(mean), \(weights)")
    }
    guard !verb.isVariational, verb.model != "ppca", verb.model != "fa" else { return }
    var row = try #require(folder.rows["complete"])[9]
    row[1] = .nan
    let joint = try folder.joint("complete.latent", row, column: 1)
    let r = try folder.table("posterior complete.latent scored.csv").rows.dropFirst().map { $0[0] }
    let total = joint.reduce(0) { $0 + $1.mass }
    let expected = zip(joint, r).reduce(0) { $0 + $1.0.mass / total * $1.1 }
    _ = try folder.scores("complete.latent", [row])
    let found = try #require(folder.table("posterior complete.latent scored.csv").rows.last)[0]
    #expect(abs(found - expected) < 1e-6, "\(found), \(expected)")
  }

  /// At the maximum of the likelihood the factors of the rows have mean 0, and their scatter and variance together are 1.
  private func checkFactors(
    _ table: (names: [String], rows: [[Double]]), isComplete: Bool, isVariational: Bool
  ) throws {
    let L = table.names.count / 2
    #expect(table.names == (1...L).map { "z\($0)" } + (1...L).map { "z\($0)_sd" })
    let deviations = Set(table.rows.map { $0[L] })
    #expect((deviations.count == 1) == isComplete)
    #expect(deviations.allSatisfy { $0 > 0 && $0 <= 1 })
    let N = Double(table.rows.count)
    let mean = table.rows.reduce(0) { $0 + $1[0] } / N
    let square = table.rows.reduce(0) { $0 + $1[0] * $1[0] + $1[L] * $1[L] } / N
    #expect(abs(mean) < (isVariational ? 0.05 : 1e-4))
    #expect(abs(square - 1) < (isVariational ? 0.1 : 1e-3), "\(square)")
  }

  /// Draws have the mean and variance of the density that `score` tells, column by column, within five standard errors
  /// (the kurtosis of Student's t with five degrees of freedom is 9), and hang together as `impute` says.
  @Test(arguments: VerbCase.all)
  func samplesAreOfTheDensity(_ verb: VerbCase) throws {
    let folder = try verb.fitted()
    let n = 20_000
    let table = try folder.table("sample complete.latent -n \(n) --seed 4")
    #expect(table.names == VerbCase.names)
    #expect(table.rows.count == n)
    let nothing = [Double](repeating: .nan, count: 3)
    for column in 0..<3 {
      let joint = try folder.joint("complete.latent", nothing, column: column)
      let mean = joint.reduce(0) { $0 + $1.x * $1.mass }
      let variance = joint.reduce(0) { $0 + ($1.x - mean) * ($1.x - mean) * $1.mass }
      let found = table.rows.reduce(0) { $0 + $1[column] } / Double(n)
      let square = table.rows.reduce(0) { $0 + ($1[column] - mean) * ($1[column] - mean) } / Double(n)
      #expect(abs(found - mean) < 5 * sqrt(variance / Double(n)), "\(found), \(mean)")
      #expect(abs(square / variance - 1) < 5 * sqrt(8 / Double(n)), "\(square), \(variance)")
    }
    guard verb.cells != .categories else {
      // The share of a pair of categories, against the same share of the rows, which two components can tell.
      func share(_ rows: [[Double]]) -> Double {
        Double(rows.count { $0[0] == 0 && $0[2] == 2 }) / Double(rows.count)
      }
      let rows = try #require(folder.rows["complete"])
      #expect(abs(share(table.rows) - share(rows)) < 0.05, "\(share(table.rows)), \(share(rows))")
      return
    }
    // Pairs of columns: what a cell lacks of its mean, given the others, has nothing to do with them.
    let rows = Array(table.rows.prefix(4000))
    try folder.scratch.write(verb.table(rows.map { [$0[0], $0[1], .nan] }), to: "drawn.csv")
    let means = try folder.table("impute complete.latent drawn.csv").rows.map { $0[2] }
    for column in 0..<2 {
      let products = zip(rows, means).map { $0[column] * ($0[2] - $1) }
      let mean = products.reduce(0, +) / Double(rows.count)
      let variance = products.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(rows.count)
      let allowance = verb.isVariational ? 0.03 * sqrt(variance) : 0
      #expect(abs(mean) < 5 * sqrt(variance / Double(rows.count)) + allowance, "\(mean), \(variance)")
    }
  }

  /// Filled cells are the means of what may stand there, by `score`, with its deviations; for a category the likeliest. By
  /// variational Bayes the two use different approximations of one posterior, of 400 rows.
  @Test(arguments: VerbCase.all)
  func imputationsAreConditionalMeans(_ verb: VerbCase) throws {
    let folder = try verb.fitted()
    let tolerance = verb.isVariational ? 0.03 : 1e-6
    let complete = try #require(folder.rows["complete"])
    var rows = [complete[3], complete[4], complete[5]]
    rows[0][1] = .nan
    rows[1][0] = .nan
    rows[1][2] = .nan
    try folder.scratch.write(verb.table(rows), to: "holes.csv")
    let filled = try folder.table("impute complete.latent holes.csv")
    #expect(filled.names == VerbCase.names + VerbCase.names.map { "\($0)_sd" })
    let draws = try folder.table("impute complete.latent holes.csv --draws 4000 --seed 2")
    #expect(draws.names == ["draw"] + VerbCase.names)
    #expect(draws.rows.count == 12_000)
    for (n, row) in rows.enumerated() {
      for column in 0..<3 {
        let (value, deviation) = (filled.rows[n][column], filled.rows[n][3 + column])
        let drawn = stride(from: n, to: draws.rows.count, by: 3).map { draws.rows[$0][1 + column] }
        guard row[column].isNaN else {
          #expect(value == row[column] && deviation == 0)
          #expect(drawn.allSatisfy { $0 == row[column] })
          continue
        }
        let joint = try folder.joint("complete.latent", row, column: column)
        let total = joint.reduce(0) { $0 + $1.mass }
        let mean = joint.reduce(0) { $0 + $1.x * $1.mass } / total
        let variance = joint.reduce(0) { $0 + ($1.x - mean) * ($1.x - mean) * $1.mass } / total
        if verb.cells == .categories {
          let best = try #require(joint.max { $0.mass < $1.mass })
          #expect(value == best.x)
          #expect(abs(deviation - sqrt(1 - best.mass / total)) < tolerance)
        } else {
          #expect(abs(value - mean) < tolerance * max(sqrt(variance), 1), "\(value), \(mean)")
          #expect(abs(deviation - sqrt(variance)) < tolerance * sqrt(variance), "\(deviation), \(variance)")
        }
        let average = drawn.reduce(0, +) / Double(drawn.count)
        let error = 5 * sqrt(variance / Double(drawn.count)) + (verb.isVariational ? 0.03 : 0)
        #expect(abs(average - mean) < error, "\(average), \(mean)")
      }
    }
    // The file's missing cells, all filled.
    let all = try folder.table("impute missing.latent missing.csv")
    let missing = try #require(folder.rows["missing"])
    let isKept = zip(all.rows, missing).allSatisfy { filled, row in
      zip(filled, row).allSatisfy { $1.isNaN ? $0.isFinite : $0 == $1 }
    }
    #expect(isKept)
  }

  /// A row of weight w counts as w rows: the fit to weighted rows is that to repeated ones, from one start, and so are the
  /// priors that are scaled from the rows.
  @Test(arguments: VerbCase.all)
  func weightsAreRepetitions(_ verb: VerbCase) throws {
    let folder = try verb.fitted()
    let priors = verb.model == "cmm" || verb.model == "bmm" || verb.isVariational ? [""] : ["", "--prior"]
    for prior in priors {
      var definition = verb.definition
      if prior == "--prior" {
        let names = [
          "ppca": "normal-inverse-gamma", "fa": "normal-inverse-gamma", "mfa": "normal-inverse-gamma",
        ]
        definition =
          definition.replacing("--prior none", with: "") + " --prior \(names[verb.model] ?? "niw")"
      }
      let budget = verb.inference == "svi" ? "" : "--max-iterations 6"
      let run = "\(definition) \(budget) --tolerance 0 --init complete.latent"
      let weighted = try folder.json(
        "fit \(verb.model) weighted.csv --weights w \(run) -o weighted.latent")
      let repeated = try folder.json("fit \(verb.model) repeated.csv \(run) -o repeated.latent")
      let (a, b) = (try #require(weighted["bound"] as? Double), try #require(repeated["bound"] as? Double))
      #expect(abs(a - b) < 1e-9 * abs(b), "\(prior): \(a), \(b)")
      #expect(weighted["dimensions"] as? Int == 3)
      // And not to the rows as they are.
      let plain = try folder.json("fit \(verb.model) complete.csv \(run)")
      #expect(abs(try #require(plain["bound"] as? Double) - b) > 1e-3 * abs(b))
      let rows = try #require(folder.rows["complete"]).prefix(20)
      let x = try folder.scores("weighted.latent", Array(rows))
      let y = try folder.scores("repeated.latent", Array(rows))
      #expect(zip(x, y).allSatisfy { abs($0 - $1) < 1e-7 })
      guard !verb.isVariational else { continue }
      let scores = try folder.table("score weighted.latent weighted.csv").rows.map { $0[0] }
      let total = zip(scores, folder.weights).reduce(0) { $0 + $1.0 * Double($1.1) }
      let reported = try evidence(folder.json("info weighted.latent"))
      // The bound is that of the parameters before the last θ-step, or of those kept: at or below.
      #expect(total >= reported - 1e-7 * abs(reported), "\(total), \(reported)")
      #expect(total < reported + 1e-2 * abs(reported))
    }
  }
}
