import ArgumentParser
import Latent

/// Which part of DATA are sequences, and what is known of their frames.
struct SequenceDataOptions: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "For models of sequences: the column that says which sequence a row belongs to, or a file of such names (default: all rows "
        + "are one sequence; an array of three axes has N sequences of T frames).", valueName: "column"))
  var sequence: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "For lds, dvbf and dkf: the columns of controls, or a file of them; u[t] acts between frame t and frame t + 1.",
      valueName: "a,b|file"))
  var controls: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "For models of sequences: columns, or a file, of what is known of the frames besides; never used for inference.",
      valueName: "a,b|file"))
  var truth: NameList?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "For models of sequences: what height and width frames have that are images, to draw them (default: as a simulated set "
        + "has, or as in the fit).", valueName: "16x16"))
  var image: FrameSize?

  /// Whether each option is given, by its name.
  var given: [(String, Bool)] {
    [
      ("--sequence", sequence != nil), ("--controls", controls != nil), ("--truth", truth != nil),
      ("--image", image != nil),
    ]
  }
}

/// Height and width of a frame: `16x16`.
struct FrameSize: ExpressibleByArgument, Equatable, CustomStringConvertible, Sendable {
  let size: FitDescription.ImageSize

  init?(argument: String) {
    let parts = argument.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let height = parts[0], let width = parts[1], height > 0, width > 0,
      height <= Self.largest, width <= Self.largest
    else { return nil }
    size = FitDescription.ImageSize(height: height, width: width)
  }

  init(_ size: FitDescription.ImageSize) { self.size = size }

  private static let largest = 100_000

  var description: String { "\(size.height)x\(size.width)" }

  /// - Throws: `UsageError` where frames of so many columns are no such images.
  static func check(_ size: FitDescription.ImageSize, columns: Int, of source: String) throws {
    guard size.height * size.width == columns else {
      throw UsageError.badValue(
        option: "--image", value: FrameSize(size).description,
        requirement: "height x width of the \(NumberText.count(columns, "column")) of \(source)")
    }
  }
}

/// What defines a model of sequences, besides what defines any model.
struct SequenceModelOptions: ParsableArguments {
  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp("The number of states (required for hmm).", valueName: "K"))
  var states: Int?

  @Option(name: .long, help: "For hmm: the density of a frame given its state (default: gaussian).")
  var emissions: EmissionChoice?

  @OptionGroup var data: SequenceDataOptions

  var given: [(String, Bool)] {
    [("--states", states != nil), ("--emissions", emissions != nil)] + data.given
  }

  func validate() throws {
    if let states { try UsageError.check("--states", states, in: 1...) }
  }
}

/// The densities of the states of a hidden Markov model.
enum EmissionChoice: String, ExpressibleByArgument, CaseIterable, Codable, Sendable {
  case gaussian, bernoulli, categorical, student

  /// That of a model file, by the kind of the archive, such as `hmm/gmm`.
  init?(archiveKind: String) {
    let parts = archiveKind.split(separator: "/")
    guard parts.count > 1, parts[0] == "hmm" else { return nil }
    switch parts[1] {
    case "gmm": self = .gaussian
    case "bmm": self = .bernoulli
    case "cmm": self = .categorical
    case "tmm": self = .student
    default: return nil
    }
  }
}
