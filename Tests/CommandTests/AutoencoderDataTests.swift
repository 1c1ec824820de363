import Foundation
import Testing

/// Which rows an auto-encoder takes, which it is tested on, and how it names them.
@Suite struct AutoencoderDataTests {
  static let small = "--latent 1 --hidden 4 --quiet"

  /// A row is named by its place in the file, whether it is fitted or held out.
  @Test func rowsAreNamedByTheirPlaceInTheFile() throws {
    let scratch = try ScratchFolder()
    for bad in [2, 9, 16] {
      let rows = (1...20).map { $0 == bad ? "0,1.5" : "0.25,1" }
      try scratch.write("a,b\n" + rows.joined(separator: "\n") + "\n", to: "x.csv")
      let outcome = try LatentProcess.run(
        "fit vae x.csv \(Self.small) --likelihood continuous-bernoulli --holdout 0.5", in: scratch)
      #expect(outcome.status == 2)
      let end = "x.csv, row \(bad), column 2 (b) holds 1.5, which is not between 0 and 1.\n"
      #expect(
        outcome.error.contains("row \(bad), column 2") && outcome.error.contains("holds 1.5"),
        "\(outcome.error), not \(end)")
    }
  }

  /// A row of weight 0 among the test data counts for nothing, however far off it lies.
  @Test func weightsOfTestRowsCount() throws {
    let scratch = try ScratchFolder()
    try scratch.write("x,w\n" + (0..<20).map { "\(Double($0) / 10),1\n" }.joined(), to: "x.csv")
    try scratch.write("x,w\n0.5,1\n900,0\n", to: "far.csv")
    try scratch.write("x,w\n0.5,1\n900,1\n", to: "farther.csv")
    func bound(_ test: String) throws -> Double {
      let fit = try LatentProcess.run(
        "fit vae x.csv --weights w --test \(test) --likelihood gaussian --passes 2 --json \(Self.small)",
        in: scratch)
      #expect(fit.status == 0, "\(fit.error)")
      return try #require(try fit.json["testBoundPerObservation"] as? Double)
    }
    #expect(try bound("far.csv") > -20)
    #expect(try bound("farther.csv") < -1000)
  }

  /// What has no bound in the test data is told before a pass is spent, with the row.
  @Test func testDataThatOverflowAreToldAtOnce() throws {
    let scratch = try ScratchFolder()
    try scratch.write("1,2\n1e25,2\n", to: "t.csv")
    let outcome = try LatentProcess.run(
      "fit vae faithful --latent 1 --hidden 4 --likelihood gaussian --passes 2 --test t.csv --columns 1,2",
      in: scratch)
    #expect(outcome.status != 0)
    #expect(!outcome.error.contains("pass 1 of"), "\(outcome.error)")
    #expect(outcome.error.contains("t.csv"), "\(outcome.error)")
  }

  /// A planar flow takes rows whose first layer is zero, at weights that are zero there.
  @Test func planarFlowsTakeRowsOfZeros() throws {
    let scratch = try ScratchFolder()
    try scratch.write(String(repeating: "0,0,0\n", count: 10) + "1,0,1\n", to: "x.csv")
    let outcome = try LatentProcess.run(
      "fit vae x.csv \(Self.small) --posterior planar --passes 3 --json", in: scratch)
    #expect(outcome.status == 0, "\(outcome.error)")
    #expect((try outcome.json["bound"] as? Double ?? .nan).isFinite)
  }

  /// One row cannot tell whether z varies over rows.
  @Test func oneRowIsNotCalledCollapsed() throws {
    let scratch = try ScratchFolder()
    try scratch.write("1,0,1\n", to: "x.csv")
    let outcome = try LatentProcess.run("fit vae x.csv \(Self.small) --passes 3 --json", in: scratch)
    #expect(outcome.status == 0, "\(outcome.error)")
    #expect(!outcome.output.contains("ollapse"), "\(outcome.output)")
  }

  /// A rate that falls to 0 over all passes: an interrupted fit of so many goes on along the same curve.
  @Test func aCosineEndsWithTheLastPass() throws {
    let scratch = try ScratchFolder()
    let fit = "fit vae faithful --standardize \(Self.small) --likelihood gaussian --passes 6 --batch 50"
    var traces: [[Double]] = []
    for schedule in ["cosine", "constant"] {
      let outcome = try LatentProcess.run(
        "\(fit) --schedule \(schedule) --json -o \(schedule).latent", in: scratch)
      #expect(outcome.status == 0, "\(outcome.error)")
      traces.append(try #require(try outcome.json["trace"] as? [Double]))
    }
    // The first step is the same, and no other.
    #expect(traces[0] != traces[1])
    let part = try LatentProcess.run(
      "\(fit) --schedule cosine --time-limit 0.000001 --checkpoint c -o part.latent", in: scratch)
    #expect(part.status == 0, "\(part.error)")
    let rest = try LatentProcess.run(
      "fit vae faithful --resume c --passes 6 --quiet -o rest.latent", in: scratch)
    #expect(rest.status == 0, "\(rest.error)")
    #expect(try scratch.data("rest.latent") == scratch.data("cosine.latent"))
  }

  @Test func numbersOfPassesBeyondAnyLifetimeAreTaken() throws {
    let outcome = try LatentProcess.run(
      "fit vae faithful --standardize \(Self.small) --likelihood gaussian --schedule cosine --passes 1000000000 "
        + "--time-limit 0.01 --json", in: ScratchFolder())
    #expect(outcome.status == 0, "\(outcome.error)")
    #expect(try outcome.json["outcome"] as? String == "budgetExhausted")
  }
}
