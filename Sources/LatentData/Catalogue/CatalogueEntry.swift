/// One named data set: what it is, where it comes from, where it can be.
public struct CatalogueEntry: Sendable, Equatable {
  /// Where the bytes of a set are.
  enum Origin: Sendable, Equatable {
    case embeddedImages(images: EmbeddedResource, labels: EmbeddedResource)
    case embeddedTable(EmbeddedResource)
    /// A downloadable collection (and sub-folder) of this name, and the two IDX files in it.
    case collection(String, images: String, labels: String)
  }

  /// The name that commands take.
  public let name: String
  /// What the rows and columns are, in one sentence.
  public let summary: String
  /// The number of observations.
  public let rows: Int
  /// The number of columns.
  public let columns: Int
  /// The shape of the image that each row is, or nil.
  public let imageShape: ImageShape?
  /// The authors, and the publication.
  public let source: String
  /// The terms under which the data are distributed.
  public let licence: String
  let origin: Origin

  /// The name that `DownloadCollection` fetches this set under, or nil for an embedded one.
  public var collectionName: String? {
    if case .collection(let name, _, _) = origin { name } else { nil }
  }
}

/// Where a set can be had on this machine.
public enum Availability: Sendable, Equatable {
  /// In the program itself.
  case embedded
  /// In this folder.
  case found(folder: String)
  /// Nowhere; it can be fetched.
  case notFetched
}

extension CatalogueEntry {
  private static let digits = ImageShape(height: 28, width: 28)
  private static let digitsSource =
    "Yann LeCun, Corinna Cortes, Christopher J. C. Burges: The MNIST database of handwritten digits, "
    + "derived from NIST Special Databases 3 and 19"
  private static let digitsLicence = "CC BY-SA 3.0"
  private static let fashionSource =
    "Han Xiao, Kashif Rasul, Roland Vollgraf (2017): Fashion-MNIST, arXiv:1708.07747"

  /// All sets of the catalogue.
  static let all: [CatalogueEntry] = [
    CatalogueEntry(
      name: "faithful",
      summary: "Old Faithful geyser: duration of an eruption and waiting time to the next, in minutes",
      rows: 272, columns: 2, imageShape: nil,
      source: "A. Azzalini, A. W. Bowman (1990), Applied Statistics 39, 357–365; as in R's datasets",
      licence: "facts of measurement, in R under GPL-2 or later", origin: .embeddedTable(.faithful)),
    CatalogueEntry(
      name: "mnist-sample",
      summary: "the first 5,000 handwritten digits of MNIST's training set, 28 × 28 grey",
      rows: 5_000, columns: 784, imageShape: digits, source: digitsSource, licence: digitsLicence,
      origin: .embeddedImages(images: .mnistTrainImages, labels: .mnistTrainLabels)),
    CatalogueEntry(
      name: "mnist-sample-test",
      summary: "the first 1,000 handwritten digits of MNIST's test set, 28 × 28 grey",
      rows: 1_000, columns: 784, imageShape: digits, source: digitsSource, licence: digitsLicence,
      origin: .embeddedImages(images: .mnistTestImages, labels: .mnistTestLabels)),
    idx(
      "mnist", in: "mnist", part: "train", rows: 60_000, "handwritten digits, training set, 28 × 28 grey",
      digitsSource, digitsLicence),
    idx(
      "mnist-test", in: "mnist", part: "t10k", rows: 10_000, "handwritten digits, test set, 28 × 28 grey",
      digitsSource, digitsLicence),
    idx(
      "fashion-mnist", in: "fashion-mnist", part: "train", rows: 60_000,
      "photographs of clothes in ten classes, training set, 28 × 28 grey", fashionSource, "MIT"),
    idx(
      "fashion-mnist-test", in: "fashion-mnist", part: "t10k", rows: 10_000,
      "photographs of clothes in ten classes, test set, 28 × 28 grey", fashionSource, "MIT"),
  ]

  private static func idx(
    _ name: String, in collection: String, part: String, rows: Int, _ summary: String, _ source: String,
    _ licence: String
  ) -> CatalogueEntry {
    CatalogueEntry(
      name: name, summary: summary, rows: rows, columns: digits.count, imageShape: digits, source: source,
      licence: licence,
      origin: .collection(
        collection, images: "\(part)-images-idx3-ubyte", labels: "\(part)-labels-idx1-ubyte"))
  }
}
