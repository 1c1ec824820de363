import Latent

extension ImageError: Explained {
  var explanation: String {
    switch self {
    case .empty: "there is nothing to draw."
    case .tooLarge(let width, let height):
      "a picture of \(NumberText.count(width)) × \(NumberText.count(height)) pixels is too large.\nDraw fewer samples."
    case .encoding(let message): "the picture could not be encoded: \(message)."
    }
  }
}
