import Foundation
import Testing

/// What the moving pictures show is what theory says.
@Suite struct GalleryTests {
  private struct Scenes: Decodable {
    struct EM: Decodable { var bound: Double }
    struct End: Decodable { var start, end, logEvidence: Double }
    struct Gaussian: Decodable { var mean, deviation: Double }
    struct Divergences: Decodable { var exclusive, inclusive: Gaussian }
    struct Gradients: Decodable {
      var exact: Double
      var score, reparametrised: Gaussian
    }
    struct Filter: Decodable { var errorSeen, errorForetold, errorOfAll, errorOfMean: Double }
    var em: EM
    var lowerBound: [End]
    var divergences: Divergences
    var gradients: Gradients
    var filter: Filter
  }
  private struct Output: Decodable {
    var scenes: Scenes
    var files: [String]
  }

  @Test func scenesShowWhatTheorySays() throws {
    let scratch = try ScratchFolder()
    let outcome = try LatentProcess.run("demo --gallery --json --quiet -o out", in: scratch)
    #expect(outcome.status == 0, "\(outcome.error)")
    let output = try JSONDecoder().decode(Output.self, from: Data(outcome.output.utf8))
    #expect(
      output.files
        == [
          "out/gallery.html", "out/em.svg", "out/bound.svg", "out/divergences.svg", "out/codes.svg",
          "out/planes.svg", "out/gradients.svg", "out/filter.svg",
        ])
    #expect(output.files.allSatisfy { scratch.exists($0) })
    let s = output.scenes

    // The maximum that mclust finds in raw units, less the logarithms of both deviations, 272 times each.
    #expect(abs(s.em.bound - -385.4607) < 1e-2)

    // The same steps end on two peaks.
    #expect(s.lowerBound.count == 2)
    #expect(s.lowerBound[0].end > 3 && s.lowerBound[1].end < -3)
    #expect(s.lowerBound[0].logEvidence > s.lowerBound[1].logEvidence + 1)

    // KL(p ‖ q) is least at p's own moments: 0, and 0.6² + 2.5². KL(q ‖ p) at one of the peaks, hardly reached by the other.
    let wide = (0.36 + 6.25).squareRoot()
    #expect(abs(s.divergences.inclusive.mean) < 1e-3 && abs(s.divergences.inclusive.deviation - wide) < 1e-2)
    #expect(
      abs(s.divergences.exclusive.mean - 2.5) < 0.05 && abs(s.divergences.exclusive.deviation - 0.6) < 0.05)

    // Five standard errors of 100,000 draws.
    for (estimate, deviation) in [(s.gradients.score, 21.75.squareRoot()), (s.gradients.reparametrised, 1)] {
      #expect(abs(estimate.mean - s.gradients.exact) < 5 * deviation / 1e5.squareRoot())
      #expect(abs(estimate.deviation / deviation - 1) < 0.05)
    }

    // A filter that knows the velocity is an order of magnitude nearer than the mean image.
    #expect(s.filter.errorSeen < 0.002 && s.filter.errorForetold < 0.003, "\(s.filter)")
    #expect(s.filter.errorOfAll < 0.004, "\(s.filter)")
    #expect(s.filter.errorOfMean > 0.01, "\(s.filter)")

    let page = try scratch.text("out/gallery.html")
    #expect(page.utf8.count < 5_000_000)
    #expect(page.contains("Two divergences"))
    #expect(page.contains("found a state that has it"))
  }

  @Test func precisionHasNoMeaning() throws {
    let outcome = try LatentProcess.run("demo --gallery --precision single", in: ScratchFolder())
    #expect(outcome.status == 2)
    #expect(
      outcome.error
        == "latent: --precision and --gallery do not go together: each picture has the precision of its method.\n"
    )
  }
}
