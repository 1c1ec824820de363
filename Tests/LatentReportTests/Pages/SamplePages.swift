import Foundation
import LatentNumerics
import LatentReport

/// Pages with every kind of block, small enough to be checked by eye.
enum SamplePages {
  /// A blob of light in a picture of 8 × 8.
  static func blob(_ x: Double, _ y: Double) -> [Double] {
    (0..<64).map { k -> Double in
      let (u, v) = (Double(k % 8) - x, Double(k / 8) - y)
      return exp(-(u * u + v * v) / 3)
    }
  }

  static let labels = (0..<60).map { $0 % 3 }

  /// Three clouds on a circle; the third dimension differs from point to point.
  static let points: Matrix<Double> = {
    let rows = (0..<60).map { n -> [Double] in
      let (angle, share) = (2 * Double.pi * Double(n % 3) / 3, Double(n))
      return [2 * cos(angle) + 0.01 * share, 2 * sin(angle) - 0.01 * share, share / 30 - 1]
    }
    return Matrix(rows)
  }()

  /// The weights of a decoder that uses every activation in turn.
  static func network(_ activation: ImageDecoder.Activation) -> [ImageDecoder.Layer] {
    let few: [Double] = (0..<15).map { Double(($0 * 7) % 11) / 6 - 0.8 }
    let many: [Double] = (0..<320).map { Double(($0 * 37) % 101) / 50 - 1 }
    let biases: [Double] = (0..<64).map { Double($0 % 5) / 10 - 0.2 }
    let first = Matrix<Double>(rows: 3, columns: 5, elements: few)
    let second = Matrix<Double>(rows: 5, columns: 64, elements: many)
    let bias: [Double] = [0.1, -0.2, 0.3, 0, 0.5]
    return [
      ImageDecoder.Layer(weights: first, bias: bias, activation: activation),
      ImageDecoder.Layer(weights: second, bias: biases, activation: .sigmoid),
    ]
  }

  static func plane(_ activation: ImageDecoder.Activation = .tanh) -> PlaneExplorer {
    let rows: [[Double]] = (0..<40).map { blob(Double($0 % 8), Double($0 / 8)) }
    let originals = Matrix<Double>(rows)
    return PlaneExplorer(
      "Latent plane", decoder: .network(network(activation)), imageHeight: 8, imageWidth: 8, points: points,
      originals: originals, labels: labels, labelNames: ["zero", "one", "two"])
  }

  static var gridPlane: PlaneExplorer {
    // Shade rises to the right and upwards, alike in all pixels: blends can be computed by hand.
    let rows = (0..<9).map { k -> [Double] in
      let (across, up) = (Double(k % 3), Double(2 - k / 3))
      return Array(repeating: 0.3 * across + 0.1 * up, count: 64)
    }
    let images = Matrix<Double>(rows)
    return PlaneExplorer(
      "Grid", decoder: .grid(images, columns: 3, x: -2...2, y: -1...1), imageHeight: 8, imageWidth: 8,
      points: points.selecting(columns: [0, 1]))
  }

  static var cloud: PointCloud {
    PointCloud(
      "Space", points: points,
      colourings: [
        .categories("label", labels, names: ["zero", "one", "two"]),
        .scale("time", labels.indices.map { Double($0) }),
      ], pathStarts: [0, 30])
  }

  static var figure: Figure {
    var figure = Figure(
      "Two panels",
      [
        .init("Left", x: "x", y: "y", [.line(x: [1, 2, 3], y: [3, 1, 2], name: "bound")]),
        .init("Right", x: "x", y: "y", [.points(x: [1, 2, 3], y: [3, 1, 2], name: "points")]),
      ])
    figure.alternativeText = "Two panels of three points."
    return figure
  }

  /// Two points that part, and a trace that grows.
  static var animation: LatentReport.Animation {
    let frames = (0..<6).map { f -> LatentReport.Animation.Frame in
      let place = Double(f)
      let steps: [Double] = (0...f).map { Double($0) }
      let bounds: [Double] = steps.map { $0 * $0 }
      let points = Figure.Panel(
        x: "x", y: "y",
        [
          .points(x: [-place, place], y: [0, 1], name: "points"), .points(x: [0], y: [0.5], name: "still"),
        ])
      let trace = Figure.Panel(x: "step", y: "bound", [.line(x: steps, y: bounds)])
      return LatentReport.Animation.Frame("step \(f)", Figure("", [points, trace]))
    }
    return LatentReport.Animation("Points part", frames, framesPerSecond: 20)
  }

  static var film: FilmStrip {
    let observed: [[Double]] = (0..<7).map { blob(Double($0), 2) }
    let predicted: [[Double]] = (0..<7).map { blob(Double($0), 5) }
    return FilmStrip(
      imageHeight: 8, imageWidth: 8, given: 3,
      [
        FilmStrip.Reel("observed", Matrix<Double>(observed)),
        FilmStrip.Reel("predicted", Matrix<Double>(predicted)),
      ])
  }

  static var components: ComponentExplorer {
    ComponentExplorer(
      "Components", figure: Figure("", [.init(x: "x", y: "y", [.points(x: [0, 1], y: [0, 1])])]),
      (0..<3).map { k in
        .init(
          "Component \(k + 1)", note: "weight 0.\(k)", place: (Double(k) / 2, Double(k) / 2),
          [.paragraph("rows of component \(k + 1)")])
      })
  }

  /// Every block once.
  static var everything: Page {
    var page = Page("A report", summary: "What was found, in a sentence.")
    page.footer = "Made by a test."
    page.sections = [
      .init(
        "Words",
        [
          .paragraph("A paragraph."), .preformatted("latent fit\n  indented"), .list(["one", "two"]),
          .keyFigures([.init("rows", "272", note: "of 300"), .init("bound", "−4.16")]),
          .findings([
            .init(.good, "Fine."), .init(.note, "Odd.", why: "Because."),
            .init(.warning, "Bad.", why: "Because.", whatToTry: ["this", "that"]),
          ]),
          .table(.init(["name", .number("value")], [["a", "1"], ["b", "2"]], caption: "Numbers")),
          .folded("More", [.paragraph("Folded.")]),
        ]),
      .init(
        "Pictures",
        [
          .figure(figure, caption: "A figure."),
          .image(
            RasterImage(width: 2, height: 1, layout: .grey, pixels: [0, 255]), caption: "An image.",
            alternativeText: "black, white"),
          .figure(
            .transitions("Transitions", probabilities: Matrix<Double>([[0.9, 0.1], [0.4, 0.6]]))),
          .animation(animation, caption: "An animation."), .film(film, caption: "A film."),
        ]),
      .init(
        "Explorers",
        [
          .plane(plane(), caption: "A plane."), .plane(gridPlane),
          .components(components, caption: "Choose."),
          .cloud(cloud, caption: "A cloud."),
        ]),
    ]
    return page
  }

  static let nasty = [
    "a < b & c > d", "\"double\" 'single' `back`", "</script><script>window.broken = 1</script>",
    "<img src=x onerror=\"window.broken = 1\">", "<!-- <script> -->", "]]>", "🙂 漢字 שלום \u{202E}turned",
    "nul \0 bell \u{7} \u{2028} \u{FFFE}", "javascript:alert(1)", "&lt;b&gt;", "\\u003c\\\"", "${1}`",
  ]

  /// A page in which every text is this.
  static func everywhere(_ t: String) -> Page {
    func figure(_ layers: [Figure.Layer]) -> Figure {
      Figure(t, [.init(t, x: .init(t, scale: .categories([t])), y: .init(t), layers)])
    }
    let line = Figure.Layer.line(x: [0, 1], y: [0, 1], name: t)
    let one = Matrix<Double>([Array(repeating: 0.5, count: 64)])
    var plane = PlaneExplorer(
      t, decoder: .network(network(.relu)), imageHeight: 8, imageWidth: 8, points: points, labels: labels,
      labelNames: [t, t, t])
    plane.dimensionNames = [t, t, t]
    let film = FilmStrip(imageHeight: 8, imageWidth: 8, given: 0, [.init(t, one), .init(t, one)])
    let cloud = PointCloud(
      t, points: points, axisNames: [t, t, t],
      colourings: [.categories(t, labels, names: [t, t, t]), .scale(t, labels.map { Double($0) })])
    return Page(
      t, summary: t,
      [
        .init(
          t,
          [
            .paragraph(t), .preformatted(t), .list([t]), .keyFigures([.init(t, t, note: t)]),
            .findings([.init(.warning, t, why: t, whatToTry: [t])]),
            .table(.init([.init(t), .number(t)], [[t, t]], caption: t)), .folded(t, [.paragraph(t)]),
          ]),
        .init(
          t,
          [
            .figure(figure([line, .verticalRule(at: 0, label: t)]), caption: t),
            .image(
              RasterImage(width: 1, height: 1, layout: .grey, pixels: [0]), caption: t, alternativeText: t),
            .figure(.transitions(t, probabilities: Matrix<Double>([[0.5, 0.5], [0, 1]]), names: [t, t])),
            .animation(Animation(t, [.init(t, figure([line])), .init(t, figure([]))]), caption: t),
            .film(film, caption: t),
          ]),
        .init(
          t,
          [
            .plane(plane, caption: t), .cloud(cloud, caption: t),
            .components(
              ComponentExplorer(
                t, figure: figure([line]), [.init(t, note: t, place: (0, 0), [.paragraph(t)])]),
              caption: t),
          ]),
      ], footer: t, language: t)
  }
}
