import Foundation
import Testing

/// Fits by batches, from files that are never held as a whole, and fits that go on with new rows.
@Suite struct BatchTests {
  /// A folder with 4,000 rows of two overlapping Gaussians, `rows.csv`, and its halves, `old.csv` and `new.csv`.
  static func data() throws -> ScratchFolder {
    let scratch = try ScratchFolder()
    var random = SmallRandom(seed: 7)
    let rows = (0..<4000).map { _ -> String in
      let (x, y) = (random.normal(), random.normal())
      let row = random.uniform() < 0.4 ? [3 + x + 0.5 * y, 1.5 * y] : [x, y - 0.8 * x]
      return row.map { String(format: "%.6f", $0) }.joined(separator: ",")
    }
    try scratch.write((["a,b"] + rows).joined(separator: "\n") + "\n", to: "rows.csv")
    try scratch.write((["a,b"] + rows[..<2000]).joined(separator: "\n") + "\n", to: "old.csv")
    try scratch.write((["a,b"] + rows[2000...]).joined(separator: "\n") + "\n", to: "new.csv")
    return scratch
  }

  static func json(_ line: String, in scratch: ScratchFolder) throws -> [String: Any] {
    let outcome = try LatentProcess.run("\(line) --json --quiet", in: scratch)
    #expect(outcome.status == 0, "\(line): \(outcome.error)")
    return try outcome.json
  }

  @Test func stochasticInferenceComesCloseToTheWhole() throws {
    let scratch = try Self.data()
    let whole = try Self.json("fit gmm rows.csv --components 2 --inference vb", in: scratch)
    let best = try #require(whole["bound"] as? Double)
    for data in ["rows.csv", "-"] {
      let outcome = try LatentProcess.run(
        "fit gmm \(data) --components 2 --inference svi --batch 100 --passes 3 --tolerance 0 --json --quiet",
        in: scratch, input: scratch.text("rows.csv"))
      let svi = try outcome.json
      let bound = try #require(svi["bound"] as? Double)
      #expect(bound < best + 1e-6 * abs(best) && bound > best - 1e-3 * abs(best), "\(bound) of \(best)")
      #expect(svi["inference"] as? String == "svi")
      #expect(svi["estimate"] as? String == "exact")
      #expect(svi["traceEstimate"] as? String == "monteCarlo")
      #expect(svi["steps"] as? Int == 120)
      #expect(svi["passes"] as? Double == 3)
      #expect(try #require(svi["stepsPerSecond"] as? Double) > 0)
      #expect(svi["observations"] as? Int == 4000)
    }
  }

  @Test(arguments: ["gmm", "bmm"], ["em", "vb"])
  func batchesOfAnyModel(_ model: String, _ inference: String) throws {
    let scratch = try Self.data()
    let options = model == "bmm" ? "--binarize 0.5 --columns a,b" : ""
    if model == "bmm" {
      let zeros = try scratch.text("rows.csv").split(separator: "\n").dropFirst().map { line in
        line.split(separator: ",").map { $0.hasPrefix("-") ? "0.1" : "0.9" }.joined(separator: ",")
      }
      try scratch.write((["a,b"] + zeros).joined(separator: "\n") + "\n", to: "rows.csv")
    }
    let run = "fit \(model) rows.csv --components 2 --inference \(inference) \(options)"
    let best = try #require(Self.json(run, in: scratch)["bound"] as? Double)
    for way in ["--passes 5", "--memoized"] {
      let found = try Self.json("\(run) --batch 500 \(way)", in: scratch)
      let bound = try #require(found["bound"] as? Double)
      #expect(abs(bound - best) < 2e-3 * abs(best), "\(way): \(bound), \(best)")
      #expect(found["traceEstimate"] as? String == (way == "--memoized" ? "exact" : "monteCarlo"))
    }
  }

  @Test(arguments: ["", "--memoized"]) func aLargerBudgetGoesOnAsIfNothingHadHappened(_ way: String) throws {
    let scratch = try Self.data()
    let run = "fit gmm rows.csv --components 2 --inference vb --batch 300 \(way) --tolerance 0 --standardize"
    _ = try Self.json("\(run) --passes 4 -o whole.latent", in: scratch)
    _ = try Self.json("\(run) --passes 1 --checkpoint c --every 0", in: scratch)
    let info = try LatentProcess.run("info c --json", in: scratch).json
    #expect(info["batch"] as? Int == 300)
    #expect(info["memoized"] as? Bool == !way.isEmpty)
    #expect(info["rows"] as? Int == 4000)
    _ = try Self.json(
      "fit gmm rows.csv --resume c --passes 4 --tolerance 0 --threads 1 -o rest.latent", in: scratch)
    #expect(try scratch.data("rest.latent") == scratch.data("whole.latent"))
    let other = try LatentProcess.run("fit gmm rows.csv --resume c --batch 200", in: scratch)
    #expect(
      other.error == "latent: c was made with --batch 300, not 200.\n"
        + "Leave --batch out to go on, or --resume to begin anew.\n")
    let data = try LatentProcess.run("fit gmm old.csv --resume c", in: scratch)
    #expect(data.error.hasPrefix("latent: c was made with other data: rows 4000, now 2000.\n"))
  }

  @Test(arguments: ["em", "vb"]) func aModelGoesOnWithNewRows(_ inference: String) throws {
    let scratch = try Self.data()
    let run = "--components 2 --inference \(inference)"
    let whole = try Self.json("fit gmm rows.csv \(run) -o whole.latent", in: scratch)
    let best = try #require(whole["bound"] as? Double)
    _ = try Self.json("fit gmm old.csv \(run) --keep-statistics -o old.latent", in: scratch)
    for way in ["", "--batch 200", "--batch 200 --memoized"] {
      let both = try Self.json("fit gmm new.csv --from old.latent \(way) -o both.latent", in: scratch)
      #expect(both["observations"] as? Int == 4000)
      #expect(both["newObservations"] as? Int == 2000)
      let bound = try #require(both["bound"] as? Double)
      // The priors were scaled to different rows.
      #expect(abs(bound - best) < 1e-3 * abs(best), "\(way): \(bound), \(best)")
      #expect(
        try LatentProcess.run("info both.latent --json", in: scratch).json["observations"] as? Int == 4000)
    }
    // In its own place, and from there once more.
    _ = try Self.json("fit gmm new.csv --from both.latent -o both.latent", in: scratch)
    #expect(
      try LatentProcess.run("info both.latent --json", in: scratch).json["observations"] as? Int == 6000)
    let scores = try LatentProcess.run("score both.latent new.csv --json", in: scratch).json
    #expect(try #require(scores["mean"] as? Double).isFinite)

    let without = try LatentProcess.run("fit gmm new.csv --from whole.latent", in: scratch)
    #expect(without.status == 2)
    #expect(
      without.error
        == "latent: whole.latent keeps no statistics of the rows that it was fitted to, so others cannot be added to "
        + "them.\nFit it once more with --keep-statistics, or start from its parameters alone with --init whole.latent.\n"
    )
    let other = try LatentProcess.run("fit gmm new.csv --from old.latent --components 3", in: scratch)
    #expect(
      other.error == "latent: old.latent was made with --components 2, not 3.\n"
        + "Leave --components out to go on from it, or --from to begin anew.\n")
  }

  /// What a fit that goes on cannot take, besides what its model was made with.
  @Test func whatEarlierRowsForbidIsRefused() throws {
    let scratch = try Self.data()
    _ = try Self.json("fit gmm old.csv --components 2 --keep-statistics -o old.latent", in: scratch)
    for (options, message) in [
      (
        "--sparse 1",
        "--sparse and --from do not go together: the rows seen before may belong to every component."
      ),
      ("--race", "--race and --from do not go together: every start would be the same."),
      ("--restarts 2", "--restarts and --from do not go together: every start would be the same."),
      ("--init random", "--init and --from do not go together: the fit starts where the file's ended."),
    ] {
      let outcome = try LatentProcess.run("fit gmm new.csv --from old.latent \(options)", in: scratch)
      #expect(outcome.status == 2)
      #expect(outcome.error == "latent: \(message)\n")
    }
  }

  /// The scale latents of Student components are summed up with the rows: their bound too is known without these.
  @Test func tailsGoOnWithNewRows() throws {
    let scratch = try Self.data()
    for options in ["", "--degrees-of-freedom 5"] {
      let run = "--components 2 --prior none --tolerance 1e-7 --max-iterations 500 \(options)"
      let best = try #require(Self.json("fit tmm rows.csv \(run)", in: scratch)["bound"] as? Double)
      let memoized = try Self.json(
        "fit tmm rows.csv --components 2 --prior none --tolerance 1e-7 \(options) --batch 500 --memoized --passes 400",
        in: scratch)
      #expect(memoized["traceEstimate"] as? String == "exact")
      let trace = try #require(memoized["trace"] as? [Double])
      #expect(zip(trace, trace.dropFirst()).allSatisfy { $0 <= $1 + 1e-6 })
      let bound = try #require(memoized["bound"] as? Double)
      #expect(abs(bound - best) < 3e-4 * abs(best), "\(options): \(bound), \(best)")
      _ = try Self.json("fit tmm old.csv \(run) --keep-statistics -o old.latent", in: scratch)
      let both = try Self.json("fit tmm new.csv --from old.latent -o both.latent", in: scratch)
      #expect(both["observations"] as? Int == 4000)
      let sum = try #require(both["bound"] as? Double)
      #expect(sum <= best + 1e-6 * abs(best) && sum > best - 1e-3 * abs(best), "\(options): \(sum), \(best)")
    }
  }

  /// A file's rows are not at hand in the end; its sample and what parameters tell are.
  @Test(arguments: ["--passes 2", "--memoized"]) func findingsAfterBatches(_ way: String) throws {
    let scratch = try Self.data()
    try scratch.write("a,b\n0,0\n0,0\n3,0\n900,900\n", to: "means.csv")
    let run = "fit gmm rows.csv --components 4 --covariance spherical --init means.csv --batch 500 \(way)"
    let findings = try #require(
      Self.json("\(run) -o model.latent", in: scratch)["findings"] as? [[String: Any]])
    #expect(findings.count == 2, "\(findings)")
    #expect(findings.first { $0["kind"] as? String == "empty" }?["component"] as? Int == 4, "\(findings)")
    #expect(
      findings.first { $0["kind"] as? String == "duplicates" }?["components"] as? [Int] == [1, 2],
      "\(findings)")
    let shown = try LatentProcess.run("info model.latent", in: scratch).output
    #expect(shown.contains("Component 4 is empty") && shown.contains("Components 1 and 2 share their rows"))
    // What components share of the earlier rows is not known.
    let later = try LatentProcess.run("fit gmm new.csv --from model.latent --quiet", in: scratch)
    #expect(later.status == 0, "\(later.error)")
    #expect(
      later.output.contains(
        "whether components share rows was not looked at: the earlier rows are not at hand\n"))
    #expect(later.output.contains("Component 4 is empty") && !later.output.contains("share their rows"))
  }

  /// Few new rows leave no component empty: the rows seen before are in it.
  @Test func earlierRowsCountWhileAFitRuns() throws {
    let scratch = try Self.data()
    _ = try Self.json("fit gmm old.csv --components 2 --keep-statistics -o old.latent", in: scratch)
    try scratch.write("a,b\n0,0\n", to: "one.csv")
    let outcome = try LatentProcess.run(
      "fit gmm one.csv --from old.latent --tolerance 0 --max-iterations 9 --json", in: scratch)
    #expect(outcome.status == 0)
    #expect(try #require(outcome.json["iterations"] as? Int) >= 4)
    #expect(!outcome.error.contains("holds less than one row"), "\(outcome.error)")
  }

  /// The statistics of these models do not tell the bound, so nothing could go on from them.
  @Test func statisticsAreKeptWhereTheyAreOfUse() throws {
    let scratch = try Self.data()
    for way in ["--keep-statistics", "--batch 500 --memoized"] {
      let refused = try LatentProcess.run("fit ppca rows.csv --latent 1 --inference vb \(way)", in: scratch)
      #expect(refused.status == 2)
      let option = way.split(separator: " ").last ?? ""
      #expect(refused.error.hasPrefix("latent: \(option) has no meaning"), "\(refused.error)")
    }
    let run = "fit ppca rows.csv --latent 1 --inference vb"
    _ = try Self.json("\(run) --max-iterations 3 -o whole.latent", in: scratch)
    _ = try Self.json("\(run) --batch 1000 --passes 1 -o batches.latent", in: scratch)
    #expect(try scratch.data("batches.latent").count < scratch.data("whole.latent").count + 200)
  }

  /// The start's sample is of rows that count, wherever they are.
  @Test func rowsWithoutWeightAreNoSample() throws {
    let scratch = try ScratchFolder()
    var random = SmallRandom(seed: 3)
    var (weighted, plain) = ("a,w\n", "a\n")
    for n in 0..<41_000 {
      let value = n % 2 == 0 ? "77" : String(format: "%.4f", random.normal() + (n % 4 == 1 ? 0 : 8))
      weighted += "\(value),\(n % 2)\n"
      if n % 2 == 1 { plain += "\(value)\n" }
    }
    try scratch.write(weighted, to: "weighted.csv")
    try scratch.write(plain, to: "plain.csv")
    let run = "--components 2 --batch 10000 --memoized --max-iterations 40"
    let some = try LatentProcess.run("fit gmm weighted.csv --weights w \(run) --json", in: scratch)
    #expect(some.status == 0, "\(some.error)")
    // 20,500 rows count; every second of them is a sample of no more than 20,000.
    #expect(some.error.contains("start and prior from 10,250 rows spread over the file"), "\(some.error)")
    let all = try Self.json("fit gmm plain.csv \(run)", in: scratch)
    let (a, b) = (
      try #require(try some.json["bound"] as? Double), try #require(all["bound"] as? Double)
    )
    #expect(abs(a - b) < 1e-3 * abs(b), "\(a), \(b)")
    try scratch.write("a\n" + (0..<39_999).map { "\($0 % 7).\($0 % 11)\n" }.joined(), to: "many.csv")
    let sampled = try LatentProcess.run(
      "fit gmm many.csv --components 1 --batch 20000 --passes 1", in: scratch)
    #expect(sampled.error.contains("start and prior from 20,000 rows spread over the file"))
  }

  static let refused: [(options: String, message: String)] = [
    ("--memoized", "--memoized has no meaning without --batch N."),
    (
      "--inference svi --memoized",
      "--memoized and --inference svi do not go together: svi forgets; give --inference vb."
    ),
    ("--forgetting 0.8", "--forgetting has no meaning without --batch N or --inference svi."),
    (
      "--batch 9 --memoized --delay 2",
      "--delay and --memoized do not go together: steps that remember all batches have no step size."
    ),
    ("--batch 9 --forgetting 0.5", "--forgetting must be above 0.5 and up to 1, not 0.5."),
    ("--batch 0", "--batch must be 1 or more, not 0."),
    ("--passes 2", "--passes has no meaning without --batch N or --inference svi."),
    (
      "--batch 9 --passes 2 --max-iterations 3",
      "--passes and --max-iterations do not go together: both say how many steps there are."
    ),
    (
      "--batch 9 --acceleration anderson",
      "--acceleration and --batch do not go together: steps on batches are not extrapolated."
    ),
    (
      "--inference svi --acceleration anderson",
      "--acceleration and --inference svi do not go together: steps on batches are not extrapolated."
    ),
    (
      "--inference vb --prior dirichlet-process --batch 9",
      "--prior dirichlet-process and --batch do not go together: components are split and merged on the way, with all "
        + "rows at hand."
    ),
    (
      "--inference svi --prior dirichlet-process",
      "--prior dirichlet-process and --inference svi do not go together: components are split and merged on the way, "
        + "with all rows at hand."
    ),
    (
      "--inference vb --prior dirichlet-process --keep-statistics",
      "--prior dirichlet-process and --keep-statistics do not go together: components are split and merged on the way, "
        + "with all rows at hand."
    ),
    (
      "--inference vb --prior dirichlet-process --acceleration anderson",
      "--prior dirichlet-process and --acceleration do not go together: components are split and merged on the way, "
        + "with all rows at hand."
    ),
    (
      "--batch 9 --holdout 0.5",
      "--holdout and --batch do not go together: the rows of a file are then read in batches and never held together."
    ),
    (
      "--inference svi --labels a",
      "--labels and --inference svi do not go together: the rows of a file are then read in batches and never held "
        + "together."
    ),
  ]

  @Test(arguments: refused.map(\.options)) func whatDoesNotGoTogetherIsRefused(_ options: String) throws {
    let scratch = try Self.data()
    let outcome = try LatentProcess.run("fit gmm rows.csv --components 2 \(options)", in: scratch)
    #expect(outcome.status == 2)
    let message = Self.refused.first { $0.options == options }?.message
    #expect(outcome.error == "latent: \(message ?? "")\n")
  }

  @Test func badCellsAreFoundBeforeTheFit() throws {
    let scratch = try Self.data()
    try scratch.write(try scratch.text("rows.csv") + "1,x\n", to: "rows.csv")
    let outcome = try LatentProcess.run("fit gmm rows.csv --components 2 --batch 100", in: scratch)
    #expect(outcome.status == 2)
    #expect(
      outcome.error.hasPrefix("latent: rows.csv, line 4002, column 2 (\"b\"): \"x\" is not a number.\n"))
    try scratch.write("a\n" + String(repeating: "0\n1\n", count: 50) + "0.5\n", to: "bits.csv")
    let bits = try LatentProcess.run("fit bmm bits.csv --components 1 --batch 10", in: scratch)
    #expect(bits.status == 2)
    #expect(bits.error.contains("row 101, column 1 (\"a\") holds 0.5"), "\(bits.error)")
  }

  #if os(Linux)
    /// A file more than ten times as large as the memory that the process takes, its own code included.
    @Test func aFileLargerThanMemoryIsFitted() throws {
      let scratch = try ScratchFolder()
      let (columns, blocks, rowsOfBlock) = (50, 176, 25_000)
      let rows = blocks * rowsOfBlock
      var header = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(rows), \(columns)), }"
      header += String(repeating: " ", count: 63 - (10 + header.utf8.count) % 64) + "\n"
      var head = Data([0x93]) + Data("NUMPY".utf8) + Data([1, 0])
      withUnsafeBytes(of: UInt16(header.utf8.count).littleEndian) { head.append(contentsOf: $0) }
      head.append(Data(header.utf8))
      var state: UInt32 = 1
      let block = (0..<rowsOfBlock * columns).map { i -> Float in
        state = state &* 1_664_525 &+ 1_013_904_223
        return Float(state >> 8) / 16_777_216 + ((i / columns) % 3 == 0 ? 2 : 0)
      }
      let bytes = block.withUnsafeBytes { Data($0) }
      try scratch.write(head, to: "rows.npy")
      let file = try FileHandle(forWritingTo: URL(fileURLWithPath: scratch("rows.npy")))
      try file.seekToEnd()
      for _ in 0..<blocks { try file.write(contentsOf: bytes) }
      try file.close()
      let run =
        "fit gmm rows.npy --components 2 --covariance diagonal --precision single --batch 10000 --passes 1"
      let (process, finish) = try LatentProcess.start(
        "\(run) --quiet --json".split(separator: " ").map(String.init), in: scratch)
      // The largest resident size so far, in kB. (Under a hard limit OpenBLAS waits for ever for memory.)
      var peak = 0
      while process.isRunning {
        let path = "/proc/\(process.processIdentifier)/status"
        let status = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        // Before it runs `latent` the child shows its parent's memory: the last value counts.
        if let value = line.flatMap({ Int($0.filter(\.isNumber)) }), value > 0 { peak = value }
        usleep(5_000)
      }
      let outcome = try finish()
      #expect(outcome.status == 0, "\(outcome.error)")
      #expect(try outcome.json["observations"] as? Int == rows)
      #expect(peak > 0 && peak < rows * columns * 4 / 1024 / 10, "\(peak) kB")
    }
  #endif
}
