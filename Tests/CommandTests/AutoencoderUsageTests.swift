import Foundation
import Testing

@Suite struct AutoencoderUsageTests {
  static let vae = "fit vae faithful --latent 1 --likelihood gaussian"

  /// Options of mixtures, none of which networks have a use for.
  @Test(arguments: [
    "--covariance full", "--inference em", "--concentration 1",
    "--mean-precision 1", "--degrees-of-freedom 3", "--scale 1", "--sparse 2",
    "--acceleration anderson", "--race", "--memoized --batch 5",
    "--forgetting 0.7", "--delay 1", "--max-iterations 3", "--from m.latent", "--keep-statistics",
  ])
  func optionsOfMixturesAreRefused(_ option: String) throws {
    let outcome = try LatentProcess.run("\(Self.vae) \(option)", in: ScratchFolder())
    #expect(outcome.status == 2)
    let name = option.split(separator: " ")[0]
    #expect(
      outcome.error == "latent: \(name) has no meaning for vae by gradient ascent.\nLeave it out.\n")
  }

  @Test(arguments: [
    "--hidden 5", "--second-hidden 5", "--network dense", "--channels 4", "--weight-prior 1",
    "--condition eruptions",
    "--condition-columns 1", "--condition-pixels 1", "--activation relu", "--likelihood gaussian",
    "--variance shared", "--posterior full",
    "--optimizer sgd", "--learning-rate 0.1", "--schedule iwae", "--clip 1", "--importance 2",
    "--doubly-reparametrized", "--beta 1", "--free-bits 1", "--warm-up 1", "--test faithful",
  ])
  func optionsOfNetworksAreRefused(_ option: String) throws {
    let outcome = try LatentProcess.run("fit gmm faithful --components 2 \(option)", in: ScratchFolder())
    #expect(outcome.status == 2)
    let name = option.split(separator: " ")[0]
    #expect(outcome.error == "latent: \(name) has no meaning for gmm by em.\nLeave it out.\n")
  }

  @Test(arguments: [
    RefusedLine(
      "fit vae faithful", "--latent is missing: vae needs to know how many latent dimensions it has."),
    RefusedLine("fit vae faithful --latent 0", "--latent must be 1 or more, not 0."),
    RefusedLine(
      "fit vae mnist-sample --latent 2 --labels label",
      "--labels has no meaning without --report, whose colours they are."),
    RefusedLine(
      "fit cvae mnist-sample --latent 2 --condition label --labels other --report x.html",
      "--labels and --condition do not go together: the colours of a report are the categories that the networks are given."
    ),
    RefusedLine(
      "\(vae) --batch 300", "--batch 300 is more than the 272 rows of faithful.\nGive a number up to 272."),
    RefusedLine(
      "\(vae) --batch 250 --holdout 0.2",
      "--batch 250 is more than the 218 rows of faithful (54 held out).\nGive a number up to 218."),
    RefusedLine("fit vae faithful --latent 3,0", "--latent must be 1 or more, not 0."),
    RefusedLine("fit ae faithful --latent 3,2", "--latent must be one number for ae, not 3,2."),
    RefusedLine("fit ppca faithful --latent 3,2", "--latent must be one number for ppca, not 3,2."),
    RefusedLine(
      "\(vae) --second-hidden 5", "--second-hidden has no meaning without --latent of two numbers."),
    RefusedLine(
      "fit vae faithful --latent 3,2 --free-bits 1 --likelihood gaussian",
      "--free-bits and --latent 3,2 do not go together: the KL of two layers does not fall into dimensions."),
    RefusedLine(
      "fit vae faithful --latent 3,2 --importance 4 --doubly-reparametrized",
      "--doubly-reparametrized and --latent 3,2 do not go together: it needs the density of one layer at any z."
    ),
    RefusedLine("\(vae) --weight-prior 0", "--weight-prior must be a number greater than 0, not 0."),
    RefusedLine("\(vae) --channels 4", "--channels has no meaning without --network convolutional."),
    RefusedLine(
      "\(vae) --network convolutional",
      "--network convolutional needs images, and faithful tells no height and width.\n"
        + "Use IDX or .npy data of three dimensions, without --columns."),
    RefusedLine(
      "fit vae mnist-sample --latent 2 --binarize 0.5 --network convolutional --channels 2,2,2,2,2",
      "--channels must be up to 4 layers for images of 28 × 28, not 2,2,2,2,2."),
    RefusedLine(
      "fit vae faithful --latent 1 --likelihood categorical --standardize",
      "--standardize and --likelihood categorical do not go together: every cell is then a category."),
    RefusedLine(
      "fit vae faithful --latent 1 --likelihood categorical --network convolutional",
      "--network convolutional and --likelihood categorical do not go together: its decoder gives one number a pixel."
    ),
    RefusedLine(
      "\(vae) --posterior none",
      "--posterior must be diagonal, constant-diagonal, full, rank-one or planar for vae, not none."),
    RefusedLine(
      "\(vae) --condition label", "--condition has no meaning for vae by gradient ascent.\nLeave it out."),
    RefusedLine(
      "fit ae faithful --latent 1 --beta 2", "--beta has no meaning for ae by gradient ascent.\nLeave it out."
    ),
    RefusedLine(
      "fit ae faithful --latent 1 --posterior full",
      "--posterior has no meaning for ae by gradient ascent.\nLeave it out."),
    RefusedLine(
      "fit ae faithful --latent 1 --importance 5",
      "--importance has no meaning for ae by gradient ascent.\nLeave it out."),
    RefusedLine("\(vae) --learning-rate 0", "--learning-rate must be a number greater than 0, not 0."),
    RefusedLine("\(vae) --importance 0", "--importance must be from 1 to 100000, not 0."),
    RefusedLine(
      "\(vae) --doubly-reparametrized", "--doubly-reparametrized has no meaning without --importance k."),
    RefusedLine(
      "fit vae faithful --latent 1 --variance 2", "--variance has no meaning without --likelihood gaussian."),
    RefusedLine(
      "\(vae) --holdout 0.2 --test faithful",
      "--holdout and --test do not go together: both say which rows the bound is tested on."),
    RefusedLine(
      "\(vae) --hidden 5,0",
      "the value '5,0' is invalid for '--hidden <500,250>'.\n`latent fit --help` shows what there is."),
    RefusedLine(
      "\(vae) --test mnist-sample",
      "--test mnist-sample has 784 columns, and faithful has 2.\nGive test data with the columns of the fit."),
    RefusedLine(
      "fit vae faithful --latent 1",
      "faithful, row 1, column 1 (\"eruptions\") holds 3.6, where the model knows 0 and 1 alone.\nCorrect it."
    ),
    RefusedLine(
      "fit vae mnist-sample --latent 1 --columns 100,150,210",
      "mnist-sample, row 1, column 3 holds 0.9922, where the model knows 0 and 1 alone.\n"
        + "Turn values into zeros and ones with --binarize."),
    RefusedLine(
      "\(vae) --importance 3 --beta 2",
      "--beta and --importance do not go together: that bound has no KL apart, to be weighted."),
    RefusedLine(
      "\(vae) --posterior full --free-bits 0.1",
      "--free-bits and --posterior full do not go together: its KL does not fall into dimensions."),
    RefusedLine(
      "\(vae) --binarize stochastic",
      "--binarize stochastic and --likelihood gaussian do not go together: zeros and ones have a Bernoulli likelihood."
    ),
    RefusedLine("\(vae) --prior niw", "--prior must be standard, mixture or vamp for vae, not niw."),
    RefusedLine("\(vae) --components 2", "--components has no meaning without --prior mixture or vamp."),
    RefusedLine("\(vae) --levels 4", "--levels has no meaning without --likelihood logistic."),
    RefusedLine(
      "\(vae) --prior vamp --posterior full",
      "--prior vamp and --posterior full do not go together: its components are posteriors, and diagonal."),
    RefusedLine(
      "\(vae) --posterior point",
      "the value 'point' is invalid for '--posterior <posterior>'. Please provide one of the following:\n  - diagonal\n  - "
        + "constant-diagonal\n  - full\n  - rank-one\n  - planar\n  - none.\n`latent fit --help` shows what there is."
    ),
    RefusedLine(
      "fit vae mnist-sample --latent 1 --likelihood gaussian --variance columns --quiet",
      "mnist-sample: column 1 does not vary, so a variance of its own would vanish.\n"
        + "Leave it out with --columns, or give --variance shared or a number."),
    RefusedLine(
      "select vae faithful --components 2",
      "MODEL must be gmm, tmm, bmm, cmm, ppca, fa, mfa, hmm or lds for select, not vae."),
    RefusedLine(
      "fit gmm faithful --components 2 --precision bf16",
      "--precision bf16 has no meaning for gmm by em.\nLeave it out."),
  ])
  func whatDoesNotFitIsRefused(_ refused: RefusedLine) throws {
    let outcome = try LatentProcess.run(refused.line, in: ScratchFolder())
    #expect(outcome.status == 2)
    #expect(outcome.output.isEmpty)
    #expect(outcome.error == "latent: \(refused.message)\n")
  }

  @Test func networksLargerThanTheMemoryAreRefused() throws {
    let outcome = try LatentProcess.run("\(Self.vae) --hidden 1000000,1000000", in: ScratchFolder())
    #expect(outcome.status == 2)
    #expect(outcome.error.hasPrefix("latent: networks of 2,000,011,000,048 parameters need about "))
    #expect(outcome.error.hasSuffix("Use narrower layers (--hidden), or fewer columns (--columns).\n"))
  }

  @Test func otherVerbsRefuseWhatTheyHaveNot() throws {
    let scratch = try ScratchFolder()
    _ = try LatentProcess.run(
      "\(Self.vae) --standardize --passes 1 --hidden 3 --quiet -o m.latent", in: scratch)
    _ = try LatentProcess.run("fit gmm faithful --components 2 --quiet -o gmm.latent", in: scratch)
    try scratch.write("x\n1\n2\n", to: "narrow.csv")
    for (line, message) in [
      (
        "posterior m.latent faithful --labels eruptions",
        "--labels has no meaning for vae by gradient ascent.\nLeave it out."
      ),
      (
        "sample m.latent --manifold",
        "--manifold needs a model with two latent dimensions, and m.latent has 1.\n"
          + "Fit one with --latent 2, or leave --manifold out."
      ),
      (
        "sample m.latent -o x.png",
        "m.latent was not fitted to images, so x.png cannot be drawn.\nUse .csv, .tsv or .npy."
      ),
      ("sample gmm.latent --condition 3", "--condition has no meaning for gmm by em.\nLeave it out."),
      (
        "sample gmm.latent --contrast m.latent -o x.csv",
        "--contrast has no meaning for gmm by em.\nLeave it out."
      ),
      (
        "score gmm.latent faithful --condition eruptions",
        "--condition has no meaning for gmm by em.\nLeave it out."
      ),
      ("sample gmm.latent --means", "--means has no meaning for gmm by em.\nLeave it out."),
      ("evaluate gmm.latent faithful --draws 5", "--draws has no meaning for gmm by em.\nLeave it out."),
      (
        "score m.latent narrow.csv",
        "narrow.csv lacks columns \"eruptions\", \"waiting\", which m.latent was fitted to.\nGive data with these "
          + "columns, or name the ones to use, in the model's order, with --columns."
      ),
      (
        "fit gmm faithful --components 2 --init m.latent",
        "m.latent holds a variational auto-encoder, and a Gaussian mixture by EM is needed."
      ),
      (
        "score m.latent faithful --precision bf16",
        "--precision must be double or single where nothing is trained, not bf16."
      ),
    ] {
      let outcome = try LatentProcess.run(line, in: scratch)
      #expect(outcome.status == 2, "\(line)")
      #expect(outcome.error == "latent: \(message)\n", "\(line)")
    }
  }

  @Test func checkpointsOfOtherSettingsAreRefused() throws {
    let scratch = try ScratchFolder()
    _ = try LatentProcess.run(
      "\(Self.vae) --standardize --hidden 4 --passes 2 --seed 1 --checkpoint c --quiet", in: scratch)
    for (options, option, recorded, given) in [
      ("--latent 2", "--latent", "1", "2"), ("--hidden 8", "--hidden", "4", "8"),
      ("--activation relu", "--activation", "tanh", "relu"), ("--latent 1,3", "--latent", "1", "1,3"),
      ("--network convolutional", "--network", "dense", "convolutional"),
      ("--restarts 3", "--restarts", "1", "3"), ("--init m.latent", "--init", "absent", "m.latent"),
      ("--likelihood bernoulli", "--likelihood", "gaussian", "bernoulli"),
      ("--variance 2", "--variance", "shared", "2"), ("--posterior full", "--posterior", "diagonal", "full"),
      ("--optimizer sgd", "--optimizer", "adam", "sgd"), ("--batch 7", "--batch", "100", "7"),
      ("--seed 4", "--seed", "1", "4"), ("--precision double", "--precision", "single", "double"),
    ] {
      let outcome = try LatentProcess.run("fit vae faithful --resume c \(options)", in: scratch)
      #expect(outcome.status == 2)
      #expect(
        outcome.error == "latent: c was made with \(option) \(recorded), not \(given).\n"
          + "Leave \(option) out to go on, or --resume to begin anew.\n")
    }
    let mixture = try LatentProcess.run("fit gmm faithful --resume c", in: scratch)
    #expect(
      mixture.error
        == "latent: c was made with MODEL vae, not gmm.\nGive vae to go on, or leave --resume out to begin anew.\n"
    )
    _ = try LatentProcess.run(
      "fit gmm faithful --components 2 --max-iterations 2 --checkpoint g --quiet", in: scratch)
    let network = try LatentProcess.run("fit vae faithful --resume g", in: scratch)
    #expect(
      network.error
        == "latent: g was made with MODEL gmm, not vae.\nGive gmm to go on, or leave --resume out to begin anew.\n"
    )
    try scratch.write(BadInput.numbers, to: "other.csv")
    let rows = try LatentProcess.run("fit vae other.csv --resume c", in: scratch)
    #expect(rows.status == 2)
    #expect(rows.error.hasPrefix("latent: c was made with other data: rows 272, now 40.\n"), "\(rows.error)")
  }
}
