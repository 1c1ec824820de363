import ArgumentParser
import Foundation

/// The entry of the executable: parses, runs, and turns whatever goes wrong into one message and an exit code.
@main
enum Program {
  static func main() async {
    // A reader that goes away (`latent score … | head -1`) shows as an error of `write`, not as a signal.
    signal(SIGPIPE, SIG_IGN)
    exit(await run(Array(CommandLine.arguments.dropFirst())))
  }

  static func run(_ arguments: [String]) async -> Int32 {
    do {
      try Vocabulary.check(arguments)
      var command = try await LatentTool.asyncParseAsRoot(arguments)
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
      return ExitStatus.done
    } catch let status as ExitStatus {
      return status.code
    } catch {
      return report(error, of: arguments)
    }
  }

  private static func report(_ error: any Error, of arguments: [String]) -> Int32 {
    if let failure = error as? any Explained {
      StandardError.write("latent: \(failure.explanation)\n")
      return failure.exitStatus
    }
    if error is ClosedPipe { return ExitStatus.done }
    guard LatentTool.exitCode(for: error) != .success else {
      // Help and version are asked for, not errors.
      try? StandardOutput.write("\(LatentTool.fullMessage(for: error))\n")
      return ExitStatus.done
    }
    StandardError.write("latent: \(usage(LatentTool.message(for: error), of: arguments))\n")
    return ExitStatus.badInput
  }

  /// The parser's message in this program's form, with where to look. Messages of `UsageError`, which come this way
  /// from the validation of options, are complete and begin with a small letter or an option.
  private static func usage(_ message: String, of arguments: [String]) -> String {
    guard let first = message.first, first.isUppercase else { return message }
    let verb = Vocabulary.verbs.first { $0 == arguments.first }.map { " \($0)" } ?? ""
    return first.lowercased() + message.dropFirst() + ("?.".contains(message.last ?? " ") ? "" : ".")
      + "\n`latent\(verb) --help` shows what there is."
  }
}

/// The root of all verbs.
struct LatentTool: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "latent",
    abstract: "Inference in latent variable models.",
    discussion: """
      latent fit gmm faithful --components 2 -o faithful.latent
      latent score faithful.latent faithful

      DATA is a file (CSV, TSV, NPY, NPZ, IDX; also compressed by gzip), `-` for CSV on standard input, or the \
      name of a data set (`latent data list`).
      """,
    version: "0.1.0",
    subcommands: [
      FitCommand.self, ScoreCommand.self, PosteriorCommand.self, SampleCommand.self, ReconstructCommand.self,
      ImputeCommand.self, RolloutCommand.self, SelectCommand.self, EvaluateCommand.self, InfoCommand.self,
      ReportCommand.self, DataCommand.self, DemoCommand.self, BenchCommand.self,
    ])
}

/// An end with a code of its own, after everything was said.
struct ExitStatus: Error {
  static let done: Int32 = 0
  /// The data parse and the inference fails.
  static let inferenceFailed: Int32 = 1
  /// Bad usage or bad input.
  static let badInput: Int32 = 2
  /// Interrupted from outside.
  static let interrupted: Int32 = 130

  let code: Int32
}
