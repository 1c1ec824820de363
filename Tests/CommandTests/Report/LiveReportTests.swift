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
    let words = ReportTests.text(html)
    #expect(words.contains("At a glance") && !words.contains("Nothing stands out"))
    #expect(words.contains(/The fit was interrupted after \d+ pass/) && words.contains("--resume"))
    #expect(words.contains("The fit was interrupted, so the numbers would still change."))
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
    #expect(outcome.status == 2, "\(outcome.error)")
    #expect(outcome.error.components(separatedBy: "the report is not written").count == 2, "\(outcome.error)")
    #expect(!outcome.output.contains("The report is in") && !outcome.output.contains("live.html"))
    #expect(scratch.exists("m.latent"))
  }

  /// Before a fit knows anything it may be stopped too: the page that stays does not promise to be rewritten.
  @Test func aFitThatFoundNothingLeavesAPageThatRests() throws {
    let scratch = try ScratchFolder()
    let (process, finish) = try LatentProcess.start(
      "fit vae mnist-sample --latent 2 --hidden 2000,2000 --binarize stochastic --passes 5 --report live.html"
        .split(separator: " ").map(String.init), in: scratch)
    while !scratch.exists("live.html") { usleep(5000) }
    // Signals are attached by a thread of their own.
    usleep(300_000)
    kill(process.processIdentifier, SIGINT)
    #expect(try finish().status == 130)
    let html = try scratch.text("live.html")
    #expect(!isRefreshing(html) && !html.contains("is rewritten while"))
    #expect(html.contains("interrupted"))
  }

  /// While starts are to come none is the best, and none was kept.
  @Test func startsUnderWay() throws {
    let scratch = try ScratchFolder()
    let (process, finish) = try LatentProcess.start(
      "fit gmm mnist-sample --components 10 --covariance diagonal --max-iterations 3 --restarts 2000 --report live.html"
        .split(separator: " ").map(String.init), in: scratch)
    var seen = ""
    for _ in 0..<3000 where !seen.contains("of 2,000 starts have ended") {
      usleep(20_000)
      seen = (try? scratch.text("live.html")) ?? ""
    }
    kill(process.processIdentifier, SIGINT)
    _ = try finish()
    #expect(seen.contains("of 2,000 starts have ended") && isRefreshing(seen))
    #expect(seen.contains("is rewritten while"))
    #expect(!seen.contains("was kept") && !seen.contains("The fit began from"))
  }

  /// The curve of test data stands at the passes that it was taken after, also in a fit that goes on from a checkpoint.
  @Test func testCurvesOfResumedFits() throws {
    let scratch = try ScratchFolder()
    let model = "vae mnist-sample --latent 2 --hidden 10 --binarize stochastic --test mnist-sample-test"
    let first = try LatentProcess.run(
      "fit \(model) --passes 2 --checkpoint c --report first.html --quiet", in: scratch)
    #expect(first.status == 0, "\(first.error)")
    let before = try #require(
      try scratch.text("first.html").firstMatch(of: /after pass 1 to ([−0-9.]+) after pass 2\./)?.1)
    let rest = try LatentProcess.run(
      "fit vae mnist-sample --resume c --passes 5 --test mnist-sample-test --report rest.html --quiet",
      in: scratch)
    #expect(rest.status == 0, "\(rest.error)")
    // It goes on with what the checkpoint knows: the state after pass 2.
    let after = try #require(
      try scratch.text("rest.html").firstMatch(
        of: /test data goes from ([−0-9.]+) after pass 2 to [−0-9.]+ after pass 5\./)?.1)
    #expect(before == after)
  }

  /// Categories colour the page and take no part in the fit.
  @Test func labelsColourThePage() throws {
    let scratch = try ScratchFolder()
    let fit =
      "fit vae mnist-sample --latent 2 --hidden 16 --binarize stochastic --passes 1 --json --quiet --report"
    let plain = try LatentProcess.run("\(fit) plain.html", in: scratch)
    let labelled = try LatentProcess.run(
      "\(fit) coloured.html --labels label --test mnist-sample-test", in: scratch)
    try #require(plain.status == 0 && labelled.status == 0, "\(plain.error)\(labelled.error)")
    #expect(try plain.json["bound"] as? Double == labelled.json["bound"] as? Double)
    #expect(try !scratch.text("plain.html").contains("coloured by label"))
    #expect(try scratch.text("coloured.html").contains("coloured by label"))
  }

  /// What networks are tested on has its score among the key figures, and a note where it is far below that of the fit.
  @Test func testScoresAreTold() throws {
    let scratch = try ScratchFolder()
    var random = SplitMix(state: 9)
    for name in ["fit", "test"] {
      // Coins: nothing of one row tells of another, so that whatever is learned of a row is learned by heart.
      let rows = (0..<60).map { _ in
        (0..<30).map { _ in Bool.random(using: &random) ? "1" : "0" }.joined(separator: ",")
      }
      try scratch.write(
        (0..<30).map { "c\($0)" }.joined(separator: ",") + "\n" + rows.joined(separator: "\n") + "\n",
        to: "\(name).csv")
    }
    let outcome = try LatentProcess.run(
      "fit vae fit.csv --test test.csv --latent 10 --hidden 100 --passes 800 --report live.html --json --quiet",
      in: scratch)
    #expect(outcome.status == 0, "\(outcome.error)")
    let words = ReportTests.text(try scratch.text("live.html"))
    let shown = try #require(
      words.firstMatch(of: /Test\s+([−0-9.]+)\s+± [0-9.]+ nats a row, 60 rows of test/)?.1)
    let value = try #require(Double(shown.replacingOccurrences(of: "−", with: "-")))
    let told = try #require(try outcome.json["testBoundPerObservation"] as? Double)
    #expect(abs(value - told) < 0.006)
    #expect(words.contains("Rows of test.csv score") || words.contains("Rows of test score"))
    #expect(words.contains("nats a row less than those of the fit") && !words.contains("Nothing stands out"))
  }

  @Test(arguments: [
    "dvbf bouncing-ball --latent 3 --updates 20", "hmm hmm-chain --states 3 --max-iterations 5",
  ])
  func sequencesHeldOutAreTold(_ fit: String) throws {
    let scratch = try ScratchFolder()
    let outcome = try LatentProcess.run(
      "fit \(fit) --holdout 0.2 --report live.html --json --quiet", in: scratch)
    #expect(outcome.status == 0, "\(outcome.error)")
    let words = ReportTests.text(try scratch.text("live.html"))
    #expect(words.contains(/Held out\s+[−0-9.]+\s+± [0-9.]+ nats a frame, [0-9,]+ sequences/))
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
    #expect(!html.contains("is rewritten while"))
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
