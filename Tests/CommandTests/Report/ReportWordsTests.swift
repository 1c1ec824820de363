import Foundation
import LatentTestSupport
import Testing

/// What pages of mixtures and factor models say, where it depends on the fit.
@Suite struct ReportWordsTests {
  private static func fit(_ line: String, in scratch: ScratchFolder) throws {
    let outcome = try LatentProcess.run("fit \(line) -o m.latent --quiet", in: scratch)
    try #require(outcome.status == 0, "\(line): \(outcome.error)")
  }

  private static func table(_ names: String, _ rows: [[Double]]) -> String {
    names + "\n" + rows.map { $0.map { "\($0)" }.joined(separator: ",") }.joined(separator: "\n") + "\n"
  }

  /// With a prior on the parameters the bound is not one of the data alone.
  @Test func whatTheBoundIs() throws {
    let scratch = try ScratchFolder()
    try Self.fit("gmm faithful --components 2", in: scratch)
    let mode = ReportTests.text(try ReportTests.report("m.latent", in: scratch).html)
    #expect(mode.contains("ln p(x, θ)") && !mode.contains("a number below the log probability"))
    #expect(mode.contains("weak normal-inverse-Wishart") && !mode.contains("niw"))
    for options in ["--prior none", "--inference vb"] {
      try Self.fit("gmm faithful --components 2 \(options)", in: scratch)
      let words = ReportTests.text(try ReportTests.report("m.latent", in: scratch).html)
      #expect(words.contains("a number below the log probability") && !words.contains("ln p(x, θ)"))
    }
  }

  /// Only a fit that settled can say what there was to gain.
  @Test func whatWasStillToGain() throws {
    let scratch = try ScratchFolder()
    for (options, isSettled) in [("--max-iterations 6", false), ("", true)] {
      try Self.fit("gmm faithful --components 3 \(options)", in: scratch)
      let words = ReportTests.text(try ReportTests.report("m.latent", in: scratch).html)
      #expect(words.contains("Still to gain") == isSettled)
      #expect(words.contains("Below the last value") == !isSettled)
      #expect(words.contains("stopped before it had settled after 6 steps") == !isSettled)
      #expect(!words.contains("budgetExhausted"))
    }
  }

  /// The curve of test data is seen as a whole, also where it lies far below that of the fit.
  @Test func theTestCurveIsInItsPanel() throws {
    let scratch = try ScratchFolder()
    var random = SmallRandom(seed: 2)
    func rows(_ shift: Double) -> [[Double]] {
      (0..<80).map { _ in (0..<3).map { _ in random.normal() + shift } }
    }
    try scratch.write(Self.table("a,b,c", rows(8)), to: "fit.csv")
    try scratch.write(Self.table("a,b,c", rows(14)), to: "test.csv")
    let outcome = try LatentProcess.run(
      "fit vae fit.csv --test test.csv --likelihood gaussian --latent 1 --hidden 4 --passes 300 --learning-rate 0.1 -o m.latent --report live.html --json --quiet",
      in: scratch)
    try #require(outcome.status == 0, "\(outcome.error)")
    let html = try scratch.text("live.html")
    let climb = try #require(html.components(separatedBy: ">The climb<").last)
    // Ticks stand beside the axis in the first panel of the first picture.
    let picture = try #require(climb.components(separatedBy: "</svg>").first)
    let ticks = picture.matches(of: />(−?[0-9][0-9,.]*)<\/text>/).compactMap {
      Double($0.1.replacing("−", with: "-").replacing(",", with: ""))
    }
    let score = try LatentProcess.run("score m.latent test.csv --json --quiet", in: scratch).json
    let last = try #require(score["mean"] as? Double)
    #expect(last < -30)
    #expect((ticks.min() ?? 0) < 0.6 * last, "\(ticks), \(last)")
    // The few passes, most of them at the start, that are far below are left out, and that is said.
    #expect(ReportTests.text(html).contains(/(The first \d+|Some) passes lie outside of the scales\./))
  }

  /// Variances of columns in one unit add up: one column of variance 100 that the factor explains beside four of variance 1.
  @Test func theShareOfPooledColumns() throws {
    let scratch = try ScratchFolder()
    var random = SmallRandom(seed: 3)
    let rows = (0..<300).map { _ in
      [10 * random.normal()] + (0..<4).map { _ in random.normal() }
    }
    try scratch.write(Self.table("a,b,c,d,e", rows), to: "wide.csv")
    func summary(_ fit: String) throws -> String {
      try Self.fit("\(fit) wide.csv --latent 1", in: scratch)
      let html = try ReportTests.report("m.latent", in: scratch).html
      return String(try #require(html.firstMatch(of: /<p class="summary">(.*?)<\/p>/)?.1))
    }
    let pooled = try #require(
      try summary("ppca").firstMatch(of: /accounts for (\d+) % of how the rows differ\./)?.1)
    #expect(try (93...97).contains(#require(Int(pooled))))
    #expect(try summary("fa").contains("column by column on average"))
  }

  /// A row at the far side of its component is the surest to be its own, and not typical.
  @Test func typicalRowsAreNearTheCentre() throws {
    let scratch = try ScratchFolder()
    var random = SmallRandom(seed: 4)
    let rows = [[-7.0, 0]] + (0..<120).map { [random.normal() + ($0 % 2 == 0 ? 0 : 6), random.normal()] }
    try scratch.write(Self.table("a,b", rows), to: "two.csv")
    try Self.fit("gmm two.csv --components 2 --covariance tied", in: scratch)
    let words = ReportTests.text(try ReportTests.report("m.latent two.csv", in: scratch).html)
    for k in 1...2 {
      let table = try #require(
        words.components(separatedBy: "Rows of component \(k), the most typical first").dropFirst().first)
      let numbers = table.split(whereSeparator: \.isWhitespace).compactMap {
        Double($0.replacingOccurrences(of: "−", with: "-"))
      }
      let first = try #require(numbers.first)
      #expect(first != 1)
      // The densest place of either: no farther than one deviation from its middle.
      let x = rows[Int(first) - 1][0]
      #expect(min(abs(x), abs(x - 6)) < 1, "row \(first), \(x)")
    }
  }

  /// Student components may have no deviation, and their draws may lie anywhere.
  @Test func heavyTails() throws {
    let scratch = try ScratchFolder()
    var random = SmallRandom(seed: 5)
    let rows = (0..<400).map { _ in [0, 0].map { _ in tan(.pi * (random.uniform() - 0.5)) } }
    try scratch.write(Self.table("a,b", rows), to: "cauchy.csv")
    try Self.fit("tmm cauchy.csv --components 1 --degrees-of-freedom 1", in: scratch)
    let html = try ReportTests.report("m.latent cauchy.csv", in: scratch).html
    let words = ReportTests.text(html)
    #expect(words.contains("twice the scale") && !words.contains("two standard deviations"))
    #expect(!words.contains("which holds 86 %") && !words.contains(" deviations"))
    #expect(words.contains("far outside, which heavy tails have, are left out"))
    // All that is compared is near the middle half, which is 2 wide.
    let compared = try #require(html.components(separatedBy: "beside the data<").last)
    let ticks = compared.matches(of: />(−?[0-9][0-9,.]*)<\/text>/).compactMap {
      Double($0.1.replacing("−", with: "-").replacing(",", with: ""))
    }
    #expect(ticks.count > 4 && ticks.allSatisfy { abs($0) < 20 }, "\(ticks)")
    try Self.fit("gmm cauchy.csv --components 1", in: scratch)
    let gaussian = ReportTests.text(try ReportTests.report("m.latent cauchy.csv", in: scratch).html)
    #expect(gaussian.contains("two standard deviations") && !gaussian.contains("are left out"))
  }

  /// A column of large numbers is not flat where factors explain it.
  @Test func noNoiseIsNoFlatness() throws {
    let scratch = try ScratchFolder()
    var random = SmallRandom(seed: 6)
    let rows = (0..<200).map { _ in
      [random.normal(), 1e4 * random.normal(), random.normal()]
    }
    try scratch.write(Self.table("a,b,c", rows), to: "units.csv")
    try Self.fit("ppca units.csv --latent 1", in: scratch)
    let words = ReportTests.text(try ReportTests.report("m.latent units.csv", in: scratch).html)
    #expect(words.contains("Almost no noise is left in column 2 (\"b\")"))
    #expect(words.contains("--standardize") && !words.contains("flat along"))
    let info = try LatentProcess.run("info m.latent", in: scratch).output
    #expect(info.contains("almost no noise left in column 2") && !info.contains("narrow along"))
    // Deviations of four digits are whole numbers.
    try Self.fit("gmm units.csv --components 1", in: scratch)
    let table = ReportTests.text(try ReportTests.report("m.latent", in: scratch).html)
    #expect(table.contains(/± (9|10)\d{3}\b/) && !table.contains("e+"))
  }

  /// Many findings of one kind are one.
  @Test func findingsOfOneKindAreOne() throws {
    let scratch = try ScratchFolder()
    var random = SmallRandom(seed: 7)
    let rows = (0..<150).map { i in
      (0..<24).map { _ in random.normal() + 30 * Double(i % 6) * (i % 2 == 0 ? 1 : -1) }
    }
    let names = (1...24).map { "c\($0)" }.joined(separator: ",")
    try scratch.write(Self.table(names, rows), to: "few.csv")
    try Self.fit("gmm few.csv --components 6 --restarts 3", in: scratch)
    let html = try ReportTests.report("m.latent few.csv", in: scratch).html
    let words = ReportTests.text(html)
    #expect(words.contains(/\d components have few rows for about 3\d\d parameters each: 1 \(\d+\)/))
    #expect(!words.contains("outliers"))
    #expect(html.components(separatedBy: "<li class=\"note\">").count <= 2)
  }

  /// A row that the model rules out is the first of those explained worst, and the others have their report.
  @Test func rowsOfDensityZero() throws {
    let scratch = try ScratchFolder()
    try scratch.write(
      "a,b\n" + (0..<20).map { $0 % 2 == 0 ? "1,1\n" : "1,0\n" }.joined(), to: "ones.csv")
    try scratch.write("a,b,kind\n1,1,x\n0,1,y\n1,0,x\n0,0,y\n1,1,x\n", to: "look.csv")
    try Self.fit("bmm ones.csv --components 1 --prior none", in: scratch)
    let words = ReportTests.text(try ReportTests.report("m.latent look.csv --labels kind", in: scratch).html)
    #expect(words.contains("2 rows of look.csv have density 0."))
    let table = try #require(
      words.components(separatedBy: "Rows of the lowest log probability").dropFirst().first)
    let cells = table.split(whereSeparator: \.isWhitespace).map(String.init)
    let place = try #require(cells.firstIndex(of: "−∞"))
    #expect(cells[place - 1] == "2" && cells[place + 1] == "y")
    #expect(cells.filter { $0 == "−∞" }.count == 2)
    // −ln 2 for each of the others, whose b is as often 1 as 0.
    #expect(words.contains("ln p(x) = −0.693"))
    try scratch.write("a,b,kind\n0,1,x\n", to: "look.csv")
    let outcome = try LatentProcess.run("report m.latent look.csv --columns a,b", in: scratch)
    #expect(outcome.status != 0 && outcome.error.contains("row 1"))
  }

  /// Labels of a row of weight w count w times.
  @Test func weightedLabels() throws {
    let scratch = try ScratchFolder()
    var random = SmallRandom(seed: 8)
    let rows = (0..<90).map { i -> (text: String, weight: Int) in
      let shift = i % 3 == 0 ? 0.0 : 2.5
      let kind = i % 3 == 0 || i % 7 == 0 ? "left" : "right"
      return ("\(random.normal() + shift),\(random.normal()),\(kind)", i % 4)
    }
    try scratch.write(
      "a,b,kind,w\n" + rows.map { "\($0.text),\($0.weight)\n" }.joined(), to: "weighted.csv")
    try scratch.write(
      "a,b,kind\n"
        + rows.flatMap { Array(repeating: $0.text + "\n", count: $0.weight) }.joined(), to: "repeated.csv")
    try Self.fit("gmm weighted.csv --columns a,b --components 2", in: scratch)
    func told(_ line: String) throws -> [String] {
      let words = ReportTests.text(try ReportTests.report("m.latent \(line) --labels kind", in: scratch).html)
      let against = try #require(words.firstMatch(of: /adjusted Rand index .*? of the rows\./)?.0)
      let table = try #require(words.components(separatedBy: "Rows by component and label").dropFirst().first)
      return [String(against), table.split(whereSeparator: \.isWhitespace).prefix(11).joined(separator: " ")]
    }
    let weighted = try told("weighted.csv --weights w --columns a,b -o a.html")
    #expect(try weighted == told("repeated.csv --columns a,b -o b.html"))
    #expect(try weighted != told("weighted.csv --columns a,b -o c.html"))
  }
}

/// Kinds of models that the other tables of tests leave out.
@Suite struct ReportKindsTests {
  @Test func factorModelsOfImages() throws {
    let scratch = try ScratchFolder()
    // Pixels of one noise, 784 of them, in 5,000 rows: the bound is at its top from the first step.
    let outcome = try LatentProcess.run("fit ppca mnist-sample --latent 10 -o m.latent --quiet", in: scratch)
    #expect(outcome.status == 0, "\(outcome.error)")
    let page = try ReportTests.report("m.latent mnist-sample-test --labels label", in: scratch)
    #expect(page.html.contains("data:image/png;base64,"))
    let words = ReportTests.text(page.html)
    // Ten principal components of these digits hold about half of their variance.
    let share = try #require(words.firstMatch(of: /account for (\d+) % of how the images differ/)?.1)
    #expect(try (45...55).contains(#require(Int(share))), "\(share)")
  }

  private static func sequences() throws -> ScratchFolder {
    let scratch = try ScratchFolder()
    var random = SmallRandom(seed: 9)
    func table(_ name: String, _ names: String, _ cells: (Bool) -> String) throws {
      let rows = (0..<6).flatMap { s -> [String] in
        var isOn = false
        return (0..<40).map { _ in
          if random.uniform() < 0.15 { isOn.toggle() }
          return "\(s),\(cells(isOn))"
        }
      }
      try scratch.write("s,\(names)\n" + rows.joined(separator: "\n") + "\n", to: "\(name).csv")
    }
    try table("numbers", "x,y") { "\(random.normal() + ($0 ? 5 : 0)),\(random.normal())" }
    try table("bits", "x,y") { isOn in
      [0.1, 0.7].map { random.uniform() < (isOn ? 1 - $0 : $0) ? "1" : "0" }.joined(separator: ",")
    }
    try table("words", "x,y") {
      "\(random.uniform() < ($0 ? 0.8 : 0.1) ? "rain" : "sun"),\(random.uniform() < 0.5 ? "a" : "b")"
    }
    return scratch
  }

  @Test(arguments: [
    ("hmm bits.csv --sequence s --states 2 --emissions bernoulli", "bits.csv --sequence s", "The states"),
    ("hmm words.csv --sequence s --states 2 --emissions categorical", "words.csv --sequence s", "The states"),
    ("hmm numbers.csv --sequence s --states 2 --emissions student", "numbers.csv --sequence s", "The states"),
    (
      "lds u.csv --sequence sequence --controls u --truth z1,z2 --latent 2 --max-iterations 5",
      "u.csv --sequence sequence --controls u --truth z1,z2", "The rule"
    ),
    ("dkf bouncing-ball --latent 3 --updates 60", "bouncing-ball-test", "How it goes on"),
  ]) func sequencesOfEveryKind(_ fit: String, _ data: String, _ wanted: String) throws {
    let scratch = try Self.sequences()
    if fit.contains("u.csv") {
      let made = try LatentProcess.run("data make linear-gaussian -n 6 --frames 20 -o u.csv", in: scratch)
      #expect(made.status == 0, "\(made.error)")
    }
    let fitted = try LatentProcess.run("fit \(fit) -o m.latent --quiet", in: scratch)
    try #require(fitted.status == 0, "\(fitted.error)")
    let page = try ReportTests.report("m.latent \(data)", in: scratch)
    #expect(try #require(page.json["sections"] as? [String]).contains(wanted))
    if fit.contains("student") {
      let words = ReportTests.text(page.html)
      #expect(words.contains("twice the scale") && !words.contains("two standard deviations"))
    }
  }
}
