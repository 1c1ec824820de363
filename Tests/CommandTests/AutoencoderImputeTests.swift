import Foundation
import Testing

/// `impute` of models of networks, and what `--hide` says of any model.
@Suite struct AutoencoderImputeTests {
  /// A linear auto-encoder of one variance that has reached probabilistic PCA, `m.latent`, PCA itself, `p.latent`, and rows with gaps.
  static let linear: ScratchFolder? = {
    guard let scratch = try? ScratchFolder(),
      (try? scratch.write("eruptions,waiting\n2,NA\n4.5,\nNA,60\n3,70\n", to: "gaps.csv")) != nil,
      let fit = try? LatentProcess.run(
        "fit vae faithful --standardize --latent 1 --hidden none --likelihood gaussian --posterior constant-diagonal "
          + "--precision double --batch 68 --learning-rate 0.01 --passes 1500 --quiet -o m.latent",
        in: scratch),
      let known = try? LatentProcess.run(
        "fit ppca faithful --standardize --latent 1 --quiet -o p.latent", in: scratch),
      fit.status == 0, known.status == 0
    else { return nil }
    return scratch
  }()

  /// What PCA says of the missing cells exactly, with standard deviations.
  @Test(arguments: [
    "", "--method posterior --refinements 0 --proposals 4000",
    "--method chain --steps 4000",
  ])
  func missingCellsAreWhatPCASays(_ method: String) throws {
    let scratch = try #require(Self.linear)
    let exact = ModelFileTests.numbers(
      try LatentProcess.run("impute p.latent gaps.csv --quiet", in: scratch).output)
    let outcome = try LatentProcess.run("impute m.latent gaps.csv \(method)", in: scratch)
    #expect(outcome.status == 0, "\(outcome.error)")
    let found = ModelFileTests.numbers(outcome.output)
    #expect(found.names == ["eruptions", "waiting", "eruptions_sd", "waiting_sd"])
    // Standard deviations of the columns: 1.14 and 13.6. An encoder meets a missing cell as the mean, so without refinement few of its
    // proposals count, and a chain goes where it leads.
    let tolerance = method.isEmpty ? 0.08 : 0.25
    let scales = [1.14, 13.6, 1.14, 13.6]
    for (row, expected) in zip(found.rows, exact.rows) {
      for j in 0..<4 {
        #expect(abs(row[j] - expected[j]) < tolerance * scales[j], "\(row), \(expected)")
        if expected[j + 2 < 4 ? j + 2 : j] == 0, j < 2 { #expect(row[j] == expected[j]) }
      }
    }
    #expect(outcome.error.hasSuffix("3 cells of 8 imputed, seed 0\n"), "\(outcome.error)")
  }

  @Test func drawsSpreadAsDeviationsSay() throws {
    let scratch = try #require(Self.linear)
    let once = ModelFileTests.numbers(
      try LatentProcess.run("impute m.latent gaps.csv --quiet", in: scratch).output)
    let M = 1000
    let outcome = try LatentProcess.run("impute m.latent gaps.csv --draws \(M) --quiet", in: scratch)
    #expect(outcome.status == 0, "\(outcome.error)")
    let table = ModelFileTests.numbers(outcome.output)
    #expect(table.names == ["draw", "eruptions", "waiting"])
    let values = table.rows.indices.filter { $0 % 4 == 0 }.map { table.rows[$0][2] }
    let mean = values.reduce(0, +) / Double(M)
    let deviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(M)).squareRoot()
    #expect(abs(mean - once.rows[0][1]) < 0.15 * once.rows[0][3])
    #expect(abs(deviation / once.rows[0][3] - 1) < 0.12, "\(deviation), \(once.rows[0])")
  }

  /// The mean squared error of what was hidden is the variance that the model gives it.
  @Test(arguments: ["m", "p"])
  func whatIsHiddenIsFoundAgain(_ model: String) throws {
    let scratch = try #require(Self.linear)
    try scratch.write("columns\n", to: "unused")
    let outcome = try LatentProcess.run(
      "impute \(model).latent faithful --columns eruptions,waiting --hide 0.3 --seed 2 --json -o filled-\(model).csv",
      in: scratch)
    #expect(outcome.status == 0, "\(outcome.error)")
    let json = try outcome.json
    let hidden = try #require(json["hidden"] as? Int)
    #expect(abs(Double(hidden) / 544 - 0.3) < 0.06 && json["imputed"] as? Int == hidden)
    let root = try #require(json["hiddenRootMeanSquaredError"] as? Double)
    let filled = ModelFileTests.numbers(try scratch.text("filled-\(model).csv"))
    let variances = filled.rows.flatMap { $0[2...] }.filter { $0 > 0 }.map { $0 * $0 }
    let expected = (variances.reduce(0, +) / Double(variances.count)).squareRoot()
    #expect(variances.count == hidden && abs(root / expected - 1) < 0.2, "\(root), \(expected)")
    #expect(
      outcome.error.contains("cells hidden: root mean squared error of what is expected "), "\(outcome.error)"
    )
    let again = try LatentProcess.run(
      "impute \(model).latent faithful --columns eruptions,waiting --hide 0.3 --seed 2 --threads 1 --json -o again.csv",
      in: scratch)
    #expect(try again.json["hiddenRootMeanSquaredError"] as? Double == root)
  }

  @Test func picturesShowWhatIsMissing() throws {
    let scratch = try #require(AutoencoderVerbTests.fitted)
    let outcome = try LatentProcess.run(
      "impute m.latent mnist-sample-test -n 3 --hide-square 14 --draws 2 --proposals 200 --json -o filled.png",
      in: scratch)
    #expect(outcome.status == 0, "\(outcome.error)")
    // What is observed, what is expected, two draws, and the image.
    #expect(try AutoencoderVerbTests.pngSize(scratch.data("filled.png")) == [5 * 30 + 2, 3 * 30 + 2])
    #expect(try outcome.json["hidden"] as? Int == 3 * 14 * 14)
    let error = try #require(try outcome.json["hiddenRootMeanSquaredError"] as? Double)
    #expect(error > 0.1 && error < 0.6)
    let chain = try LatentProcess.run(
      "impute m.latent mnist-sample-test -n 2 --hide 0.8 --method chain --steps 20 --quiet -o chain.png",
      in: scratch)
    #expect(chain.status == 0, "\(chain.error)")
    #expect(try AutoencoderVerbTests.pngSize(scratch.data("chain.png")) == [3 * 30 + 2, 2 * 30 + 2])
  }

  @Test func whatHasNoUseIsRefused() throws {
    let scratch = try #require(Self.linear)
    _ = try LatentProcess.run("fit ae \(AutoencoderVariantTests.small) --passes 1 -o a.latent", in: scratch)
    for (line, message) in [
      ("impute p.latent gaps.csv --method chain", "--method has no meaning for ppca by em.\nLeave it out."),
      ("impute p.latent gaps.csv --proposals 5", "--proposals has no meaning for ppca by em.\nLeave it out."),
      ("impute m.latent gaps.csv --steps 5", "--steps has no meaning without --method chain."),
      (
        "impute m.latent gaps.csv --method chain --refinements 5",
        "--refinements has no meaning without --method posterior."
      ),
      ("impute m.latent gaps.csv --hide 0", "--hide must be above 0 and up to 1, not 0."),
      (
        "impute m.latent gaps.csv --hide-square 3",
        "--hide-square needs images, and m.latent tells no height and width.\n"
          + "Use IDX or .npy data of three dimensions, without --columns."
      ),
      (
        "impute m.latent gaps.csv --hide 0.1 --hide-square 3",
        "--hide and --hide-square do not go together: both say which cells are hidden."
      ),
      (
        "impute m.latent gaps.csv -o x.png",
        "m.latent was not fitted to images, so x.png cannot be drawn.\nUse .csv, .tsv or .npy."
      ),
      (
        "impute a.latent gaps.csv --method posterior",
        "--method must be chain for ae, whose z is a point, not posterior."
      ),
    ] {
      let outcome = try LatentProcess.run(line, in: scratch)
      #expect(outcome.status == 2)
      #expect(outcome.error == "latent: \(message)\n", "\(outcome.error)")
    }
    #expect(try LatentProcess.run("impute a.latent gaps.csv --quiet", in: scratch).status == 0)
  }
}
