/// The extents of images whose pixels lie row by row, the channels of a pixel side by side: a batch of them is
/// `[batch, height · width · channels]`.
public struct FeatureShape: Sendable, Hashable, Codable {
  public let height: Int
  public let width: Int
  public let channels: Int

  public init(height: Int, width: Int, channels: Int = 1) {
    precondition(height > 0 && width > 0 && channels > 0, "an image has at least one number")
    self.height = height
    self.width = width
    self.channels = channels
  }

  /// The numbers in one image.
  public var count: Int { height * width * channels }
  public var pixels: Int { height * width }
}

/// A convolution between a large image and a small one; a *transposed* convolution goes the other way, by the adjoint map.
///
///     small[y, x, o] = Σ large[y s + u − p, x s + v − p, c] kernel[o, u, v, c]   over u, v, c; zero outside the image
///
/// The kernel is a parameter of shape `[small channels, kernel height, kernel width, large channels]`.
public struct ConvolutionShape: Sendable, Hashable, Codable {
  public let large: FeatureShape
  public let small: FeatureShape
  public let kernelHeight: Int
  public let kernelWidth: Int
  /// s: small neighbours are this many large pixels apart.
  public let stride: Int
  /// p: rows and columns of zeros before the large image.
  public let padding: Int

  /// From an image to a smaller one (or one of the same size), ⌊(n + 2p − k) / s⌋ + 1 pixels high and wide.
  public init(
    from large: FeatureShape, channels: Int, kernel: (height: Int, width: Int), stride: Int = 1,
    padding: Int = 0
  ) {
    precondition(stride > 0 && padding >= 0 && kernel.height > 0 && kernel.width > 0, "no such convolution")
    precondition(
      large.height + 2 * padding >= kernel.height && large.width + 2 * padding >= kernel.width,
      "a kernel larger than its image")
    precondition(padding < kernel.height && padding < kernel.width, "padding wider than the kernel")
    self.large = large
    small = FeatureShape(
      height: (large.height + 2 * padding - kernel.height) / stride + 1,
      width: (large.width + 2 * padding - kernel.width) / stride + 1, channels: channels)
    (kernelHeight, kernelWidth) = (kernel.height, kernel.width)
    self.stride = stride
    self.padding = padding
  }

  /// The transposed convolution from an image to a larger one, (n − 1) s + k − 2p + `extra` pixels high and wide.
  ///
  /// - Parameters:
  ///   - small: the image that is enlarged.
  ///   - channels: of the large image.
  ///   - kernel: its height and width.
  ///   - stride: how far the kernel moves in the large image for a pixel of the small one.
  ///   - padding: the rows and columns of zeros about the large image.
  ///   - extra: 0..<`stride`: several sizes of large images have the same small one.
  public init(
    enlarging small: FeatureShape, channels: Int, kernel: (height: Int, width: Int), stride: Int = 1,
    padding: Int = 0, extra: Int = 0
  ) {
    precondition(extra >= 0 && extra < stride, "extra pixels below the stride")
    self.init(
      from: FeatureShape(
        height: (small.height - 1) * stride + kernel.height - 2 * padding + extra,
        width: (small.width - 1) * stride + kernel.width - 2 * padding + extra, channels: channels),
      channels: small.channels, kernel: kernel, stride: stride, padding: padding)
  }

  /// The numbers in the kernel for one small channel.
  public var kernelCount: Int { kernelHeight * kernelWidth * large.channels }
}

/// What is computed from the two others.
enum ConvolutionDirection: Int32 {
  /// The small image from the large one and the kernel.
  case toSmall
  /// The adjoint: the large image from the small one and the kernel.
  case toLarge
  /// The gradient of the kernel from the large and the small image.
  case toKernel
}
