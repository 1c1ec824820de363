import ArgumentParser
import Latent

struct BenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Times this package's own kernels on data it makes.",
    discussion: """
      Each number is a median over several steps. Benchmarks/README.md in the repository has the same work done by \
      other systems.
      """)

  @Argument(
    help: ArgumentHelp("One benchmark, or what its name begins with (default: all).", valueName: "name"))
  var name: String?
  @OptionGroup(title: "Run") var threads: ThreadsOption
  @OptionGroup(title: "Run") var report: ReportOptions

  func validate() throws {
    guard let name, chosen.isEmpty else { return }
    throw UsageError.unknownBenchmark(name, available: Benchmark.all.map(\.name))
  }

  private var chosen: [Benchmark] {
    Benchmark.all.filter { name.map($0.name.hasPrefix) ?? true }
  }

  func run() async throws {
    let console = Console(report)
    var results: [(Benchmark, Double)] = []
    for benchmark in chosen {
      console.note("\(benchmark.name): \(benchmark.summary)")
      results.append((benchmark, try await benchmark.measure(threads.value)))
    }
    let json = JSONValue.array(
      results.map { benchmark, value in
        .object([
          ("name", .string(benchmark.name)), ("value", .number(value)), ("unit", .string(benchmark.unit)),
        ])
      })
    let rows = results.map { benchmark, value in
      [benchmark.name, benchmark.words(value), benchmark.summary]
    }
    try console.result(
      json,
      orText: NumberText.table(
        [["name", "time or rate", ""]] + rows, indentation: "", leading: [0, 2])
        + "\n\(NumberText.count(threads.value, "thread"))")
  }
}
