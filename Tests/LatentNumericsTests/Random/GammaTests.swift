import LatentNumerics
import Testing

@Suite("Gamma and Dirichlet draws")
struct GammaTests {
  let count = 200_000

  @Test("gamma numbers follow their distribution", arguments: [0.01, 0.5, 0.99, 1, 1.5, 10, 300])
  func distribution(_ shape: Double) {
    var stream = RandomStream(seed: 30)
    let logarithms = (0..<count).map { _ in stream.logarithmOfGamma(shape: shape) }
    let distance = kolmogorovSmirnov(logarithms) { gammaDistribution(shape: shape, logarithm: $0) }
    #expect(distance < 2.5)
    #expect(logarithms.allSatisfy { $0.isFinite })
  }

  @Test("mean and variance", arguments: [0.01, 0.5, 1, 10, 1e6, 1e15], [1, 0.25])
  func moments(_ shape: Double, _ scale: Double) {
    var stream = RandomStream(seed: 31)
    var moments = RunningMoments()
    // Standardised, so that shape 1e15 is not compared through cancellation.
    for _ in 0..<count {
      moments.add((stream.gamma(shape: shape, scale: scale) / scale - shape) / Double.sqrt(shape))
    }
    #expect(moments.agrees(mean: 0))
    #expect(moments.agrees(variance: 1))
  }

  @Test("logarithms of draws have mean ψ and variance ψ′", arguments: [1e-300, 1e-8, 0.3, 1, 4, 1e4])
  func logarithms(_ shape: Double) {
    var stream = RandomStream(seed: 32)
    var moments = RunningMoments()
    // In units of max(1/a, 1), which keeps 1e-300 within range
    let unit = Swift.min(shape, 1)
    for _ in 0..<count { moments.add(stream.logarithmOfGamma(shape: shape) * unit) }
    #expect(moments.agrees(mean: digamma(shape) * unit))
    if shape > 1e-150 { #expect(moments.agrees(variance: trigamma(shape) * unit * unit)) }
  }

  @Test("a small shape underflows to zero, not to NaN")
  func underflow() {
    var stream = RandomStream(seed: 33)
    let values = (0..<1000).map { _ in stream.gamma(shape: 1e-4) }
    #expect(values.allSatisfy { $0 >= 0 && $0.isFinite })
    #expect(values.contains(0))
  }

  @Test(
    "Dirichlet marginals have the moments of Beta",
    arguments: [[1, 1, 1], [0.1, 0.2, 0.7], [10, 20, 30], [0.001, 0.002], [5, 0.01, 3, 1e-9]])
  func dirichlet(_ concentration: [Double]) {
    var stream = RandomStream(seed: 34)
    let total = concentration.reduce(0, +)
    var moments = [RunningMoments](repeating: RunningMoments(), count: concentration.count)
    for _ in 0..<50_000 {
      let x = stream.dirichlet(concentration)
      #expect(abs(x.reduce(0, +) - 1) < 1e-14)
      for (k, value) in x.enumerated() { moments[k].add(value) }
    }
    for (k, alpha) in concentration.enumerated() where alpha > 1e-6 {
      let mean = alpha / total
      #expect(moments[k].agrees(mean: mean))
      #expect(moments[k].agrees(variance: mean * (1 - mean) / (total + 1)))
    }
  }

  @Test(
    "vanishing concentrations give corners of the simplex", arguments: [1e-20, 1e-300, 0x1p-1030, 0x1p-1074])
  func corners(_ alpha: Double) {
    var stream = RandomStream(seed: 35)
    var counts = [0, 0, 0]
    for _ in 0..<3000 {
      let x = stream.dirichlet([alpha, 2 * alpha, alpha])
      #expect(x.allSatisfy { $0.isFinite } && abs(x.reduce(0, +) - 1) < 1e-14)
      counts[x.firstIndex(of: x.max()!)!] += 1
    }
    #expect(abs(chiSquareDeviation(counts, [0.25, 0.5, 0.25])) < 12)  // ν = 2: exceeded with probability 1e-6
  }

  @Test func singleComponent() {
    var stream = RandomStream(seed: 36)
    #expect(stream.dirichlet([0.3]) == [1])
  }
}
