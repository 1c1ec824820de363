import Foundation
import Testing

/// Fits by batches, from files that are never held as a whole, and fits that go on with new rows.
@Suite struct BatchTests {
  /// A folder with 4,000 rows of two overlapping Gaussians, `rows.csv`, and its halves, `old.csv` and `new.csv`.
  static func data() throws -> ScratchFolder {
    let scratch = try ScratchFolder()
    var state: UInt64 = 7
    func uniform() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return (Double(state >> 11) + 0.5) / 9_007_199_254_740_992
    }
    func normal() -> Double { sqrt(-2 * log(uniform())) * cos(2 * .pi * uniform()) }
    let rows = (0..<4000).map { _ -> String in
      let (x, y) = (normal(), normal())
      let row = uniform() < 0.4 ? [3 + x + 0.5 * y, 1.5 * y] : [x, y - 0.8 * x]
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
    /// A file more than ten times as large as the memory that the process takes.
    @Test func aFileLargerThanMemoryIsFitted() throws {
      let scratch = try ScratchFolder()
      let (columns, blocks, rowsOfBlock) = (50, 128, 25_000)
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
