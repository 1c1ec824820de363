import Foundation
import Testing

/// Deep filters in every verb.
@Suite struct FilterTests {
  /// Pendulums as arrays and as a text, and small filters of them, hardly trained.
  static func prepared() throws -> ScratchFolder {
    let scratch = try ScratchFolder()
    let size = "--hidden 8 --recognition 8 --first-frames 3 --updates 12 --batch 6"
    for line in [
      "data make pendulum -n 12 --frames 9 --seed 3 -o p.npy",
      "data make linear-gaussian -n 12 --frames 9 --seed 3 -o l.csv",
      "fit dvbf p.npy --controls p-controls.npy --latent 3 --matrices 4 \(size) -o dvbf.latent",
      "fit dkf p.npy --controls p-controls.npy --latent 3 --transition-hidden 8 \(size) -o dkf.latent",
      "fit dvbf l.csv --sequence sequence --controls u --truth z1,z2 --latent 2 --smoothing 6 --matrices 1 "
        + "--weight-prior 1 --variance columns --standardize \(size) -o smoother.latent",
      "fit dvbf bouncing-ball --latent 4 \(size) -o ball.latent",
    ] {
      let outcome = try LatentProcess.run("\(line) --quiet", in: scratch)
      try #require(outcome.status == 0, "\(line): \(outcome.error)")
    }
    return scratch
  }

  private static let data = [
    "dvbf": "p.npy --controls p-controls.npy", "dkf": "p.npy --controls p-controls.npy",
    "smoother": "l.csv --sequence sequence --controls u --truth z1,z2", "ball": "bouncing-ball",
  ]

  private static func run(_ line: String, in scratch: ScratchFolder) throws -> LatentProcess.Outcome {
    let outcome = try LatentProcess.run("\(line) --quiet", in: scratch)
    try #require(outcome.status == 0, "\(line): \(outcome.error)")
    return outcome
  }

  private static func json(_ line: String, in scratch: ScratchFolder) throws -> [String: Any] {
    try run("\(line) --json", in: scratch).json
  }

  private static func table(
    _ line: String, in scratch: ScratchFolder
  ) throws -> (names: [String], rows: [[Double]]) {
    let lines = try run(line, in: scratch).output.split(separator: "\n").map {
      $0.split(separator: ",").map(String.init)
    }
    return (try #require(lines.first), try lines.dropFirst().map { try $0.map { try #require(Double($0)) } })
  }

  @Test func jsonHasTheKeysOfTheContract() throws {
    let scratch = try Self.prepared()
    for (model, own) in [("dvbf", ["matrices"]), ("dkf", ["transitionHidden"])] {
      let json = try Self.json(
        "fit \(model) p.npy --controls p-controls.npy --latent 2 --hidden 4 --recognition 4 --updates 24 --batch 4 "
          + "--holdout 0.25", in: scratch)
      for key in [
        "model", "inference", "observations", "dimensions", "bound", "boundPerObservation", "terms",
        "estimate", "iterations", "outcome", "seconds", "secondsPerIteration", "seed", "threads", "trace",
        "passes", "steps", "stepsPerSecond", "testBoundPerObservation", "testTrace", "frames", "controls",
        "latent", "attempts", "freeParameters", "batch", "learningRate", "precision",
      ] + own { #expect(json[key] != nil, "\(key) of \(model)") }
      let terms = try #require(json["terms"] as? [String: Double])
      let sum = terms["reconstruction"]! - terms["latentKL"]! - terms["parameterKL"]!
      let bound = try #require(json["bound"] as? Double)
      #expect(abs(sum - bound) < 1e-8 * abs(bound))
      #expect(json["steps"] as? Int == 24 && json["observations"] as? Int == 9)
      // 9 sequences in minibatches of 4: 3 steps a pass.
      #expect((json["trace"] as? [Double])?.count == 8 && (json["testTrace"] as? [Double])?.count == 8)
      #expect(json["outcome"] as? String == "converged" && json["estimate"] as? String == "monteCarlo")
    }
    let short = try Self.json(
      "fit dvbf l.csv --sequence sequence --latent 1 --passes 11 --hidden 2", in: scratch)
    #expect(short["steps"] as? Int == 11)
  }

  /// The bound of `score` is that of `evaluate`, whose importance bound is above.
  @Test func scoresAndEvaluationsAgree() throws {
    let scratch = try Self.prepared()
    for (model, data) in Self.data {
      let (names, rows) = try Self.table("score \(model).latent \(data)", in: scratch)
      // A text has names of its sequences, which come first.
      #expect(names == (model == "smoother" ? ["sequence", "bound"] : ["bound"]))
      let mean = rows.reduce(0) { $0 + $1[$1.count - 1] } / Double(rows.count)
      let json = try Self.json("evaluate \(model).latent \(data) --draws 50", in: scratch)
      let bound = try #require(json["bound"] as? Double)
      #expect(abs(bound - mean) < 1e-6 * abs(mean), "\(model)")
      let terms = try #require(json["terms"] as? [String: Double])
      #expect(abs(terms["reconstruction"]! - terms["latentKL"]! - bound) < 1e-6 * abs(bound))
      #expect(try #require(json["importanceBound"] as? Double) > bound)
      #expect(json["draws"] as? Int == 50 && json["rows"] as? Int == rows.count)
      let info = try Self.json("info \(model).latent", in: scratch)
      #expect(info["model"] as? String == (model == "dkf" ? "dkf" : "dvbf"))
      #expect(info["smoothing"] as? Int == (model == "smoother" ? 6 : nil))
    }
  }

  /// Ground truth from a file, as columns, or with a set by its name.
  @Test func groundTruthIsToldByTheStates() throws {
    let scratch = try Self.prepared()
    let file = try Self.json(
      "evaluate dvbf.latent p.npy --controls p-controls.npy --truth p-truth.npy", in: scratch)
    let numbered = try #require(file["rSquared"] as? [String: Double])
    #expect(Set(numbered.keys) == ["1", "2", "3"])
    let named = try Self.json("evaluate dvbf.latent pendulum-test", in: scratch)
    #expect(Set((named["rSquared"] as? [String: Double] ?? [:]).keys) == ["sin", "cos", "velocity"])
    #expect(named["rows"] as? Int == 500 && named["frames"] as? Int == 7500)
    let columns = try Self.json("evaluate smoother.latent \(Self.data["smoother"]!)", in: scratch)
    let fits = try #require(columns["rSquared"] as? [String: Double])
    #expect(Set(fits.keys) == ["z1", "z2"] && fits.values.allSatisfy { $0 <= 1 })
  }

  /// Errors by horizon are those of the table against the data, of the last frame given, and of the mean of all frames.
  @Test func rolloutsAreMeasured() throws {
    let scratch = try Self.prepared()
    let (G, H, T) = (4, 5, 9)
    let line = "rollout smoother.latent \(Self.data["smoother"]!) --given \(G) --horizon \(H)"
    let (names, rows) = try Self.table(line, in: scratch)
    #expect(names == ["sequence", "frame", "x1", "x2", "x3", "x4"])
    #expect(rows.count == 12 * H && rows[0][1] == Double(G + 1))
    let json = try Self.json(line, in: scratch)
    let data = try scratch.text("l.csv").split(separator: "\n").dropFirst().map {
      $0.split(separator: ",").map { Double($0)! }
    }
    let means = (1...4).map { j in data.reduce(0) { $0 + $1[j] } / Double(data.count) }
    for (key, value) in [
      ("rootMeanSquaredError", { (n: Int, h: Int, j: Int) in rows[n * H + h][1 + j] }),
      ("copyLast", { (n: Int, _: Int, j: Int) in data[n * T + G - 1][j] }),
      ("meanFrame", { (_: Int, _: Int, j: Int) in means[j - 1] }),
    ] as [(String, (Int, Int, Int) -> Double)] {
      let found = try #require(json[key] as? [Double])
      for h in 0..<H {
        var sum = 0.0
        for n in 0..<12 {
          for j in 1...4 {
            let δ = value(n, h, j) - data[n * T + G + h][j]
            sum += δ * δ
          }
        }
        let expected = (sum / 48).squareRoot()
        #expect(abs(found[h] - expected) < 1e-4 * expected, "\(key) \(h)")
      }
    }
    let drawn = try Self.table("\(line) --draws 40", in: scratch)
    #expect(drawn.names.suffix(4) == ["x1_sd", "x2_sd", "x3_sd", "x4_sd"])
    #expect(drawn.rows.allSatisfy { $0.suffix(4).allSatisfy { $0 > 0 } })
    // Without controls a prediction goes on beyond the data.
    let beyond = try Self.table("rollout ball.latent bouncing-ball --given 48 --horizon 7 -n 2", in: scratch)
    #expect(beyond.rows.count == 14)
  }

  /// Film strips: 16 × 16 pixels and 2 between, two lines for a sequence.
  @Test func picturesAreFilmStrips() throws {
    let scratch = try Self.prepared()
    func size(_ name: String) throws -> [Int] {
      let bytes = try scratch.data(name)
      return [16, 20].map { at in bytes[at..<at + 4].reduce(0) { $0 << 8 | Int($1) } }
    }
    for (line, width, height) in [
      ("rollout ball.latent bouncing-ball --given 3 --horizon 9 -n 3", 12, 6),
      ("reconstruct ball.latent bouncing-ball -n 2", 50, 4), ("sample ball.latent -n 3 --frames 8", 8, 3),
      (
        "rollout dvbf.latent p.npy --controls p-controls.npy --given 3 --horizon 5 -n 1 --image 16x16", 8, 2
      ),
    ] {
      _ = try Self.run("\(line) -o a.png", in: scratch)
      #expect(try size("a.png") == [width * 18 + 2, height * 18 + 2], "\(line)")
    }
  }

  @Test func drawsAreSequences() throws {
    let scratch = try Self.prepared()
    _ = try Self.run(
      "sample dvbf.latent -n 12 --controls p-controls.npy -o draws.npy", in: scratch)
    #expect(
      String(decoding: try scratch.data("draws.npy")[10..<100], as: UTF8.self).contains("(12, 9, 256)"))
    let json = try Self.json("sample ball.latent -n 3 --frames 4 --means -o m.npy", in: scratch)
    #expect((json["largestStates"] as? [Double])?.count == 3)
    let (names, rows) = try Self.table("posterior dkf.latent \(Self.data["dkf"]!)", in: scratch)
    #expect(names == ["sequence", "frame", "z1", "z2", "z3", "z1_sd", "z2_sd", "z3_sd"])
    #expect(rows.count == 108 && rows.allSatisfy { $0[5] > 0 })
  }

  /// Cells that are there stay; in the data's units, too.
  @Test func missingCellsAreFilled() throws {
    let scratch = try Self.prepared()
    let lines = try scratch.text("l.csv").split(separator: "\n").map {
      $0.split(separator: ",").map(String.init)
    }
    var holes = lines
    for t in [3, 4, 8, 14] { for j in 1...4 where t != 8 || j == 2 { holes[t][j] = "NA" } }
    try scratch.write(holes.map { $0.joined(separator: ",") }.joined(separator: "\n") + "\n", to: "holes.csv")
    let options = "smoother.latent holes.csv --sequence sequence --controls u --truth z1,z2"
    let filled = try Self.table("impute \(options)", in: scratch)
    #expect(filled.rows.count == 108 && filled.names.count == 8)
    for t in 1...108 {
      for j in 1...4 {
        let (value, deviation) = (filled.rows[t - 1][j - 1], filled.rows[t - 1][3 + j])
        if holes[t][j] == "NA" {
          #expect(value.isFinite && deviation > 0)
        } else {
          #expect(abs(value - Double(lines[t][j])!) < 1e-5 * (1 + abs(value)) && deviation == 0)
        }
      }
    }
    #expect(try Self.table("impute \(options) --draws 3", in: scratch).rows.count == 324)
    let json = try Self.json("impute dvbf.latent \(Self.data["dvbf"]!) --hide 0.2 -o i.npy", in: scratch)
    #expect((json["hiddenRootMeanSquaredError"] as? Double).map { $0 < 0.5 } ?? false)
  }

  @Test func aResumedFitIsTheSameBitForBit() throws {
    let scratch = try Self.prepared()
    let fit =
      "fit dvbf p.npy --controls p-controls.npy --latent 2 --hidden 4 --recognition 4 --batch 4 --updates 30 --attempts 3 "
      + "--restarts 2 --seed 4"
    _ = try Self.run("\(fit) -o whole.latent", in: scratch)
    let part = try Self.json("\(fit) --time-limit 0.001 --checkpoint c --every 0", in: scratch)
    #expect(part["outcome"] as? String == "budgetExhausted")
    let info = try Self.json("info c", in: scratch)
    #expect(info["kind"] as? String == "checkpoint" && info["model"] as? String == "dvbf")
    _ = try Self.run("\(fit) --resume c -o resumed.latent", in: scratch)
    #expect(try scratch.data("whole.latent") == scratch.data("resumed.latent"))
    for (option, message) in [
      ("--masking 0.2", "c was made with --masking 0.6, not 0.2."),
      ("--updates 40", "c was made with --updates 30, not 40."),
    ] {
      let other = fit.replacingOccurrences(of: "--updates 30", with: "")
      let outcome = try LatentProcess.run("\(other) \(option) --resume c", in: scratch)
      let name = option.split(separator: " ")[0]
      #expect(
        outcome.error == "latent: \(message)\nLeave \(name) out to go on, or --resume to begin anew.\n")
    }
    let outcome = try LatentProcess.run("fit vae p.npy --latent 2 --resume c", in: scratch)
    #expect(
      outcome.error
        == "latent: c was made with MODEL dvbf, not vae.\nGive dvbf to go on, or leave --resume out to begin anew.\n"
    )
  }

  private static let fit = "fit dvbf p.npy --controls p-controls.npy --latent 2"
  static let refused: [RefusedLine] = [
    .init("fit dvbf p.npy", "--latent is missing: dvbf needs to know how many latent dimensions it has."),
    .init("fit dkf p.npy --latent 2,1", "--latent must be one number for dkf, not 2,1."),
    .init("\(fit) --matrices 0", "--matrices must be from 1 to 1000000, not 0."),
    .init(
      "fit dkf p.npy --latent 2 --matrices 3",
      "--matrices has no meaning for dkf by gradient ascent.\nLeave it out."),
    .init(
      "fit dkf p.npy --latent 2 --weight-prior 1",
      "--weight-prior has no meaning for dkf by gradient ascent.\nLeave it out."),
    .init("\(fit) --updates 9", "--updates must be from 10 to 1000000000, not 9."),
    .init(
      "\(fit) --updates 90 --passes 3",
      "--updates and --passes do not go together: both say how many steps there are."),
    .init("\(fit) --masking 1.5", "--masking must be from 0 to 1, not 1.5."),
    .init("\(fit) --attempts 0", "--attempts must be from 1 to 1000, not 0."),
    .init("\(fit) --beta 2", "--beta has no meaning for dvbf by gradient ascent.\nLeave it out."),
    .init(
      "\(fit) --posterior full", "--posterior has no meaning for dvbf by gradient ascent.\nLeave it out."),
    .init("\(fit) --optimizer sgd", "--optimizer has no meaning for dvbf by gradient ascent.\nLeave it out."),
    .init("\(fit) --inference em", "--inference has no meaning for dvbf by gradient ascent.\nLeave it out."),
    .init("\(fit) --states 2", "--states has no meaning for dvbf by gradient ascent.\nLeave it out."),
    .init("\(fit) --tolerance 1", "--tolerance has no meaning for dvbf by gradient ascent.\nLeave it out."),
    .init("\(fit) --precision bf16", "--precision must be double or single for dvbf, not bf16."),
    .init(
      "\(fit) --variance 1 --likelihood bernoulli", "--variance has no meaning without --likelihood gaussian."
    ),
    .init(
      "\(fit) --likelihood categorical",
      "--likelihood must be bernoulli, gaussian, continuous-bernoulli or logistic for dvbf, not categorical."),
    .init("\(fit) --binarize stochastic", "--binarize must be a threshold for dvbf, not stochastic."),
    .init(
      "\(fit) --holdout 0.2 --test pendulum",
      "--holdout and --test do not go together: both say which sequences the bound is tested on."),
    .init("\(fit) --batch 13", "--batch 13 is more than the 12 sequences of p.npy.\nGive a number up to 12."),
    .init(
      "\(fit) --test linear-gaussian",
      "--test linear-gaussian has 4 columns, and p.npy has 256.\nGive test data with the columns of the fit."),
    .init(
      "fit dvbf p.npy --latent 2 --test pendulum-test",
      "--test pendulum-test has 1 control, and p.npy has 0.\nGive test data with the controls of the fit."
    ),
    .init(
      "\(fit) --test p.npy",
      "--test and a file of --controls or --sequence do not go together: p-controls.npy belongs to the sequences of DATA; "
        + "give --holdout."),
    .init(
      "fit vae faithful --latent 1 --matrices 2",
      "--matrices has no meaning for vae by gradient ascent.\nLeave it out."),
    .init(
      "fit hmm hmm-chain --states 2 --smoothing 2", "--smoothing has no meaning for hmm by em.\nLeave it out."
    ),
    .init(
      "fit gmm faithful --components 2 --updates 20", "--updates has no meaning for gmm by em.\nLeave it out."
    ),
    .init(
      "select dvbf p.npy --components 1...2",
      "MODEL must be gmm, tmm, bmm, cmm, ppca, fa, mfa, hmm or lds for select, not dvbf."),
    // Data that do not suit.
    .init(
      "fit dvbf p.npy --controls short-controls.npy --latent 2",
      "short-controls.npy has 6 rows where the data have 108."),
    .init(
      "fit dvbf gap.csv --sequence s --controls u --latent 1",
      "gap.csv, row 2, column 3 (\"u\"): the cell is missing.\nGive every cell a number."),
    .init(
      "fit dvbf infinite.csv --sequence s --latent 1",
      "infinite.csv, line 3, column 2 (\"x\"): \"inf\" is infinite or too large for a number.\nCorrect it, or leave it empty if it is missing."
    ),
    .init(
      "fit dvbf empty.csv --latent 1", "empty.csv is empty.\nGive a table with a row for each observation."),
    .init(
      "fit dvbf p.npy --latent 2 --likelihood bernoulli",
      "p.npy, sequence 1, frame 1, column 1 holds 0.000276, where the model knows 0 and 1 alone.\nTurn values into zeros and ones with --binarize."
    ),
    .init(
      "score dvbf.latent l.csv --sequence sequence",
      "l.csv has 7 columns, and dvbf.latent was fitted to 256.\n"
        + "Give data with 256 columns, or choose them with --columns."),
    .init(
      "score dvbf.latent bouncing-balls",
      "bouncing-balls has 400 columns, and dvbf.latent was fitted to 256.\n"
        + "Give data with 256 columns, or choose them with --columns."),
    .init(
      "score dvbf.latent p.npy",
      "p.npy has 0 controls, and dvbf.latent was fitted to 1.\n"
        + "Name its columns of controls, or a file of them, with --controls."),
    .init(
      "rollout dvbf.latent p.npy --controls p-controls.npy --given 2 --horizon 3",
      "--given 2 is less than the 3 frames that tell dvbf.latent the first state.\n"
        + "Give 3 or more, or fit with a smaller --first-frames."),
    .init(
      "rollout dvbf.latent p.npy --controls p-controls.npy --given 10 --horizon 3",
      "p.npy: sequence 1 has 9 frames, and 10 are to be given.\nChoose a smaller --given."),
    .init(
      "rollout dvbf.latent p.npy --controls p-controls.npy --given 4 --horizon 7",
      "p.npy: sequence 1 has controls of 9 frames, and 4 + 7 need those of 10.\n"
        + "Choose a --horizon up to 6, or give more controls."),
    .init(
      "rollout dvbf.latent p.npy --controls p-controls.npy --given 4 --horizon 2 --level 0.5",
      "--level has no meaning for dvbf by gradient ascent.\nLeave it out."),
    .init(
      "rollout dvbf.latent p.npy --controls p-controls.npy --given 4 --horizon 2 -o a.png",
      "dvbf.latent was not fitted to images, so a.png cannot be drawn.\nUse .csv, .tsv or .npy."),
    .init(
      "evaluate dvbf.latent p.npy --controls p-controls.npy --truth short-truth.npy",
      "short-truth.npy has 6 rows where the data have 108."),
    .init(
      "evaluate dvbf.latent p.npy --controls p-controls.npy --amortization-gap 3",
      "--amortization-gap has no meaning for dvbf by gradient ascent.\nLeave it out."),
    .init(
      "posterior dvbf.latent p.npy --controls p-controls.npy --path likely",
      "--path has no meaning for dvbf by gradient ascent.\nLeave it out."),
    .init(
      "reconstruct dvbf.latent p.npy --controls p-controls.npy --between 1,2",
      "--between has no meaning for dvbf by gradient ascent.\nLeave it out."),
    .init(
      "sample dvbf.latent",
      "dvbf.latent was fitted with controls, so a draw needs some.\nGive a file of them with --controls."),
    .init(
      "sample ball.latent --manifold", "--manifold has no meaning for dvbf by gradient ascent.\nLeave it out."
    ),
    .init(
      "impute dvbf.latent p.npy --controls p-controls.npy --method chain",
      "--method has no meaning for dvbf by gradient ascent.\nLeave it out."),
    .init(
      "\(fit) --image 16x15", "--image must be height x width of the 256 columns of p.npy, not 16x15."),
    .init(
      "fit dvbf pendulum --latent 2 --image 16x16",
      "--image and pendulum do not go together: simulated sequences are taken whole; `latent data make` writes them to a file."
    ),
    .init(
      "rollout ball.latent bouncing-ball --given 3 --horizon 5 --image 8x32",
      "--image must be 16x16, as in the fit of ball.latent, not 8x32."),
    .init("info nothing.latent", "nothing.latent: there is no such file or folder."),
  ]

  @Test func whatDoesNotFitIsSaid() throws {
    let scratch = try Self.prepared()
    _ = try Self.run("data make pendulum -n 2 --frames 3 -o short.npy", in: scratch)
    try scratch.write("s,x,u\na,1,1\na,2,\na,3,1\n", to: "gap.csv")
    try scratch.write("s,x\na,1\na,inf\na,3\n", to: "infinite.csv")
    try scratch.write("", to: "empty.csv")
    for refused in Self.refused {
      let outcome = try LatentProcess.run("\(refused.line) --quiet", in: scratch)
      #expect(outcome.status == 2, "\(refused.line)")
      #expect(outcome.output == "", "\(refused.line)")
      #expect(outcome.error == "latent: \(refused.message)\n", "\(refused.line)")
    }
    // One frame is a sequence, and says little.
    try scratch.write("s,x\na,1\nb,2\nc,4\n", to: "one.csv")
    _ = try Self.run(
      "fit dvbf one.csv --sequence s --latent 1 --hidden 2 --recognition 2 --updates 10 -o one.latent",
      in: scratch)
    let scores = try Self.run("score one.latent one.csv --sequence s", in: scratch).output
    #expect(scores.split(separator: "\n").map { $0.prefix(2) } == ["se", "a,", "b,", "c,"])
  }
}
