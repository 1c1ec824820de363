public import ArgumentParser
public import Latent

/// How a verb reports.
struct ReportOptions: ParsableArguments {
  @Flag(name: .long, help: "Print one JSON object on standard output and nothing else there.")
  var json = false

  @Flag(name: .long, help: "Leave out notes and progress.")
  var quiet = false
}

struct SeedOption: ParsableArguments {
  @Option(
    name: .customLong("seed"), parsing: .unconditional,
    help: ArgumentHelp("The seed of all randomness (default: 0).", valueName: "seed"))
  var given: UInt64?

  var value: UInt64 { given ?? 0 }
}

struct ThreadsOption: ParsableArguments {
  @Option(
    name: .customLong("threads"), parsing: .unconditional,
    help: ArgumentHelp(
      "The number of threads (default: all cores). Results do not depend on it.", valueName: "count"))
  var given: Int?

  static let largest = 1024

  var value: Int { given ?? Lanes.availableThreads }

  func validate() throws {
    if let given { try UsageError.check("--threads", given, in: 1...Self.largest) }
  }
}

/// The precision of the data and of the arithmetic over rows.
enum Precision: String, ExpressibleByArgument, CaseIterable, Codable, Sendable {
  case double, single
  /// Single, with the products of networks in bfloat16 while they are trained.
  case bf16
}

struct PrecisionOption: ParsableArguments {
  @Option(
    name: .customLong("precision"),
    help: ArgumentHelp(
      "The precision of the data and of the arithmetic over rows; bf16 for products while a network is trained "
        + "(default: double; single for vae)."))
  var given: Precision?

  var value: Precision { given ?? .double }
}

extension CovarianceStructure: ExpressibleByArgument {}

/// A list of names between commas.
struct NameList: ExpressibleByArgument, Sendable {
  let names: [String]

  init?(argument: String) {
    names = argument.split(separator: ",", omittingEmptySubsequences: false).map {
      String($0).trimmingSpaces
    }
    guard !names.contains("") else { return nil }
  }
}

extension String {
  var trimmingSpaces: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
