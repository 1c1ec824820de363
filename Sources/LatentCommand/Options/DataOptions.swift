import ArgumentParser

/// Which part of DATA is used, and how.
struct DataOptions: ParsableArguments {
  @Option(
    name: .long, help: ArgumentHelp("The columns to use, by name or number from 1.", valueName: "a,b,c"))
  var columns: NameList?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Turn values between 0 and 1 into 0 or 1: by chance (seeded), or from this value on.",
      valueName: "stochastic|0.5"))
  var binarize: Binarization?
}

struct WeightsOption: ParsableArguments {
  @Option(
    name: .customLong("weights"),
    help: ArgumentHelp(
      "A column of weights: a row of weight w counts as w rows. It is not part of the values.",
      valueName: "column"))
  var value: String?
}

struct LabelsOption: ParsableArguments {
  @Option(
    name: .customLong("labels"),
    help: ArgumentHelp(
      "A column of categories (name or number), `label` for data sets that carry them, or a file of them; "
        + "never used for inference, only for reports.", valueName: "column"))
  var value: String?
}
