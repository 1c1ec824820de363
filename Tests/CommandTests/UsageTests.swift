import Foundation
import Testing

/// A command line that is refused, with its message.
struct RefusedLine: CustomTestStringConvertible {
  let line: String
  let message: String

  init(_ line: String, _ message: String) {
    self.line = line
    self.message = message
  }

  var testDescription: String { line }

  static let all: [RefusedLine] = [
    // Verbs, models, methods.
    .init(
      "explain FILE DATA",
      "there is no \"explain\" in this version.\nAvailable: VERBS."),
    .init("foo", "there is no \"foo\" in this version.\nAvailable: VERBS."),
    .init(
      "data simulate pendulum",
      "there is no \"data simulate\" in this version.\nAvailable: data list, data info, data fetch, data make."
    ),
    .init(
      "fit gplvm faithful --latent 2",
      "there is no model \"gplvm\" in this version.\nAvailable: gmm, tmm, bmm, cmm, ppca, fa, mfa, hmm, lds, vae, cvae, ae, … (14 in all)."
    ),
    .init(
      "fit gmm faithful --components 2 --inference gibbs",
      "--inference \"gibbs\" is not in this version.\nAvailable: em, vb, svi."),
    // Values.
    .init("fit gmm faithful --components 0", "--components must be 1 or more, not 0."),
    .init("fit gmm faithful --components -3", "--components must be 1 or more, not -3."),
    .init(
      "fit gmm faithful --components two",
      "the value 'two' is invalid for '--components <K>'.\n`latent fit --help` shows what there is."),
    .init(
      "fit gmm faithful",
      "--components is missing: a mixture needs to know how many it has."),
    .init(
      "fit gmm faithful --components 2 --threads 0", "--threads must be from 1 to 1024, not 0."),
    .init(
      "fit gmm faithful --components 2 --restarts 0", "--restarts must be 1 or more, not 0."),
    .init(
      "fit gmm faithful --components 2 --tolerance nan",
      "--tolerance must be a number, 0 or more, not nan."),
    .init(
      "fit gmm faithful --components 2 --tolerance -1",
      "--tolerance must be a number, 0 or more, not -1."),
    .init(
      "fit gmm faithful --components 2 --max-iterations 0",
      "--max-iterations must be 1 or more, not 0."),
    .init(
      "fit gmm faithful --components 2 --time-limit 0",
      "--time-limit must be a number greater than 0, not 0."),
    .init(
      "fit gmm faithful --components 2 --time-limit inf",
      "--time-limit must be a number greater than 0, not inf."),
    .init(
      "fit gmm faithful --components 2 --holdout 1.5", "--holdout must be between 0 and 1, not 1.5."),
    .init(
      "fit gmm faithful --components 2 --holdout 0", "--holdout must be between 0 and 1, not 0."),
    .init(
      "fit gmm faithful --components 2 --seed -1",
      "the value '-1' is invalid for '--seed <seed>'.\n`latent fit --help` shows what there is."),
    .init(
      "fit gmm faithful --components 2 --covariance cubic",
      "the value 'cubic' is invalid for '--covariance <covariance>'. Please provide one of 'full', 'tied', "
        + "'diagonal' or 'spherical'.\n`latent fit --help` shows what there is."),
    .init(
      "fit gmm faithful --components 2 --binarize 7",
      "the value '7' is invalid for '--binarize <stochastic|0.5>'.\n`latent fit --help` shows what there is."),
    .init(
      "fit gmm faithful --components 2 --columns a,,b",
      "the value 'a,,b' is invalid for '--columns <a,b,c>'.\n`latent fit --help` shows what there is."),
    // Options that do not go together, or do not belong to the verb.
    .init(
      "fit gmm faithful --components 2 --every 3", "--every has no meaning without --checkpoint FILE."),
    .init(
      "fit gmm faithful --components 2 --restarts 2 --init means.csv",
      "--restarts and --init FILE do not go together: every start would be the same."),
    .init(
      "fit gmm faithful --components 2 --init nowhere.csv",
      "--init must be kmeans++, random or an existing file, not \"nowhere.csv\"."),
    .init(
      "fit gmm faithful extra --components 2",
      "unexpected argument 'extra'.\n`latent fit --help` shows what there is."),
    .init(
      "info model.latent --threads 2",
      "unknown option '--threads'.\n`latent info --help` shows what there is."),
    .init(
      "score model.latent", "missing expected argument '<data>'.\n`latent score --help` shows what there is."),
    .init("sample model.latent -n 0", "-n must be 1 or more, not 0."),
    // Outputs.
    .init(
      "fit gmm faithful --components 2 -o nowhere/model",
      "nowhere: there is no such file or folder."),
    .init("fit gmm faithful --components 2 -o .", ". is a folder.\nGive the name of a file."),
    .init(
      "score model.latent faithful -o scores.txt",
      "the name of scores.txt does not tell its format.\nLet it end in .csv, .tsv or .npy."),
    // Named data.
    .init(
      "fit gmm faithful --components 2 --columns depth",
      "faithful has no column \"depth\".\nAvailable: eruptions, waiting."),
    .init(
      "fit gmm faithful --components 2 --labels species",
      "faithful has no column \"species\".\nAvailable: eruptions, waiting."),
    .init(
      "fit gmm nothing.csv --components 2",
      "nothing.csv: there is no such file, and no data set of this name.\n"
        + "Check the path; `latent data list` names the data sets."),
    .init(
      "data info nothing",
      "there is no data set \"nothing\".\nAvailable: faithful, mnist-sample, mnist-sample-test, mnist, "
        + "mnist-test, fashion-mnist, fashion-mnist-test."),
    .init("data fetch nothing", "\"nothing\" cannot be fetched.\nAvailable: mnist, fashion-mnist."),
    .init(
      "fit gmm faithful --components 300",
      "faithful: 300 components cannot be fitted to 272 rows.\n"
        + "Give --components a number up to 272, or more data."),
    .init(
      "fit gmm faithful --components 2 --binarize 0.5",
      "faithful, row 1, column 1 (\"eruptions\"): --binarize needs values from 0 to 1, and this is 3.6.\n"
        + "Scale the data first, or leave --binarize out."),
    .init("score model.latent faithful", "model.latent: there is no such file or folder."),
  ]
}

@Suite struct UsageTests {
  @Test(arguments: RefusedLine.all)
  func isRefused(_ refused: RefusedLine) throws {
    let scratch = try ScratchFolder()
    let outcome = try LatentProcess.run(refused.line, in: scratch)
    #expect(outcome.status == 2)
    #expect(outcome.output == "")
    let error = outcome.error.replacing(/Available: fit, score[^\n]*\./, with: "Available: VERBS.")
    #expect(error == "latent: \(refused.message)\n")
    #expect(try scratch.contents == [])
  }

  @Test(arguments: ["--help", "fit --help", "score -h", "help sample", "data list --help", ""])
  func helpIsNoError(_ line: String) throws {
    let outcome = try LatentProcess.run(line, in: ScratchFolder())
    #expect(outcome.status == 0)
    #expect(outcome.output.contains("USAGE: latent"))
    #expect(outcome.error == "")
  }

  @Test func versionIsANumber() throws {
    let outcome = try LatentProcess.run("--version", in: ScratchFolder())
    #expect(outcome.status == 0)
    #expect(outcome.output == "0.1.0\n")
  }

  /// What is not there is not in the help either.
  @Test(arguments: ["gplvm", "rbm", "train"])
  func helpNamesOnlyWhatThereIs(_ word: String) throws {
    let scratch = try ScratchFolder()
    for line in ["--help", "fit --help", "data --help"] {
      let words = try LatentProcess.run(line, in: scratch).output.split { !$0.isLetter }
      #expect(!words.contains { $0 == word })
    }
  }
}
