import Foundation
import Latent

// L latent dimensions.

/// The rule of a linear state space: how the hidden numbers move on, what is seen of them, and the paths they took.
struct DynamicsSections {
  let view: SequenceView

  private static let mostShades = 40
  private static let mostPaths = 30
  /// In the plane, where they hide each other.
  private static let mostPlanePaths = 4
  private static let mostPoints = 3000

  var section: Page.Section? {
    guard let A = view.details["transition"] else { return nil }
    let B = view.details["control"]
    var blocks: [Page.Block] = [
      .paragraph(
        "From frame to frame the hidden numbers z become A z\(B == nil ? "" : " + B u") plus noise of covariance Q"
          + (B == nil ? "" : ", where u are the controls")
          + "; what is seen is C z plus an offset and noise." + Self.motion(A))
    ]
    let L = A.rows
    guard L <= Self.mostShades else { return Page.Section("The rule", blocks) }
    let dimensions = (0..<L).map { ReportText.latent($0) }
    func panel(
      _ title: String, _ values: Matrix<Double>, from: [String], to: [String], _ x: String = "",
      _ y: String = ""
    ) -> Figure.Panel {
      Figure.Panel(
        title, x: .init(x, scale: .categories(from)), y: .init(y, scale: .categories(to.reversed())),
        [.heatMap(values, scale: .init(.diverging))])
    }
    var panels = [panel("A: how they move on", A, from: dimensions, to: dimensions, "from", "to")]
    if let B, B.columns > 0, B.columns <= Self.mostShades {
      panels.append(panel("B: what controls do", B, from: controlNames(B.columns), to: dimensions))
    }
    if let C = emission, view.description.image == nil, C.rows <= Self.mostShades {
      panels.append(panel("C: what is seen of them", C, from: dimensions, to: view.names))
    }
    if let Q = view.details["transitionNoise"] {
      panels.append(panel("Q: noise of the moves", Q, from: dimensions, to: dimensions))
    }
    blocks.append(
      .figure(Figure("", panels), caption: "The matrices of the rule; rust is positive, blue negative."))
    blocks += Page.Block.optional(seen)
    if let C = emission, let images = ReportImages(view.description, samples: []) {
      let most = C.elements.map(\.magnitude).max() ?? 1
      blocks += images.block(
        C.transposed(), range: most > 0 ? -most...most : -1...1,
        caption:
          "What each hidden number adds to the image: white where pixels brighten with it, black where they darken.",
        alternativeText: "\(L) images of loadings")
    }
    return Page.Section("The rule", blocks)
  }

  private func controlNames(_ count: Int) -> [String] {
    view.description.controlNames?.map(ReportText.name) ?? (0..<count).map { "u\($0 + 1)" }
  }

  /// C in the units of the data, `[D, L]`.
  private var emission: Matrix<Double>? {
    guard var C = view.details["emission"] else { return nil }
    guard let scales = view.description.standardization?.scales else { return C }
    for j in 0..<C.rows { for l in 0..<C.columns { C[j, l] *= scales[j] } }
    return C
  }

  /// The offset and the noise of each column, in the units of the data.
  private var seen: Page.Block? {
    let D = view.description.dimensions
    guard view.description.image == nil, D <= Self.mostShades,
      let d = view.details["offset"]?.row(0), let R = view.details["emissionVariances"]?.row(0)
    else { return nil }
    let s = view.description.standardization
    return .table(
      Page.Table(
        ["Column", .number("Offset"), .number("Noise, standard deviation")],
        (0..<D).map { j in
          let scale = s?.scales[j] ?? 1
          return [
            view.names[j], ReportText.number(d[j] * scale + (s?.means[j] ?? 0)),
            ReportText.number(R[j].squareRoot() * scale),
          ]
        }, caption: "What is seen where the hidden numbers are zero, and how noisy it is"))
  }

  /// Of one or two dimensions, whether they swing and how they die away.
  static func motion(_ A: Matrix<Double>) -> String {
    func decay(_ size: Double) -> String {
      switch size {
      case 0.9995..<1.0005: "keep their size"
      case 1.0005...: "grow by \(ReportText.percent(size - 1)) a frame"
      case ..<1e-3: "are forgotten at once"
      default: "die away by half in \(ReportText.number(log(0.5) / log(size))) frames"
      }
    }
    // A negative eigenvalue changes the sign at every frame.
    func course(_ root: Double) -> String {
      root < -1e-3
        ? "they change sides from one frame to the next, a swing in 2 frames, and \(decay(-root))"
        : "they \(decay(root.magnitude))"
    }
    guard A.rows == 2 else {
      guard A.rows == 1 else { return "" }
      return A[0, 0] < -1e-3
        ? " Left alone its values change sides from one frame to the next, a swing in 2 frames, and \(decay(-A[0, 0]))."
        : " Left alone its values \(decay(A[0, 0].magnitude))."
    }
    let (trace, determinant) = (A[0, 0] + A[1, 1], A[0, 0] * A[1, 1] - A[0, 1] * A[1, 0])
    let discriminant = trace * trace / 4 - determinant
    guard discriminant < 0 else {
      let root = discriminant.squareRoot()
      let (first, second) = (trace / 2 + root, trace / 2 - root)
      return min(first, second) < -1e-3
        ? " Left alone, along one direction \(course(first)); along another \(course(second))."
        : " Left alone they do not swing: along one direction \(course(first)), along another \(course(second))."
    }
    let angle = acos(min(max(trace / 2 / determinant.squareRoot(), -1), 1))
    return
      " Left alone they swing, once in \(ReportText.number(2 * .pi / angle)) frames, and \(decay(determinant.squareRoot()))."
  }

  /// The paths of the hidden numbers: in the plane, or in a space that can be turned.
  func space(_ rows: SequenceRowsView?) -> Page.Section? {
    guard !view.isHiddenMarkov, let rows, let L = view.description.latent, L > 1 else { return nil }
    let starts = rows.starts
    var shown: [Int] = []
    var frames = 0
    for n in ReportText.evenly(Self.mostPaths, of: rows.lengths.count)
    where frames + rows.lengths[n] <= Self.mostPoints || shown.isEmpty {
      shown.append(n)
      frames += rows.lengths[n]
    }
    let z = rows.smoothed
    if L == 2 {
      let layers = shown.prefix(Self.mostPlanePaths).map { n -> Figure.Layer in
        let own = starts[n]..<starts[n] + min(rows.lengths[n], Self.mostPoints)
        return .line(x: own.map { z[$0, 0] }, y: own.map { z[$0, 1] }, name: "sequence \(rows.names[n])")
          .styled(lineWidth: 1.25)
      }
      return Page.Section(
        "The latent space",
        [
          .figure(
            Figure("", [Figure.Panel(x: "z1", y: "z2", hasEqualUnits: true, layers)]),
            caption:
              "The paths of the hidden numbers in \(NumberText.count(layers.count, "sequence")): \(view.isFilter ? "means of q" : "smoothed means")."
          )
        ])
    }
    let places = shown.flatMap { n in Array(starts[n]..<starts[n] + min(rows.lengths[n], Self.mostPoints)) }
    var pathStarts: [Int] = []
    var next = 0
    for n in shown {
      pathStarts.append(next)
      next += min(rows.lengths[n], Self.mostPoints)
    }
    let axes = spread(z, L).prefix(3).sorted()
    var colourings: [PointCloud.Colouring] = []
    if let truth = rows.truth {
      for (j, name) in rows.truthNames.enumerated() {
        let values = places.map { truth[$0, j] }
        if values.allSatisfy(\.isFinite) { colourings.append(.scale(name, values)) }
      }
    }
    colourings.append(
      .scale(
        "frame", shown.flatMap { n in (0..<min(rows.lengths[n], Self.mostPoints)).map { Double($0 + 1) } }))
    let cloud = PointCloud(
      "The latent space", points: z.selecting(rows: places).selecting(columns: axes),
      axisNames: axes.map { ReportText.latent($0) }, colourings: colourings, pathStarts: pathStarts)
    return Page.Section(
      "The latent space",
      [
        .cloud(
          cloud,
          caption:
            "The paths of the hidden numbers in \(NumberText.count(shown.count, "sequence")), along the three dimensions that move most. Drag, or use the arrow keys, to turn."
        )
      ])
  }

  /// Dimensions from the one whose means vary most.
  private func spread(_ z: Matrix<Double>, _ L: Int) -> [Int] {
    ReportText.descending(
      (0..<L).map { l in
        let values = z.column(l)
        let mean = values.reduce(0, +) / Double(max(values.count, 1))
        return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      })
  }
}
