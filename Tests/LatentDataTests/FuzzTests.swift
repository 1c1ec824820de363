import Foundation
import LatentData
import LatentNumerics
import LatentTestSupport
import Testing

/// Seeded mutations of valid files and random bytes. Every input must give a table of finite or missing values or
/// a `DataError`; a crash ends the run.
///
/// `LATENT_FUZZ` in the environment multiplies the number of inputs.
@Suite struct FuzzTests {
  private static let factor = ProcessInfo.processInfo.environment["LATENT_FUZZ"].flatMap { Int($0) } ?? 1

  private static let seeds: [(name: String, bytes: [UInt8])] = TableFiles.shared.files.map {
    ($0.name, Array($0.data))
  }

  /// Bytes that mean something to one of the readers.
  private static let words: [[UInt8]] =
    [
      "\"", ",", "\n", "\r\n", "\t", "-", "+", ".", "e", "E9999", "NaN", "inf", "?", "\0", "1e308",
      "00000000", "\u{FEFF}",
      "(", ")", "'", "{", "True", "|O", "<f8", "99999999999999999999", "PK\u{1}\u{2}", "PK\u{5}\u{6}", ":",
      "é",
    ].map { Array($0.utf8) } + [
      [0xFF, 0xFF, 0xFF, 0xFF], [0x80, 0, 0, 0], [0x7F, 0xFF, 0xFF, 0xFF], [0x1F, 0x8B], [0xFF],
    ]

  @Test(arguments: 0..<8)
  func everyInputIsReadOrRefused(_ part: Int) {
    var random = SplitMix(state: UInt64(part) &* 1_000_003)
    var read = 0
    var refused = 0
    for i in 0..<(2_000 * Self.factor) {
      let (name, bytes) = Self.input(&random)
      let options = Self.options(&random)
      let table: Table<Double>? = Self.outcome(bytes, name, options)
      if let table {
        read += 1
        let isSound = table.values.elements.allSatisfy { !$0.isInfinite }
        #expect(isSound, "part \(part), input \(i): an infinite value from \(name)")
      } else {
        refused += 1
      }
      if i % 4 == 0 { let _: Table<Float>? = Self.outcome(bytes, name, options) }
    }
    // Both ends are reached, or the mutations are too weak or too strong to test anything.
    #expect(read > 20 && refused > 100, "\(read) read, \(refused) refused")
  }

  private static func outcome<Scalar: LatentScalar>(
    _ bytes: [UInt8], _ name: String, _ options: ReadOptions
  ) -> Table<Scalar>? {
    try? LatentDataTests.read(bytes, name, as: Scalar.self, options)
  }

  private static func input(_ random: inout SplitMix) -> (String, [UInt8]) {
    let (name, seed) = seeds.randomElement(using: &random)!
    var bytes = seed
    if Int.random(in: 0..<10, using: &random) == 0 {
      bytes = (0..<Int.random(in: 0..<200, using: &random)).map { _ in
        UInt8(truncatingIfNeeded: random.next())
      }
    }
    for _ in 0..<Int.random(in: 0..<6, using: &random) { mutate(&bytes, &random) }
    // Wrapped in a good gzip stream the damage reaches the inner reader.
    let names = [name, "data", "x.csv", "x.tsv", "x.idx", "x.npy", "x.npz"]
    let chosen = Int.random(in: 0..<4, using: &random) == 0 ? names.randomElement(using: &random)! : name
    return (chosen, bytes)
  }

  private static func mutate(_ bytes: inout [UInt8], _ random: inout SplitMix) {
    let at = Int.random(in: 0...bytes.count, using: &random)
    switch Int.random(in: 0..<7, using: &random) {
    case 0 where at < bytes.count: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &random)
    case 1 where at < bytes.count: bytes[at] = UInt8(truncatingIfNeeded: random.next())
    case 2: bytes.removeSubrange(at...)
    case 3: bytes.insert(contentsOf: words.randomElement(using: &random)!, at: at)
    case 4:
      let word = words.randomElement(using: &random)!
      bytes.replaceSubrange(at..<min(bytes.count, at + word.count), with: word)
    case 5: bytes.removeSubrange(at..<min(bytes.count, at + Int.random(in: 0..<8, using: &random)))
    case 6:
      let end = min(bytes.count, at + Int.random(in: 0..<64, using: &random))
      bytes.insert(contentsOf: Array(bytes[at..<end]), at: Int.random(in: 0...bytes.count, using: &random))
    default: break
    }
  }

  private static func options(_ random: inout SplitMix) -> ReadOptions {
    var options = ReadOptions(maximumBytes: 1 << 24, threads: 1)
    switch Int.random(in: 0..<8, using: &random) {
    case 0: options.header = .present
    case 1: options.header = .absent
    case 2: options.columns = ["2", "1"]
    case 3: options.labels = "1"
    case 4: options.labels = "species"
    case 5: options.array = "only"
    default: break
    }
    return options
  }
}
