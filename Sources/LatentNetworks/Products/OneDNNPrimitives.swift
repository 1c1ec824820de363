import CLatentOneDNN

/// oneDNN's primitives by shape, made when a shape is first met. One thread uses them at a time.
final class OneDNNPrimitives {
  /// A product in bfloat16.
  struct ProductShape: Hashable {
    let m, n, k, lda, ldb, ldc: Int
    let transposeA, transposeB, add: Bool
  }

  /// A convolution in one of the kernels' directions.
  struct ConvolutionKey: Hashable {
    let shape: ConvolutionShape
    let batch: Int
    let direction: ConvolutionDirection
  }

  /// Whether products in bfloat16 have instructions of their own on this processor.
  static let hasBFloat16 = latent_onednn_has_bfloat16() != 0

  private let context: OpaquePointer
  private var products: [ProductShape: OpaquePointer] = [:]
  private var convolutions: [ConvolutionKey: OpaquePointer] = [:]

  init() {
    guard let context = latent_onednn_create() else { preconditionFailure("oneDNN has no engine here") }
    self.context = context
  }

  deinit {
    for primitive in products.values { latent_primitive_destroy(primitive) }
    for primitive in convolutions.values { latent_primitive_destroy(primitive) }
    latent_onednn_destroy(context)
  }

  func multiply(
    _ shape: ProductShape, _ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ c: UnsafeMutableRawPointer
  ) {
    run(product(shape), a, b, c)
  }

  private func product(_ s: ProductShape) -> OpaquePointer {
    if let known = products[s] { return known }
    guard
      let made = latent_narrow_product(
        context, s.m, s.n, s.k, s.lda, s.transposeA ? 1 : 0, s.ldb, s.transposeB ? 1 : 0, s.ldc,
        s.add ? 1 : 0)
    else { preconditionFailure("oneDNN has no bfloat16 product of \(s.m) × \(s.k) and \(s.k) × \(s.n)") }
    products[s] = made
    return made
  }

  func convolve(
    _ key: ConvolutionKey, _ first: UnsafeRawPointer, _ second: UnsafeRawPointer,
    _ result: UnsafeMutableRawPointer
  ) {
    run(convolution(key), first, second, result)
  }

  private func convolution(_ key: ConvolutionKey) -> OpaquePointer {
    if let known = convolutions[key] { return known }
    let s = key.shape
    var shape = latent_convolution_shape(
      batch: key.batch, large_h: s.large.height, large_w: s.large.width, large_c: s.large.channels,
      small_h: s.small.height, small_w: s.small.width, small_c: s.small.channels, kernel_h: s.kernelHeight,
      kernel_w: s.kernelWidth, stride: s.stride, padding: s.padding)
    guard let made = latent_convolution(context, key.direction.rawValue, &shape) else {
      preconditionFailure("oneDNN has no convolution for \(s)")
    }
    convolutions[key] = made
    return made
  }

  private func run(
    _ primitive: OpaquePointer, _ first: UnsafeRawPointer, _ second: UnsafeRawPointer,
    _ result: UnsafeMutableRawPointer
  ) {
    let status = latent_primitive_run(context, primitive, first, second, result)
    precondition(status == 0, "oneDNN ended with status \(status)")
  }
}
