import Foundation
import Testing

/// Sequences whose rows are mixed, whose names are no numbers, and what of them lies in other files.
@Suite struct SequenceDataTests {
  private static func run(_ line: String, in scratch: ScratchFolder) throws -> LatentProcess.Outcome {
    let outcome = try LatentProcess.run("\(line) --quiet", in: scratch)
    try #require(outcome.status == 0, "\(line): \(outcome.error)")
    return outcome
  }

  private static func json(_ line: String, in scratch: ScratchFolder) throws -> [String: Any] {
    try run("\(line) --json", in: scratch).json
  }

  /// The lines of a table that a verb prints, the header first.
  private static func lines(_ line: String, in scratch: ScratchFolder) throws -> [[String]] {
    cells(try run(line, in: scratch).output)
  }

  private static func cells(_ text: String) -> [[String]] {
    text.split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
  }

  private static func text(_ rows: [[String]]) -> String {
    rows.map { $0.joined(separator: ",") + "\n" }.joined()
  }

  private static let names = ["oak", "ash", "elm", "fir", "yew", "box"]

  /// The same six sequences of twelve frames in order, `whole.csv`, and frame by frame, `mixed.csv`; their controls and ground
  /// truth as files in either order, with a column besides that must not be taken.
  private static func prepared() throws -> ScratchFolder {
    let scratch = try ScratchFolder()
    _ = try run("data make linear-gaussian -n 6 --frames 12 --seed 5 -o made.csv", in: scratch)
    var rows = cells(try scratch.text("made.csv"))
    // sequence, x1 … x4, u, z1, z2
    for i in rows.indices.dropFirst() { rows[i][0] = names[Int(rows[i][0])! - 1] }
    let mixed = [rows[0]] + (0..<12).flatMap { t in (0..<6).map { n in rows[1 + n * 12 + t] } }
    for (name, rows) in [("whole", rows), ("mixed", mixed)] {
      try scratch.write(text(rows), to: "\(name).csv")
      try scratch.write(text(rows.map { Array($0[0..<5]) }), to: "\(name)-x.csv")
      try scratch.write(
        text(rows.enumerated().map { [$0 == 0 ? "other" : "7", $1[5]] }), to: "\(name)-u.csv")
      try scratch.write(text(rows.map { Array($0[6..<8]) }), to: "\(name)-z.csv")
    }
    _ = try run("fit lds whole.csv \(columns) --latent 2 --max-iterations 20 -o lds.latent", in: scratch)
    return scratch
  }

  private static let columns = "--sequence sequence --controls u --truth z1,z2"

  private static func rSquared(_ line: String, in scratch: ScratchFolder) throws -> [String: Double] {
    try #require(try json(line, in: scratch)["rSquared"] as? [String: Double])
  }

  /// Ground truth and controls of a file belong to the rows of the source, in whichever order these are.
  @Test func filesBesideMixedRowsBelongToTheirRows() throws {
    let scratch = try Self.prepared()
    let expected = try Self.rSquared("evaluate lds.latent whole.csv \(Self.columns)", in: scratch)
    #expect(expected.count == 2 && expected.values.allSatisfy { $0 > 0.5 })
    for name in ["whole", "mixed"] {
      let line = "evaluate lds.latent \(name)-x.csv --sequence sequence --controls \(name)-u.csv"
      let found = try Self.rSquared("\(line) --truth \(name)-z.csv", in: scratch)
      for (key, value) in expected {
        #expect(abs(try #require(found[key]) - value) < 1e-9, "\(name) \(key)")
      }
    }
    // Rows in another order are other ground truth.
    let wrong = try Self.rSquared(
      "evaluate lds.latent mixed-x.csv --sequence sequence --controls mixed-u.csv --truth whole-z.csv",
      in: scratch)
    #expect(wrong.allSatisfy { abs($1 - expected[$0]!) > 1e-3 })
  }

  /// Controls are found by their names where both sides have names, also by `sample`, which takes what `data make` writes.
  @Test func controlsOfAFileAreFoundByName() throws {
    let scratch = try Self.prepared()
    let score = "score lds.latent whole-x.csv --sequence sequence --controls"
    let within = try Self.lines("score lds.latent whole.csv --sequence sequence", in: scratch)
    #expect(try Self.lines("\(score) whole-u.csv", in: scratch) == within)
    #expect(try Self.lines("\(score) made.csv", in: scratch) == within)
    try scratch.write("v\n" + String(repeating: "1\n", count: 72), to: "v.csv")
    let lacking =
      "latent: v.csv lacks the column \"u\", which lds.latent was fitted to.\nGive data with these columns, or name the "
      + "ones to use, in the model's order, with --columns.\n"
    for line in ["\(score) v.csv", "sample lds.latent --controls v.csv"] {
      let outcome = try LatentProcess.run("\(line) --quiet", in: scratch)
      #expect(outcome.status == 2 && outcome.error == lacking, "\(line)")
    }
    let drawn = try Self.lines("sample lds.latent --controls made.csv", in: scratch)
    #expect(drawn[0] == ["sequence", "x1", "x2", "x3", "x4", "u"] && drawn.count == 73)
    let made = Self.cells(try scratch.text("made.csv"))
    #expect(drawn.dropFirst().map { Double($0[5]) } == made.dropFirst().map { Double($0[5]) })
    #expect(drawn.map { $0[0] } == made.map { $0[0] })
    #expect(try Self.lines("sample lds.latent -n 2 --controls made.csv", in: scratch).count == 25)
  }

  /// A fit with controls from a file, mixed rows, a standardization and names is that of the rows in order.
  @Test func aFitToMixedRowsIsThatOfRowsInOrder() throws {
    let scratch = try Self.prepared()
    let options = "--sequence sequence --latent 2 --standardize --max-iterations 8 --holdout 0.34"
    var bounds: [Double] = []
    var heldOut: [Double] = []
    for name in ["whole", "mixed"] {
      let json = try Self.json(
        "fit lds \(name)-x.csv \(options) --controls \(name)-u.csv -o \(name).latent", in: scratch)
      bounds.append(try #require(json["bound"] as? Double))
      heldOut.append(try #require((json["holdout"] as? [String: Any])?["mean"] as? Double))
      #expect(json["observations"] as? Int == 4)
    }
    #expect(abs(bounds[0] - bounds[1]) < 1e-9 * abs(bounds[0]))
    #expect(abs(heldOut[0] - heldOut[1]) < 1e-9 * abs(heldOut[0]))
  }

  /// What is imputed lies where the source has it.
  @Test func imputedRowsAreInTheOrderOfTheSource() throws {
    let scratch = try Self.prepared()
    var mixed = Self.cells(try scratch.text("mixed.csv"))
    let kept = mixed
    for i in [3, 20, 21, 50] { mixed[i][2] = "NA" }
    try scratch.write(Self.text(mixed), to: "holes.csv")
    let filled = try Self.lines("impute lds.latent holes.csv --sequence sequence", in: scratch)
    #expect(filled.count == 73)
    for i in 1...72 {
      for j in 1...4 where mixed[i][j] != "NA" {
        #expect(abs(Double(filled[i][j - 1])! - Double(kept[i][j])!) < 1e-9)
      }
      #expect((Double(filled[i][5])! > 0) == (mixed[i][2] == "NA"))
    }
    // The first two sequences alone, their rows still mixed.
    let two = try Self.lines("impute lds.latent holes.csv --sequence sequence -n 2", in: scratch)
    let rows = (1...72).filter { ["oak", "ash"].contains(kept[$0][0]) }
    #expect(two.count == 1 + rows.count)
    for (line, i) in zip(two.dropFirst(), rows) { #expect(line == filled[i]) }
  }

  /// Sequences go by the names that the data give them, in tables and in messages.
  @Test func sequencesKeepTheirNames() throws {
    let scratch = try Self.prepared()
    let posterior = try Self.lines("posterior lds.latent mixed.csv --sequence sequence", in: scratch)
    #expect(posterior.dropFirst().map { $0[0] } == Self.names.flatMap { Array(repeating: $0, count: 12) })
    let scores = try Self.lines("score lds.latent mixed.csv --sequence sequence", in: scratch)
    #expect(scores.map { $0[0] } == ["sequence"] + Self.names)
    let rollout = try Self.lines(
      "rollout lds.latent mixed.csv --sequence sequence --given 6 --horizon 2", in: scratch)
    #expect(rollout.dropFirst().map { $0[0] } == Self.names.flatMap { [$0, $0] })
    #expect(rollout[1][1] == "7" && rollout[2][1] == "8")
    let rows = Self.cells(try scratch.text("whole.csv"))
    try scratch.write(Self.text(Array(rows[..<18])), to: "short.csv")
    let outcome = try LatentProcess.run(
      "rollout lds.latent short.csv --sequence sequence --given 7 --horizon 1 --quiet", in: scratch)
    #expect(
      outcome.error
        == "latent: short.csv: sequence \"ash\" has 5 frames, and 7 are to be given.\nChoose a smaller --given.\n"
    )
    // Numbers that are no count from 1 stay as they are, in arrays too.
    try scratch.write(
      Self.text(
        rows.enumerated().map {
          $0 == 0 ? $1 : ["\(40 - Self.names.firstIndex(of: $1[0])!)"] + $1.dropFirst()
        }),
      to: "numbers.csv")
    let numbered = try Self.lines("score lds.latent numbers.csv --sequence sequence", in: scratch)
    #expect(numbered.dropFirst().map { $0[0] } == ["40", "39", "38", "37", "36", "35"])
    #expect(numbered.map { $0[1] } == scores.map { $0[1] })
  }

  /// A model of several sequences that is given a text without --sequence says what it takes for what.
  @Test func aForgottenSequenceIsSaid() throws {
    let scratch = try Self.prepared()
    let forgotten = try LatentProcess.run("score lds.latent whole.csv", in: scratch)
    #expect(forgotten.status == 0)
    #expect(forgotten.error.contains("Columns not in the model are left out: sequence, z1, z2."))
    #expect(
      forgotten.error.contains(
        "All rows are taken as one sequence, and lds.latent was fitted to 6: name the column that tells them apart with "
          + "--sequence."))
    let given = try LatentProcess.run("score lds.latent whole.csv --sequence sequence", in: scratch)
    #expect(given.error.contains("left out: z1, z2.") && !given.error.contains("All rows"))
  }

  /// No output replaces a file that an option names.
  @Test func filesOfOptionsAreNotReplaced() throws {
    let scratch = try Self.prepared()
    let before = try scratch.contents
    for (line, file) in [
      ("score lds.latent whole-x.csv --sequence sequence --controls whole-u.csv", "whole-u.csv"),
      ("evaluate lds.latent whole.csv --sequence sequence --truth whole-z.csv", "whole-z.csv"),
      ("select lds whole-x.csv --sequence sequence --controls whole-u.csv --latent 1", "whole-u.csv"),
    ] {
      let data = try scratch.data(file)
      let outcome = try LatentProcess.run("\(line) -o \(file) --quiet", in: scratch)
      #expect(
        outcome.error == "latent: -o \(file) would replace the sequences.\nChoose another file.\n", "\(line)")
      #expect(outcome.status == 2)
      #expect(try scratch.data(file) == data)
    }
    #expect(try scratch.contents == before)
  }

  /// Columns that are added have names of their own.
  @Test func columnsHaveNamesOfTheirOwn() throws {
    let scratch = try ScratchFolder()
    let rows = (0..<24).map { "\($0 / 12),\(sin(Double($0))),\(cos(Double($0)))\n" }.joined()
    try scratch.write("id,sequence,sequence_sd\n" + rows, to: "odd.csv")
    _ = try Self.run("fit lds odd.csv --sequence id --latent 1 --max-iterations 3 -o odd.latent", in: scratch)
    for line in [
      "rollout odd.latent odd.csv --sequence id --given 5 --horizon 2", "sample odd.latent -n 2 --frames 3",
      "impute odd.latent odd.csv --sequence id",
    ] {
      let names = try Self.lines(line, in: scratch)[0]
      #expect(Set(names).count == names.count, "\(line): \(names)")
    }
  }
}
