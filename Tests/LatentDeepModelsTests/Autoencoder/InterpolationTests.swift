import LatentDeepModels
import LatentEvidence
import LatentNumerics
import Testing

@Suite struct InterpolationTests {
  /// The ends are reconstructions; with a linear decoder what lies between lies on a line.
  @Test func ends() throws {
    let x: Rows<Double> = ToyRows.real(2, columns: 5, seed: 3)
    for (condition, hidden) in [([], []), ([1, 4], []), ([1], [4])] as [([Int], [Int])] {
      let model = try VariationalAutoencoder<Double>(
        AutoencoderConfiguration(
          columns: 5, latent: 2, hidden: hidden, likelihood: .gaussian(.fixed(1)), condition: condition))
      let θ: ParameterVector<Double> = ToyRows.parameters(model.layout, seed: 4)
      let ends = try model.reconstruction(of: x, at: θ)
      let path = try model.interpolation(from: x.values.row(0), to: x.values.row(1), steps: 5, at: θ)
      #expect(path.rows == 5 && path.columns == 5)
      for j in 0..<5 {
        #expect((path[0, j] - ends[0, j]).magnitude < 1e-12 && (path[4, j] - ends[1, j]).magnitude < 1e-12)
        if hidden.isEmpty {
          for i in 0..<5 {
            let t = Double(i) / 4
            #expect((path[i, j] - (1 - t) * ends[0, j] - t * ends[1, j]).magnitude < 1e-12)
          }
        }
      }
    }
  }

  @Test func holesAndRefusals() throws {
    let model = try VariationalAutoencoder<Double>(
      AutoencoderConfiguration(
        columns: 3, latent: 2, hidden: [3], condition: [2], secondLayer: AutoencoderSecondLayer(latent: 1)))
    let θ: ParameterVector<Double> = ToyRows.parameters(model.layout, seed: 4)
    let path = try model.interpolation(from: [1, .nan, 0], to: [0, 1, .nan], steps: 2, at: θ)
    let ends = try model.reconstruction(of: Rows(Matrix([[1, .nan, 0], [0, 1, 0]])), at: θ)
    // Rows with holes come last.
    #expect((path[0, 0] - ends[0, 0]).magnitude < 1e-12 && path[1, 2] == 0)
    #expect(throws: InferenceError.wrongWidth(expected: 3, actual: 2)) {
      try model.interpolation(from: [1, 0], to: [0, 1, 1], steps: 3, at: θ)
    }
    #expect(throws: InferenceError.self) {
      try model.interpolation(from: [1, 0, 0], to: [0, 1, 1], steps: 1, at: θ)
    }
    #expect(throws: InferenceError.notBinary(row: 1, column: 1, value: 0.5)) {
      try model.interpolation(from: [1, 0, 0], to: [0, 0.5, 1], steps: 3, at: θ)
    }
  }
}
