import LatentNumerics
import Testing

@Suite("Parameters that are the caller's mistake stop the program")
struct MisuseTests {
  @Test func gamma() async {
    await #expect(processExitsWith: .failure) {
      var stream = RandomStream(seed: 0)
      _ = stream.gamma(shape: -1)
    }
    await #expect(processExitsWith: .failure) {
      var stream = RandomStream(seed: 0)
      _ = stream.dirichlet([1, .nan])
    }
  }

  @Test func weights() async {
    await #expect(processExitsWith: .failure) {
      var stream = RandomStream(seed: 0)
      _ = stream.categorical(weights: [0.0, 0.0])
    }
    await #expect(processExitsWith: .failure) {
      _ = AliasTable(weights: [1.0, .infinity])
    }
    await #expect(processExitsWith: .failure) {
      _ = AliasTable(weights: [Double]())
    }
  }

  @Test func integers() async {
    await #expect(processExitsWith: .failure) {
      var stream = RandomStream(seed: 0)
      _ = stream.integer(below: 0)
    }
    await #expect(processExitsWith: .failure) {
      var stream = RandomStream(seed: 0)
      _ = stream.sample(3, from: 2)
    }
  }
}
