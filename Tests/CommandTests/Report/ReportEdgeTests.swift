import Foundation
import LatentTestSupport
import Testing

/// What pages say at the edges: numbers beyond squares, one row, fits that ended early, data of the fit itself.
@Suite struct ReportEdgeTests {
  private static func fit(_ line: String, in scratch: ScratchFolder) throws {
    let outcome = try LatentProcess.run("fit \(line) -o m.latent --quiet", in: scratch)
    try #require(outcome.status == 0, "\(line): \(outcome.error)")
  }

  private static func page(_ line: String, in scratch: ScratchFolder) throws -> (html: String, words: String)
  {
    let html = try ReportTests.report(line, in: scratch).html
    return (html, ReportTests.text(html))
  }

  /// Columns that one hidden number explains, but for noise, as line.csv.
  private static func writeLine(
    _ columns: [String], rows: Int, seed: UInt64, in scratch: ScratchFolder
  ) throws {
    var random = SmallRandom(seed: seed)
    let lines = (0..<rows).map { _ -> String in
      let z = 3 * random.normal()
      return columns.map { _ in "\(z + random.normal())" }.joined(separator: ",")
    }
    try scratch.write(
      ([columns.joined(separator: ",")] + lines).joined(separator: "\n") + "\n", to: "line.csv")
  }

  /// Two groups of numbers, `scale` times as large, of which every other row is of the second; in sequences of ten.
  private static func write(
    _ name: String, rows: Int, scale: Double = 1, seed: UInt64, in scratch: ScratchFolder
  )
    throws
  {
    var random = SmallRandom(seed: seed)
    let lines = (0..<rows).map { i in
      let cells = (0..<3).map { _ in "\(scale * (random.normal() + (i % 2 == 0 ? 0 : 6)))" }
      return "\(i / 10)," + cells.joined(separator: ",")
    }
    try scratch.write("s,a,b,c\n" + lines.joined(separator: "\n") + "\n", to: name)
  }

  private static let columns = "--columns a,b,c"
  private static let vae = "--latent 1 --hidden 4 --likelihood gaussian --passes 2"

  /// Scores whose squares are beyond all numbers have an error nevertheless, and are bad.
  @Test func scoresBeyondSquares() throws {
    let scratch = try ScratchFolder()
    try Self.write("fit.csv", rows: 60, seed: 1, in: scratch)
    try Self.write("huge.csv", rows: 60, scale: 1e150, seed: 1, in: scratch)
    for model in ["gmm fit.csv --components 2", "ppca fit.csv --latent 1"] {
      try Self.fit("\(model) \(Self.columns)", in: scratch)
      let words = try Self.page("m.latent huge.csv \(Self.columns)", in: scratch).words
      #expect(words.contains(/Score\s+−[0-9.]+e\+\d+\s+± [0-9.]+e\+\d+ nats a row/), "\(model)")
      #expect(
        !words.contains("Nothing stands out") && words.contains("explained worse than those of the fit"))
      let score = try LatentProcess.run("score m.latent huge.csv \(Self.columns) --json --quiet", in: scratch)
      let error = try #require(try score.json["standardError"] as? Double)
      // Of two groups at 0 and 6 squares spread about as widely as they are large.
      let mean = try #require(try score.json["mean"] as? Double)
      #expect(error > 0.01 * mean.magnitude && error < mean.magnitude, "\(error), \(mean)")
    }
    try Self.fit("hmm fit.csv --states 2 --sequence s \(Self.columns)", in: scratch)
    let words = try Self.page("m.latent huge.csv --sequence s \(Self.columns)", in: scratch).words
    #expect(words.contains(/ln p\(x\) = −[0-9.]+e\+\d+ ± [0-9.]+e\+\d+ nats/))
    #expect(!words.contains("Nothing stands out") && words.contains(" less than those of the fit"))
  }

  /// A single row or sequence has no error, and says nothing about others.
  @Test func oneRow() throws {
    let scratch = try ScratchFolder()
    try Self.write("fit.csv", rows: 60, seed: 2, in: scratch)
    try scratch.write("s,a,b,c\n1,19,19,-19\n", to: "one.csv")
    let line = "s,a,b,c\n" + (0..<10).map { "1,\(19 + $0 % 3),19,-19\n" }.joined()
    try scratch.write(line, to: "sequence.csv")
    for (model, options, data) in [
      ("gmm fit.csv --components 2 \(Self.columns)", Self.columns, "one.csv"),
      ("vae fit.csv \(Self.vae) \(Self.columns)", Self.columns, "one.csv"),
      ("ae fit.csv \(Self.vae) \(Self.columns)", Self.columns, "one.csv"),
      ("hmm fit.csv --sequence s --states 2 \(Self.columns)", "--sequence s \(Self.columns)", "sequence.csv"),
    ] {
      try Self.fit(model, in: scratch)
      let words = try Self.page("m.latent \(data) \(options)", in: scratch).words
      #expect(words.contains(/Score\s+−[0-9.,]+\s+nats a/), "\(model)")
      #expect(!words.contains("± 0.0") && !words.contains("one standard error"), "\(model)")
      #expect(
        !words.contains("explained worse than") && !words.contains(" less than those of the fit"), "\(model)")
    }
  }

  /// Training that is cut short is told from training that has flattened out.
  @Test func stillClimbing() throws {
    let scratch = try ScratchFolder()
    try Self.write("fit.csv", rows: 60, seed: 3, in: scratch)
    // Of a few passes trembling hides what is gained, and an auto-encoder without noise does not tremble.
    for (model, some) in [("vae", [60, 100]), ("ae", [5, 14])] {
      for (passes, isClimbing) in some.map({ ($0, true) }) + [(600, false)] {
        try Self.fit(
          "\(model) fit.csv \(Self.columns) --latent 1 --hidden 4 --likelihood gaussian --variance 1 --learning-rate 0.01 --batch 60 --passes \(passes)",
          in: scratch)
        let words = try Self.page("m.latent", in: scratch).words
        #expect(
          words.contains(/was still climbing: by about [0-9.,]+ nats a row over the last (\d+ passes|pass)\./)
            == isClimbing, "\(model), \(passes)")
        #expect(words.contains("More --passes") == isClimbing, "\(model), \(passes)")
        if isClimbing { #expect(!words.contains("Nothing stands out")) }
      }
    }
  }

  /// Columns that one hidden number explains: of two either both tell something, or one other does the work.
  @Test func theOtherDoes() throws {
    let scratch = try ScratchFolder()
    try Self.writeLine(["a", "b", "c"], rows: 60, seed: 11, in: scratch)
    var found = 0
    for seed in 1...6 {
      try Self.fit(
        "vae line.csv --latent 2 --hidden 4 --likelihood gaussian --variance 1 --learning-rate 0.02 --batch 60 --passes 2000 --seed \(seed)",
        in: scratch)
      let words = try Self.page("m.latent", in: scratch).words
      guard words.contains("1 of 2 latent dimensions carries nothing") else { continue }
      found += 1
      #expect(words.contains("The other does the work") && !words.contains("The others"))
    }
    #expect(found > 0)
  }

  /// What to try begins as sentences do.
  @Test func remediesAreCapitalised() throws {
    let scratch = try ScratchFolder()
    try Self.write("fit.csv", rows: 60, seed: 12, in: scratch)
    try Self.fit(
      "vae fit.csv \(Self.columns) --latent 1 --hidden 4 --likelihood gaussian --variance 1 --passes 1",
      in: scratch)
    let html = try Self.page("m.latent", in: scratch).html
    #expect(html.contains("<li>Fewer or other layers (--hidden, --activation)</li>"))
    #expect(!html.contains(/<li>[a-z][^<]* --?[a-z]/))
  }

  /// A deterministic auto-encoder has neither a prior on hidden numbers nor a bound.
  @Test func whatAnAutoencoderRaises() throws {
    let scratch = try ScratchFolder()
    try Self.write("fit.csv", rows: 60, seed: 4, in: scratch)
    for model in ["ae", "vae"] {
      try Self.fit("\(model) fit.csv \(Self.columns) \(Self.vae)", in: scratch)
      let words = try Self.page("m.latent", in: scratch).words
      let made = try #require(words.components(separatedBy: "How it was made").last)
      #expect(made.contains(/Prior\s/) == (model == "vae") && made.contains(/Bound\s/) == (model == "vae"))
      #expect(made.contains(/Objective\s+−[0-9]/) == (model == "ae"))
      #expect(!made.contains("before it had settled"))
    }
  }

  /// A filter follows a recipe, and does not settle.
  @Test func recipesRunTheirCourse() throws {
    let scratch = try ScratchFolder()
    try Self.fit("dvbf bouncing-ball --latent 3 --hidden 8 --updates 10", in: scratch)
    let words = try Self.page("m.latent", in: scratch).words
    #expect(words.contains("the recipe has run its course after 5 passes") && !words.contains("settled"))
  }

  /// Only data that may be those of the fit are said to be.
  @Test func dataThatMayBeThoseOfTheFit() throws {
    let scratch = try ScratchFolder()
    try Self.write("fit.csv", rows: 60, seed: 5, in: scratch)
    try Self.write("other.csv", rows: 60, scale: 2, seed: 6, in: scratch)
    try Self.write("more.csv", rows: 80, seed: 5, in: scratch)
    for (model, options, noun) in [
      ("gmm fit.csv --components 2", "", "row"), ("vae fit.csv \(Self.vae)", "", "row"),
      ("hmm fit.csv --states 2 --sequence s", "--sequence s", "sequence"),
    ] {
      try Self.fit("\(model) \(Self.columns)", in: scratch)
      for name in ["fit", "other", "more"] {
        let words = try Self.page("m.latent \(name).csv \(options) \(Self.columns)", in: scratch).words
        #expect(
          words.contains("If these are the \(noun)s of the fit") == (name == "fit"), "\(model), \(name)")
      }
    }
  }

  /// Models without components are not told of any, and a climb that is none is not called one.
  @Test func factorsAreNoComponents() throws {
    let scratch = try ScratchFolder()
    try Self.writeLine(["a", "b", "c", "d", "e"], rows: 200, seed: 7, in: scratch)
    try Self.fit("ppca line.csv --latent 1 --prior none", in: scratch)
    let (html, words) = try Self.page("m.latent line.csv", in: scratch)
    #expect(words.contains("Nothing stands out: the fit had settled, and noise is left in every column."))
    #expect(words.contains(/At −[0-9.]+ nats a row from the first of \d+ steps? on\./))
    #expect(html.contains("The bound stays at −"))
    try Self.fit("gmm line.csv --components 2", in: scratch)
    let mixture = try Self.page("m.latent line.csv", in: scratch).html
    #expect(
      mixture.contains(
        /The bound rises from −[0-9.]+ to −[0-9.]+ nats a row over \d+ steps\. In the end the reconstruction is −[0-9.]+ and the latent KL [0-9.]+/
      ))
    // Bars of components are named by the first and the last.
    #expect(
      mixture.contains(
        /: rows against component\. Bars[^:]*: 2 places, x 2 categories from “[12]” to “[12]”, y \d/))
    #expect(!mixture.contains("without a name"))
  }

  /// The diagonal is drawn, from the least to the most of either axis.
  @Test func theDiagonalIsDrawn() throws {
    let scratch = try ScratchFolder()
    try Self.write("fit.csv", rows: 60, seed: 8, in: scratch)
    try Self.fit("vae fit.csv \(Self.vae) \(Self.columns)", in: scratch)
    let html = try Self.page("m.latent fit.csv \(Self.columns)", in: scratch).html
    let diagonals = html.matches(
      of: /reconstruction against data\. Line: 2 places, x (\S+) to (\S+), y (\S+) to (\S+)\./)
    #expect(diagonals.count >= 3 && diagonals.count % 3 == 0)
    for line in diagonals { #expect(line.1 == line.3 && line.2 == line.4) }
  }

  /// What is made up is as long as the data beside it.
  @Test func drawsAreAsLongAsTheData() throws {
    let scratch = try ScratchFolder()
    try Self.write("fit.csv", rows: 60, seed: 9, in: scratch)
    try Self.fit("hmm fit.csv --states 2 --sequence s \(Self.columns)", in: scratch)
    #expect(
      try Self.page("m.latent fit.csv --sequence s \(Self.columns)", in: scratch).html.contains(
        "Line “drawn”: 10 places"))
    #expect(try Self.page("m.latent", in: scratch).html.contains("Line “drawn”: 100 places"))
  }

  /// Labels beyond those that have a place are counted.
  @Test func manyLabels() throws {
    let scratch = try ScratchFolder()
    var random = SmallRandom(seed: 10)
    let rows = (0..<130).map { i in
      "\(random.normal() + Double(i % 2) * 6),\(random.normal()),kind\(i < 60 ? i : 7)"
    }
    try scratch.write("a,b,kind\n" + rows.joined(separator: "\n") + "\n", to: "kinds.csv")
    try Self.fit("gmm kinds.csv --columns a,b --components 2", in: scratch)
    let words = try Self.page("m.latent kinds.csv --columns a,b --labels kind", in: scratch).words
    #expect(words.contains("Rows by component and label, the 19 most frequent labels"))
    #expect(words.contains("41 others") && words.contains("kind7"))
  }
}
