import Foundation
import Testing

/// `cvae`: models of some columns given others, or categories.
@Suite struct ConditionalAutoencoderTests {
  /// Rows of two categories, `x.csv`: a lies about 3 and b about −3, and y follows x.
  static func data() throws -> ScratchFolder {
    let scratch = try ScratchFolder()
    var random = SmallRandom(seed: 4)
    let rows = (0..<200).map { i -> String in
      let x = (i % 2 == 0 ? 3 : -3) + 0.5 * random.normal()
      return "\(x),\(0.5 * x + 0.3 * random.normal()),\(i % 2 == 0 ? "a" : "b")\n"
    }
    try scratch.write("x,y,kind\n" + rows.joined(), to: "x.csv")
    return scratch
  }

  /// The largest log likelihood of y ~ 𝒩(α + β x, σ²) an observation, with α and β: least squares.
  static func leastSquares(_ rows: [[Double]]) -> (logLikelihood: Double, α: Double, β: Double) {
    let N = Double(rows.count)
    let (mx, my) = (rows.reduce(0) { $0 + $1[0] } / N, rows.reduce(0) { $0 + $1[1] } / N)
    let sxx = rows.reduce(0) { $0 + ($1[0] - mx) * ($1[0] - mx) }
    let β = rows.reduce(0) { $0 + ($1[0] - mx) * ($1[1] - my) } / sxx
    let α = my - β * mx
    let σ² = rows.reduce(0) { $0 + pow($1[1] - α - β * $1[0], 2) } / N
    return (-0.5 * log(2 * Double.pi * σ²) - 0.5, α, β)
  }

  private func numbers(_ scratch: ScratchFolder, _ columns: [Int]) throws -> [[Double]] {
    try scratch.text("x.csv").split(separator: "\n").dropFirst().map { line in
      let cells = line.split(separator: ",")
      return columns.map { Double(cells[$0]) ?? .nan }
    }
  }

  /// Without z and without hidden layers it is a linear regression, whose maximum is that of least squares.
  @Test func withoutLatentVariablesItIsARegression() throws {
    let scratch = try Self.data()
    let exact = Self.leastSquares(try numbers(scratch, [0, 1]))
    let fit = try LatentProcess.run(
      "fit cvae x.csv --columns x,y --condition-columns x --posterior none --hidden none --likelihood gaussian "
        + "--precision double --batch 100 --learning-rate 0.01 --passes 1000 --json --quiet -o r.latent",
      in: scratch)
    #expect(fit.status == 0, "\(fit.error)")
    let json = try fit.json
    #expect(json["quantity"] as? String == "logDensity")
    #expect(json["estimate"] as? String == "exact")
    #expect(json["latent"] as? Int == 0)
    // A slope, an offset and a variance.
    #expect(json["freeParameters"] as? Int == 3)
    let reached = try #require(json["boundPerObservation"] as? Double)
    #expect(
      reached <= exact.logLikelihood + 1e-9 && reached > exact.logLikelihood - 1e-3, "\(reached), \(exact)")
    let score = try LatentProcess.run("score r.latent x.csv --columns x,y --json --quiet", in: scratch).json
    #expect(abs((score["mean"] as? Double ?? 0) - reached) < 1e-9)
    #expect(score["quantity"] as? String == "logDensity")
    try scratch.write("x,y\n2,0\n-1,\n", to: "given.csv")
    let sample = try LatentProcess.run(
      "sample r.latent --condition given.csv -n 1 --means --quiet", in: scratch)
    #expect(sample.status == 0, "\(sample.error)")
    let means = AutoencoderVerbTests.rows(sample.output)
    #expect(means.names == ["x", "y"])
    for (row, x) in zip(means.values, [2.0, -1]) {
      #expect(row[0] == x && abs(row[1] - exact.α - exact.β * x) < 0.02, "\(row), \(exact)")
    }
    for verb in ["posterior r.latent x.csv", "impute r.latent x.csv"] {
      let outcome = try LatentProcess.run("\(verb) --columns x,y", in: scratch)
      #expect(outcome.status == 2)
      #expect(
        outcome.error
          == "latent: \(verb.prefix { $0 != " " }) has nothing for r.latent, which holds a regression "
          + "without latent variables.\nFit a cvae without --posterior none.\n", "\(outcome.error)")
    }
  }

  /// A linear one of one column has a Gaussian p(y | x) again, of the same maximum; x costs nothing.
  @Test func aLinearOneReachesLeastSquares() throws {
    let scratch = try Self.data()
    let exact = Self.leastSquares(try numbers(scratch, [0, 1]))
    let fit = try LatentProcess.run(
      "fit cvae x.csv --columns x,y --condition-columns 1 --latent 1 --hidden none --likelihood gaussian "
        + "--posterior constant-diagonal --precision double --batch 50 --learning-rate 0.01 --passes 1000 --quiet "
        + "-o m.latent", in: scratch)
    #expect(fit.status == 0, "\(fit.error)")
    let json = try LatentProcess.run(
      "evaluate m.latent x.csv --columns x,y --draws 300 --json --quiet", in: scratch
    ).json
    let reached = try #require(json["importanceBound"] as? Double)
    #expect(abs(reached - exact.logLikelihood) < 0.02, "\(reached), \(exact)")
    #expect(
      try LatentProcess.run("posterior m.latent x.csv --columns x,y --quiet", in: scratch).output.hasPrefix(
        "z1,z1_sd\n"))
  }

  @Test func categoriesAreGiven() throws {
    let scratch = try Self.data()
    let fit = try LatentProcess.run(
      "fit cvae x.csv --condition kind --latent 1 --hidden 8 --likelihood gaussian --passes 150 --batch 20 "
        + "--learning-rate 0.01 --holdout 0.1 --json -o m.latent", in: scratch)
    #expect(fit.status == 0, "\(fit.error)")
    #expect(
      fit.error.hasPrefix(
        "Conditional variational auto-encoder 2–8–1 (tanh, Gaussian likelihood of one variance, diagonal posterior) "
          + "fitted to x.csv, 180 × 2 given kind (2 categories); tested on rows held out, 20 rows\n"),
      "\(fit.error)")
    let condition = try #require(try fit.json["condition"] as? [String: Any])
    #expect(condition["labels"] as? String == "kind")
    #expect(condition["levels"] as? [String] == ["a", "b"])
    // The same parameters tell the two apart by what is given alone.
    let draws = AutoencoderVerbTests.rows(
      try LatentProcess.run("sample m.latent --condition b,a -n 100 --quiet", in: scratch).output)
    #expect(draws.names == ["x", "y"] && draws.values.count == 200)
    for (rows, mean) in [(draws.values[..<100], -3.0), (draws.values[100...], 3)] {
      #expect(abs(rows.reduce(0) { $0 + $1[0] } / 100 - mean) < 0.5)
    }
    let all = try LatentProcess.run("sample m.latent --condition all -n 100 --quiet", in: scratch).output
    #expect(AutoencoderVerbTests.rows(all).values[..<100] == draws.values[100...])
    // A row is far less likely given the other category.
    let right = try LatentProcess.run("score m.latent x.csv --json --quiet", in: scratch).json
    let swapped = try scratch.text("x.csv").split(separator: "\n").map { line in
      line.hasSuffix(",a") ? "\(line.dropLast())b" : line.hasSuffix(",b") ? "\(line.dropLast())a" : "\(line)"
    }
    try scratch.write(swapped.joined(separator: "\n") + "\n", to: "swapped.csv")
    let wrong = try LatentProcess.run("score m.latent swapped.csv --json --quiet", in: scratch).json
    #expect((right["mean"] as? Double ?? 0) > (wrong["mean"] as? Double ?? 0) + 1)
    // The same categories from a file of them.
    let kinds = try scratch.text("x.csv").split(separator: "\n").dropFirst().map {
      $0.hasSuffix("a") ? "a" : "b"
    }
    try scratch.write(kinds.joined(separator: "\n") + "\n", to: "kinds.csv")
    let file = try LatentProcess.run(
      "score m.latent x.csv --condition kinds.csv --columns x,y --json --quiet", in: scratch)
    #expect(file.status == 0, "\(file.error)")
    #expect(try file.json["mean"] as? Double == right["mean"] as? Double)
    let info = try LatentProcess.run("info m.latent", in: scratch).output
    #expect(info.contains("\ngiven ") && info.contains("kind (2 categories)"))
    for verb in ["reconstruct m.latent x.csv", "posterior m.latent x.csv", "evaluate m.latent x.csv"] {
      let outcome = try LatentProcess.run("\(verb) --quiet", in: scratch)
      #expect(outcome.status == 0, "\(outcome.error)")
    }
    let reconstructed = try LatentProcess.run("reconstruct m.latent x.csv --quiet", in: scratch).output
    #expect(AutoencoderVerbTests.rows(reconstructed).names == ["x", "y"])
  }

  /// Rows with gaps are put into another order, and their categories with them: a regression on these has the means of the two kinds,
  /// and the mean square around them.
  @Test func categoriesStayWithTheirRows() throws {
    let scratch = try ScratchFolder()
    var random = SmallRandom(seed: 9)
    var (sums, counts) = ([String: Double](), [String: Double]())
    let rows = (0..<120).map { i -> (cells: [Double], kind: String) in
      let kind = random.uniform() < 0.5 ? "a" : "b"
      let cells = (0..<2).map { j -> Double in
        i % 3 == j ? .nan : (kind == "a" ? 2 : -1) * Double(j + 1) + random.normal()
      }
      for (j, x) in cells.enumerated() where !x.isNaN {
        sums["\(kind)\(j)", default: 0] += x
        counts["\(kind)\(j)", default: 0] += 1
      }
      return (cells, kind)
    }
    try scratch.write(
      "x,y,kind\n"
        + rows.map { row in
          row.cells.map { $0.isNaN ? "" : "\($0)" }.joined(separator: ",") + ",\(row.kind)\n"
        }.joined(),
      to: "gaps.csv")
    var (exact, n) = (0.0, 0.0)
    for j in 0..<2 {
      var (square, n_j) = (0.0, 0.0)
      for row in rows where !row.cells[j].isNaN {
        let key = "\(row.kind)\(j)"
        square += pow(row.cells[j] - sums[key]! / counts[key]!, 2)
        n_j += 1
      }
      exact -= n_j / 2 * (log(2 * Double.pi * square / n_j) + 1)
      n += n_j
    }
    let fit = try LatentProcess.run(
      "fit cvae gaps.csv --condition kind --posterior none --hidden none --likelihood gaussian --variance columns "
        + "--precision double --batch 60 --learning-rate 0.01 --passes 1500 --json --quiet -o m.latent",
      in: scratch)
    #expect(fit.status == 0, "\(fit.error)")
    let reached = try #require(try fit.json["bound"] as? Double)
    #expect(reached <= exact + 1e-6 && reached > exact - 0.01 * n, "\(reached), \(exact)")
    let scores = AutoencoderVerbTests.rows(
      try LatentProcess.run("score m.latent gaps.csv --quiet", in: scratch).output)
    #expect(abs(scores.values.reduce(0) { $0 + $1[0] } - reached) < 1e-6)
  }

  /// Doersch's column to digit: what is given comes first in each line, then draws, then the regression.
  @Test func partOfAnImageIsGiven() throws {
    let scratch = try ScratchFolder()
    let base =
      "fit cvae mnist-sample --condition-pixels 13,14 --binarize stochastic --hidden 16 --passes 2 --quiet"
    #expect(try LatentProcess.run("\(base) --latent 2 -o m.latent", in: scratch).status == 0)
    #expect(try LatentProcess.run("\(base) --posterior none -o r.latent", in: scratch).status == 0)
    let picture = try LatentProcess.run(
      "sample m.latent --condition mnist-sample-test --rows 3 -n 4 --means --contrast r.latent -o grid.png --quiet",
      in: scratch)
    #expect(picture.status == 0, "\(picture.error)")
    #expect(try AutoencoderVerbTests.pngSize(scratch.data("grid.png")) == [6 * 30 + 2, 3 * 30 + 2])
    let draws = AutoencoderVerbTests.rows(
      try LatentProcess.run(
        "sample m.latent --condition mnist-sample-test --rows 2 -n 3 --quiet", in: scratch
      ).output
    ).values
    #expect(draws.count == 6 && draws[0].count == 784)
    // The columns of pixels that are given are the same in all draws of a row; the others are zeros and ones.
    for column in [12, 13] {
      for y in 0..<28 { #expect(Set(draws[..<3].map { $0[y * 28 + column] }).count == 1) }
    }
    #expect(
      draws.allSatisfy { row in
        (0..<784).allSatisfy { [12, 13].contains($0 % 28) || row[$0] == 0 || row[$0] == 1 }
      })
    #expect(Set(draws[..<3].map { $0 }).count == 3)
    let evaluation = try LatentProcess.run(
      "evaluate m.latent mnist-sample-test --draws 5 --json --quiet", in: scratch
    ).json
    let bound = try #require(evaluation["bound"] as? Double)
    #expect(bound > -260 && bound < -100)
    let plane = try LatentProcess.run(
      "sample m.latent --manifold -n 3 --condition mnist-sample-test --rows 1 -o plane.png --quiet",
      in: scratch)
    #expect(plane.status == 0, "\(plane.error)")
    let other = try LatentProcess.run(
      "sample m.latent --condition mnist-sample-test --contrast m.latent -o other.png --quiet", in: scratch)
    #expect(
      other.error
        == "latent: --contrast m.latent is not a regression of the same columns on the same condition as m.latent.\n"
        + "Fit one to the same data, with the same --condition options and --posterior none.\n")
  }

  @Test func whatIsGivenMustBeThere() throws {
    let scratch = try Self.data()
    let base = "fit cvae x.csv --latent 1 --likelihood gaussian --passes 1 --hidden 3 --quiet"
    #expect(try LatentProcess.run("\(base) --condition kind -o k.latent", in: scratch).status == 0)
    #expect(
      try LatentProcess.run("\(base) --columns x,y --condition-columns x -o c.latent", in: scratch).status
        == 0)
    #expect(
      try LatentProcess.run(
        "fit vae x.csv --columns x,y --latent 1 --likelihood gaussian --passes 1 --quiet -o v.latent",
        in: scratch
      ).status == 0)
    try scratch.write("x,y,kind\n1,2,a\n3,4,c\n", to: "other.csv")
    try scratch.write("x,y,kind\n1,2,a\n3,4,\n", to: "without.csv")
    for (line, message) in [
      (
        "fit cvae x.csv --columns x,y --latent 1 --likelihood gaussian",
        "cvae is a model of columns given something, and nothing is given.\nName it with --condition COLUMN for "
          + "categories, --condition-columns for numbers, or --condition-pixels for a part of images; or fit a vae."
      ),
      (
        "fit cvae x.csv --latent 1 --likelihood gaussian --columns x,y --condition-columns x,y",
        "--condition-columns gives all columns of x.csv, so none is left to be modelled.\nGive fewer."
      ),
      (
        "fit cvae x.csv --latent 1 --likelihood gaussian --columns x,y --condition-pixels 1",
        "--condition-pixels needs images, and x.csv tells no height and width.\n"
          + "Use IDX or .npy data of three dimensions, without --columns."
      ),
      (
        "fit cvae mnist-sample --latent 1 --binarize 0.5 --condition-pixels 29",
        "--condition-pixels 29 is outside of the images of mnist-sample, which are 28 wide."
      ),
      (
        "fit cvae x.csv --latent 1 --likelihood gaussian --condition-columns x --condition-pixels 1",
        "--condition-columns and --condition-pixels do not go together: both say which columns are given."
      ),
      (
        "fit cvae x.csv --condition kind --likelihood gaussian",
        "--latent is missing: cvae needs to know how many latent dimensions it has."
      ),
      (
        "fit cvae x.csv --condition kind --likelihood gaussian --latent 1 --prior vamp",
        "--prior must be standard or mixture for cvae, not vamp."
      ),
      (
        "fit cvae x.csv --condition kind --likelihood gaussian --posterior none --beta 2",
        "--beta and --posterior none do not go together: there is then no z, but a regression."
      ),
      (
        "fit cvae x.csv --condition kind --likelihood gaussian --posterior none --latent 2",
        "--latent and --posterior none do not go together: there is then no z, but a regression."
      ),
      (
        "score k.latent other.csv",
        "other.csv, row 2: k.latent was fitted to no row whose kind is \"c\".\nIt knows \"a\", \"b\"."
      ),
      (
        "score k.latent without.csv",
        "without.csv, row 2: there is no category in \"kind\".\nLeave the row out, or name it."
      ),
      (
        "sample k.latent",
        "k.latent draws rows given kind, and none is given.\nGive --condition with one or more of a, b, between commas, or "
          + "`all`."
      ),
      (
        "sample k.latent --condition c",
        "--condition c: k.latent was fitted to no row whose kind is \"c\".\nIt knows \"a\", \"b\"."
      ),
      (
        "sample k.latent --condition a --rows 3",
        "--rows has no meaning for cvae by gradient ascent.\nLeave it out."
      ),
      ("sample k.latent --rows 3", "--rows has no meaning without --condition DATA."),
      (
        "sample c.latent",
        "c.latent draws rows given 1 column of them, and none are given.\nGive --condition DATA with rows that have these "
          + "columns."
      ),
      (
        "sample v.latent --condition a",
        "--condition has no meaning for vae by gradient ascent.\nLeave it out."
      ),
      (
        "score v.latent x.csv --condition kind",
        "--condition has no meaning for vae by gradient ascent.\nLeave it out."
      ),
      ("sample v.latent --contrast k.latent -o x.csv", "--contrast has no meaning without -o FILE.png."),
    ] {
      let outcome = try LatentProcess.run(line, in: scratch)
      #expect(outcome.status == 2, "\(line)")
      #expect(outcome.error == "latent: \(message)\n", "\(line)")
    }
    let missing = try LatentProcess.run("score k.latent x.csv --columns x,y --condition sort", in: scratch)
    #expect(missing.status == 2)
    #expect(missing.error.hasPrefix("latent: x.csv"), "\(missing.error)")
  }

  @Test func checkpointsKeepWhatIsGiven() throws {
    let scratch = try Self.data()
    let base =
      "fit cvae x.csv --condition kind --latent 1 --hidden 4 --likelihood gaussian --batch 50 --quiet"
    #expect(try LatentProcess.run("\(base) --passes 6 -o whole.latent", in: scratch).status == 0)
    #expect(try LatentProcess.run("\(base) --passes 3 --checkpoint c --every 0", in: scratch).status == 0)
    let rest = try LatentProcess.run(
      "fit cvae x.csv --resume c --passes 6 --quiet -o rest.latent", in: scratch)
    #expect(rest.status == 0, "\(rest.error)")
    #expect(try scratch.data("rest.latent") == scratch.data("whole.latent"))
    let other = try LatentProcess.run("fit cvae x.csv --resume c --condition-columns x", in: scratch)
    #expect(
      other.error == "latent: c was made with --condition-columns absent, not x.\n"
        + "Leave --condition-columns out to go on, or --resume to begin anew.\n")
    let swapped = try scratch.text("x.csv").replacingOccurrences(of: ",a\n", with: ",b\n")
    try scratch.write(swapped, to: "x.csv")
    let changed = try LatentProcess.run("fit cvae x.csv --resume c --passes 6", in: scratch)
    #expect(changed.status == 2)
    #expect(changed.error.contains("was made with other data"), "\(changed.error)")
    #expect(
      try LatentProcess.run("info c", in: scratch).output.contains(
        "Conditional variational auto-encoder 2–4–1"))
  }
}
