import ArgumentParser
import Latent

/// A number of latent dimensions; two between commas for two layers of them, the one next to the data first.
struct LatentSizes: ExpressibleByArgument, Equatable, CustomStringConvertible, Sendable {
  let sizes: [Int]

  init(_ sizes: [Int]) { self.sizes = sizes }

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false).map {
      Int(String($0).trimmingSpaces)
    }
    let sizes = parts.compactMap(\.self)
    guard sizes.count == parts.count, sizes.count <= 2 else { return nil }
    self.sizes = sizes
  }

  var description: String { sizes.map(String.init).joined(separator: ",") }
}
