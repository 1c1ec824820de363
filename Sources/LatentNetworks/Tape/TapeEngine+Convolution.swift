import CLatentKernels
import LatentNumerics

// Convolutions and their adjoints. With K the linear map from large to small images that a kernel makes, a convolution
// is y = K x + b with ∂x = Kᵀ g; a transposed one is y = Kᵀ x + b with ∂x = K g. Both take the kernel's gradient from
// a large and a small image.

extension TapeEngine {
  func convolve(
    _ x: Int32, _ kernel: Int32, bias: Int32, _ shape: ConvolutionShape, transposed: Bool
  ) -> Int32 {
    let (from, to) = transposed ? (shape.small, shape.large) : (shape.large, shape.small)
    let k = node(kernel)
    precondition(node(x).columns == from.count, "images of \(from.count) numbers, not \(node(x).columns)")
    precondition(
      k.count == shape.small.channels * shape.kernelCount,
      "a kernel has [small channels, height · width · large channels] numbers")
    precondition(k.stride == k.columns, "a kernel is contiguous")
    let image = node(x).stride == node(x).columns ? x : copy(x)
    let source = node(image)
    let y = append(
      .convolve(image, kernel, bias: bias, plan: number(of: shape), transposed: transposed),
      rows: source.rows,
      columns: to.count, needsGradient: source.needsGradient || k.needsGradient || needsGradient(bias))
    run(shape, batch: source.rows, transposed ? .toLarge : .toSmall, source.value, k.value, y.value)
    if bias >= 0 {
      let row = node(bias)
      precondition(row.rows == 1 && row.columns == to.channels, "a bias has one number a channel")
      kernels.copy(1, y.rows * to.pixels, to.channels, row.value, 0, 1, y.value, to.channels, 1)
    }
    return last
  }

  private func number(of shape: ConvolutionShape) -> Int32 {
    if let known = convolutionShapes.firstIndex(of: shape) { return Int32(known) }
    convolutionShapes.append(shape)
    return Int32(convolutionShapes.count - 1)
  }

  func convolveBackward(
    _ x: Int32, _ kernel: Int32, bias: Int32, _ shape: ConvolutionShape, transposed: Bool, _ y: Node,
    _ g: Elements
  ) {
    let (image, k) = (node(x), node(kernel))
    if k.needsGradient {
      let (large, small) = transposed ? (g, image.value) : (image.value, g)
      contribute(to: kernel, k.rows, k.columns) {
        run(shape, batch: y.rows, .toKernel, large, small, $0)
      }
    }
    if needsGradient(bias) {
      let channels = transposed ? shape.large.channels : shape.small.channels
      sum(g, y.count / channels, channels, scale: 1, into: bias)
    }
    if image.needsGradient {
      contribute(to: x, image.rows, image.columns) {
        run(shape, batch: y.rows, transposed ? .toSmall : .toLarge, g, k.value, $0)
      }
    }
  }

  /// Adds what `body` writes to contiguous memory.
  private func contribute(to index: Int32, _ rows: Int, _ columns: Int, _ body: (Elements) -> Void) {
    let t = target(of: index)
    if t.add == 0 && t.stride == columns {
      body(t.address)
    } else {
      let term = allocate(rows * columns)
      body(term)
      kernels.copy(t.add, rows, columns, term, columns, 1, t.address, t.stride, 1)
    }
  }

  private func run(
    _ shape: ConvolutionShape, batch: Int, _ direction: ConvolutionDirection, _ first: Elements,
    _ second: Elements, _ result: Elements
  ) {
    if single {
      products.primitives.convolve(
        .init(shape: shape, batch: batch, direction: direction), first, second, result)
    } else {
      reference(
        shape, batch: batch, direction, first.assumingMemoryBound(to: Double.self),
        second.assumingMemoryBound(to: Double.self), result.assumingMemoryBound(to: Double.self))
    }
  }

  /// The readable form, in double precision: with the large image's patches as the rows of U,
  /// `[batch · small pixels, kernelCount]`, small = U kernelᵀ and so on.
  private func reference(
    _ shape: ConvolutionShape, batch: Int, _ direction: ConvolutionDirection,
    _ first: UnsafeMutablePointer<Double>, _ second: UnsafeMutablePointer<Double>,
    _ result: UnsafeMutablePointer<Double>
  ) {
    let (pixels, n, k) = (batch * shape.small.pixels, shape.small.channels, shape.kernelCount)
    let patches = allocate(pixels * k).assumingMemoryBound(to: Double.self)
    switch direction {
    case .toSmall:
      shape.eachPatchElement(batch) { patches[$0] = $1 < 0 ? 0 : first[$1] }
      BLAS.multiply(
        m: pixels, n: n, k: k, patches, stride: k, by: second, stride: k, transposingSecond: true,
        into: result,
        stride: n)
    case .toLarge:
      BLAS.multiply(
        m: pixels, n: k, k: n, first, stride: n, by: second, stride: k, into: patches, stride: k)
      result.update(repeating: 0, count: batch * shape.large.count)
      shape.eachPatchElement(batch) { if $1 >= 0 { result[$1] += patches[$0] } }
    case .toKernel:
      shape.eachPatchElement(batch) { patches[$0] = $1 < 0 ? 0 : first[$1] }
      BLAS.multiply(
        m: n, n: k, k: pixels, second, stride: n, transposingFirst: true, by: patches, stride: k,
        into: result,
        stride: k)
    }
  }
}

extension ConvolutionShape {
  /// Calls `body` for each element of the patches with its number and its place in the large images, −1 outside them.
  func eachPatchElement(_ batch: Int, _ body: (_ element: Int, _ place: Int) -> Void) {
    var element = 0
    for b in 0..<batch {
      for y in 0..<small.height {
        for x in 0..<small.width {
          for u in 0..<kernelHeight {
            for v in 0..<kernelWidth {
              let (i, j) = (y * stride + u - padding, x * stride + v - padding)
              let isInside = i >= 0 && i < large.height && j >= 0 && j < large.width
              let place = ((b * large.height + i) * large.width + j) * large.channels
              for c in 0..<large.channels {
                body(element, isInside ? place + c : -1)
                element += 1
              }
            }
          }
        }
      }
    }
  }
}
