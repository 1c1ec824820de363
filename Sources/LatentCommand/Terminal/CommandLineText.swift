/// The command line as it could be typed again.
enum CommandLineText {
  /// This run's own command with `--resume` set to a checkpoint.
  ///
  /// - Parameter options: those with a value that are left out.
  static func resuming(
    from checkpoint: String, without options: [String] = [], arguments: [String] = CommandLine.arguments
  ) -> String {
    let replaced = options + ["--resume"]
    var kept: [String] = []
    var skipsNext = false
    for argument in arguments {
      if skipsNext {
        skipsNext = false
      } else if replaced.contains(argument) {
        skipsNext = true
      } else if !replaced.contains(where: { argument.hasPrefix("\($0)=") }) {
        kept.append(argument)
      }
    }
    return (kept + ["--resume", checkpoint]).map(quoted).joined(separator: " ")
  }

  /// The argument as a POSIX shell takes it.
  static func quoted(_ argument: String) -> String {
    let isPlain = argument.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
      default: "-_./,:=+@%".utf8.contains(byte)
      }
    }
    guard !isPlain || argument.isEmpty else { return argument }
    return "'" + argument.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
      + "'"
  }
}
