import Foundation
import Testing

@Suite struct ImputeTests {
  /// 80 rows of two dependent columns, `x.csv`, and rows with gaps, `gaps.csv`.
  static func data() throws -> (scratch: ScratchFolder, rows: [[Double]]) {
    let scratch = try ScratchFolder()
    var random = SmallRandom(seed: 21)
    let rows = (0..<80).map { _ -> [Double] in
      let x = 100 + 5 * random.normal()
      return [x, 3 - 0.02 * x + 0.05 * random.normal()].map { ($0 * 1e6).rounded() / 1e6 }
    }
    try scratch.write("a,b\n" + rows.map { "\($0[0]),\($0[1])\n" }.joined(), to: "x.csv")
    try scratch.write("b,note,a\n1.5,x,NA\n,y,110\n1.25,z,90\nNaN,u,?\n", to: "gaps.csv")
    return (scratch, rows)
  }

  /// One Gaussian: what is missing follows by linear regression, b = b̄ + S_ab / S_aa (a − ā), with the variance
  /// S_bb − S_ab² / S_aa around it; in the units of the data, standardized or not.
  @Test(arguments: ["", "--standardize"], ["double", "single"])
  func oneGaussianIsARegression(_ option: String, _ precision: String) throws {
    let (scratch, rows) = try Self.data()
    let fit = try LatentProcess.run(
      "fit gmm x.csv --components 1 --prior none \(option) --precision \(precision) -o m.latent --quiet",
      in: scratch)
    #expect(fit.status == 0, "\(fit.error)")
    let N = Double(rows.count)
    let mean = (0..<2).map { j in rows.reduce(0) { $0 + $1[j] } / N }
    func S(_ i: Int, _ j: Int) -> Double { rows.reduce(0) { $0 + ($1[i] - mean[i]) * ($1[j] - mean[j]) } / N }
    func regression(_ j: Int, on i: Int, at x: Double) -> (value: Double, deviation: Double) {
      (mean[j] + S(i, j) / S(i, i) * (x - mean[i]), sqrt(S(j, j) - S(i, j) * S(i, j) / S(i, i)))
    }
    let outcome = try LatentProcess.run("impute m.latent gaps.csv --precision \(precision)", in: scratch)
    #expect(outcome.error.contains("Columns not in the model are left out: note.\n"))
    #expect(outcome.error.hasSuffix("4 cells of 8 imputed, seed 0\n"))
    let table = ModelFileTests.numbers(outcome.output)
    #expect(table.names == ["a", "b", "a_sd", "b_sd"])
    let (a, b) = (regression(0, on: 1, at: 1.5), regression(1, on: 0, at: 110))
    let expected = [
      [a.value, 1.5, a.deviation, 0], [110, b.value, 0, b.deviation], [90, 1.25, 0, 0],
      [mean[0], mean[1], sqrt(S(0, 0)), sqrt(S(1, 1))],
    ]
    let tolerance = precision == "double" ? 1e-7 : 2e-4
    for (found, expected) in zip(table.rows, expected) {
      for (x, y) in zip(found, expected) { #expect(abs(x - y) < tolerance * max(abs(y), 1), "\(x), \(y)") }
    }
  }

  /// The variance between the tables is that of what is missing; the pooled mean is the one above.
  @Test func drawsSpreadAsTheirDeviationsSay() throws {
    let (scratch, _) = try Self.data()
    _ = try LatentProcess.run("fit gmm x.csv --components 2 --standardize -o m.latent --quiet", in: scratch)
    let once = ModelFileTests.numbers(try LatentProcess.run("impute m.latent gaps.csv", in: scratch).output)
    let M = 4000
    let text = try LatentProcess.run("impute m.latent gaps.csv --draws \(M) --seed 5", in: scratch).output
    let table = ModelFileTests.numbers(text)
    #expect(table.names == ["draw", "a", "b"])
    let numbers: [Int] = table.rows.map { Int($0[0]) }
    let expected: [Int] = (0..<4 * M).map { $0 / 4 + 1 }
    #expect(numbers == expected)
    for (row, column) in [(0, 0), (1, 1), (3, 0), (3, 1)] {
      let draws: [Double] = (0..<M).map { table.rows[4 * $0 + row][1 + column] }
      let mean = draws.reduce(0, +) / Double(M)
      let squares = draws.reduce(0.0) { (sum: Double, x: Double) in sum + (x - mean) * (x - mean) }
      let deviation = sqrt(squares / Double(M))
      let (value, sd) = (once.rows[row][column], once.rows[row][2 + column])
      let error = 1 / sqrt(Double(M))
      #expect(abs(mean - value) < 5 * sd * error)
      #expect(abs(deviation / sd - 1) < 5 * error)
    }
    for threads in [1, 3] {
      let again = try LatentProcess.run(
        "impute m.latent gaps.csv --draws \(M) --seed 5 --threads \(threads)", in: scratch)
      #expect(again.output == text)
    }
    let few = try LatentProcess.run("impute m.latent gaps.csv --draws 3 --seed 5", in: scratch).output
    #expect(text.hasPrefix(few))
  }

  @Test func categoriesAreWrittenByName() throws {
    let scratch = try ScratchFolder()
    let rows = (0..<40).map { i in i % 4 == 0 ? "\"a, \"\"b\"\"\",1" : i % 4 == 1 ? "plain,10" : "plain,2" }
    try scratch.write("name,n\n" + rows.joined(separator: "\n") + "\n", to: "c.csv")
    try scratch.write("name,n\n,1\n\"a, \"\"b\"\"\",\nplain,10\n", to: "gaps.csv")
    let fit = try LatentProcess.run(
      "fit cmm c.csv --components 2 --restarts 3 -o c.latent --quiet", in: scratch)
    #expect(fit.status == 0, "\(fit.error)")
    let csv = try LatentProcess.run("impute c.latent gaps.csv --quiet", in: scratch).output
    let lines = csv.split(separator: "\n").map(String.init)
    #expect(lines[0] == "name,n,name_sd,n_sd")
    #expect(lines[1].hasPrefix("\"a, \"\"b\"\"\",1,") && lines[1].hasSuffix(",0"))
    #expect(lines[2].hasPrefix("\"a, \"\"b\"\"\",1,0,"))
    #expect(lines[3] == "plain,10,0,0")
    _ = try LatentProcess.run("impute c.latent gaps.csv -o out.tsv --quiet", in: scratch)
    #expect(try scratch.text("out.tsv").replacing("\t", with: ",").contains("plain,10,0,0\n"))
    let drawn = try LatentProcess.run("impute c.latent gaps.csv --draws 2 --quiet", in: scratch).output
    #expect(drawn.split(separator: "\n")[3] == "1,plain,10")
    let npy = try LatentProcess.run("impute c.latent gaps.csv -o out.npy", in: scratch)
    #expect(
      npy.error.hasPrefix(
        "Categories are written as numbers: 0 for the first of a column's levels (`latent info`).\n"))
    // Draws of a model of categories are categories, and can be scored.
    let sample = try LatentProcess.run("sample c.latent -n 50 -o draws.csv --quiet", in: scratch)
    #expect(sample.status == 0)
    let names = Set(try scratch.text("draws.csv").split(separator: "\n").dropFirst().map(String.init))
    #expect(
      names.isSubset(
        of: ["\"a, \"\"b\"\"\"", "plain"].flatMap { a in ["1", "2", "10"].map { "\(a),\($0)" } }))
    #expect(try LatentProcess.run("score c.latent draws.csv --quiet", in: scratch).status == 0)
    let json = try LatentProcess.run("sample c.latent -n 3 --json --quiet", in: scratch).json
    let values = try #require(json["values"] as? [[String]])
    #expect(values.joined().allSatisfy { ["a, \"b\"", "plain", "1", "2", "10"].contains($0) })
  }

  /// A missing cell is neither 0 nor 1 after --binarize, and the others are what they are without it.
  @Test(arguments: ["stochastic", "0.5"]) func binarizedRowsMayLackCells(_ way: String) throws {
    let scratch = try ScratchFolder()
    var random = SmallRandom(seed: 2)
    let rows = (0..<50).map { _ in (0..<3).map { _ in String(format: "%.3f", random.uniform()) } }
    func write(_ rows: [[String]], _ name: String) throws {
      try scratch.write("a,b,c\n" + rows.map { $0.joined(separator: ",") + "\n" }.joined(), to: name)
    }
    try write(rows, "whole.csv")
    try write(rows.enumerated().map { $0 % 5 == 0 ? ["NA", $1[1], $1[2]] : $1 }, "gaps.csv")
    var means: [[Double]] = []
    for name in ["whole", "gaps"] {
      let fit = try LatentProcess.run(
        "fit bmm \(name).csv --components 1 --prior none --binarize \(way) -o \(name).latent --quiet",
        in: scratch)
      try #require(fit.status == 0, "\(fit.error)")
      let info = try LatentProcess.run("info \(name).latent --json", in: scratch).json
      means.append(try #require((info["means"] as? [[Double]])?.first))
    }
    #expect(zip(means[0], means[1]).dropFirst().allSatisfy { abs($0 - $1) < 1e-12 })
    let table = ModelFileTests.numbers(
      try LatentProcess.run("impute gaps.latent gaps.csv --quiet", in: scratch).output)
    for (n, row) in table.rows.enumerated() {
      #expect(row[1...2].allSatisfy { $0 == 0 || $0 == 1 })
      // Of one component a cell is what the column is: μ, with the root of μ (1 − μ).
      let μ = means[1][0]
      if n % 5 == 0 { #expect(abs(row[0] - μ) < 1e-9 && abs(row[3] - sqrt(μ * (1 - μ))) < 1e-9) }
    }
  }

  /// Names that are taken already get a line under them, so that the answer can be read back.
  @Test func answersCanBeReadBack() throws {
    let scratch = try ScratchFolder()
    var random = SmallRandom(seed: 8)
    let rows = (0..<40).map { _ in (0..<3).map { _ in "\(random.normal())" }.joined(separator: ",") }
    try scratch.write("draw,x,x_sd\n" + rows.joined(separator: "\n") + "\n1,,2\n", to: "x.csv")
    _ = try LatentProcess.run("fit gmm x.csv --components 1 -o m.latent --quiet", in: scratch)
    let once = try LatentProcess.run("impute m.latent x.csv -o once.csv --json", in: scratch)
    #expect(once.status == 0, "\(once.error)")
    let json = try once.json
    #expect(Set(json.keys) == ["rows", "columns", "imputed", "draws", "seed", "file"])
    #expect(json["imputed"] as? Int == 1)
    #expect(try scratch.text("once.csv").hasPrefix("draw,x,x_sd,draw_sd,x_sd_,x_sd_sd\n"))
    _ = try LatentProcess.run("impute m.latent x.csv --draws 2 -o more.csv --quiet", in: scratch)
    #expect(try scratch.text("more.csv").hasPrefix("draw_,draw,x,x_sd\n"))
    for file in ["once.csv", "more.csv"] {
      let score = try LatentProcess.run("score m.latent \(file) --quiet", in: scratch)
      #expect(score.status == 0, "\(score.error)")
    }
    let refused = try LatentProcess.run("impute m.latent x.csv --draws 0", in: scratch)
    #expect(refused.status == 2)
    #expect(refused.error == "latent: --draws must be 1 or more, not 0.\n")
  }

  /// Weights count in the scale of the columns too, from memory and from the file.
  @Test(arguments: ["", "--batch 50"]) func standardizationIsWeighted(_ way: String) throws {
    let scratch = try ScratchFolder()
    var random = SmallRandom(seed: 31)
    let rows = (0..<60).map { i in (x: 10 * random.normal(), y: random.uniform() + Double(i % 4), w: i % 4) }
    try scratch.write("x,y,w\n" + rows.map { "\($0.x),\($0.y),\($0.w)\n" }.joined(), to: "weighted.csv")
    try scratch.write(
      "x,y\n" + rows.flatMap { row in (0..<row.w).map { _ in "\(row.x),\(row.y)\n" } }.joined(),
      to: "repeated.csv")
    var found: [[String: Any]] = []
    for (data, option) in [("weighted", "--weights w"), ("repeated", "")] {
      let fit = try LatentProcess.run(
        "fit gmm \(data).csv \(option) --components 1 --standardize \(way) -o m.latent --json --quiet",
        in: scratch)
      try #require(fit.status == 0, "\(fit.error)")
      var info = try LatentProcess.run("info m.latent --json", in: scratch).json
      info["bound"] = try fit.json["bound"]
      found.append(info)
    }
    func numbers(_ i: Int, _ key: String) throws -> [Double] {
      try #require((found[i]["standardization"] as? [String: [Double]])?[key])
    }
    let total = Double(rows.reduce(0) { $0 + $1.w })
    let mean = rows.reduce(0) { $0 + Double($1.w) * $1.x } / total
    let variance = rows.reduce(0) { $0 + Double($1.w) * ($1.x - mean) * ($1.x - mean) } / total
    #expect(abs(try numbers(0, "means")[0] - mean) < 1e-12)
    #expect(abs(try numbers(0, "scales")[0] - sqrt(variance)) < 1e-12)
    for key in ["means", "scales"] {
      #expect(try zip(numbers(0, key), numbers(1, key)).allSatisfy { abs($0 - $1) < 1e-12 })
    }
    guard way.isEmpty else { return }
    let bounds = found.compactMap { $0["bound"] as? Double }
    #expect(abs(bounds[0] - bounds[1]) < 1e-9 * abs(bounds[1]))
  }
}
