import Latent

extension AutoencoderFit {
  var header: String {
    let held = test.map { "; tested on \($0.source), \(NumberText.count($0.rows.rows, "row"))" } ?? ""
    let missing =
      data.missingCells > 0 ? ", \(NumberText.count(data.missingCells, "missing cell"))" : ""
    let given = settings.condition.map {
      " given \($0.words(columns: shape.given.count, levels: shape.labels?.levels.count ?? 0))"
    }
    return "\(AutoencoderWords.title(model.configuration)) fitted to \(data.source), "
      + "\(NumberText.count(data.observations)) × \(NumberText.count(shape.columns))\(given ?? "")\(missing)\(held)\n"
      + "Gradient ascent: \(settings.optimizer.rawValue), learning rate \(NumberText.plain(settings.learningRate)), "
      + "\(NumberText.count(stepsPerPass, "minibatch", plural: "minibatches")) of up to \(batch) a pass, "
      + "\(settings.precision.rawValue) precision, \(NumberText.count(threads, "thread")), seed \(settings.seed)"
      + (settings.restarts > 1 ? ", \(settings.restarts) starts" : "")
      + (settings.start.map { "\nStarting from \($0)." } ?? "")
      + (ascent.resume.map { "\nGoing on from \($0)." } ?? "")
  }

  var resumption: String {
    guard let checkpoint = ascent.checkpoint else {
      let kept = ascent.resume.map { "\($0) is as it was" } ?? "nothing was saved"
      return "latent: interrupted; \(kept). With --checkpoint FILE a fit keeps how far it came."
    }
    return "latent: interrupted. To go on:\n  \(CommandLineText.resuming(from: checkpoint))"
  }
}
