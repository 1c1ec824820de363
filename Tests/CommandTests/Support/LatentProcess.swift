import Foundation
import Testing

/// The built executable, run as a person runs it.
enum LatentProcess {
  /// `latent` beside the test bundle, or else in the package's build folder.
  static let executable: String? = {
    let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().path
    let besides = [CommandLine.arguments[0], "/proc/self/exe"] + Bundle.allBundles.map(\.bundlePath)
    let folders =
      besides.map { path in
        URL(fileURLWithPath: path).resolvingSymlinksInPath().deletingLastPathComponent().path
      } + ["\(package)/.build/release", "\(package)/.build/debug"]
    return folders.map { "\($0)/latent" }.first { FileManager.default.isExecutableFile(atPath: $0) }
  }()

  /// A finished run.
  struct Outcome {
    /// The exit code, or the signal that ended it, negative.
    let status: Int32
    let output: String
    let error: String
    let outputBytes: Data

    /// Standard output as a JSON object.
    var json: [String: Any] {
      get throws {
        let value = try JSONSerialization.jsonObject(with: outputBytes)
        return try #require(value as? [String: Any])
      }
    }
  }

  /// Starts the executable in a folder; its output goes to files there.
  static func start(
    _ arguments: [String], in scratch: ScratchFolder, input: String? = nil,
    environment: [String: String] = [:], id: String = UUID().uuidString
  ) throws -> (process: Process, finish: () throws -> Outcome) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(executable, "build the product latent first"))
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: scratch.path)
    var variables = ProcessInfo.processInfo.environment
    variables["LATENT_DATA"] = nil
    variables["XDG_CACHE_HOME"] = "\(scratch.path)/cache"
    process.environment = variables.merging(environment) { $1 }
    let (out, err, fed) = (scratch(".\(id).out"), scratch(".\(id).err"), scratch(".\(id).in"))
    for path in [out, err] { _ = FileManager.default.createFile(atPath: path, contents: nil) }
    try (input ?? "").write(toFile: fed, atomically: false, encoding: .utf8)
    process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: out))
    process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: err))
    process.standardInput = try FileHandle(forReadingFrom: URL(fileURLWithPath: fed))
    try process.run()
    return (
      process,
      {
        process.waitUntilExit()
        let outputBytes = try Data(contentsOf: URL(fileURLWithPath: out))
        let errorBytes = try Data(contentsOf: URL(fileURLWithPath: err))
        for path in [out, err, fed] { try? FileManager.default.removeItem(atPath: path) }
        let status = process.terminationStatus
        return Outcome(
          status: process.terminationReason == .uncaughtSignal ? -status : status,
          output: String(decoding: outputBytes, as: UTF8.self),
          error: String(decoding: errorBytes, as: UTF8.self), outputBytes: outputBytes)
      }
    )
  }

  static func run(
    _ arguments: [String], in scratch: ScratchFolder, input: String? = nil,
    environment: [String: String] = [:]
  ) throws -> Outcome {
    try start(arguments, in: scratch, input: input, environment: environment).finish()
  }

  /// Words between spaces.
  static func run(
    _ line: String, in scratch: ScratchFolder, input: String? = nil, environment: [String: String] = [:]
  ) throws -> Outcome {
    try run(
      line.split(separator: " ").map(String.init), in: scratch, input: input, environment: environment)
  }

  /// A pipeline of the shell, where `latent` is the executable.
  static func shell(_ line: String, in scratch: ScratchFolder) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    let executable = try #require(executable)
    process.arguments = ["-c", "latent() { '\(executable)' \"$@\"; }\n\(line)"]
    process.currentDirectoryURL = URL(fileURLWithPath: scratch.path)
    let out = scratch(".\(UUID().uuidString).shell")
    _ = FileManager.default.createFile(atPath: out, contents: nil)
    let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: out))
    process.standardOutput = handle
    process.standardError = handle
    try process.run()
    process.waitUntilExit()
    let output = try String(contentsOfFile: out, encoding: .utf8)
    try? FileManager.default.removeItem(atPath: out)
    return (process.terminationStatus, output)
  }
}
