import Foundation
import LatentData
import LatentNumerics
import Testing

@Suite struct CatalogueTests {
  @Test func names() throws {
    let catalogue = DataCatalogue(environment: [:])
    #expect(
      catalogue.entries.map(\.name) == [
        "faithful", "mnist-sample", "mnist-sample-test", "mnist", "mnist-test", "fashion-mnist",
        "fashion-mnist-test",
      ])
    for entry in catalogue.entries {
      #expect(!entry.summary.isEmpty && !entry.source.isEmpty && !entry.licence.isEmpty)
    }
    #expect(throws: CatalogueError.unknown(name: "Mnist", available: catalogue.entries.map(\.name))) {
      try catalogue.entry(named: "Mnist")
    }
    let fetchable = Set(catalogue.entries.compactMap(\.collectionName))
    #expect(fetchable == Set(DownloadCollection.all.map(\.name)))
  }

  @Test func folders() {
    let given = DataCatalogue(environment: ["LATENT_DATA": "/d", "XDG_CACHE_HOME": "/c", "HOME": "/h"])
    #expect(given.folders == ["/d", "/c/latent"] && given.cacheFolder == "/c/latent")
    let relative = DataCatalogue(environment: ["XDG_CACHE_HOME": "c", "HOME": "/h", "LATENT_DATA": ""])
    #if os(macOS)
      #expect(relative.folders == ["/h/Library/Caches/latent"])
    #else
      #expect(relative.folders == ["/h/.cache/latent"])
    #endif
    #expect(DataCatalogue(environment: [:]).folders.count == 1)
  }

  /// Mean and variance (divisor N − 1) as R prints them for its `faithful`.
  @Test func oldFaithful() throws {
    let table = try DataCatalogue(environment: [:]).load("faithful")
    #expect(table.source == "faithful" && table.columnNames == ["eruptions", "waiting"])
    #expect(table.rows == 272 && table.columns == 2 && table.labels == nil && table.imageShape == nil)
    #expect(table.values.row(0) == [3.6, 79] && table.values.row(271) == [4.467, 74])
    for (column, mean, variance) in [(0, 3.487783, 1.302728), (1, 70.897059, 184.823312)] {
      let x = table.values.column(column)
      let m = x.reduce(0, +) / 272
      #expect(abs(m - mean) < 1e-6)
      #expect(abs(x.map { ($0 - m) * ($0 - m) }.reduce(0, +) / 271 - variance) < 1e-6)
    }
  }

  struct Digits: Decodable {
    struct Part: Decodable {
      var firstLabels: [Int]
      var labelCounts: [Int]
      var pixelSum: Int
      var rowSums: [Int]
    }
    var train: Part
    var test: Part
  }

  /// Against numbers that `Tests/Reference/mnist_sample.py` took from the original files.
  @Test(arguments: ["mnist-sample", "mnist-sample-test"])
  func digits(name: String) throws {
    let reference = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Reference/mnist_sample.json")
    let all = try JSONDecoder().decode(Digits.self, from: Data(contentsOf: reference))
    let expected = name == "mnist-sample" ? all.train : all.test
    let catalogue = DataCatalogue(environment: [:])
    let entry = try catalogue.entry(named: name)
    #expect(catalogue.availability(of: entry) == .embedded)
    let table = try catalogue.load(name)
    #expect(table.source == name && table.rows == entry.rows && table.columns == 784)
    #expect(table.imageShape == ImageShape(height: 28, width: 28))
    let labels = try #require(table.labels).compactMap { Int($0) }
    #expect(Array(labels.prefix(20)) == expected.firstLabels)
    #expect((0..<10).map { digit in labels.count { $0 == digit } } == expected.labelCounts)
    let pixels = table.values.elements.map { Int(($0 * 255).rounded()) }
    #expect(table.values.elements.allSatisfy { (0...1).contains($0) })
    #expect(pixels.reduce(0, +) == expected.pixelSum)
    #expect((0..<20).map { pixels[$0 * 784..<($0 + 1) * 784].reduce(0, +) } == expected.rowSums)
  }

  @Test func singlePrecision() throws {
    let catalogue = DataCatalogue(environment: [:])
    let table = try catalogue.load("mnist-sample-test", as: Float.self)
    let double = try catalogue.load("mnist-sample-test")
    #expect(table.values == double.values.converted(to: Float.self))
  }

  static func idx(_ extents: [Int]) -> [UInt8] {
    let header = extents.flatMap { extent in withUnsafeBytes(of: UInt32(extent).bigEndian) { Array($0) } }
    return [0, 0, 8, UInt8(extents.count)] + header
      + (0..<extents.reduce(1, *)).map { UInt8(truncatingIfNeeded: $0 % 251) }
  }

  @Test func downloadedSets() throws {
    let folder = try CatalogueFolder()
    let catalogue = DataCatalogue(environment: ["LATENT_DATA": folder.path, "HOME": "/nowhere"])
    let entry = try catalogue.entry(named: "mnist-test")
    let place = "\(folder.path)/mnist"
    let notFetched = CatalogueError.notFetched(
      name: "mnist-test", collection: "mnist", searched: catalogue.folders)
    #expect(catalogue.availability(of: entry) == .notFetched)
    #expect(throws: notFetched) { try catalogue.load("mnist-test") }

    try folder.put(gzip(Self.idx([10_000, 28, 28]), level: 1), "../mnist/t10k-images-idx3-ubyte.gz")
    #expect(catalogue.availability(of: entry) == .notFetched)
    #expect(
      throws: CatalogueError.incomplete(
        name: "mnist-test", folder: place, missing: "t10k-labels-idx1-ubyte")
    ) { try catalogue.load("mnist-test") }

    // One file compressed, the other not.
    try folder.put(Self.idx([10_000]), "../mnist/t10k-labels-idx1-ubyte")
    #expect(catalogue.availability(of: entry) == .found(folder: place))
    let table = try catalogue.load("mnist-test")
    #expect(table.source == "mnist-test" && table.rows == 10_000)
    #expect(table.imageShape == ImageShape(height: 28, width: 28))
    #expect(table.values[0, 250] == 250.0 / 255 && table.values[0, 251] == 0)
    #expect(table.labels?[252] == "1")

    try folder.put(Self.idx([9_999]), "../mnist/t10k-labels-idx1-ubyte")
    #expect(
      throws: CatalogueError.unexpectedShape(
        name: "mnist-test", path: "\(place)/t10k-labels-idx1-ubyte", rows: 9_999, columns: 1)
    ) { try catalogue.load("mnist-test") }
    try folder.put(Self.idx([10, 28, 28]), "../mnist/t10k-images-idx3-ubyte.gz")
    let images = "\(place)/t10k-images-idx3-ubyte.gz"
    #expect(
      throws: CatalogueError.unexpectedShape(name: "mnist-test", path: images, rows: 10, columns: 784)
    ) { try catalogue.load("mnist-test") }
    try folder.put(gzip(Self.idx([10, 28, 28])).dropLast(20), "../mnist/t10k-images-idx3-ubyte.gz")
    #expect(
      throws: CatalogueError.unreadable(name: "mnist-test", .truncatedGzip(source: images))
    ) { try catalogue.load("mnist-test") }
  }
}
