import Foundation
import LatentTestSupport
import Testing

/// `fit --report`: the page while the fit runs, and after each way to end.
@Suite(.serialized) struct LiveReportTests {
  private func isRefreshing(_ html: String) -> Bool { html.contains("http-equiv=\"refresh\"") }

  @Test(arguments: [
    "gmm faithful --components 2", "gmm faithful --components 3 --inference vb --restarts 2",
    "bmm bits.csv --components 2",
    "cmm bits.csv --components 2", "tmm faithful --components 2", "ppca faithful --latent 1",
    "gmm faithful --components 2 --batch 50", "gmm faithful --components 2 --holdout 0.2 --standardize",
    "vae bits.csv --latent 2 --hidden 4 --passes 2",
    "vae bits.csv --latent 2 --hidden 4 --passes 2 --holdout 0.2",
    "ae bits.csv --latent 2 --hidden 4 --passes 2", "hmm hmm-chain --states 3 --max-iterations 3",
    "lds linear-gaussian --latent 2 --max-iterations 3", "dvbf bouncing-ball --latent 3 --updates 10",
  ]) func theLastPageIsAReport(_ fit: String) throws {
    let scratch = try ScratchFolder()
    var random = SplitMix(state: 5)
    try scratch.write(
      "a,b,c\n"
        + (0..<40).map { _ in
          (0..<3).map { _ in Bool.random(using: &random) ? "1" : "0" }.joined(separator: ",")
        }
        .joined(separator: "\n") + "\n", to: "bits.csv")
    let outcome = try LatentProcess.run(
      "fit \(fit) --report live.html -o m.latent --json --quiet", in: scratch)
    #expect(outcome.status == 0, "\(outcome.error)")
    #expect(try outcome.json["report"] as? String == "live.html")
    let html = try scratch.text("live.html")
    #expect(!isRefreshing(html))
    let words = ReportTests.text(html)
    #expect(words.contains("At a glance") && words.contains("How it was made"))
    #expect(!words.contains(" nan") && !words.contains("Optional("))
    // Nothing of the files that pages are first written to, which are hidden, is left.
    #expect(try scratch.contents.allSatisfy { !$0.hasPrefix(".latent-") })
  }

  /// A fit that takes long enough to be looked at.
  private static let long =
    "fit vae mnist-sample --latent 2 --hidden 200 --binarize stochastic --passes 500 --report live/live.html -o m.latent"

  @Test func anInterruptedFitLeavesAPageThatRests() throws {
    let scratch = try ScratchFolder()
    try FileManager.default.createDirectory(atPath: scratch("live"), withIntermediateDirectories: true)
    let (process, finish) = try LatentProcess.start(
      Self.long.split(separator: " ").map(String.init), in: scratch)
    var seen = ""
    // The first page with a climb, which comes after the first pass. Whenever it is read it is a whole page.
    for _ in 0..<30_000 where !seen.contains("The climb so far") {
      usleep(2000)
      guard let text = try? scratch.text("live/live.html") else { continue }
      seen = text
      try #require(seen.hasSuffix("</html>\n"), "\(seen.suffix(100))")
    }
    #expect(isRefreshing(seen) && seen.contains("under way"))
    kill(process.processIdentifier, SIGINT)
    let outcome = try finish()
    #expect(outcome.status == 130)
    let html = try scratch.text("live/live.html")
    #expect(!isRefreshing(html))
    #expect(ReportTests.text(html).contains("At a glance"))
  }

  @Test func aPageThatCannotBeWrittenIsSaidOnce() throws {
    let scratch = try ScratchFolder()
    try FileManager.default.createDirectory(atPath: scratch("live"), withIntermediateDirectories: true)
    let line = Self.long.replacingOccurrences(of: "--passes 500", with: "--passes 30")
    let (_, finish) = try LatentProcess.start(line.split(separator: " ").map(String.init), in: scratch)
    while !scratch.exists("live/live.html") { usleep(5000) }
    // Moved, which is one step: a page could come into the folder while it is being emptied.
    try FileManager.default.moveItem(atPath: scratch("live"), toPath: scratch("gone"))
    let outcome = try finish()
    #expect(outcome.status == 0, "\(outcome.error)")
    #expect(outcome.error.components(separatedBy: "the report is not written").count == 2, "\(outcome.error)")
    #expect(scratch.exists("m.latent"))
  }

  @Test func aDivergenceIsTold() throws {
    let scratch = try ScratchFolder()
    let outcome = try LatentProcess.run(
      "fit vae faithful --latent 2 --hidden 20 --likelihood gaussian --variance network --learning-rate 1e6 --passes 50 --report live.html --quiet",
      in: scratch)
    #expect(outcome.status == 1)
    let html = try scratch.text("live.html")
    #expect(!isRefreshing(html))
    #expect(html.contains("failed") || html.contains("broke down"))
  }

  @Test func pathsAreChecked() throws {
    let scratch = try ScratchFolder()
    try scratch.write("a\n1\n2\n3\n", to: "data.html")
    for (options, words) in [
      (
        "faithful --report live.pdf",
        "the name of live.pdf does not tell its format.\nLet it end in .html or .htm."
      ),
      ("data.html --report data.html", "--report data.html would replace the data.\nChoose another file."),
      ("faithful --report no/where.html", "no: there is no such file or folder."),
    ] {
      let outcome = try LatentProcess.run("fit gmm \(options) --components 2 --quiet", in: scratch)
      #expect(outcome.status == 2)
      #expect(outcome.error == "latent: \(words)\n")
    }
  }
}
