import Foundation
import Testing

@Suite struct StreamTests {
  @Test func standardInputIsData() throws {
    let scratch = try ScratchFolder()
    let outcome = try LatentProcess.run(
      "fit gmm - --components 2 --json --quiet", in: scratch, input: BadInput.numbers)
    #expect(try outcome.json["observations"] as? Int == 40)
    let empty = try LatentProcess.run("fit gmm - --components 2", in: scratch)
    #expect(empty.status == 2)
    #expect(
      empty.error == "latent: standard input is empty.\nGive a table with a row for each observation.\n")
  }

  @Test func aReaderMayGoAway() throws {
    let scratch = try ModelFileTests.fitted()
    let result = try LatentProcess.shell(
      "{ latent sample model.latent -n 300000 --quiet; echo \"status $?\" >&2; } | head -1", in: scratch)
    #expect(result.output.contains("eruptions,waiting\n"))
    #expect(result.output.contains("status 0\n"))
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
  func aFullDiskIsReported() throws {
    let scratch = try ModelFileTests.fitted()
    let printed = try LatentProcess.shell(
      "latent score model.latent faithful --quiet > /dev/full", in: scratch)
    #expect(printed.status == 2)
    #expect(printed.output == "latent: standard output cannot be written: No space left on device.\n")
    let written = try LatentProcess.run("fit gmm faithful --components 2 -o /dev/full --quiet", in: scratch)
    #expect(written.status == 2)
    #expect(
      written.error == "latent: /dev/full could not be written: No space left on device.\n"
        + "Nothing was left behind; free some space.\n")
  }

  @Test(.enabled(if: getuid() == 0))
  func aFullFolderIsLeftAsItWas() throws {
    let scratch = try ModelFileTests.fitted()
    let mounted = try LatentProcess.shell(
      "mkdir tiny && mount -t tmpfs -o size=16k tmpfs tiny 2>/dev/null", in: scratch)
    guard mounted.status == 0 else { return }
    defer { _ = try? LatentProcess.shell("umount tiny", in: scratch) }
    let outcome = try LatentProcess.run("sample model.latent -n 20000 -o tiny/draws.csv", in: scratch)
    #expect(outcome.status == 2)
    #expect(
      outcome.error == "latent: tiny/draws.csv could not be written: No space left on device.\n"
        + "Nothing was left behind; free some space.\n")
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch("tiny")) == [])
  }

  @Test func dataSetsAreListed() throws {
    let scratch = try ScratchFolder()
    let text = try LatentProcess.run("data list", in: scratch).output
    #expect(text.split(separator: "\n").count == 12)
    #expect(text.contains("faithful"))
    #expect(text.contains("not fetched: latent data fetch mnist"))
    let list = try LatentProcess.run("data list --json", in: scratch)
    let sets = try #require(try JSONSerialization.jsonObject(with: list.outputBytes) as? [[String: Any]])
    #expect(sets.count == 12)
    #expect(sets.first { $0["name"] as? String == "mnist-sample" }?["availability"] as? String == "embedded")
    #expect(sets.first { $0["name"] as? String == "mnist" }?["availability"] as? String == "notFetched")
    let info = try LatentProcess.run("data info faithful --json", in: scratch).json
    #expect(info["rows"] as? Int == 272)
    #expect(info["licence"] is String)
  }

  @Test func downloadedSetsMustBeComplete() throws {
    let scratch = try ScratchFolder()
    try FileManager.default.createDirectory(
      atPath: scratch("mnist"), withIntermediateDirectories: false)
    try scratch.write(Data([0, 0, 8, 3]), to: "mnist/train-images-idx3-ubyte")
    let outcome = try LatentProcess.run(
      "fit gmm mnist --components 2", in: scratch, environment: ["LATENT_DATA": scratch.path])
    #expect(outcome.status == 2)
    #expect(
      outcome.error == "latent: mnist is incomplete: \(scratch.path)/mnist lacks train-labels-idx1-ubyte.\n"
        + "`latent data fetch` downloads what is missing.\n")
  }

  @Test func archivesNameTheirArrays() throws {
    let scratch = try ScratchFolder()
    let outcome = try LatentProcess.run("fit gmm none.npz:x --components 2", in: scratch)
    #expect(outcome.status == 2)
    #expect(outcome.output == "")
    #expect(outcome.error.hasPrefix("latent: none.npz"))
  }
}
