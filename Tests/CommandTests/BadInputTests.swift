import Foundation
import Testing

/// Contents of a file that cannot be fitted, and the message.
struct BadInput: CustomTestStringConvertible {
  let name: String
  let contents: Data
  let message: String
  var status: Int32 = 2

  init(_ name: String, _ contents: Data, _ message: String, status: Int32 = 2) {
    self.name = name
    self.contents = contents
    self.message = message
    self.status = status
  }

  init(_ name: String, _ contents: String, _ message: String, status: Int32 = 2) {
    self.init(name, Data(contents.utf8), message, status: status)
  }

  var testDescription: String { name }

  static let numbers = (0..<40).map { "\($0),\(($0 * 7) % 11)\n" }.joined()

  static func npy(_ header: String, _ data: Int) -> Data {
    let text = header.padding(toLength: 117, withPad: " ", startingAt: 0) + "\n"
    return Data([0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0] + Array(text.utf8)) + Data(count: data)
  }

  static let all: [BadInput] = [
    .init("empty.csv", "", "empty.csv is empty.\nGive a table with a row for each observation."),
    .init("blank.csv", "\n\n\n", "blank.csv is empty.\nGive a table with a row for each observation."),
    .init("header.csv", "a,b\n", "header.csv has a header and no rows under it."),
    .init(
      "ragged.csv", "a,b\n1,2\n3\n",
      "ragged.csv, line 3: 1 cell where the first line has 2.\nMake all lines alike."),
    .init(
      "text.csv", "a,b\n1,2\n3,x\n",
      "text.csv, line 3, column 2 (\"b\"): \"x\" is not a number.\n"
        + "Correct it, leave it empty if it is missing, or choose other columns with --columns."),
    .init(
      "control.csv", "a,b\n1,2\n3,\u{1B}[2J\n",
      "control.csv, line 3, column 2 (\"b\"): \"\u{FFFD}[2J\" is not a number.\n"
        + "Correct it, leave it empty if it is missing, or choose other columns with --columns."),
    .init(
      "infinite.csv", "a,b\n1,2\n3,-inf\n",
      "infinite.csv, line 3, column 2 (\"b\"): \"-inf\" is infinite or too large for a number.\n"
        + "Correct it, or leave it empty if it is missing."),
    .init(
      "overflow.csv", "1,2\n3,1e999\n",
      "overflow.csv, line 2, column 2: \"1e999\" is infinite or too large for a number.\n"
        + "Correct it, or leave it empty if it is missing."),
    .init(
      "digits.csv", "a,b\n1,\(String(repeating: "9", count: 2_000_000))\n1,2\n",
      "digits.csv, line 2, column 2 (\"b\"): \"9999999999999999999999999999999999999999\" is infinite or too "
        + "large for a number.\nCorrect it, or leave it empty if it is missing."),
    .init("missing.csv", "a,b\nNA,\n,NaN\n", "missing.csv: all cells are missing."),
    .init(
      "one.csv", "a,b\n1,2\n",
      "one.csv: 2 components cannot be fitted to 1 row.\nGive --components a number up to 1, or more data."),
    .init(
      "alike.csv", "a,b\n1,2\n1,2\n1,2\n",
      "alike.csv: no column of the data varies, so nothing sets a scale.\nGive data with rows that differ."),
    .init(
      "lying.npy", npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000, 1000), }", 64),
      "lying.npy: the header announces 8,000,000,000,000,000 bytes of numbers, and there are 64.\n"
        + "The file is damaged or cut short: get it once more."),
    .init(
      "objects.npy", npy("{'descr': '|O', 'fortran_order': False, 'shape': (2, 2), }", 64),
      "objects.npy holds Python objects, which are never loaded.\nSave it as an array of numbers."),
    .init(
      "cut.csv.gz", Data([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 0x33, 0x54]),
      "cut.csv.gz: the compressed data end early.\nThe file is cut short: get it once more."),
    .init(
      "bytes.bin", Data([1, 2, 3, 0, 0, 0, 4, 5]),
      "bytes.bin is in no known format.\nGive CSV, TSV, NPY, NPZ or IDX, each also compressed by gzip."),
  ]
}

@Suite struct BadInputTests {
  @Test(arguments: BadInput.all)
  func isRefusedWithOneMessage(_ bad: BadInput) throws {
    let scratch = try ScratchFolder()
    try scratch.write(bad.contents, to: bad.name)
    let outcome = try LatentProcess.run(
      "fit gmm \(bad.name) --components 2 -o model.latent --quiet", in: scratch)
    #expect(outcome.status == bad.status)
    #expect(outcome.output == "")
    #expect(outcome.error == "latent: \(bad.message)\n")
    #expect(try scratch.contents == [bad.name])
  }

  @Test func liesOfIDXAreNotBelieved() throws {
    let scratch = try ScratchFolder()
    try scratch.write(Data([0, 0, 8, 3] + [UInt8](repeating: 127, count: 12) + [1, 2, 3]), to: "lying.idx")
    let outcome = try LatentProcess.run("fit gmm lying.idx --components 2", in: scratch)
    #expect(outcome.status == 2)
    #expect(
      outcome.error == "latent: lying.idx: the header announces more bytes than any file has of numbers, and "
        + "there are 3.\nThe file is damaged or cut short: get it once more.\n")
  }

  @Test func foldersAreNoData() throws {
    let scratch = try ScratchFolder()
    let outcome = try LatentProcess.run(["fit", "gmm", "/", "--components", "2"], in: scratch)
    #expect(outcome.status == 2)
    #expect(outcome.error == "latent: / is a folder.\nGive a file in it.\n")
  }

  @Test(.enabled(if: getuid() != 0)) func unreadableFilesAreNamed() throws {
    let scratch = try ScratchFolder()
    try scratch.write(BadInput.numbers, to: "secret.csv")
    chmod(scratch("secret.csv"), 0)
    let outcome = try LatentProcess.run("fit gmm secret.csv --components 2", in: scratch)
    #expect(outcome.status == 2)
    #expect(outcome.error == "latent: secret.csv cannot be read: Permission denied.\n")
  }

  @Test(.enabled(if: getuid() != 0)) func unwritableFoldersAreFoundBeforeTheFit() throws {
    let scratch = try ScratchFolder()
    try FileManager.default.createDirectory(
      atPath: scratch("closed"), withIntermediateDirectories: false, attributes: [.posixPermissions: 0o500])
    let outcome = try LatentProcess.run("fit gmm faithful --components 2 -o closed/model", in: scratch)
    #expect(outcome.status == 2)
    #expect(outcome.error == "latent: closed/model may not be used: Permission denied.\n")
  }

  @Test(arguments: ["2000000 digits", "constant", "duplicate"])
  func oddColumnsWorkWithThePrior(_ name: String) throws {
    let scratch = try ScratchFolder()
    let rows = (0..<60).map { i in
      let x = Double((i * 37) % 101) / 10
      switch name {
      case "constant": return "\(x),3\n"
      case "duplicate": return "\(x),\(x)\n"
      default: return i == 0 ? "1,0.\(String(repeating: "3", count: 2_000_000))\n" : "\(x),\(i % 7)\n"
      }
    }
    try scratch.write(rows.joined(), to: "data.csv")
    let outcome = try LatentProcess.run("fit gmm data.csv --components 2 --json --quiet", in: scratch)
    #expect(outcome.status == 0, "\(outcome.error)")
    let bound = try #require(try outcome.json["bound"] as? Double)
    #expect(bound.isFinite)
  }

  @Test func collapseIsReportedWithItsRemedies() throws {
    let scratch = try ScratchFolder()
    let rows = (0..<60).map { "\(Double(($0 * 37) % 101) / 10),3\n" }
    try scratch.write("a,b\n" + rows.joined(), to: "data.csv")
    let outcome = try LatentProcess.run(
      "fit gmm data.csv --components 1 --prior none -o model.latent --quiet", in: scratch)
    #expect(outcome.status == 1)
    #expect(outcome.output == "")
    #expect(
      outcome.error == """
        latent: component 1 of 1 collapsed: its variance along column 2 ("b") fell to 0, with about 60 rows in it.
        Try --prior niw, --covariance tied or the data without this column (--columns).

        """)
    #expect(!scratch.exists("model.latent"))
  }

  @Test func outputsDoNotReplaceInputs() throws {
    let scratch = try ScratchFolder()
    try scratch.write(BadInput.numbers, to: "data.csv")
    symlink("data.csv", scratch("link"))
    for (arguments, message) in [
      ("-o ./data.csv", "-o ./data.csv would replace the data."),
      ("-o link", "-o link would replace the data."),
      ("--checkpoint data.csv", "--checkpoint data.csv would replace the data."),
      ("--checkpoint x -o x", "-o x would replace the checkpoint."),
    ] {
      let outcome = try LatentProcess.run("fit gmm data.csv --components 2 \(arguments)", in: scratch)
      #expect(outcome.status == 2)
      #expect(outcome.error == "latent: \(message)\nChoose another file.\n")
    }
    #expect(try scratch.text("data.csv") == BadInput.numbers)
    #expect(try scratch.contents == ["data.csv", "link"])
  }

  @Test func missingDataSetsSayHowToGetThem() throws {
    let scratch = try ScratchFolder()
    let outcome = try LatentProcess.run("fit gmm mnist --components 2", in: scratch)
    #expect(outcome.status == 2)
    #expect(
      outcome.error == "latent: mnist is not on this machine (searched: \(scratch.path)/cache/latent).\n"
        + "`latent data fetch mnist` downloads it; or put its files into $LATENT_DATA/mnist.\n")
  }

  @Test func impossibleSizesAreRefused() throws {
    let scratch = try ScratchFolder()
    let row = String(repeating: "1,", count: 300_000) + "2\n"
    try scratch.write(row + row.replacing("1,", with: "3,"), to: "wide.csv")
    let outcome = try LatentProcess.run("fit gmm wide.csv --components 2", in: scratch)
    #expect(outcome.status == 2)
    #expect(
      outcome.error.hasPrefix("latent: 2 components with 300,001 columns need about 8640.1 GB of memory"))
  }
}
