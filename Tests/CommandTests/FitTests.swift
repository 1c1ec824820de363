import Foundation
import Testing

@Suite struct FitTests {
  /// Keys of `fit gmm --json` with their types.
  static let keys: [String: String] = [
    "model": "string", "inference": "string", "observations": "number", "dimensions": "number",
    "bound": "number", "boundPerObservation": "number", "terms": "object", "estimate": "string",
    "logLikelihood": "number", "iterations": "number", "outcome": "string", "seconds": "number",
    "secondsPerIteration": "number", "seed": "number", "threads": "number", "precision": "string",
    "components": "number", "effectiveComponents": "number", "freeParameters": "number",
    "covariance": "string", "prior": "string", "weights": "array", "restarts": "array", "trace": "array",
    "findings": "array",
  ]

  static func type(of value: Any) -> String {
    switch value {
    case is String: "string"
    case is NSNumber: "number"
    case is [Any]: "array"
    case is [String: Any]: "object"
    default: "other"
    }
  }

  @Test func jsonHasTheKeysOfTheContract() throws {
    let outcome = try LatentProcess.run(
      "fit gmm faithful --components 2 --restarts 2 --seed 3 --json", in: ScratchFolder())
    #expect(outcome.status == 0)
    let json = try outcome.json
    #expect(json.mapValues(Self.type) == Self.keys)
    let terms = try #require(json["terms"] as? [String: Double])
    #expect(Set(terms.keys) == ["reconstruction", "latentKL", "parameterKL"])
    let bound = try #require(json["bound"] as? Double)
    let sum = terms["reconstruction"]! - terms["latentKL"]! - terms["parameterKL"]!
    #expect(abs(sum - bound) < 1e-9)
    let restarts = try #require(json["restarts"] as? [[String: Any]])
    #expect(restarts.count == 2)
    for restart in restarts {
      #expect(Set(restart.keys) == ["restart", "bound", "iterations", "outcome", "error"])
      #expect(restart["error"] is NSNull)
    }
    #expect(json["model"] as? String == "gmm")
    #expect(json["inference"] as? String == "em")
    #expect(json["estimate"] as? String == "exact")
    #expect(json["outcome"] as? String == "converged")
    #expect(json["seed"] as? Int == 3)
    #expect(json["observations"] as? Int == 272)
    #expect(json["freeParameters"] as? Int == 11)
    let trace = try #require(json["trace"] as? [Double])
    #expect(trace.last == bound)
    #expect(trace.count == json["iterations"] as? Int)
    #expect(zip(trace, trace.dropFirst()).allSatisfy { $1 >= $0 - 1e-9 })
  }

  /// RESULTS: two full-covariance Gaussians on Old Faithful, maximum likelihood, as mclust finds them.
  @Test func findsTheKnownMaximum() throws {
    let scratch = try ScratchFolder()
    let raw = try LatentProcess.run(
      "fit gmm faithful --components 2 --prior none --tolerance 1e-10 --json", in: scratch)
    #expect(abs(try #require(try raw.json["bound"] as? Double) + 1130.26396) < 1e-4)
    let standardized = try LatentProcess.run(
      "fit gmm faithful --components 2 --prior none --tolerance 1e-10 --standardize --json", in: scratch)
    #expect(abs(try #require(try standardized.json["bound"] as? Double) + 385.4607) < 1e-3)
  }

  @Test(arguments: ["full", "tied", "diagonal", "spherical"], ["double", "single"])
  func threadsDoNotChangeABit(_ covariance: String, _ precision: String) throws {
    let scratch = try ScratchFolder()
    var results: [String] = []
    for threads in [1, 2, 4] {
      let outcome = try LatentProcess.run(
        "fit gmm mnist-sample --columns 200,201,202,203,204,205 --components 3 --max-iterations 5 --seed 2 "
          + "--covariance \(covariance) --precision \(precision) --threads \(threads) --json --quiet",
        in: scratch)
      #expect(outcome.status == 0)
      results.append(
        outcome.output.split(separator: "\n").filter { !$0.contains("econds") && !$0.contains("threads") }
          .joined(separator: "\n"))
    }
    #expect(results[0] == results[1])
    #expect(results[0] == results[2])
  }

  @Test func labelsAreReportedAndNotUsed() throws {
    let scratch = try ScratchFolder()
    let line = "fit gmm mnist-sample --components 3 --covariance spherical --max-iterations 3 --json --quiet"
    let without = try LatentProcess.run(line, in: scratch).json
    let with = try LatentProcess.run("\(line) --labels label", in: scratch).json
    #expect(without["agreement"] == nil)
    #expect(with["bound"] as? Double == without["bound"] as? Double)
    let agreement = try #require(with["agreement"] as? [String: Double])
    #expect(
      Set(agreement.keys) == ["adjustedRandIndex", "normalizedMutualInformation", "majorityAccuracy"])
    #expect(agreement.values.allSatisfy { $0 > -1 && $0 <= 1 })
  }

  @Test func labelsMayBeATextColumnOrAFile() throws {
    let scratch = try ScratchFolder()
    let kinds = (0..<40).map { $0 % 2 == 0 ? "setosa" : "virginica" }
    let rows = kinds.enumerated().map { i, kind in
      "\(Double(i % 5) + (kind == "setosa" ? 0 : 100)),\(Double(i * 3 % 7)),\(kind)\n"
    }
    try scratch.write("x,y,kind\n" + rows.joined(), to: "data.csv")
    try scratch.write(kinds.joined(separator: "\n") + "\n", to: "labels.txt")
    for options in ["--labels kind", "--columns x,y --labels labels.txt", "--columns 1,2 --labels 3"] {
      let outcome = try LatentProcess.run(
        "fit gmm data.csv --components 2 --json --quiet \(options)", in: scratch)
      #expect(outcome.status == 0, "\(outcome.error)")
      let json = try outcome.json
      #expect(json["dimensions"] as? Int == 2)
      let agreement = try #require(json["agreement"] as? [String: Double])
      #expect(
        agreement == [
          "adjustedRandIndex": 1, "normalizedMutualInformation": 1, "majorityAccuracy": 1,
        ])
    }
  }

  @Test func holdoutKeepsRowsFromTheFit() throws {
    let scratch = try ScratchFolder()
    let outcome = try LatentProcess.run(
      "fit gmm faithful --components 2 --holdout 0.25 --seed 1 --json --quiet", in: scratch)
    let json = try outcome.json
    #expect(json["observations"] as? Int == 204)
    let holdout = try #require(json["holdout"] as? [String: Double])
    #expect(Set(holdout.keys) == ["rows", "mean", "standardError"])
    #expect(holdout["rows"] == 68)
    #expect(abs(holdout["mean"]! + 4.2) < 0.5)
    #expect(holdout["standardError"]! > 0)
  }

  @Test func theSummaryIsOnStandardOutputAndTheRestIsNot() throws {
    let scratch = try ScratchFolder()
    let outcome = try LatentProcess.run("fit gmm faithful --components 2 --restarts 2", in: scratch)
    let lines = outcome.output.split(separator: "\n").map(String.init)
    #expect(lines[0].hasPrefix("bound "))
    #expect(lines[1].hasPrefix("= reconstruction "))
    #expect(lines[2].hasPrefix("− latent KL "))
    #expect(lines[3].hasPrefix("− parameter KL "))
    #expect(lines[4].hasPrefix("log likelihood "))
    #expect(lines[5].hasPrefix("converged after "))
    #expect(lines[6].hasPrefix("components (expected rows): "))
    #expect(lines[7].hasPrefix("start 1 ") && lines[8].hasPrefix("start 2 "))
    #expect(lines[9] == "The model was not saved: give -o FILE to keep it.")
    #expect(
      outcome.error.hasPrefix(
        "Gaussian mixture of 2 components (full covariance, weak Normal-inverse-Wishart prior) fitted to faithful, "
          + "272 × 2\nEM, double precision, "))
    #expect(outcome.error.contains(", seed 0\n"))
    #expect(outcome.error.contains("start 1 of 2, iteration 1: bound an observation -4."))
    let quiet = try LatentProcess.run("fit gmm faithful --components 2 --quiet", in: scratch)
    #expect(quiet.error == "")
  }

  @Test func failedStartsAreReportedBesideTheOthers() throws {
    let scratch = try ScratchFolder()
    // Some starts put two components on the pile at 0, others do not.
    let rows = (0..<30).map { $0 < 12 ? "0\n" : "\(Double($0 * $0 % 17) + 4)\n" }
    try scratch.write(rows.joined(), to: "data.csv")
    let outcome = try LatentProcess.run(
      "fit gmm data.csv --components 2 --prior none --restarts 12 --init random --json --quiet", in: scratch)
    if outcome.status == 1 {
      #expect(outcome.error.hasPrefix("latent: all 12 starts failed; the last: component "))
    } else {
      let restarts = try #require(try outcome.json["restarts"] as? [[String: Any]])
      for restart in restarts where restart["bound"] is NSNull {
        #expect((restart["error"] as? String)?.contains("collapsed") == true)
        #expect(restart["outcome"] is NSNull)
      }
    }
  }

  @Test func startsFromAFile() throws {
    let scratch = try ScratchFolder()
    let first = try LatentProcess.run(
      "fit gmm faithful --components 2 -o first.latent --json --quiet", in: scratch)
    let again = try LatentProcess.run(
      "fit gmm faithful --components 2 --init first.latent --json --quiet", in: scratch)
    // The first step's bound is the one at the parameters given.
    let trace = try #require(try again.json["trace"] as? [Double])
    #expect(trace.first == (try first.json["bound"] as? Double))

    try scratch.write("eruptions,waiting\n2,54\n4.3,80\n", to: "means.csv")
    let means = try LatentProcess.run(
      "fit gmm faithful --components 2 --init means.csv --json --quiet", in: scratch)
    #expect(abs(try #require(try means.json["bound"] as? Double) + 1157.16505) < 1e-3)

    let wrong = try LatentProcess.run("fit gmm faithful --components 3 --init means.csv", in: scratch)
    #expect(wrong.status == 2)
    #expect(
      wrong.error
        == "latent: --init means.csv has 2 rows and 2 columns; as means of the components it needs 3 and 2.\n"
    )
    let other = try LatentProcess.run(
      "fit gmm faithful --components 2 --covariance tied --init first.latent", in: scratch)
    #expect(other.status == 2)
    #expect(
      other.error == """
        latent: --init first.latent holds gmm with 2 components in 2 columns, full covariance, and the fit \
        needs gmm with 2 components in 2 columns, tied covariance.
        Give another file, or the options of that model.

        """)
  }

  @Test func aFileComesBeforeADataSetOfItsName() throws {
    let scratch = try ScratchFolder()
    try scratch.write(BadInput.numbers, to: "faithful")
    let outcome = try LatentProcess.run("fit gmm faithful --components 2 --json", in: scratch)
    #expect(try outcome.json["observations"] as? Int == 40)
    #expect(outcome.error.hasPrefix("Taking the file faithful, not the data set of this name.\n"))
  }

  @Test func budgetsAreOutcomes() throws {
    let scratch = try ScratchFolder()
    let iterations = try LatentProcess.run(
      "fit gmm faithful --components 4 --max-iterations 3 --json --quiet", in: scratch)
    #expect(iterations.status == 0)
    #expect(try iterations.json["outcome"] as? String == "budgetExhausted")
    #expect(try iterations.json["iterations"] as? Int == 3)
    let time = try LatentProcess.run(
      "fit gmm faithful --components 4 --time-limit 1e-9 --json --quiet", in: scratch)
    #expect(time.status == 0)
    #expect(try time.json["outcome"] as? String == "budgetExhausted")
  }
}
