import Foundation
import Latent
import LatentTestSupport
import Testing

/// Model files and checkpoints of other versions, and what files of this one hold.
@Suite struct FileFormatTests {
  /// A model file whose metadata are changed after it was written.
  static func model(
    _ change: (inout TensorFile) -> Void
  ) throws -> (scratch: ScratchFolder, path: String) {
    let scratch = try ScratchFolder()
    let outcome = try LatentProcess.run(
      "fit gmm faithful --components 2 --max-iterations 3 -o model.latent --checkpoint c --every 0 --quiet",
      in: scratch)
    #expect(outcome.status == 0, "\(outcome.error)")
    for name in ["model.latent", "c"] {
      var file = try TensorFile(readingFrom: scratch(name))
      change(&file)
      try file.write(to: scratch(name))
    }
    return (scratch, scratch("model.latent"))
  }

  @Test(arguments: [
    (-1, "an earlier version of latent: format %d, and this one reads format %d.\nFit it again."),
    (
      1,
      "a later version of latent: format %d, and this one reads format %d.\nUpdate latent, or fit it again."
    ),
  ]) func otherVersions(_ shift: Int, _ words: String) throws {
    let version = Archive.formatVersion
    let scratch = try Self.model { $0.metadata["formatVersion"] = "\(version + shift)" }.scratch
    let message = String(format: words, version + shift, version)
    for (verb, file) in [
      ("info model.latent", "model.latent"), ("score model.latent faithful", "model.latent"),
      ("info c", "c"), ("fit gmm faithful --resume c", "c"),
      ("fit gmm faithful --components 2 --init model.latent", "model.latent"),
    ] {
      let outcome = try LatentProcess.run(verb, in: scratch)
      #expect(outcome.status == 2)
      #expect(outcome.error == "latent: \(file) was made by \(message)\n", "\(verb)")
    }
  }

  /// A build that forgot to raise the version: the file is whole, and yet not what is read here.
  @Test func aWholeFileOfOtherContentsIsNotDamaged() throws {
    let scratch = try Self.model { _ in }.scratch
    let path = scratch("model.latent")
    let whole = try Archive(readingFrom: path)
    func rewritten(
      _ configuration: String, _ change: (inout Archive) throws -> Void
    ) throws -> LatentProcess.Outcome {
      var archive = Archive(kind: whole.kind, configuration: configuration)
      for name in whole.names where name != "mixture/means" { archive.set(name, try whole.tensor(name)) }
      for (key, text) in whole.notes { archive.note(key, text) }
      try change(&archive)
      try archive.write(to: path)
      return try LatentProcess.run("sample model.latent", in: scratch)
    }
    for (outcome, difference) in [
      (try rewritten(whole.configuration) { _ in }, "\"mixture/means\" is missing"),
      (
        try rewritten(whole.configuration) { $0.set("mixture/means", [1.0, 2]) },
        "\"mixture/means\" has the shape [2]"
      ),
      (
        try rewritten(whole.configuration) { $0.set("mixture/means", Matrix<Float>([[1, 2], [3, 4]])) },
        "\"mixture/means\" holds F32, not F64"
      ),
      (
        try rewritten(#"{"model":"gmm"}"#) { $0.set("mixture/means", try whole.tensor("mixture/means")) },
        "its description does not fit its contents"
      ),
    ] {
      #expect(outcome.status == 2)
      #expect(
        outcome.error
          == "latent: model.latent was made by another version of latent: \(difference).\nFit it again.\n")
    }
  }

  /// What model files and checkpoints of every kind hold, by name and type: `Tests/Reference/file-format.txt`. Where that
  /// changes, raise `Archive.formatVersion` and put the new listing, which the failure leaves in a file, in its place.
  @Test func changesRaiseTheVersion() throws {
    let scratch = try ScratchFolder()
    var random = SplitMix(state: 4)
    func table(_ name: String, _ cell: (inout SplitMix) -> Double) throws {
      let rows = (0..<40).map { _ in (0..<3).map { _ in "\(cell(&random))" }.joined(separator: ",") }
      try scratch.write((["a,b,c"] + rows).joined(separator: "\n") + "\n", to: name)
    }
    try table("numbers.csv") { Double.random(in: -1...1, using: &$0) }
    try table("bits.csv") { Bool.random(using: &$0) ? 1 : 0 }
    var lines = ["format \(Archive.formatVersion)"]
    for options in [
      "gmm numbers.csv --components 2", "gmm numbers.csv --components 2 --covariance diagonal --batch 20",
      "gmm numbers.csv --components 2 --inference vb --standardize",
      "gmm numbers.csv --components 2 --inference vb --prior dirichlet-process",
      "gmm numbers.csv --components 2 --acceleration anderson",
      "gmm numbers.csv --components 2 --batch 20 --memoized", "tmm numbers.csv --components 2",
      "bmm bits.csv --components 2", "bmm bits.csv --components 2 --inference vb",
      "cmm bits.csv --components 2", "cmm bits.csv --components 2 --inference vb",
      "mfa numbers.csv --components 2 --latent 1", "fa numbers.csv --latent 1",
      "ppca numbers.csv --latent 1", "ppca numbers.csv --latent 1 --inference vb",
      "vae bits.csv --latent 1 --hidden 2",
      "dvbf numbers.csv --latent 1 --hidden 2 --recognition 2 --matrices 2 --attempts 2",
      "dkf numbers.csv --latent 1 --hidden 2 --recognition 2 --transition-hidden 2 --smoothing 2",
    ] {
      let budget =
        ["dvbf", "dkf"].contains { options.hasPrefix($0) }
        ? "--updates 10"
        : options.hasPrefix("vae") || options.contains("--batch") ? "--passes 1" : "--max-iterations 2"
      let outcome = try LatentProcess.run(
        "fit \(options) \(budget) -o model --checkpoint checkpoint --every 0 --quiet", in: scratch)
      #expect(outcome.status == 0, "\(options): \(outcome.error)")
      lines.append("\nfit \(options)")
      for name in ["model", "checkpoint"] {
        lines += try Self.contents(Archive(readingFrom: scratch(name))).map { "  \(name): \($0)" }
      }
    }
    let found = lines.joined(separator: "\n") + "\n"
    let expected = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Reference/file-format.txt")
    guard let recorded = try? String(contentsOf: expected, encoding: .utf8), recorded == found else {
      let path = NSTemporaryDirectory() + "/file-format.txt"
      try found.write(toFile: path, atomically: true, encoding: .utf8)
      Issue.record("the contents of files have changed; \(path) lists them")
      return
    }
  }

  /// The kind, the keys of the configuration, the notes and the tensors.
  static func contents(_ archive: Archive) throws -> [String] {
    let configuration = try JSONSerialization.jsonObject(with: Data(archive.configuration.utf8))
    let keys = keys(of: configuration).sorted().joined(separator: " ")
    let tensors = try archive.names.map { name in
      let tensor = try archive.tensor(name)
      return "\(name):\(tensor.type.rawValue):\(tensor.shape.count)"
    }
    return [
      "kind \(archive.kind)", "configuration \(keys)",
      "notes \(archive.notes.keys.sorted().joined(separator: " "))",
      "tensors \(tensors.joined(separator: " "))",
    ]
  }

  private static func keys(of value: Any) -> [String] {
    guard let object = value as? [String: Any] else { return [] }
    return object.flatMap { key, value in [key] + keys(of: value).map { "\(key).\($0)" } }
  }
}
