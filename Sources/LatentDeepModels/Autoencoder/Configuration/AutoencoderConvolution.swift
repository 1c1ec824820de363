import LatentEvidence
public import LatentNetworks

/// Convolutions for rows that are images: the encoder's make them smaller before its hidden layers, the decoder's mirror them.
public struct AutoencoderConvolution: Sendable, Hashable, Codable {
  /// The images, with as many numbers as a row has modelled columns.
  public var image: FeatureShape
  /// The channels after each of the encoder's convolutions.
  public var channels: [Int]
  /// The height and width of every kernel.
  public var kernel: Int
  /// How many pixels lie between neighbours of the smaller image.
  public var stride: Int

  public init(image: FeatureShape, channels: [Int] = [16, 32], kernel: Int = 4, stride: Int = 2) {
    self.image = image
    self.channels = channels
    self.kernel = kernel
    self.stride = stride
  }

  /// The rows and columns of zeros around an image.
  private var padding: Int { Swift.max(0, (kernel - stride + 1) / 2) }

  /// The encoder's convolutions, from the image on.
  var shapes: [ConvolutionShape] {
    var (shapes, image) = ([ConvolutionShape](), image)
    for channels in channels {
      let shape = ConvolutionShape(
        from: image, channels: channels, kernel: (kernel, kernel), stride: stride, padding: padding)
      shapes.append(shape)
      image = shape.small
    }
    return shapes
  }

  func validate(for model: AutoencoderConfiguration) throws(InferenceError) {
    let D = model.columns - model.condition.count
    let (pixels, areTooMany) = image.height.multipliedReportingOverflow(by: image.width)
    let (numbers, overflow) = pixels.multipliedReportingOverflow(by: image.channels)
    guard !areTooMany, !overflow, numbers == D else {
      throw .invalidParameter(
        name: "image", value: "\(image.height) × \(image.width) × \(image.channels)",
        requirement: "as many numbers as a row has modelled columns, \(D)")
    }
    guard (1...1 << 8).contains(kernel), (1...kernel).contains(stride), !channels.isEmpty,
      channels.allSatisfy({ (1...1 << 14).contains($0) })
    else {
      throw .invalidParameter(
        name: "convolution", value: "kernel \(kernel), stride \(stride), channels \(channels)",
        requirement: "at least one channel, and a stride from 1 to the kernel's width")
    }
    var (height, width) = (image.height, image.width)
    for _ in channels {
      guard Swift.min(height, width) + 2 * padding >= kernel else {
        throw .invalidParameter(
          name: "convolution", value: "\(channels.count) layers",
          requirement: "fewer, as the image becomes smaller than the kernel")
      }
      height = (height + 2 * padding - kernel) / stride + 1
      width = (width + 2 * padding - kernel) / stride + 1
    }
    switch model.likelihood {
    case .categorical, .gaussian(.network):
      throw .invalidParameter(
        name: "likelihood", value: "with several numbers a cell",
        requirement: "one with a single number a cell, where the decoder is convolutional")
    case .bernoulli, .gaussian, .continuousBernoulli, .discretizedLogistic: break
    }
  }
}
