import Latent

/// The lecture's moving pictures as one page.
struct Gallery {
  let seed: UInt64
  let threads: Int
  let console: Console

  /// Computes every scene: the page, pictures that move by themselves, for documents, and what each found.
  ///
  /// - Throws: `CatalogueError`, `InferenceError`, `SequenceError`, `ImageError`.
  func scenes() async throws -> (
    page: Page, pictures: [(name: String, animation: Animation)], facts: JSONValue
  ) {
    console.note("gallery: EM on Old Faithful")
    let em = try await ExpectationMaximisationScene(threads: threads)
    console.note("gallery: the bound, two divergences, gradients")
    let bound = LowerBoundScene(seed: seed)
    let divergences = TwoDivergencesScene()
    let gradients = ReparametrisationScene(seed: seed)
    console.note("gallery: two auto-encoders in training")
    let networks = try await AutoencoderTrainingScene(seed: seed, threads: threads)
    console.note("gallery: a filter on a pendulum")
    let filter = try await FilteringScene(seed: seed, threads: threads)

    var page = Page(
      "Inference, seen",
      summary:
        "Six moving pictures of one idea: whatever hides behind data, a lower bound of their probability can be raised, and "
        + "where it touches, the hidden causes are known.")
    page.sections = [
      section(
        "EM: who made which point",
        "Each eruption of the geyser Old Faithful is a point. EM supposes two groups and alternates: q says how likely each "
          + "group made each point (colours), θ then moves the groups to their points (ellipses). The bound never falls. It "
          + "ends at \(NumberText.fixed(em.logLikelihood, 2)) nats for all rows, in units of their deviations.",
        em.animation),
      section(
        "The bound under ln p",
        "One mean θ of two is unknown, so ln p(x | θ) is a curve. For any q, L(q, θ) = ln p(x | θ) − KL(q ‖ p(z | x, θ)) "
          + "lies below it. The q-step closes the gap at the present θ; the θ-step climbs the bound, and a gap opens again. "
          + "From a bad start the same steps end on a lower peak: what restarts are for.",
        bound.animation),
      section(
        "Which way nearness is measured",
        "Where the exact posterior is out of reach, q is the nearest of a family, and it matters which way nearness is "
          + "measured. Raising the bound lowers KL(q ‖ p), which forbids q where p is not: it takes one peak. KL(p ‖ q) "
          + "forbids q to miss any: it covers both, and the valley.",
        divergences.animation),
      Page.Section(
        "A variational auto-encoder learns, and a deterministic one",
        [
          .paragraph(
            "Both squeeze handwritten digits through two numbers. The variational one pays for every nat that they tell, so "
              + "its codes fill the plane as the prior says, and every place decodes to something. Labels give the colours; "
              + "no fit sees them."),
          .animation(networks.codes),
          .animation(
            try networks.planes(),
            caption: "Left variational, right deterministic: a grid of each plane, decoded."),
        ]),
      section(
        "Gradients through noise",
        "To climb a bound that averages over q, its slope by q's mean is wanted. With z = μ + σ ε the draw carries the slope of "
          + "f; without, only its height is known. Both are right on average; here one estimate has the deviation "
          + "\(NumberText.fixed(ReparametrisationScene.deviations.reparametrised, 2)) with, and "
          + "\(NumberText.fixed(ReparametrisationScene.deviations.score, 2)) without.",
        gradients.animation),
      section(
        "A filter that learned a pendulum from images",
        "No frame shows a velocity. The deep variational Bayes filter "
          + (filter.foretells
            ? "found a state that has it" : "is to find a state that has it, which this one did not")
          + ": it sees twelve frames, then goes on alone from known torques. The mean squared error of a pixel is "
          + "\(NumberText.short(filter.errors.seen)) where it sees and \(NumberText.short(filter.errors.foretold)) ahead; of \(FilteringScene.trials) such sequences this is "
          + "the one in the middle, and the mean error ahead of all is \(NumberText.short(filter.errorOfAll)), that of the mean image here "
          + "\(NumberText.short(filter.errors.mean))."
          + (filter.attempts > 1
            ? " Some starts find positions alone: of \(filter.attempts) filters the best is shown." : ""),
        filter.animation),
    ]
    page.footer = "latent demo --gallery --seed \(seed)"
    let pictures = [
      ("em", em.animation), ("bound", bound.animation), ("divergences", divergences.animation),
      ("codes", networks.codes), ("planes", try networks.planes()), ("gradients", gradients.animation),
      ("filter", filter.animation),
    ]
    return (page, pictures, facts(em, bound, divergences, filter))
  }

  private func facts(
    _ em: ExpectationMaximisationScene, _ bound: LowerBoundScene, _ divergences: TwoDivergencesScene,
    _ filter: FilteringScene
  ) -> JSONValue {
    func gaussian(_ q: (m: Double, s: Double)) -> JSONValue {
      .object([("mean", .number(q.m)), ("deviation", .number(q.s))])
    }
    let averages = ReparametrisationScene.averages(draws: 100_000, seed: seed)
    func estimate(_ e: (mean: Double, deviation: Double)) -> JSONValue {
      .object([("mean", .number(e.mean)), ("deviation", .number(e.deviation))])
    }
    return .object([
      ("em", .object([("bound", .number(em.logLikelihood))])),
      (
        "lowerBound",
        .array(
          bound.ends.map {
            .object([
              ("start", .number($0.start)), ("end", .number($0.end)),
              ("logEvidence", .number($0.logEvidence)),
            ])
          })
      ),
      (
        "divergences",
        .object([
          ("exclusive", gaussian(divergences.ends.exclusive)),
          ("inclusive", gaussian(divergences.ends.inclusive)),
        ])
      ),
      (
        "gradients",
        .object([
          ("exact", .number(GradientEstimates().gradient)), ("score", estimate(averages.score)),
          ("reparametrised", estimate(averages.reparametrised)),
        ])
      ),
      (
        "filter",
        .object([
          ("errorSeen", .number(filter.errors.seen)), ("errorForetold", .number(filter.errors.foretold)),
          ("errorOfMean", .number(filter.errors.mean)), ("errorOfAll", .number(filter.errorOfAll)),
          ("attempts", .integer(filter.attempts)),
        ])
      ),
    ])
  }

  private func section(_ heading: String, _ text: String, _ animation: Animation) -> Page.Section {
    Page.Section(heading, [.paragraph(text), .animation(animation)])
  }
}
