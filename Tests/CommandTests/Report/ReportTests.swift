import Foundation
import LatentTestSupport
import Testing

/// What `report` says of every model, held against what the other verbs say, and what it refuses.
@Suite struct ReportTests {
  /// A page as a reader sees it: without tags, entities resolved.
  static func text(_ html: String) -> String {
    let body = html.components(separatedBy: "<body").dropFirst().joined()
    let bare = body.replacing(/<script.*?<\/script>/.dotMatchesNewlines(), with: " ")
      .replacing(/<[^>]*>/, with: " ")
    return bare.replacingOccurrences(of: "&lt;", with: "<").replacingOccurrences(of: "&gt;", with: ">")
      .replacingOccurrences(of: "&quot;", with: "\"").replacingOccurrences(of: "&amp;", with: "&")
      .replacingOccurrences(of: "&#39;", with: "'")
  }

  /// The page, and what JSON says of it.
  static func report(_ line: String, in scratch: ScratchFolder) throws -> (html: String, json: [String: Any])
  {
    let outcome = try LatentProcess.run("report \(line) --json --quiet", in: scratch)
    try #require(outcome.status == 0, "report \(line): \(outcome.error)")
    let json = try outcome.json
    let file = try #require(json["file"] as? String)
    let html = try scratch.text(file)
    #expect(json["bytes"] as? Int == html.utf8.count)
    #expect(html.hasPrefix("<!doctype html>") || html.hasPrefix("<!DOCTYPE html>"))
    #expect(html.contains("default-src 'none'"))
    let words = text(html)
    // Nothing that is no number is shown as one.
    for wrong in ["nan", "NaN", "inf ", "Optional("] {
      #expect(!words.contains(" \(wrong)"), "\(line): \(wrong)")
    }
    for heading in try #require(json["sections"] as? [String]) {
      #expect(words.contains(heading), "\(line): \(heading)")
    }
    return (html, json)
  }

  @Test(arguments: VerbCase.all)
  func everyModelHasAReport(_ verb: VerbCase) throws {
    let folder = try verb.fitted()
    let alone = try Self.report("complete.latent -o alone.html", in: folder.scratch)
    let sections = try #require(alone.json["sections"] as? [String])
    #expect(sections.first == "At a glance" && sections.contains("The climb"))
    for data in ["complete", "missing"] {
      let page = try Self.report("\(data).latent \(data).csv", in: folder.scratch)
      #expect(page.json["file"] as? String == "\(data).html")
      let found = try #require(page.json["sections"] as? [String])
      #expect(found.contains("How well it explains the rows") && found.contains("What it explains worst"))
      // The mean score is the one that `score` tells.
      let score = try folder.number("score \(data).latent \(data).csv", "mean")
      let words = Self.text(page.html)
      let shown = try #require(words.firstMatch(of: /ln p\(x\) = ([−0-9.]+) ±/)?.1)
      let value = try #require(Double(shown.replacingOccurrences(of: "−", with: "-")))
      #expect(abs(value - score) < 0.0006 * max(1, abs(score)), "\(shown), \(score)")
    }
  }

  /// A row of weight w counts as w rows.
  @Test(arguments: VerbCase.all.filter { $0.inference == "em" })
  func weightsCountAsRows(_ verb: VerbCase) throws {
    let folder = try verb.fitted()
    func told(_ line: String) throws -> [Substring] {
      let words = Self.text(try Self.report(line, in: folder.scratch).html)
      var told = [try #require(words.firstMatch(of: /ln p\(x\) = ([−0-9.]+) ±/)?.1)]
      if verb.definition.contains("--components") {
        told.append(try #require(words.firstMatch(of: /([0-9.]+ %) of the rows belong to one component/)?.1))
        told.append(try #require(words.firstMatch(of: /entropy of the responsibilities is ([0-9.]+)/)?.1))
      }
      return told
    }
    #expect(
      try told("complete.latent weighted.csv --weights w -o a.html")
        == told("complete.latent repeated.csv -o b.html"))
  }

  /// The row that was put in from elsewhere is the first of those explained worst, by its number in the file.
  @Test(arguments: ["gmm --components 2", "ppca --latent 1", "tmm --components 2"])
  func theWorstRowIsFound(_ model: String) throws {
    let scratch = try ScratchFolder()
    var random = SplitMix(state: 7)
    var rows = (0..<80).map { _ in (0..<3).map { _ in Double.random(in: -1...1, using: &random) } }
    func write(_ name: String) throws {
      try scratch.write(
        "a,b,c\n" + rows.map { $0.map { "\($0)" }.joined(separator: ",") }.joined(separator: "\n") + "\n",
        to: name)
    }
    try write("fit.csv")
    rows[41] = [0, 900, 0]
    try write("look.csv")
    #expect(try LatentProcess.run("fit \(model) fit.csv -o m.latent --quiet", in: scratch).status == 0)
    let words = Self.text(try Self.report("m.latent look.csv", in: scratch).html)
    let table = try #require(
      words.components(separatedBy: "Rows of the lowest log probability").dropFirst().first)
    let cells = table.split(whereSeparator: \.isWhitespace).map(String.init)
    let first = try #require(cells.first { Int($0) != nil })
    #expect(first == "42")
    #expect(model.hasPrefix("tmm") || table.contains("b, "))
  }

  /// Shares and centres in the units of the data, whatever the fit was done in.
  @Test func standardizedModelsAreTold() throws {
    let scratch = try ScratchFolder()
    _ = try LatentProcess.run(
      "fit gmm faithful --components 2 --standardize --tolerance 1e-10 -o s.latent --quiet", in: scratch)
    let words = Self.text(try Self.report("s.latent faithful", in: scratch).html)
    // Old Faithful's long eruptions take about 4.3 minutes, and 80 are waited for them.
    #expect(words.contains(/4\.2\d+ ± 0\.4/))
    #expect(words.contains(/79\.\d+ ± 5\.9|80\.\d+ ± 6/))
    #expect(words.contains("in the units of the data"))
  }

  /// Text from outside is text, at any length.
  @Test func hostileNamesStayText() throws {
    let scratch = try ScratchFolder()
    var random = SplitMix(state: 3)
    let names = [
      "<script>alert(1)</script>", "\"quoted\" & 'more' </script>",
      "🦊" + String(repeating: "x", count: 10_000),
    ]
    let labels = [
      "<img src=x onerror=alert(1)>", "</script><script>alert(2)</script>",
      String(repeating: "🐍", count: 400),
    ]
    func cell(_ text: String) -> String { "\"\(text.replacingOccurrences(of: "\"", with: "\"\""))\"" }
    let rows = (0..<60).map { i -> String in
      let shift = i % 2 == 0 ? 0.0 : 5
      let values = (0..<3).map { _ in "\(Double.random(in: -1...1, using: &random) + shift)" }
      return (values + [cell(labels[i % 3])]).joined(separator: ",")
    }
    try scratch.write(
      ((names + ["kind"]).map(cell).joined(separator: ",") + "\n" + rows.joined(separator: "\n") + "\n"),
      to: "h.csv")
    #expect(
      try LatentProcess.run("fit gmm h.csv --columns 1,2,3 --components 2 -o h.latent --quiet", in: scratch)
        .status == 0)
    let (html, json) = try Self.report("h.latent h.csv --columns 1,2,3 --labels kind", in: scratch)
    for text in ["<script>alert", "<img src=x", "onerror=alert(1)>"] {
      #expect(!html.contains(text), "\(text)")
    }
    #expect(Self.text(html).contains("<script>alert(1)</script>"))
    #expect(try #require(json["bytes"] as? Int) < 2_000_000)
    #expect(!html.contains(String(repeating: "x", count: 5000)))
  }

  @Test func imagesAreSmall() throws {
    let scratch = try ScratchFolder()
    for fit in [
      "gmm mnist-sample --components 10 --covariance diagonal --max-iterations 5 -o a.latent",
      "vae mnist-sample --latent 2 --hidden 500 --binarize stochastic --passes 1 -o b.latent",
    ] { #expect(try LatentProcess.run("fit \(fit) --quiet", in: scratch).status == 0) }
    for model in ["a", "b"] {
      let page = try Self.report("\(model).latent mnist-sample --labels label", in: scratch)
      #expect(try #require(page.json["bytes"] as? Int) < 5_000_000)
      #expect(page.html.contains("data:image/png;base64,"))
    }
  }

  @Test(arguments: [
    ("m.latent --labels kind", "--labels has no meaning without DATA."),
    ("m.latent --rows 5", "--rows has no meaning without DATA."),
    ("m.latent --rows 0 faithful", "--rows must be 1 or more, not 0."),
    ("m.latent faithful --plane a", "--plane must be two columns, as in a,b, not \"a\"."),
    (
      "m.latent faithful --plane waiting,depth",
      "--plane must be two columns of the model: eruptions, waiting, not \"depth\"."
    ),
    ("m.latent --plane 1,1", "--plane must be two different columns, as in a,b, not 1,1."),
    (
      "m.latent faithful -o m.pdf",
      "the name of m.pdf does not tell its format.\nLet it end in .html or .htm."
    ),
    ("nothing.latent", "nothing.latent: there is no such file or folder."),
    ("m.latent faithful --truth a", "--truth has no meaning for gmm by em.\nLeave it out."),
    ("m.latent faithful --condition a", "--condition has no meaning for gmm by em.\nLeave it out."),
    (
      "m.latent hmm-chain",
      "hmm-chain: there is no such file, and no data set of this name.\nCheck the path; `latent data list` names the data sets."
    ),
  ]) func refusals(_ line: String, _ words: String) throws {
    let scratch = try ScratchFolder()
    _ = try LatentProcess.run(
      "fit gmm faithful --components 2 --max-iterations 3 -o m.latent --quiet", in: scratch)
    let outcome = try LatentProcess.run("report \(line)", in: scratch)
    #expect(outcome.status == 2)
    #expect(outcome.error == "latent: \(words)\n")
    #expect(!scratch.exists("m.html"))
  }

  /// A model on which nothing can be looked up has a report as well: one row, a column that does not vary, everything missing.
  @Test func unusualRows() throws {
    let scratch = try ScratchFolder()
    _ = try LatentProcess.run("fit gmm faithful --components 2 -o m.latent --quiet", in: scratch)
    try scratch.write("eruptions,waiting\n3.5,70\n", to: "one.csv")
    try scratch.write("eruptions,waiting\n3.5,70\n3.5,70\n3.5,70\n", to: "constant.csv")
    try scratch.write("eruptions,waiting\n3.5,NA\nNA,NA\nNA,80\n", to: "gaps.csv")
    for name in ["one", "constant", "gaps"] {
      let page = try Self.report("m.latent \(name).csv -o \(name).html", in: scratch)
      #expect(page.html.count > 10_000)
    }
  }
}
