import LatentEvidence
import LatentNetworks
import LatentNumerics
import LatentTestSupport
import Testing

/// Convolutions against the definition, summed directly, in both precisions; transposed ones as adjoints.
@Suite struct ConvolutionTests {
  static let shapes: [ConvolutionShape] = [
    ConvolutionShape(from: FeatureShape(height: 7, width: 6, channels: 3), channels: 4, kernel: (3, 2)),
    ConvolutionShape(
      from: FeatureShape(height: 28, width: 28), channels: 16, kernel: (4, 4), stride: 2, padding: 1),
    ConvolutionShape(
      from: FeatureShape(height: 14, width: 14, channels: 16), channels: 32, kernel: (3, 3), stride: 2,
      padding: 1),
    ConvolutionShape(
      from: FeatureShape(height: 8, width: 9, channels: 2), channels: 1, kernel: (5, 3), stride: 3, padding: 2
    ),
    ConvolutionShape(
      enlarging: FeatureShape(height: 4, width: 5, channels: 2), channels: 3, kernel: (3, 3), stride: 2,
      padding: 1, extra: 1),
  ]

  @Test(arguments: shapes) func definition(shape: ConvolutionShape) {
    check(shape, Float.self, 2e-5)
    check(shape, Double.self, 1e-13)
  }

  func check<S: LatentScalar>(_ s: ConvolutionShape, _: S.Type, _ tolerance: Double) {
    var stream = RandomStream(seed: 4)
    func random(_ rows: Int, _ columns: Int) -> Matrix<S> {
      Matrix(rows: rows, columns: columns) { stream.fill(normal: $0) }
    }
    let tape = Tape<S>()
    tape.begin()
    let (large, small) = (random(3, s.large.count), random(3, s.small.count))
    let kernel = random(s.small.channels, s.kernelCount)
    let (smallBias, largeBias) = (random(1, s.small.channels), random(1, s.large.channels))
    let k = tape.constant(kernel)
    let down = tape.constant(large).convolved(s, k, tape.constant(smallBias)).value
    let up = tape.constant(small).transposedConvolved(s, k, tape.constant(largeBias)).value
    // small[b, y, x, o] and its adjoint, from the definition
    var expectedDown = Matrix<Double>(rows: 3, columns: s.small.count)
    var expectedUp = Matrix<Double>(rows: 3, columns: s.large.count)
    for b in 0..<3 {
      for y in 0..<s.small.height {
        for x in 0..<s.small.width {
          for o in 0..<s.small.channels {
            let place = (y * s.small.width + x) * s.small.channels + o
            expectedDown[b, place] += Double(smallBias[0, o])
            for u in 0..<s.kernelHeight {
              for v in 0..<s.kernelWidth {
                let (i, j) = (y * s.stride + u - s.padding, x * s.stride + v - s.padding)
                guard (0..<s.large.height).contains(i), (0..<s.large.width).contains(j) else { continue }
                for c in 0..<s.large.channels {
                  let source = (i * s.large.width + j) * s.large.channels + c
                  let weight = Double(kernel[o, (u * s.kernelWidth + v) * s.large.channels + c])
                  expectedDown[b, place] += Double(large[b, source]) * weight
                  expectedUp[b, source] += Double(small[b, place]) * weight
                }
              }
            }
          }
        }
      }
      for p in 0..<s.large.count { expectedUp[b, p] += Double(largeBias[0, p % s.large.channels]) }
    }
    for (result, expected) in [(down, expectedDown), (up, expectedUp)] {
      let scale = expected.elements.reduce(0) { Swift.max($0, $1.magnitude) }
      for (a, b) in zip(result.elements, expected.elements)
      where (Double(a) - b).magnitude > tolerance * scale {
        Issue.record("\(s): \(a), not \(b)")
        return
      }
    }
  }

  @Test func sizes() {
    let halved = ConvolutionShape(
      from: FeatureShape(height: 28, width: 28), channels: 8, kernel: (4, 4), stride: 2, padding: 1)
    #expect(halved.small == FeatureShape(height: 14, width: 14, channels: 8))
    let doubled = ConvolutionShape(
      enlarging: FeatureShape(height: 7, width: 7, channels: 32), channels: 16, kernel: (3, 3), stride: 2,
      padding: 1, extra: 1)
    #expect(doubled.large == FeatureShape(height: 14, width: 14, channels: 16))
    #expect(doubled.small == FeatureShape(height: 7, width: 7, channels: 32))
  }

  /// Weights that change from step to step must not be remembered in the primitives' own format.
  @Test func newWeightsInEveryStep() {
    let shape = Self.shapes[1]
    let tape = Tape<Float>()
    let image = Matrix<Float>(rows: 2, columns: shape.large.count, repeating: 1)
    for scale in [1, 2] as [Float] {
      tape.begin()
      let kernel = tape.constant(
        Matrix<Float>(rows: shape.small.channels, columns: shape.kernelCount, repeating: scale))
      let y = tape.constant(image).convolved(shape, kernel)
      // An inner pixel sees all 16 places of the kernel.
      #expect(y[0, (5 * 14 + 5) * 16] == 16 * scale)
    }
  }
}
