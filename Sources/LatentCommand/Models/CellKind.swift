import Latent

/// What the cells of a model's data are.
enum CellKind: Sendable {
  case numbers
  /// Zeros and ones.
  case bits
  case categories
}

extension ModelKind {
  static var cells: CellKind { .numbers }

  /// Whether every cell of the data is a category.
  static var isCategorical: Bool { cells == .categories }

  /// Refuses what cannot be done to the cells of this kind before a fit.
  static func check(standardize: Bool, binarize: Binarization?, of settings: ModelSettings) throws {
    for (option, isRefused) in [
      ("--standardize", standardize && cells != .numbers), ("--binarize", binarize != nil && isCategorical),
    ] where isRefused {
      throw UsageError.noMeaning(option: option, model: settings.model, inference: settings.inference)
    }
  }
}
