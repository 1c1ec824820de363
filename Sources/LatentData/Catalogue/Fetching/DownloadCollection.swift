/// Files that belong together, and where on the network they are.
public struct DownloadCollection: Sendable, Equatable {
  /// How the right contents are recognised: a SHA-256 digest in hexadecimal digits.
  public enum Fingerprint: Sendable, Equatable {
    /// Of the unpacked contents, so that any mirror's compression is accepted.
    case contents(String)
    /// Of the file as it is sent.
    case compressed(String)
  }

  /// One file.
  public struct File: Sendable, Equatable {
    public var name: String
    public var fingerprint: Fingerprint

    public init(name: String, fingerprint: Fingerprint) {
      self.name = name
      self.fingerprint = fingerprint
    }
  }

  /// The name, also that of the folder the files go to.
  public var name: String
  /// Addresses that the names of the files are appended to, tried in order.
  public var mirrors: [String]
  public var files: [File]

  public init(name: String, mirrors: [String], files: [File]) {
    self.name = name
    self.mirrors = mirrors
    self.files = files
  }

  /// The collections that are known.
  public static let all: [DownloadCollection] = [mnist, fashionMNIST]

  /// MNIST. The digests are of the unpacked files, whose MD5 digests are those that many projects publish.
  public static let mnist = DownloadCollection(
    name: "mnist",
    mirrors: [
      // The mirror of tensorflow-datasets, then that of torchvision.
      "https://storage.googleapis.com/cvdf-datasets/mnist/",
      "https://ossci-datasets.s3.amazonaws.com/mnist/",
    ],
    files: [
      File(
        name: "train-images-idx3-ubyte.gz",
        fingerprint: .contents("ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db")),
      File(
        name: "train-labels-idx1-ubyte.gz",
        fingerprint: .contents("65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5")),
      File(
        name: "t10k-images-idx3-ubyte.gz",
        fingerprint: .contents("0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7")),
      File(
        name: "t10k-labels-idx1-ubyte.gz",
        fingerprint: .contents("ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2")),
    ])

  /// Fashion-MNIST. The digests are of the compressed files, as tensorflow-datasets publishes them in
  /// `url_checksums/fashion_mnist.txt`.
  public static let fashionMNIST = DownloadCollection(
    name: "fashion-mnist",
    mirrors: [
      // The mirror of Keras, the authors' bucket (by its address that speaks TLS), the authors' repository.
      "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
      "https://fashion-mnist.s3.eu-central-1.amazonaws.com/",
      "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    ],
    files: [
      File(
        name: "train-images-idx3-ubyte.gz",
        fingerprint: .compressed("3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84")),
      File(
        name: "train-labels-idx1-ubyte.gz",
        fingerprint: .compressed("a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845")),
      File(
        name: "t10k-images-idx3-ubyte.gz",
        fingerprint: .compressed("346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073")),
      File(
        name: "t10k-labels-idx1-ubyte.gz",
        fingerprint: .compressed("67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5")),
    ])
}
