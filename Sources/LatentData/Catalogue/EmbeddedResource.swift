import CLatentResources

/// The files that are part of the program.
enum EmbeddedResource: Sendable, Equatable {
  case mnistTrainImages
  case mnistTrainLabels
  case mnistTestImages
  case mnistTestLabels
  case faithful

  /// The bytes as they are in the repository, valid for the life of the program.
  var bytes: UnsafeRawBufferPointer {
    var count = 0
    let base = latent_resource_bytes(identifier, &count)
    return UnsafeRawBufferPointer(start: base, count: count)
  }

  private var identifier: latent_resource {
    switch self {
    case .mnistTrainImages: latent_resource_mnist_train_images
    case .mnistTrainLabels: latent_resource_mnist_train_labels
    case .mnistTestImages: latent_resource_mnist_test_images
    case .mnistTestLabels: latent_resource_mnist_test_labels
    case .faithful: latent_resource_faithful
    }
  }
}
