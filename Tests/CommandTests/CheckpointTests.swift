import Foundation
import Testing

@Suite struct CheckpointTests {
  static let run = "fit gmm faithful --components 4 --seed 5 --tolerance 1e-10 --quiet"

  @Test(arguments: ["double", "single"], ["niw", "none"])
  func aLargerBudgetGoesOnAsIfNothingHadHappened(_ precision: String, _ prior: String) throws {
    let scratch = try ScratchFolder()
    let run = "\(Self.run) --precision \(precision) --prior \(prior) --covariance tied"
    #expect(try LatentProcess.run("\(run) -o whole.latent", in: scratch).status == 0)
    let part = try LatentProcess.run(
      "\(run) --max-iterations 6 --checkpoint fit.checkpoint --every 0 -o part.latent", in: scratch)
    #expect(part.status == 0)
    let rest = try LatentProcess.run(
      "fit gmm faithful --resume fit.checkpoint --tolerance 1e-10 --threads 1 -o rest.latent --json --quiet",
      in: scratch)
    #expect(rest.status == 0, "\(rest.error)")
    #expect(try scratch.data("rest.latent") == scratch.data("whole.latent"))
    #expect(try scratch.data("part.latent") != scratch.data("whole.latent"))
  }

  @Test func aKilledFitGoesOn() throws {
    let scratch = try ScratchFolder()
    let run = "fit gmm mnist-sample --components 3 --covariance diagonal --seed 1 --restarts 2 --tolerance 0"
    #expect(
      try LatentProcess.run("\(run) --max-iterations 40 --quiet -o whole.latent", in: scratch).status == 0)
    let (process, finish) = try LatentProcess.start(
      "\(run) --max-iterations 40 --checkpoint fit.checkpoint --every 0 -o killed.latent"
        .split(separator: " ").map(String.init), in: scratch)
    while !scratch.exists("fit.checkpoint") { usleep(10_000) }
    usleep(150_000)
    kill(process.processIdentifier, SIGKILL)
    let killed = try finish()
    #expect(killed.status == -SIGKILL || killed.status == 0)
    let rest = try LatentProcess.run(
      "fit gmm mnist-sample --resume fit.checkpoint --max-iterations 40 --tolerance 0 --quiet -o rest.latent",
      in: scratch)
    #expect(rest.status == 0, "\(rest.error)")
    #expect(try scratch.data("rest.latent") == scratch.data("whole.latent"))
  }

  @Test func aFinishedFitIsFinished() throws {
    let scratch = try ScratchFolder()
    let first = try LatentProcess.run(
      "\(Self.run) --checkpoint fit.checkpoint --json", in: scratch)
    let again = try LatentProcess.run(
      "fit gmm faithful --resume fit.checkpoint --tolerance 1e-10 --json --quiet", in: scratch)
    #expect(try again.json["bound"] as? Double == first.json["bound"] as? Double)
    #expect(try again.json["iterations"] as? Int == first.json["iterations"] as? Int)
  }

  @Test func otherOptionsAndDataAreRefused() throws {
    let scratch = try ScratchFolder()
    _ = try LatentProcess.run(
      "fit gmm faithful --components 2 --max-iterations 2 --checkpoint c --seed 1 --quiet", in: scratch)
    for (options, option, recorded, given) in [
      ("--components 3", "--components", "2", "3"), ("--seed 4", "--seed", "1", "4"),
      ("--covariance tied", "--covariance", "full", "tied"), ("--prior none", "--prior", "niw", "none"),
      ("--precision single", "--precision", "double", "single"), ("--restarts 2", "--restarts", "1", "2"),
      ("--init random", "--init", "kmeans++", "random"), ("--standardize", "--standardize", "off", "on"),
      ("--columns waiting", "--columns", "absent", "waiting"),
      ("--holdout 0.5", "--holdout", "absent", "0.5"),
    ] {
      let outcome = try LatentProcess.run("fit gmm faithful --resume c \(options)", in: scratch)
      #expect(outcome.status == 2)
      #expect(
        outcome.error == "latent: c was made with \(option) \(recorded), not \(given).\n"
          + "Leave \(option) out to go on, or --resume to begin anew.\n")
    }
    // The same values again are no conflict.
    let same = try LatentProcess.run(
      "fit gmm faithful --resume c --components 2 --seed 1 --covariance full --quiet", in: scratch)
    #expect(same.status == 0)

    let whole = try LatentProcess.run(
      "sample c --quiet", in: scratch)
    #expect(whole.status == 2)
    #expect(
      whole.error == "latent: c holds a checkpoint, and a model is needed.\n"
    )

    try scratch.write(BadInput.numbers, to: "other.csv")
    let rows = try LatentProcess.run("fit gmm other.csv --resume c", in: scratch)
    #expect(rows.status == 2)
    #expect(
      rows.error == "latent: c was made with other data: rows 272, now 40.\n"
        + "Give the same data and data options to go on, or leave --resume out to begin anew.\n")
  }

  @Test func aCheckpointTellsHowFarItIs() throws {
    let scratch = try ScratchFolder()
    _ = try LatentProcess.run(
      "fit gmm faithful --components 4 --restarts 3 --max-iterations 7 --seed 5 --checkpoint c --every 1e300 --quiet",
      in: scratch)
    let json = try LatentProcess.run("info c --json", in: scratch).json
    #expect(json["restarts"] as? Int == 3)
    // The last start is kept as it was before the step that used its budget up.
    #expect(json["restartsEnded"] as? Int == 2)
    #expect(json["iteration"] as? Int == 6)
    #expect(json["rows"] as? Int == 272)
    let text = try LatentProcess.run("info c", in: scratch).output
    #expect(text.contains("starts         2 of 3 ended\n"))
    #expect(text.hasSuffix("`latent fit gmm DATA --resume c` goes on.\n"))
    let rest = try LatentProcess.run("fit gmm faithful --resume c", in: scratch)
    #expect(
      rest.error.contains("\nGoing on from c. Starts that had used up their budget stay as they are: 2.\n"))
  }

  @Test func damagedCheckpointsAreRefused() throws {
    let scratch = try ScratchFolder()
    _ = try LatentProcess.run(
      "fit gmm faithful --components 2 --max-iterations 3 --checkpoint c --quiet", in: scratch)
    var data = try scratch.data("c")
    data[data.count - 9] ^= 4
    try scratch.write(data, to: "c")
    let outcome = try LatentProcess.run("fit gmm faithful --resume c", in: scratch)
    #expect(outcome.status == 2)
    #expect(outcome.error == "latent: c is damaged: its checksum does not fit.\n")
    let model = try ModelFileTests.fitted()
    let wrong = try LatentProcess.run("fit gmm faithful --resume model.latent", in: model)
    #expect(wrong.status == 2)
    #expect(
      wrong.error
        == "latent: model.latent holds a Gaussian mixture by EM, and a checkpoint is needed.\n"
    )
  }

  @Test(arguments: [SIGINT, SIGTERM])
  func anInterruptionWritesTheCheckpointAndSaysHowToGoOn(_ signal: Int32) throws {
    let scratch = try ScratchFolder()
    let arguments = [
      "fit", "gmm", "mnist-sample", "--components", "4", "--covariance", "diagonal", "--restarts", "1000",
      "--checkpoint", "my checkpoint", "-o", "model.latent", "--json",
    ]
    let (process, finish) = try LatentProcess.start(arguments, in: scratch, id: "run")
    while !(try scratch.text(".run.err").contains("iteration")) { usleep(10_000) }
    kill(process.processIdentifier, signal)
    let outcome = try finish()
    #expect(outcome.status == 130)
    #expect(try outcome.json["outcome"] as? String == "cancelled")
    #expect(outcome.error.contains("latent: stopping after this step; once more to stop at once.\n"))
    #expect(
      outcome.error.hasSuffix(
        " fit gmm mnist-sample --components 4 --covariance diagonal --restarts 1000 --checkpoint 'my checkpoint' "
          + "-o model.latent --json --resume 'my checkpoint'\n"))
    #expect(outcome.error.contains("latent: interrupted. To go on:\n  "))
    #expect(try scratch.contents == ["my checkpoint"])
    let info = try LatentProcess.run(["info", "my checkpoint", "--json"], in: scratch)
    #expect(try info.json["kind"] as? String == "checkpoint")
  }

  @Test func anInterruptionWithoutACheckpointSaysSo() throws {
    let scratch = try ScratchFolder()
    let (process, finish) = try LatentProcess.start(
      "fit gmm mnist-sample --components 4 --covariance diagonal --restarts 1000 -o model.latent"
        .split(separator: " ").map(String.init), in: scratch, id: "run")
    while !(try scratch.text(".run.err").contains("iteration")) { usleep(10_000) }
    kill(process.processIdentifier, SIGINT)
    let outcome = try finish()
    #expect(outcome.status == 130)
    #expect(
      outcome.error.hasSuffix(
        "latent: interrupted; nothing was saved. With --checkpoint FILE a fit keeps how far it came.\n"))
    #expect(outcome.output.contains("interrupted, not converged, after "))
    #expect(outcome.output.hasSuffix("No model file was written.\n"))
    #expect(try scratch.contents == [])
  }
}
