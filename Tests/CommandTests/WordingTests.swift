import Foundation
import Testing

/// Messages, word for word, of what lies with the data or does not suit a model.
@Suite struct WordingTests {
  /// A folder with data of every kind of fault, and the models `c` (categories), `b` (bits), `g` (numbers, with statistics),
  /// `v` (by variational Bayes) and `p` (factors).
  static func prepared() throws -> ScratchFolder {
    let scratch = try ScratchFolder()
    var random = SmallRandom(seed: 3)
    let numbers = (0..<60).map { i -> [Double] in
      let x = random.normal()
      return [x + (i % 3 == 0 ? 4 : 0), 0.5 * x + random.normal()]
    }
    func table(_ header: String, _ rows: [String]) -> String {
      ([header] + rows).joined(separator: "\n") + "\n"
    }
    func write(_ name: String, _ header: String, _ row: (Int) -> String) throws {
      try scratch.write(table(header, (0..<60).map(row)), to: name)
    }
    try write("x.csv", "a,b") { "\(numbers[$0][0]),\(numbers[$0][1])" }
    try write("gap.csv", "a,b") { "\(numbers[$0][0])," }
    try write("constant.csv", "a,b") { "\(numbers[$0][0]),7" }
    try write("line.csv", "a,b") { "\($0 % 2),\($0 % 2 * 3)" }
    try write("bits.csv", "a,b") { "\($0 % 2),\($0 % 3 == 0 ? 1 : 0)" }
    try write("grey.csv", "a,b") { $0 == 40 ? "0.5,1" : "\($0 % 2),1" }
    try write("light.csv", "a,b,w") { $0 == 40 ? "0.5,1,1" : "\($0 % 2),1,\($0 % 2 + ($0 > 30 ? 1 : 0))" }
    try scratch.write("a,b\n0,1\n1,7\n", to: "seven.csv")
    try write("c.csv", "c,d") { "\(["red", "green", "blue"][$0 % 3]),\(["s", "m"][$0 % 2])" }
    try scratch.write("c,d\nred,s\npurple,m\n", to: "purple.csv")
    try scratch.write(
      table("c,d", (0..<60).map { "\(["red", "gold", "blue"][$0 % 3]),\(["s", "m"][$0 % 2])" }),
      to: "gold.csv")
    try scratch.write(table("id,d", (0..<3000).map { "r\($0),\($0 % 2)" }), to: "ids.csv")
    for (name, weight) in [
      ("negative", "-2"), ("missing", ""), ("infinite", "1e999"), ("text", "two"), ("zero", "0"),
      ("large", "1e300"), ("small", "1e-300"),
    ] {
      let all = ["zero", "large", "small"].contains(name)
      try write("\(name).csv", "a,w") { "\(numbers[$0][0]),\(all || $0 == 1 ? weight : "1")" }
    }
    try scratch.write("0,1\n1,NA\n", to: "means.csv")
    for fit in [
      "cmm c.csv --components 2 -o c.latent", "bmm bits.csv --components 2 -o b.latent",
      "gmm x.csv --components 2 --keep-statistics -o g.latent",
      "gmm x.csv --components 2 --inference vb -o v.latent", "ppca x.csv --latent 1 -o p.latent",
    ] {
      let outcome = try LatentProcess.run("fit \(fit) --quiet", in: scratch)
      try #require(outcome.status == 0, "\(fit): \(outcome.error)")
    }
    return scratch
  }

  static let data: [RefusedLine] = [
    // Options that a model has no use for.
    .init(
      "fit cmm c.csv --components 2 --standardize",
      "--standardize has no meaning for cmm by em.\nLeave it out."),
    .init(
      "fit cmm c.csv --components 2 --inference vb --binarize 0.5",
      "--binarize has no meaning for cmm by vb.\nLeave it out."),
    .init(
      "fit bmm bits.csv --components 2 --standardize",
      "--standardize has no meaning for bmm by em.\nLeave it out."),
    .init(
      "select cmm c.csv --components 1...2 --standardize",
      "--standardize has no meaning for cmm by em.\nLeave it out."),
    .init("score c.latent c.csv --binarize 0.5", "--binarize has no meaning for cmm by em.\nLeave it out."),
    .init(
      "fit ppca x.csv --latent 1 --covariance full",
      "--covariance has no meaning for ppca by em.\nLeave it out."),
    .init("fit gmm x.csv --components 2 --latent 1", "--latent has no meaning for gmm by em.\nLeave it out."),
    .init(
      "fit bmm bits.csv --components 2 --inference vb --scale 2",
      "--scale has no meaning for bmm by vb.\nLeave it out."),
    .init(
      "fit fa x.csv --latent 1 --components 2", "--components has no meaning for fa by em.\nLeave it out."),
    .init(
      "fit tmm x.csv --components 2 --inference vb",
      "tmm is not fitted by --inference vb.\nLeave it out: tmm is fitted by em."),
    .init(
      "fit mfa x.csv --components 2 --latent 1 --inference svi",
      "mfa is not fitted by --inference svi.\nLeave it out: mfa is fitted by em."),
    // Categories.
    .init(
      "score c.latent purple.csv",
      "purple.csv, line 3, column 1 (\"c\"): the category \"purple\" is not one of the model's.\n"
        + "Known: blue, green, red."),
    .init(
      "fit cmm ids.csv --components 2",
      "ids.csv: column 1 (\"id\") has 3,000 different categories in 3,000 rows, as identifiers have.\n"
        + "Leave it out with --columns."),
    .init(
      "fit cmm gap.csv --components 2",
      "gap.csv: all cells of column 2 (\"b\") are missing.\nLeave it out with --columns."),
    // Columns without anything to learn from.
    .init(
      "fit gmm gap.csv --components 2",
      "gap.csv: all cells of column 2 (\"b\") are missing.\nLeave it out with --columns."),
    .init(
      "fit gmm gap.csv --components 2 --batch 10",
      "gap.csv: all cells of column 2 (\"b\") are missing.\nLeave it out with --columns."),
    .init(
      "select gmm gap.csv --components 1...2",
      "gap.csv: all cells of column 2 (\"b\") are missing.\nLeave it out with --columns."),
    .init(
      "fit gmm gap.csv --components 2 --standardize",
      "gap.csv: all cells of column 2 (\"b\") are missing.\nLeave it out with --columns."),
    .init(
      "fit gmm constant.csv --components 2 --standardize",
      "constant.csv: all values of column 2 (\"b\") are equal, so it cannot be standardized.\n"
        + "Leave it out with --columns, or --standardize."),
    .init(
      "fit gmm constant.csv --components 2 --standardize --batch 10",
      "constant.csv: all values of column 2 (\"b\") are equal, so it cannot be standardized.\n"
        + "Leave it out with --columns, or --standardize."),
    // Neither 0 nor 1.
    .init(
      "fit bmm grey.csv --components 2",
      "grey.csv, row 41, column 1 (\"a\") holds 0.5, where the model knows 0 and 1 alone.\n"
        + "Turn values into zeros and ones with --binarize."),
    .init(
      "fit bmm grey.csv --components 2 --batch 10",
      "grey.csv, row 41, column 1 (\"a\") holds 0.5, where the model knows 0 and 1 alone.\n"
        + "Turn values into zeros and ones with --binarize."),
    .init(
      "fit bmm grey.csv --components 2 --init b.latent",
      "grey.csv, row 41, column 1 (\"a\") holds 0.5, where the model knows 0 and 1 alone.\n"
        + "Turn values into zeros and ones with --binarize."),
    .init(
      "fit bmm light.csv --components 2 --batch 10 --weights w",
      "light.csv, row 41, column 1 (\"a\") holds 0.5, where the model knows 0 and 1 alone.\n"
        + "Turn values into zeros and ones with --binarize."),
    .init(
      "score b.latent grey.csv",
      "grey.csv, row 41, column 1 (\"a\") holds 0.5, where the model knows 0 and 1 alone.\n"
        + "Turn values into zeros and ones with --binarize."),
    .init(
      "posterior b.latent seven.csv",
      "seven.csv, row 2, column 2 (\"b\") holds 7, where the model knows 0 and 1 alone.\nCorrect it."),
    .init(
      "impute b.latent seven.csv",
      "seven.csv, row 2, column 2 (\"b\") holds 7, where the model knows 0 and 1 alone.\nCorrect it."),
    // Weights.
    .init(
      "fit gmm negative.csv --components 1 --weights w",
      "negative.csv, line 3, column 2 (\"w\"): the weight -2 is negative.\n"
        + "A weight says how many rows a row counts for."),
    .init(
      "fit gmm missing.csv --components 1 --weights w",
      "missing.csv, line 3, column 2 (\"w\"): the weight is missing.\nGive every row a weight; 0 leaves a row out."
    ),
    .init(
      "fit gmm infinite.csv --components 1 --weights w",
      "infinite.csv, line 3, column 2 (\"w\"): the weight 1e999 is infinite or too large for a number."),
    .init(
      "fit gmm text.csv --components 1 --weights w",
      "text.csv, line 3, column 2 (\"w\"): the weight \"two\" is not a number."),
    .init(
      "fit gmm zero.csv --components 1 --weights w",
      "zero.csv: all weights in column \"w\" are zero.\nGive at least one row a positive weight."),
    .init(
      "fit gmm zero.csv --components 1 --weights w --batch 10",
      "zero.csv: all weights in column \"w\" are zero.\nGive at least one row a positive weight."),
    .init(
      "select gmm large.csv --components 1...2 --weights w",
      "large.csv: the weights in column \"w\" add up to 6e+301.\n"
        + "Divide them all by one number, so that their sum can be computed with."),
    .init(
      "fit gmm small.csv --components 1 --weights w --batch 10",
      "small.csv: the weights in column \"w\" add up to 6e-299.\n"
        + "Multiply them all by one number, so that their sum can be computed with."),
    // Starts and models of another kind.
    .init(
      "fit gmm x.csv --components 2 --init means.csv",
      "means.csv, row 2, column 2: the cell is missing.\nGive every cell a number."),
    .init(
      "fit gmm x.csv --components 2 --init v.latent",
      "v.latent holds a Gaussian mixture by variational Bayes, and a Gaussian mixture by EM is needed."),
    .init(
      "fit fa x.csv --latent 1 --init p.latent",
      "--init p.latent holds ppca with 1 component in 2 columns, 1 factor, and the fit needs fa with 1 component in "
        + "2 columns, 1 factor.\nGive another file, or the options of that model."),
    .init(
      "fit cmm gold.csv --components 2 --init c.latent",
      "--init c.latent knows other categories of column 1 (\"c\") than the data hold.\n"
        + "Give another file, or data with the same categories."),
    .init(
      "fit tmm x.csv --from g.latent",
      "g.latent was made with MODEL gmm, not tmm.\nGive gmm to go on from it, or leave --from out to begin anew."
    ),
  ]

  @Test func faultsAreNamedWithTheirPlace() throws {
    let scratch = try Self.prepared()
    let before = try scratch.contents
    for refused in Self.data {
      let outcome = try LatentProcess.run(refused.line, in: scratch)
      #expect(outcome.status == 2, "\(refused.line)")
      #expect(outcome.output == "", "\(refused.line)")
      let message = outcome.error.split(separator: "latent: ", maxSplits: 1, omittingEmptySubsequences: false)
        .last
      #expect(message ?? "" == "\(refused.message)\n", "\(refused.line)")
    }
    #expect(try scratch.contents == before)
  }

  /// What is advised is what the model has: fa has neither components nor covariances, and its default is no prior.
  @Test func adviceNamesOptionsThatThereAre() throws {
    let scratch = try Self.prepared()
    for (line, message) in [
      (
        "fit fa line.csv --latent 1",
        "component 1 of 1 collapsed: its variance along column 1 (\"a\") fell to N × the data's, with about 60 rows in "
          + "it.\nTry --prior normal-inverse-gamma or the data without this column (--columns).\n"
      ),
      (
        "fit gmm constant.csv --components 1 --prior none",
        "component 1 of 1 collapsed: its variance along column 2 (\"b\") fell to N, with about 60 rows in it.\n"
          + "Try --prior niw, --covariance tied or the data without this column (--columns).\n"
      ),
      (
        "fit gmm line.csv --components 2 --prior none --covariance diagonal",
        "component 1 of 2 collapsed: its variance along column 1 (\"a\") fell to N, with about 30 rows in it.\n"
          + "Try --prior niw, fewer --components, --covariance spherical or more --restarts.\n"
      ),
    ] {
      let outcome = try LatentProcess.run("\(line) --quiet", in: scratch)
      #expect(outcome.status == 1, "\(line)")
      let error = outcome.error.replacing(/fell to [-0-9.e]+/, with: "fell to N")
      #expect(error == "latent: \(message)", "\(line)")
    }
    try scratch.write(try scratch.text("x.csv") + "1e200,1\n", to: "far.csv")
    let far = try LatentProcess.run("score g.latent far.csv", in: scratch)
    #expect(far.status == 1)
    #expect(
      far.error == "latent: far.csv: the density of row 61 is not a finite number.\n"
        + "The values may lie too far from those that the model was fitted to: look at this row.\n")
    let covariance = try LatentProcess.run(
      "fit gmm far.csv --components 2 --precision double --quiet", in: scratch)
    #expect(covariance.status == 1)
    #expect(covariance.error.hasSuffix("The values may be too large or too small. Try --standardize.\n"))
  }

  /// Findings, word for word but for numbers that rounding may touch.
  @Test func findingsSayWhatToDo() throws {
    let scratch = try ScratchFolder()
    var random = SmallRandom(seed: 9)
    let cluster = (0..<60).map { _ in (0..<5).map { _ in String(format: "%.5f", random.normal()) } }
    func write(_ rows: [[String]], _ name: String) throws {
      let lines = (["a,b,c,d,e"] + rows.map { $0.joined(separator: ",") }).joined(separator: "\n")
      try scratch.write(lines + "\n", to: name)
    }
    try write(cluster + [["40", "41", "42", "43", "44"]], "outlier.csv")
    try scratch.write("0,0,0,0,0\n0,0,0,0,0\n", to: "equal.csv")
    try scratch.write("0,0,0,0,0\n0,9,0,0,0\n", to: "apart.csv")
    try scratch.write("0,0,0,0,0\n900,900,900,900,900\n", to: "far.csv")
    try write(cluster, "cluster.csv")
    let flat = cluster.enumerated().map { i, row in
      i % 2 == 0 ? row : [row[0], "\(9 + (Double(row[1]) ?? 0) * 1e-5)"] + row[2...]
    }
    try write(flat, "flat.csv")
    func findings(_ fit: String) throws -> [String] {
      let outcome = try LatentProcess.run("fit \(fit) -o f.latent --json --quiet", in: scratch)
      try #require(outcome.status == 0, "\(fit): \(outcome.error)")
      let info = try LatentProcess.run("info f.latent --json", in: scratch).json
      let advice = try [outcome.json, info].map { json in
        try #require(json["findings"] as? [[String: Any]]).map { $0["advice"] as? String ?? "" }
      }
      #expect(advice[0] == advice[1])
      let text = try LatentProcess.run("info f.latent", in: scratch).output
      for line in advice[0] { #expect(text.contains(line)) }
      return advice[0]
    }
    let small = try findings("gmm outlier.csv --components 2 --covariance full --restarts 5")
    let smallWords = small.map { $0.replacing(/Component [12]/, with: "Component K") }
    #expect(
      smallWords == [
        "Component K is small (about 1 row; row 61): its parameters rest on few rows, perhaps outliers. Look at these "
          + "rows, or try fewer --components."
      ])
    // The row's number is that of the file, also where others before it are held out.
    let held = try (0..<9).map { seed in
      try findings("gmm outlier.csv --components 2 --restarts 5 --holdout 0.3 --seed \(seed)")
    }
    #expect(held.joined().contains { $0.contains("; row 61)") })
    #expect(!held.joined().contains { $0.contains("; row ") && !$0.contains("; row 61)") })

    #expect(
      try findings("gmm cluster.csv --components 2 --init equal.csv") == [
        "Components 1 and 2 share their rows (similarity 1.000): one of them would do. Try fewer --components, or more "
          + "--restarts."
      ])
    let narrow = try findings("gmm flat.csv --components 2 --prior none --init apart.csv").map {
      $0.replacing(/Component [12]/, with: "Component K").replacing(/\([-0-9.e]+ ×/, with: "(N ×")
        .replacing(/rows [0-9, ]+, …/, with: "rows R")
    }
    #expect(
      narrow == [
        "Component K is very narrow along column 2 (\"b\") (N × the data's variance, about 30 rows; rows R): it may have "
          + "fitted repeated or rounded values. Look at these rows, or try --prior niw, fewer --components or "
          + "--covariance tied."
      ])
    let empty = try findings("gmm cluster.csv --components 2 --inference vb --init far.csv")
    #expect(
      empty == ["Component 2 is empty (less than a row): fewer --components describe the data as well."])
  }

  /// The file is written to while a fit goes through it: bad input, as where it is read at once.
  @Test func aFileThatChangesUnderAFitIsNamed() throws {
    let scratch = try BatchTests.data()
    let id = "changed"
    let (process, finish) = try LatentProcess.start(
      "fit gmm rows.csv --components 2 --batch 100 --passes 1000000 --tolerance 0".split(separator: " ")
        .map(String.init), in: scratch, id: id)
    while process.isRunning, try scratch.text(".\(id).err").split(separator: "\n").count < 4 {
      usleep(10_000)
    }
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: scratch("rows.csv")))
    try file.truncate(atOffset: 100)
    try file.close()
    let outcome = try finish()
    #expect(outcome.status == 2)
    #expect(
      outcome.error.hasSuffix(
        "latent: rows.csv was changed while it was read.\nTry again when nothing writes to it.\n"),
      "\(outcome.error)")
  }
}
