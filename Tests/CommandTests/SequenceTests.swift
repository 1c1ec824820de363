import Foundation
import Testing

/// Models of sequences in every verb.
@Suite struct SequenceTests {
  /// A text of linear-gaussian sequences, an array of hmm-chain, and a model of each, by maximum likelihood.
  static func prepared() throws -> ScratchFolder {
    let scratch = try ScratchFolder()
    for line in [
      "data make linear-gaussian -n 12 --frames 30 -o lds.csv",
      "data make hmm-chain -n 10 --frames 40 --seed 2 -o hmm.npy",
      "data make hmm-chain -n 10 --frames 40 --seed 2 -o hmm.csv",
      "fit lds lds.csv --sequence sequence --controls u --truth z1,z2 --latent 2 --prior none --max-iterations 50 "
        + "-o lds.latent",
      "fit hmm hmm.npy --states 3 --prior none --max-iterations 50 -o hmm.latent",
      "fit hmm hmm.npy --states 3 --inference vb --max-iterations 50 -o vb.latent",
    ] {
      let outcome = try LatentProcess.run("\(line) --quiet", in: scratch)
      try #require(outcome.status == 0, "\(line): \(outcome.error)")
    }
    return scratch
  }

  private static func run(_ line: String, in scratch: ScratchFolder) throws -> LatentProcess.Outcome {
    let outcome = try LatentProcess.run("\(line) --quiet", in: scratch)
    try #require(outcome.status == 0, "\(line): \(outcome.error)")
    return outcome
  }

  private static func json(_ line: String, in scratch: ScratchFolder) throws -> [String: Any] {
    try run("\(line) --json", in: scratch).json
  }

  /// A table that a verb prints, as numbers.
  private static func table(
    _ line: String, in scratch: ScratchFolder
  ) throws -> (names: [String], rows: [[Double]]) {
    let lines = try run(line, in: scratch).output.split(separator: "\n").map {
      $0.split(separator: ",").map(String.init)
    }
    return (try #require(lines.first), try lines.dropFirst().map { try $0.map { try #require(Double($0)) } })
  }

  @Test func simulationsHaveTheirColumns() throws {
    let scratch = try ScratchFolder()
    let (names, rows) = try Self.table("data make linear-gaussian -n 3 --frames 4", in: scratch)
    #expect(names == ["sequence", "x1", "x2", "x3", "x4", "u", "z1", "z2"])
    #expect(rows.map { $0[0] } == [1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3])
    // The first sequences do not depend on how many there are, and other seeds make others.
    let more = try Self.table("data make linear-gaussian -n 5 --frames 4", in: scratch).rows
    #expect(Array(more[..<12]) == rows)
    let other = try Self.table("data make linear-gaussian -n 3 --frames 4 --seed 1", in: scratch).rows
    #expect(other != rows)
    let made = try Self.json("data make pendulum -n 2 --frames 3 -o p.npy", in: scratch)
    #expect(made["files"] as? [String] == ["p.npy", "p-controls.npy", "p-truth.npy"])
    let header = String(decoding: try scratch.data("p.npy")[10..<100], as: UTF8.self)
    #expect(header.contains("'shape': (2, 3, 256)"))
    #expect(try scratch.data("p.npy").count == 128 + 2 * 3 * 256 * 8)
    let list = try LatentProcess.run("data list", in: scratch).output
    for name in ["pendulum", "bouncing-ball", "bouncing-balls", "linear-gaussian", "hmm-chain"] {
      #expect(list.contains("simulated: latent data make \(name)\n"))
    }
  }

  @Test func jsonHasTheKeysOfTheContract() throws {
    let scratch = try Self.prepared()
    for (line, own) in [
      (
        "fit lds lds.csv --sequence sequence --controls u --truth z1,z2 --latent 2 --max-iterations 5",
        ["latent", "controls"]
      ),
      ("fit hmm hmm.npy --states 3 --max-iterations 5", ["states", "emissions"]),
    ] {
      let json = try Self.json(line, in: scratch)
      for key in [
        "model", "inference", "observations", "dimensions", "bound", "boundPerObservation", "terms",
        "estimate", "iterations", "outcome", "seconds", "secondsPerIteration", "seed", "threads", "trace",
        "frames", "freeParameters", "logLikelihood", "prior", "restarts", "covariance",
      ] + own { #expect(json[key] != nil, "\(key) of \(line)") }
      let terms = try #require(json["terms"] as? [String: Double])
      let sum = terms["reconstruction"]! - terms["latentKL"]! - terms["parameterKL"]!
      let bound = try #require(json["bound"] as? Double)
      #expect(abs(sum - bound) < 1e-8 * abs(bound))
      let trace = try #require(json["trace"] as? [Double])
      #expect(trace.count == 5 && trace.last == bound)
      #expect(zip(trace, trace.dropFirst()).allSatisfy { $1 >= $0 - 1e-8 })
    }
    let json = try Self.json("fit hmm hmm.npy --states 3 --max-iterations 5", in: scratch)
    #expect(json["observations"] as? Int == 10)
    #expect(json["frames"] as? Int == 400)
    // K − 1 of π, K (K − 1) of A, a mean of 2 and a covariance of 3 numbers for each state.
    #expect(json["freeParameters"] as? Int == 2 + 6 + 3 * 5)
  }

  /// For EM scores of the sequences add up to the likelihood of the fit; by variational Bayes to the bound but for KL(q(θ) ‖ p(θ)).
  @Test func scoresAddUpToTheFit() throws {
    let scratch = try Self.prepared()
    for (file, data) in [
      ("lds.latent", "lds.csv --sequence sequence"), ("hmm.latent", "hmm.npy"), ("vb.latent", "hmm.npy"),
    ] {
      let info = try Self.json("info \(file)", in: scratch)
      let evidence = try #require((info["logLikelihood"] ?? info["evidenceBound"]) as? Double)
      let (names, rows) = try Self.table("score \(file) \(data)", in: scratch)
      // A text has names of its sequences, which come first.
      #expect(
        names == (file == "lds.latent" ? ["sequence"] : [])
          + [file == "vb.latent" ? "evidenceBound" : "logDensity"])
      #expect(rows.count == info["observations"] as? Int)
      let total = rows.reduce(0) { $0 + $1[$1.count - 1] }
      #expect(abs(total - evidence) < 1e-8 * abs(evidence), "\(file): \(total), \(evidence)")
      let json = try Self.json("score \(file) \(data)", in: scratch)
      #expect(abs(try #require(json["mean"] as? Double) * Double(rows.count) - total) < 1e-8 * abs(total))
    }
  }

  /// The same sequences as a text and as an array give the same numbers.
  @Test func aTextAndAnArrayAreOne() throws {
    let scratch = try Self.prepared()
    let array = try Self.table("score hmm.latent hmm.npy", in: scratch).rows
    let text = try Self.table("score hmm.latent hmm.csv --sequence sequence --columns x,y", in: scratch).rows
    #expect(array.count == 10 && array == text.map { [$0[1]] })
    // Without the column of sequences all frames are one.
    let one = try Self.table("score hmm.latent hmm.csv --columns x,y", in: scratch).rows
    #expect(one.count == 1)
  }

  @Test func posteriorsAreProbabilities() throws {
    let scratch = try Self.prepared()
    for path in ["filtered", "smoothed"] {
      let (names, rows) = try Self.table("posterior hmm.latent hmm.npy --path \(path)", in: scratch)
      #expect(names == ["sequence", "frame", "state1", "state2", "state3", "state"])
      #expect(rows.count == 400)
      #expect(rows.allSatisfy { abs($0[2] + $0[3] + $0[4] - 1) < 1e-9 })
    }
    // Of the last frame of a sequence both know the same.
    let filtered = try Self.table("posterior hmm.latent hmm.npy --path filtered", in: scratch).rows
    let smoothed = try Self.table("posterior hmm.latent hmm.npy", in: scratch).rows
    for n in 0..<10 {
      for j in 2..<5 { #expect(abs(filtered[n * 40 + 39][j] - smoothed[n * 40 + 39][j]) < 1e-9) }
    }
    #expect(filtered != smoothed)
    let likely = try Self.json("posterior hmm.latent hmm.npy --path likely", in: scratch)
    let joint = try #require(likely["logJoint"] as? [Double])
    let scores = try Self.table("score hmm.latent hmm.npy", in: scratch).rows.map { $0[0] }
    #expect(joint.count == 10 && scores.count == 10)
    #expect(zip(joint, scores).allSatisfy { $0 <= $1 + 1e-9 })
    let states = try Self.table("posterior lds.latent lds.csv --sequence sequence", in: scratch)
    #expect(states.names == ["sequence", "frame", "z1", "z2", "z1_sd", "z2_sd"])
    #expect(states.rows.allSatisfy { $0[4] > 0 && $0[5] > 0 })
  }

  /// What is predicted is what `impute` finds in frames that are missing: rolled out from the first 20 of 21 frames, the last
  /// by the known control.
  @Test func aRolloutIsAnImputationOfFramesToCome() throws {
    let scratch = try Self.prepared()
    let lines = try scratch.text("lds.csv").split(separator: "\n").map {
      $0.split(separator: ",").map(String.init)
    }
    var text = lines[0].joined(separator: ",") + "\n"
    for n in 0..<12 {
      for t in 0..<23 {
        var cells = lines[1 + n * 30 + t]
        if t >= 20 { for j in 1...4 { cells[j] = "NA" } }
        text += cells.joined(separator: ",") + "\n"
      }
    }
    try scratch.write(text, to: "holes.csv")
    let rollout = try Self.table(
      "rollout lds.latent lds.csv --sequence sequence --given 20 --horizon 3", in: scratch)
    let imputed = try Self.table("impute lds.latent holes.csv --sequence sequence", in: scratch)
    #expect(
      rollout.names == ["sequence", "frame"]
        + ["", "_sd", "_low", "_high"].flatMap { ending in (1...4).map { "x\($0)\(ending)" } })
    for n in 0..<12 {
      for h in 0..<3 {
        let (a, b) = (rollout.rows[n * 3 + h], imputed.rows[n * 23 + 20 + h])
        #expect(a[0] == Double(n + 1) && a[1] == Double(21 + h))
        for j in 0..<8 { #expect(abs(a[2 + j] - b[j]) < 1e-9) }
        for j in 0..<4 { #expect(abs((a[14 + j] - a[10 + j]) / a[6 + j] - 2 * 1.6448536) < 1e-5) }
      }
    }
    let json = try Self.json(
      "rollout lds.latent lds.csv --sequence sequence --given 20 --horizon 3", in: scratch)
    let errors = try #require(json["rootMeanSquaredError"] as? [Double])
    let copies = try #require(json["copyLast"] as? [Double])
    #expect(errors.count == 3 && copies.count == 3 && zip(errors, copies).allSatisfy { $0 < $1 })
    #expect(try Self.table("rollout hmm.latent hmm.npy --given 20 --horizon 5", in: scratch).rows.count == 50)
  }

  @Test func groundTruthIsToldByTheStates() throws {
    let scratch = try Self.prepared()
    let json = try Self.json(
      "evaluate lds.latent lds.csv --sequence sequence --truth z1,z2", in: scratch)
    let fits = try #require(json["rSquared"] as? [String: Double])
    #expect(Set(fits.keys) == ["z1", "z2"])
    #expect(fits.values.allSatisfy { $0 > 0.8 && $0 <= 1 })
    // A set by its name brings its ground truth along.
    let named = try Self.json("evaluate lds.latent linear-gaussian-test", in: scratch)
    #expect((named["rSquared"] as? [String: Double])?.count == 2)
    #expect(named["rows"] as? Int == 100)
  }

  @Test func drawsAreSequences() throws {
    let scratch = try Self.prepared()
    _ = try Self.run("sample hmm.latent -n 4 --frames 7 -o draws.npy", in: scratch)
    #expect(String(decoding: try scratch.data("draws.npy")[10..<100], as: UTF8.self).contains("(4, 7, 2)"))
    try scratch.write("u\n" + (0..<9).map { "\(Double($0) / 9)\n" }.joined(), to: "u.csv")
    let (names, rows) = try Self.table("sample lds.latent -n 2 --controls u.csv", in: scratch)
    #expect(names == ["sequence", "x1", "x2", "x3", "x4", "u"])
    #expect(rows.count == 18)
  }

  @Test func aResumedFitIsTheSameBitForBit() throws {
    let scratch = try Self.prepared()
    for fit in [
      "fit hmm hmm.npy --states 3 --seed 4",
      "fit lds lds.csv --sequence sequence --controls u --truth z1,z2 --latent 2",
    ] {
      _ = try Self.run("\(fit) --max-iterations 12 -o whole.latent", in: scratch)
      _ = try Self.run("\(fit) --max-iterations 5 --checkpoint c --every 0", in: scratch)
      #expect(try Self.json("info c", in: scratch)["kind"] as? String == "checkpoint")
      _ = try Self.run("\(fit) --max-iterations 12 --resume c -o resumed.latent", in: scratch)
      #expect(try scratch.data("whole.latent") == scratch.data("resumed.latent"))
    }
  }

  @Test func selectionFindsTheStatesOfAChain() throws {
    let scratch = try ScratchFolder()
    let json = try Self.json("select hmm hmm-chain --states 3...6 --covariance spherical", in: scratch)
    #expect((json["best"] as? [String: Any])?["states"] as? Int == 5)
  }

  @Test func theOtherDensitiesAreFitted() throws {
    let scratch = try ScratchFolder()
    let bits = (0..<60).map { "\($0 / 20),\($0 / 5 % 2),\($0 % 2)\n" }
    try scratch.write("s,a,b\n" + bits.joined(), to: "bits.csv")
    let words = (0..<60).map { "\($0 / 20),\(["red", "green"][$0 / 5 % 2]),\(["x", "y", "z"][$0 % 3])\n" }
    try scratch.write("s,a,b\n" + words.joined(), to: "words.csv")
    for line in [
      "bits.csv --emissions bernoulli", "bits.csv --emissions bernoulli --inference vb",
      "words.csv --emissions categorical", "words.csv --emissions categorical --inference vb",
      "hmm-chain --emissions student --max-iterations 5",
    ] {
      let sequence = line.hasPrefix("hmm") ? "" : "--sequence s"
      _ = try Self.run("fit hmm \(line) \(sequence) --states 2 -o m.latent", in: scratch)
      let data = line.split(separator: " ")[0]
      _ = try Self.run("score m.latent \(data) \(sequence)", in: scratch)
      _ = try Self.run("sample m.latent -n 2 --frames 3", in: scratch)
      _ = try Self.run("rollout m.latent \(data) \(sequence) --given 5 --horizon 3", in: scratch)
    }
    let info = try Self.json("info m.latent", in: scratch)
    #expect(info["emissions"] as? String == "student")
  }

  static let refused: [RefusedLine] = [
    .init(
      "fit hmm hmm.npy", "--states is missing: a hidden Markov model needs to know how many states it has."),
    .init("fit lds hmm.npy", "--latent is missing: a state space needs to know how many dimensions it has."),
    .init("fit hmm hmm.npy --states 0", "--states must be 1 or more, not 0."),
    .init("fit hmm hmm.npy --states 2 --latent 2", "--latent has no meaning for hmm by em.\nLeave it out."),
    .init("fit lds hmm.npy --latent 2 --states 2", "--states has no meaning for lds by em.\nLeave it out."),
    .init("fit hmm hmm.npy --components 2", "--components has no meaning for hmm by em.\nLeave it out."),
    .init("fit hmm hmm.npy --states 2 --hidden 20", "--hidden has no meaning for hmm by em.\nLeave it out."),
    .init("fit hmm hmm.npy --states 2 --batch 20", "--batch has no meaning for hmm by em.\nLeave it out."),
    .init(
      "fit gmm faithful --components 2 --states 2", "--states has no meaning for gmm by em.\nLeave it out."),
    .init(
      "fit lds hmm.npy --latent 1 --inference vb",
      "lds is not fitted by --inference vb.\nLeave it out: lds is fitted by em."),
    .init(
      "fit hmm hmm.npy --states 2 --emissions student --inference vb",
      "--emissions student and --inference vb do not go together: Student densities are fitted by em."),
    .init(
      "fit lds lds.csv --sequence sequence --controls v --latent 2",
      "lds.csv has no column \"v\".\nAvailable: x1, x2, x3, x4, u, z1, z2."),
    .init(
      "fit lds lds.csv --sequence sequence --columns x1,x2 --controls short.npy --latent 1",
      "short.npy has 3 rows where the data have 360."),
    .init("score hmm.latent hmm.npy --controls u", "--controls has no meaning for hmm by em.\nLeave it out."),
    .init(
      "score lds.latent hmm.npy",
      "hmm.npy has 2 columns, and lds.latent was fitted to 4.\n"
        + "Give data with 4 columns, or choose them with --columns."),
    .init(
      "rollout lds.latent lds.csv --sequence sequence --given 40 --horizon 3",
      "lds.csv: sequence \"1\" has 30 frames, and 40 are to be given.\nChoose a smaller --given."),
    .init(
      "rollout lds.latent lds.csv --sequence sequence --given 28 --horizon 5",
      "the horizon must be at most 3, as far as the controls of sequence 1 go, not 5."),
    .init("rollout lds.latent lds.csv --given 0 --horizon 5", "--given must be 1 or more, not 0."),
    .init(
      "sample lds.latent",
      "lds.latent was fitted with controls, so a draw needs some.\nGive a file of them with --controls."),
    .init(
      "reconstruct hmm.latent hmm.npy",
      "reconstruct has no meaning for hmm: `latent posterior` has its latent variables, `latent impute` what is missing."
    ),
    .init(
      "impute lds.latent lds.csv --sequence sequence --draws 2",
      "--draws has no meaning for lds by em.\nLeave it out."),
    .init(
      "select hmm hmm.npy --states 1...2 --criterion icl",
      "--criterion icl and hmm do not go together: it is about clusters of rows, and not of frames in order."),
    .init(
      "fit hmm grey.csv --sequence s --emissions bernoulli --states 2",
      "grey.csv, sequence \"v\", frame 2, column 2 (\"b\") holds 0.5, where the model knows 0 and 1 alone.\n"
        + "Turn values into zeros and ones with --binarize."),
    .init(
      "fit hmm nameless.csv --sequence s --states 1",
      "nameless.csv, row 2, column 2: the cell is missing.\nGive every cell a number."),
    .init(
      "data make sun",
      "NAME must be pendulum, bouncing-ball, bouncing-balls, linear-gaussian or hmm-chain, not \"sun\"."),
  ]

  @Test func whatDoesNotFitIsSaid() throws {
    let scratch = try Self.prepared()
    _ = try Self.run("data make hmm-chain -n 1 --frames 3 -o short.npy", in: scratch)
    try scratch.write("s,a,b\nu,0,1\nu,1,1\nv,1,0\nv,0,0.5\nv,0,1\nv,1,1\n", to: "grey.csv")
    try scratch.write("x,s\n1,a\n2,\n3,a\n", to: "nameless.csv")
    for refused in Self.refused {
      let outcome = try LatentProcess.run("\(refused.line) --quiet", in: scratch)
      #expect(outcome.status == 2, "\(refused.line)")
      #expect(outcome.output == "", "\(refused.line)")
      #expect(outcome.error == "latent: \(refused.message)\n", "\(refused.line)")
    }
  }
}
