import Foundation
import LatentNumerics
import Testing

/// `Tests/Reference/random-streams.json`: another implementation of the layout that `RandomStream` documents.
/// A change here breaks the reproducibility of every stored result.
@Suite("Random streams against their reference")
struct StreamReferenceTests {
  struct Entry: Decodable {
    var seed: String
    var path: [Int]
    var words: [String]
    var normals: [Double]
  }

  let entries: [Entry]

  init() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Reference/random-streams.json")
    entries = try JSONDecoder().decode([Entry].self, from: Data(contentsOf: file))
  }

  func stream(_ entry: Entry) throws -> RandomStream {
    let root = RandomStream(seed: try #require(UInt64(entry.seed, radix: 16)))
    return entry.path.reduce(root) { $0.substream($1) }
  }

  @Test func words() throws {
    #expect(!entries.isEmpty)
    for entry in entries {
      var stream = try stream(entry)
      for word in entry.words { #expect(stream.next() == UInt64(word, radix: 16)) }
    }
  }

  @Test func normals() throws {
    for entry in entries {
      var stream = try stream(entry)
      // Near z = 0 the error is absolute: the tail probability is rounded once.
      for z in entry.normals { #expect(abs(stream.normal() - z) <= 1e-15 * Swift.max(1, abs(z))) }
    }
  }
}
