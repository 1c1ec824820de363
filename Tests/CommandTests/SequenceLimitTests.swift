import Foundation
import Testing

/// What models of sequences refuse, how they say why, and what they must not see.
@Suite struct SequenceLimitTests {
  private static func run(_ line: String, in scratch: ScratchFolder) throws -> LatentProcess.Outcome {
    let outcome = try LatentProcess.run("\(line) --quiet", in: scratch)
    try #require(outcome.status == 0, "\(line): \(outcome.error)")
    return outcome
  }

  private static func json(_ line: String, in scratch: ScratchFolder) throws -> [String: Any] {
    try run("\(line) --json", in: scratch).json
  }

  /// Small models of small sequences: `a.csv` has 6 of 12 frames, of two columns and a control.
  private static func prepared() throws -> ScratchFolder {
    let scratch = try ScratchFolder()
    var text = "id,x,y,u\n"
    for n in 0..<6 {
      for t in 0..<12 {
        let phase = Double(n) + 0.7 * Double(t)
        text += "s\(n),\(sin(phase)),\(2 * cos(phase) + 3),\(sin(3 * phase))\n"
      }
    }
    try scratch.write(text, to: "a.csv")
    let small = "--hidden 4 --recognition 4 --first-frames 3 --updates 10"
    for line in [
      "fit hmm a.csv --columns x,y --sequence id --states 2 --max-iterations 5 -o hmm.latent",
      "fit lds a.csv --columns x,y --sequence id --latent 1 --max-iterations 5 -o free.latent",
      "fit lds a.csv --sequence id --controls u --latent 1 --max-iterations 5 -o lds.latent",
      "fit dvbf a.csv --columns x,y --sequence id --latent 2 --matrices 2 \(small) --standardize -o dvbf.latent",
      "fit dvbf a.csv --columns x,y --sequence id --latent 2 --matrices 2 \(small) --smoothing 4 -o smoother.latent",
    ] { _ = try run(line, in: scratch) }
    return scratch
  }

  private static let data = "a.csv --sequence id"

  static let refused: [(line: String, message: String)] = [
    (
      "rollout hmm.latent \(data) --given 5 --horizon 9223372036854775807",
      "--horizon must be from 1 to 10000000, not 9223372036854775807."
    ),
    (
      "rollout dvbf.latent \(data) --given 5 --horizon 100000000000",
      "--horizon must be from 1 to 10000000, not 100000000000."
    ),
    (
      "fit dvbf \(data) --columns x,y --latent 2 --passes 3",
      "--passes must be 10 or more, as a pass has 1 step and a fit 10 or more, not 3."
    ),
    (
      "fit dvbf \(data) --columns x,y --latent 2 --batch 2 --passes 3",
      "--passes must be 4 or more, as a pass has 3 steps and a fit 10 or more, not 3."
    ),
    (
      "fit dvbf \(data) --columns x,y --latent 2 --first-frames 13",
      "--first-frames must be 12 or less, as many as the longest sequence of a.csv has, not 13."
    ),
    (
      "rollout hmm.latent \(data) --given 5 --horizon 2 -o a.png",
      "-o a.png and hmm do not go together: rollout draws what dvbf and dkf predict alone; use .csv, .tsv or .npy."
    ),
    (
      "posterior hmm.latent \(data) --image 1x2",
      "--image has no meaning without a verb that draws: reconstruct, impute or rollout."
    ),
    (
      "fit lds constant.csv --latent 1",
      "constant.csv: no column of the data varies, so nothing sets a scale.\nGive data with rows that differ."
    ),
    (
      "sample lds.latent --controls gap.npy",
      "gap.npy: control 1 of sequence 2, frame 2, is missing or not finite.\n"
        + "Controls are given and never inferred: give every one a number."
    ),
  ]

  /// An array `[2, 3, 1]` of doubles.
  private static func array(_ values: [Double]) -> Data {
    var header = "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3, 1), }"
    header += String(repeating: " ", count: 117 - header.count) + "\n"
    var bytes = Data([0x93]) + Data("NUMPY".utf8) + Data([1, 0, 118, 0]) + Data(header.utf8)
    for value in values { withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += Data($0) } }
    return bytes
  }

  @Test func whatDoesNotFitIsSaid() throws {
    let scratch = try Self.prepared()
    try scratch.write("x,y\n" + String(repeating: "1,2\n", count: 8), to: "constant.csv")
    try scratch.write(Self.array([1, 2, 3, 4, .nan, 6]), to: "gap.npy")
    for (line, message) in Self.refused {
      let outcome = try LatentProcess.run("\(line) --quiet", in: scratch)
      #expect(outcome.status == 2, "\(line)")
      #expect(outcome.output == "", "\(line)")
      #expect(outcome.error == "latent: \(message)\n", "\(line)")
    }
    let empty = try LatentProcess.run(["score", "lds.latent", "a.csv", "--controls", ""], in: scratch)
    #expect(empty.error.contains("--controls must be columns or a file, not \"\"."))
    #expect(empty.status != 0 && empty.output == "")
  }

  /// Requests that no memory holds are refused before anything is made.
  @Test func whatMemoryDoesNotHoldIsRefused() throws {
    let scratch = try Self.prepared()
    for (line, option) in [
      ("fit lds \(Self.data) --columns x,y --latent 3000000000", "--latent"),
      ("sample dvbf.latent -n 100000 --frames 10000000", "--frames|-n"),
      ("sample hmm.latent -n 1000000000 --frames 1000000", "-n"),
      ("data make pendulum -n 1 --frames 10000000", "--frames"),
    ] {
      let outcome = try LatentProcess.run("\(line) --quiet", in: scratch)
      #expect(outcome.status == 2, "\(line)")
      #expect(
        option.split(separator: "|").contains { outcome.error.hasPrefix("latent: \($0) must be ") },
        "\(line): \(outcome.error)")
      #expect(outcome.error.contains("or less on this machine"), "\(line)")
      #expect(!outcome.error.contains("must be 0 or less"), "\(line)")
    }
  }

  /// What comes after the frames that are given changes nothing of a prediction, nor of a film strip what lies behind its end.
  @Test func rolloutsAreBlind() throws {
    let scratch = try Self.prepared()
    let lines = try scratch.text("a.csv").split(separator: "\n").map {
      $0.split(separator: ",").map(String.init)
    }
    for (name, first) in [("late", 5), ("later", 8)] {
      var rows = lines
      for i in rows.indices.dropFirst() where (i - 1) % 12 >= first {
        for j in 1...2 { rows[i][j] = "\(40 - 9 * Double(rows[i][j])!)" }
      }
      try scratch.write(rows.map { $0.joined(separator: ",") + "\n" }.joined(), to: "\(name).csv")
    }
    for model in ["hmm", "free", "lds", "dvbf", "smoother"] {
      let options = "--sequence id --given 5 --horizon 3"
      let before = try Self.run("rollout \(model).latent a.csv \(options)", in: scratch).output
      let after = try Self.run("rollout \(model).latent late.csv \(options)", in: scratch).output
      #expect(before == after && before.split(separator: "\n").count == 19, "\(model)")
      // With one frame more that has changed, it does.
      let seen = "--sequence id --given 6 --horizon 3"
      let a = try Self.run("rollout \(model).latent a.csv \(seen)", in: scratch).output
      let b = try Self.run("rollout \(model).latent late.csv \(seen)", in: scratch).output
      #expect(a != b, "\(model)")
    }
    for data in ["a", "later"] {
      _ = try Self.run(
        "rollout smoother.latent \(data).csv --sequence id --given 5 --horizon 3 --image 1x2 -o \(data).png",
        in: scratch)
    }
    #expect(try scratch.data("a.png") == scratch.data("later.png"))
  }

  /// The squared error of `evaluate` is in the units of the data, whatever the units of the fit.
  @Test func squaredErrorsAreInTheUnitsOfTheData() throws {
    let scratch = try Self.prepared()
    var text = "id,x,y\n"
    for line in try scratch.text("a.csv").split(separator: "\n").dropFirst() {
      let cells = line.split(separator: ",")
      text += "\(cells[0]),\(1000 * Double(cells[1])!),\(1000 * Double(cells[2])!)\n"
    }
    try scratch.write(text, to: "large.csv")
    let options =
      "--sequence id --latent 2 --hidden 4 --recognition 4 --updates 10 --standardize --precision double"
    var errors: [Double] = []
    for name in ["a", "large"] {
      _ = try Self.run("fit dvbf \(name).csv --columns x,y \(options) -o m.latent", in: scratch)
      let json = try Self.json("evaluate m.latent \(name).csv --sequence id", in: scratch)
      errors.append(try #require(json["meanSquaredError"] as? Double))
    }
    #expect(abs(errors[1] / errors[0] / 1e6 - 1) < 1e-3)
  }

  /// R² of large ground truth is that of a fraction of it.
  @Test func groundTruthMayBeLarge() throws {
    let scratch = try Self.prepared()
    var (small, large) = ("t\n", "t\n")
    for i in 0..<72 {
      small += "\(i % 12)\n"
      large += "\(i % 12)e200\n"
    }
    try scratch.write(small, to: "small.csv")
    try scratch.write(large, to: "large.csv")
    func rSquared(_ file: String) throws -> Double {
      let json = try Self.json("evaluate hmm.latent \(Self.data) --truth \(file)", in: scratch)
      return try #require((json["rSquared"] as? [String: Double])?["t"])
    }
    let expected = try rSquared("small.csv")
    #expect(abs(try rSquared("large.csv") - expected) < 1e-9)
  }

  /// Errors whose squares no number holds are told all the same.
  @Test func errorsMayBeLarge() throws {
    let scratch = try Self.prepared()
    let frames = (0..<3).map { "a,0.\($0),3\n" } + ["a,1e300,3\n", "a,-1e300,3\n"]
    try scratch.write("id,x,y\n" + frames.joined(), to: "huge.csv")
    for model in ["free", "dvbf"] {
      let json = try Self.json(
        "rollout \(model).latent huge.csv --sequence id --given 3 --horizon 2 --precision double", in: scratch
      )
      for key in ["rootMeanSquaredError", "copyLast"] {
        let errors = try #require(json[key] as? [Double], "\(model) \(key)")
        // One of two columns is off by 1e300.
        #expect(errors.count == 2 && errors.allSatisfy { abs($0 / 1e300 - 0.5.squareRoot()) < 1e-9 })
      }
    }
  }

  /// One sequence tells no standard error.
  @Test func oneSequenceHasNoStandardError() throws {
    let scratch = try Self.prepared()
    let one = try scratch.text("a.csv").split(separator: "\n").prefix(13).joined(separator: "\n") + "\n"
    try scratch.write(one, to: "one.csv")
    for model in ["hmm", "dvbf"] {
      for verb in ["score", "evaluate"] {
        let outcome = try LatentProcess.run(
          "\(verb) \(model).latent one.csv --sequence id --json", in: scratch)
        #expect(try outcome.json["standardError"] is NSNull, "\(verb) \(model)")
        #expect(!outcome.error.contains("±"), "\(verb) \(model)")
        let all = try Self.json("\(verb) \(model).latent \(Self.data)", in: scratch)
        #expect(all["standardError"] is Double, "\(verb) \(model)")
      }
    }
  }

  /// A comparison of models of sequences says what ran and of what its numbers are.
  @Test func comparisonsAreOfSequences() throws {
    let scratch = try Self.prepared()
    let line =
      "select lds a.csv --columns x,y --sequence id --latent 1...2 --max-iterations 4 --criterion heldout"
    let json = try Self.json("\(line) --holdout 0.34", in: scratch)
    #expect(json["restarts"] as? Int == 1)
    let candidates = try #require(json["candidates"] as? [[String: Any]])
    #expect(candidates.count == 2)
    #expect(candidates.allSatisfy { $0["components"] is NSNull && $0["effectiveComponents"] is NSNull })
    #expect(try #require(json["reason"] as? String).contains("sequences it has not seen"))
    let words = try LatentProcess.run("\(line) --holdout 0.34", in: scratch)
    #expect(words.error.contains("nats a sequence") && !words.error.contains("nats a row"))
  }

  /// Draws of categories are categories, with the names of their columns.
  @Test func drawsOfCategoriesAreCategories() throws {
    let scratch = try ScratchFolder()
    let rows = (0..<40).map { "\($0 / 20),\(["red", "green"][$0 / 5 % 2])\n" }.joined()
    try scratch.write("id,colour\n" + rows, to: "c.csv")
    _ = try Self.run(
      "fit hmm c.csv --sequence id --emissions categorical --states 2 --max-iterations 5 -o c.latent",
      in: scratch)
    let json = try Self.json("sample c.latent -n 2 --frames 4", in: scratch)
    #expect(json["columnNames"] as? [String] == ["colour"])
    let values = try #require(json["values"] as? [[String]])
    #expect(values.count == 8 && values.allSatisfy { $0.count == 1 && ["red", "green"].contains($0[0]) })
  }
}
