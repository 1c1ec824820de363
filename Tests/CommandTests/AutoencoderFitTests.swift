import Foundation
import Testing

@Suite struct AutoencoderFitTests {
  /// Small enough to be quick.
  static let digits = "fit vae mnist-sample --latent 2 --hidden 16 --binarize stochastic --quiet"
  static let small = "fit vae faithful --standardize --latent 1 --hidden 4 --likelihood gaussian --quiet"

  @Test func jsonHasTheKeysOfTheContract() throws {
    let outcome = try LatentProcess.run(
      "\(Self.digits) --passes 2 --test mnist-sample-test --seed 3 --json", in: ScratchFolder())
    #expect(outcome.status == 0, "\(outcome.error)")
    let json = try outcome.json
    #expect(
      json.mapValues(FitTests.type) == [
        "model": "string", "inference": "string", "observations": "number", "dimensions": "number",
        "quantity": "string", "findings": "array", "bound": "number", "boundPerObservation": "number",
        "terms": "object", "estimate": "string",
        "iterations": "number", "outcome": "string", "seconds": "number", "secondsPerIteration": "number",
        "passes": "number", "steps": "number", "stepsPerSecond": "number", "batch": "number",
        "optimizer": "string", "learningRate": "number", "seed": "number", "threads": "number",
        "precision": "string", "latent": "number", "hidden": "array", "activation": "string",
        "likelihood": "string", "posterior": "string", "prior": "string", "importance": "other",
        "freeParameters": "number",
        "activeUnits": "number", "trace": "array", "testBoundPerObservation": "number",
        "testStandardError": "number", "testObservations": "number", "testTrace": "array",
      ])
    let terms = try #require(json["terms"] as? [String: Double])
    let bound = try #require(json["bound"] as? Double)
    #expect(
      abs(terms["reconstruction"]! - terms["latentKL"]! - terms["parameterKL"]! - bound) < 1e-6 * abs(bound))
    #expect(json["estimate"] as? String == "monteCarlo")
    #expect(json["outcome"] as? String == "budgetExhausted")
    #expect(json["passes"] as? Double == 2)
    #expect(json["steps"] as? Int == 100)
    #expect(json["precision"] as? String == "single")
    // 784·16 + 16, 16·4 + 4, 2·16 + 16, 16·784 + 784.
    #expect(json["freeParameters"] as? Int == 12_560 + 68 + 48 + 13_328)
    let trace = try #require(json["trace"] as? [Double])
    #expect(trace.count == 2 && trace[1] > trace[0] && bound > trace[0])
    let tests = try #require(json["testTrace"] as? [Double])
    #expect(tests.count == 2 && tests[1] > tests[0])
    #expect(json["testBoundPerObservation"] as? Double == tests[1])
    // Digits of zeros and ones without any latent variable have about −206 nats.
    #expect(tests[1] > -215 && tests[1] < -130)
  }

  /// A linear auto-encoder of one learned variance is probabilistic PCA, whose maximum is known; there q is the posterior, so that
  /// one importance weight is p(x) itself.
  @Test func aLinearOneReachesProbabilisticPCA() throws {
    let scratch = try ScratchFolder()
    let known = try LatentProcess.run(
      "fit ppca faithful --standardize --latent 1 --json --quiet", in: scratch
    ).json
    let fit = try LatentProcess.run(
      "fit vae faithful --standardize --latent 1 --hidden none --likelihood gaussian --posterior constant-diagonal "
        + "--precision double --batch 68 --learning-rate 0.01 --passes 1500 --quiet -o linear.latent",
      in: scratch)
    #expect(fit.status == 0, "\(fit.error)")
    let evaluation = try LatentProcess.run(
      "evaluate linear.latent faithful --draws 200 --json --quiet", in: scratch
    ).json
    let maximum = try #require(known["boundPerObservation"] as? Double)
    let reached = try #require(evaluation["importanceBound"] as? Double)
    #expect(reached < maximum + 1e-3 && reached > maximum - 0.01, "\(reached), \(maximum)")
  }

  @Test func threadsDoNotChangeABit() throws {
    let scratch = try ScratchFolder()
    for threads in [1, 2, 3] {
      let fit = try LatentProcess.run(
        "\(Self.digits) --passes 1 --threads \(threads) -o \(threads).latent", in: scratch)
      #expect(fit.status == 0, "\(fit.error)")
    }
    #expect(try scratch.data("1.latent") == scratch.data("2.latent"))
    #expect(try scratch.data("1.latent") == scratch.data("3.latent"))
  }

  @Test(arguments: ["single", "double", "bf16"], ["adam", "adagrad", "momentum"])
  func aLargerBudgetGoesOnAsIfNothingHadHappened(_ precision: String, _ optimizer: String) throws {
    let scratch = try ScratchFolder()
    let run = "\(Self.small) --batch 50 --seed 4 --precision \(precision) --optimizer \(optimizer)"
    #expect(try LatentProcess.run("\(run) --passes 7 -o whole.latent", in: scratch).status == 0)
    #expect(
      try LatentProcess.run("\(run) --passes 3 --checkpoint c --every 0 -o part.latent", in: scratch).status
        == 0)
    let rest = try LatentProcess.run(
      "fit vae faithful --resume c --passes 7 --threads 1 --quiet -o rest.latent", in: scratch)
    #expect(rest.status == 0, "\(rest.error)")
    #expect(try scratch.data("rest.latent") == scratch.data("whole.latent"))
    #expect(try scratch.data("part.latent") != scratch.data("whole.latent"))
  }

  @Test func anInterruptFinishesTheMinibatchAndGoesOn() throws {
    let scratch = try ScratchFolder()
    let run = "\(Self.digits) --passes 12 --seed 1"
    #expect(try LatentProcess.run("\(run) -o whole.latent", in: scratch).status == 0)
    let (process, finish) = try LatentProcess.start(
      "\(run) --checkpoint c --every 0 -o part.latent".split(separator: " ").map(String.init), in: scratch)
    while !scratch.exists("c"), process.isRunning { usleep(5_000) }
    usleep(20_000)
    kill(process.processIdentifier, SIGINT)
    let stopped = try finish()
    if stopped.status != 0 {
      #expect(stopped.status == 130, "\(stopped.error)")
      #expect(stopped.error.contains("latent: interrupted. To go on:\n"))
      #expect(stopped.error.hasSuffix("--resume c\n"))
      #expect(!scratch.exists("part.latent"))
    }
    let rest = try LatentProcess.run(
      "fit vae mnist-sample --resume c --passes 12 --quiet -o rest.latent", in: scratch)
    #expect(rest.status == 0, "\(rest.error)")
    #expect(try scratch.data("rest.latent") == scratch.data("whole.latent"))
  }

  @Test func divergenceKeepsTheLastGoodModel() throws {
    let scratch = try ScratchFolder()
    let run =
      "fit vae faithful --standardize --latent 1 --hidden 4 --likelihood gaussian --optimizer sgd --batch 50"
    #expect(
      try LatentProcess.run("\(run) --passes 5 --checkpoint c --quiet -o good.latent", in: scratch).status
        == 0)
    let outcome = try LatentProcess.run(
      "fit vae faithful --resume c --learning-rate 1e30 --passes 9 --checkpoint c --quiet -o last.latent",
      in: scratch)
    #expect(outcome.status == 1)
    #expect(outcome.output.isEmpty)
    #expect(outcome.error.hasPrefix("latent: the ascent diverged: the "), "\(outcome.error)")
    #expect(
      outcome.error.contains(
        "Try a smaller --learning-rate, or --clip to bound the gradient.\n"
          + "The model of the last good pass, 4, is in last.latent. To go on from there:\n"),
      "\(outcome.error)")
    #expect(outcome.error.hasSuffix(" --resume c --learning-rate 2.5e+29\n"), "\(outcome.error)")
    let bounds = try ["good.latent", "last.latent"].map { file in
      try #require(try LatentProcess.run("info \(file) --json", in: scratch).json["bound"] as? Double)
    }
    #expect(abs(bounds[0] - bounds[1]) < 0.05 * abs(bounds[0]))
    // With the old steps it goes on from there as if nothing had happened.
    let rest = try LatentProcess.run(
      "fit vae faithful --resume c --learning-rate 0.001 --passes 5 --quiet -o rest.latent", in: scratch)
    #expect(rest.status == 0, "\(rest.error)")
    #expect(try scratch.data("rest.latent") == scratch.data("good.latent"))
  }

  @Test func aSteepStartIsAPlainError() throws {
    let scratch = try ScratchFolder()
    let outcome = try LatentProcess.run(
      "\(Self.small) --optimizer sgd --learning-rate 1e30 --batch 20 -o last.latent", in: scratch)
    #expect(outcome.status == 1)
    #expect(outcome.error.hasPrefix("latent: the ascent diverged: the "))
    #expect(outcome.error.hasSuffix("Try a smaller --learning-rate, or --clip to bound the gradient.\n"))
    #expect(!scratch.exists("last.latent"))
  }

  @Test func missingCellsAndWeightsAreTaken() throws {
    let scratch = try ScratchFolder()
    var random = SmallRandom(seed: 1)
    var (weighted, repeated) = ("x,y,w\n", "x,y\n")
    for i in 0..<40 {
      let (x, y) = (random.uniform(), i % 5 == 0 ? "" : "\(random.uniform())")
      weighted += "\(x),\(y),\(1 + i % 2)\n"
      for _ in 0..<1 + i % 2 { repeated += "\(x),\(y)\n" }
    }
    try scratch.write(weighted, to: "weighted.csv")
    try scratch.write(repeated, to: "repeated.csv")
    // All draws and steps differ; what is left of 2,000 is the same maximum.
    var reached: [Double] = []
    for data in ["weighted.csv --weights w", "repeated.csv"] {
      let fit = try LatentProcess.run(
        "fit vae \(data) --latent 1 --hidden none --likelihood gaussian --variance 0.1 --posterior constant-diagonal "
          + "--precision double --learning-rate 0.01 --passes 2000 --quiet -o m.latent", in: scratch)
      #expect(fit.status == 0, "\(fit.error)")
      let evaluation = try LatentProcess.run(
        "evaluate m.latent repeated.csv --draws 500 --json --quiet", in: scratch
      ).json
      reached.append(try #require(evaluation["importanceBound"] as? Double))
    }
    #expect(abs(reached[0] - reached[1]) < 0.02, "\(reached)")
    let json = try LatentProcess.run(
      "fit vae weighted.csv --weights w --latent 1 --likelihood gaussian --passes 1 --json --quiet",
      in: scratch
    ).json
    #expect(json["missingCells"] as? Int == 8)
    let perObservation = try #require(json["boundPerObservation"] as? Double)
    #expect(abs(perObservation * 60 - (json["bound"] as? Double ?? 0)) < 1e-6)
  }

  @Test func holdoutIsTheTest() throws {
    let json = try LatentProcess.run(
      "\(Self.small) --holdout 0.25 --passes 3 --json", in: ScratchFolder()
    ).json
    #expect(json["observations"] as? Int == 204)
    #expect(json["testObservations"] as? Int == 68)
  }

  @Test func importanceWeightedBoundsRiseWithTheirDraws() throws {
    let scratch = try ScratchFolder()
    let fit = try LatentProcess.run(
      "\(Self.digits) --passes 3 --importance 5 --doubly-reparametrized --batch 50 -o m.latent --json",
      in: scratch)
    #expect(fit.status == 0, "\(fit.error)")
    #expect(try fit.json["importance"] as? Int == 5)
    let bounds = try [1, 50].map { draws in
      let json = try LatentProcess.run(
        "evaluate m.latent mnist-sample-test --draws \(draws) --json --quiet", in: scratch
      ).json
      return try #require(json["importanceBound"] as? Double)
    }
    #expect(bounds[1] > bounds[0])
  }

  /// Each family is fitted, kept, and evaluated: with draws the bound rises, whatever the family.
  @Test(arguments: [
    "--posterior full", "--posterior rank-one", "--posterior planar", "--posterior constant-diagonal",
    "--prior mixture --components 3", "--prior vamp --components 3", "--variance network",
    "--variance columns", "--likelihood continuous-bernoulli", "--likelihood logistic --levels 256",
  ])
  func familiesAreFittedAndEvaluated(_ options: String) throws {
    let scratch = try ScratchFolder()
    let isOfImages = options.contains("likelihood")
    let data = isOfImages ? "mnist-sample-test --columns 350,380,406,434,435,490" : "faithful"
    let base = isOfImages ? "--latent 2" : "--latent 2 --likelihood gaussian --standardize"
    let fit = try LatentProcess.run(
      "fit vae \(data) \(base) --hidden 8 --passes 30 --batch 25 --learning-rate 0.003 --json --quiet -o m.latent "
        + options, in: scratch)
    #expect(fit.status == 0, "\(fit.error)")
    let trace = try #require(try fit.json["trace"] as? [Double])
    #expect(trace[29] > trace[0])
    let json = try LatentProcess.run("evaluate m.latent \(data) --draws 100 --json --quiet", in: scratch).json
    let (bound, importance) = (json["bound"] as? Double ?? .nan, json["importanceBound"] as? Double ?? .nan)
    #expect(importance > bound - 0.02, "\(bound), \(importance)")
    #expect(try LatentProcess.run("sample m.latent -n 3 --quiet", in: scratch).status == 0)
    #expect(try LatentProcess.run("info m.latent", in: scratch).status == 0)
  }

  @Test func objectivesLeaveTheBoundTrue() throws {
    let scratch = try ScratchFolder()
    for options in [
      "--beta 2", "--free-bits 0.2", "--warm-up 2", "--schedule iwae", "--schedule cosine", "--clip 1",
    ] {
      let outcome = try LatentProcess.run("\(Self.small) --passes 3 --json \(options)", in: scratch)
      #expect(outcome.status == 0, "\(outcome.error)")
      let json = try outcome.json
      let terms = try #require(json["terms"] as? [String: Double])
      #expect(
        abs(terms["reconstruction"]! - terms["latentKL"]! - (json["bound"] as? Double ?? 0)) < 1e-6)
    }
  }

  @Test func linesShowHowItGoes() throws {
    let outcome = try LatentProcess.run(
      "fit vae faithful --standardize --latent 1 --hidden 4 --likelihood gaussian --passes 2 --holdout 0.2",
      in: ScratchFolder())
    #expect(
      outcome.error.hasPrefix(
        "Variational auto-encoder 2–4–1 (tanh, Gaussian likelihood of one variance, diagonal posterior) fitted to "
          + "faithful, 218 × 2; tested on rows held out, 54 rows\nGradient ascent: adam, learning rate 0.001, 3 "
          + "minibatches of up to 100 a pass, single precision, "), "\(outcome.error)")
    #expect(outcome.error.contains("\npass 1 of 2: bound an observation -"))
    #expect(outcome.error.contains(", test -"))
    #expect(outcome.error.contains(" steps/s\n"))
    let lines = outcome.output.split(separator: "\n").map(String.init)
    #expect(lines[0].hasPrefix("bound "))
    #expect(lines[1].hasPrefix("= reconstruction "))
    #expect(lines[2].hasPrefix("− latent KL "))
    #expect(lines[3].hasPrefix("test bound "))
    #expect(lines[4].hasPrefix("stopped after 2 passes, 6 steps, "))
    #expect(lines.last == "The model was not saved: give -o FILE to keep it.")
  }
}
