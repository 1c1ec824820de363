import Foundation
import LatentNumerics
import LatentReport
import LatentTestSupport
import Testing

@Suite(.serialized, .enabled(if: Browser.executable != nil, "\(Browser.whyNot)"))
struct ExplorerBrowserTests {
  let browser: Browser

  init() throws { browser = try Browser() }

  func open(_ block: Page.Block) throws {
    try browser.open(html: Page("", summary: "", [.init("", [block])]).html())
    try browser.wait(until: PageBrowserTests.ready)
  }

  /// The shades of a small canvas.
  func shades(_ name: String) throws -> [Int] {
    try browser.evaluate(
      """
      (() => {
        const canvas = document.querySelector("canvas.\(name)");
        const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
        return Array.from(data).filter((_, place) => place % 4 === 0);
      })()
      """)
  }

  func text(_ selector: String) throws -> String {
    try browser.evaluate("document.querySelector('\(selector)').textContent")
  }

  // MARK: - Plane

  /// Each activation by its definition.
  static func activated(_ v: Double, _ activation: ImageDecoder.Activation) -> Double {
    switch activation {
    case .identity: v
    case .tanh: tanh(v)
    case .relu: max(v, 0)
    case .sigmoid: 1 / (1 + exp(-v))
    case .softplus: log(1 + exp(v))
    case .elu: v > 0 ? v : exp(v) - 1
    case .swish: v / (1 + exp(-v))
    case .leakyRelu: max(v, 0.01 * v)
    case .gelu: v * 0.5 * erfc(-v / 2.0.squareRoot())
    }
  }

  static func decoded(_ z: [Double], _ layers: [ImageDecoder.Layer]) -> [Double] {
    layers.reduce(z) { x, layer in
      (0..<layer.bias.count).map { j -> Double in
        let sum = x.indices.reduce(Double(layer.bias[j])) { $0 + x[$1] * Double(layer.weights[$1, j]) }
        return activated(sum, layer.activation)
      }
    }
  }

  func expectShades(_ name: String, _ values: [Double]) throws {
    let found = try shades(name)
    #expect(found.count == values.count)
    for (shade, value) in zip(found, values) {
      // Half a shade of rounding, and what the shown digits of the place and the weights' 16 bits leave open.
      #expect(abs(Double(shade) - 255 * min(max(value, 0), 1)) < 2.5)
    }
  }

  /// What stands under the picture: `z₁ = 0.31, z₂ = −1.20`.
  func place() throws -> [Double] {
    try text(".place").matches(of: /= (−?[\d.]+)/).compactMap {
      Double(String($0.1).replacing("−", with: "-"))
    }
  }

  @Test(arguments: ImageDecoder.Activation.allCases)
  func thePageDecodesAsTheNetwork(activation: ImageDecoder.Activation) throws {
    try open(.plane(SamplePages.plane(activation)))
    let layers = SamplePages.network(activation)
    try expectShades("here", Self.decoded([0, 0, 0], layers))
    let box = try browser.box(of: "canvas.map")
    try browser.movePointer(to: box.x + 0.7 * box.width, box.y + 0.3 * box.height)
    let z = try place()
    #expect(z.count == 2 && z[0] > 0.3 && z[1] > 0.3)
    try expectShades("here", Self.decoded([z[0], z[1], 0], layers))
    #expect(try browser.problems.isEmpty)
  }

  /// A condition changes the biases of the first layer, and which points are seen.
  @Test func conditionsAreChosen() throws {
    let layers = SamplePages.network(.tanh)
    let biases = Matrix<Double>([[0.1, -0.2, 0.3, 0, 0.5], [-0.6, 0.9, 0, 0.4, -1], [1, 1, -1, -1, 0.2]])
    var plane = SamplePages.plane()
    plane.decoder = .network(layers, choices: .init("digit", names: ["zero", "one", "two"], biases: biases))
    plane.rowNumbers = (0..<60).map { 1000 + $0 }
    try open(.plane(plane))
    try expectShades("here", Self.decoded([0, 0, 0], layers))
    let _: Bool = try browser.evaluate(
      """
      (() => {
        const select = document.querySelector('select[data-do="given"]');
        select.value = 1;
        select.dispatchEvent(new Event("change", { bubbles: true }));
        return true;
      })()
      """)
    var given = layers
    given[0].bias = (0..<5).map { Float(biases[1, $0]) }
    try expectShades("here", Self.decoded([0, 0, 0], given))
    // The first point of the second condition is the second of all.
    try browser.click("button[data-do='on']")
    #expect(try text(".which") == "row 1001, one")
    try browser.click("button[data-do='on']")
    #expect(try text(".which") == "row 1004, one")
    #expect(try browser.problems.isEmpty)
  }

  /// What is kept of a row may be told with it, where decoding the point would not tell.
  @Test func reconstructionsOfTheirOwn() throws {
    var plane = SamplePages.gridPlane
    plane.originals = Matrix<Float>(rows: 60, columns: 64, repeating: 0.8)
    plane.reconstructions = Matrix<Float>(rows: 60, columns: 64, repeating: 0.2)
    try open(.plane(plane))
    try browser.click("button[data-do='on']")
    try expectShades("original", Array(repeating: 0.8, count: 64))
    try expectShades("again", Array(repeating: 0.2, count: 64))
  }

  @Test func keysMoveAndChoose() throws {
    try open(.plane(SamplePages.plane()))
    try browser.run("document.querySelector('canvas.map').focus()")
    for _ in 0..<5 { try browser.press("ArrowRight") }
    for _ in 0..<2 { try browser.press("ArrowDown") }
    let z = try place()
    #expect(z[0] > 0.2 && z[1] < 0)
    try expectShades("here", Self.decoded([z[0], z[1], 0], SamplePages.network(.tanh)))
    try browser.press("Enter")
    let which = try text(".which")
    let number = try #require(which.firstMatch(of: /point (\d+) of 60, (\w+)/))
    let n = try #require(Int(number.1)) - 1
    #expect(number.2 == ["zero", "one", "two"][SamplePages.labels[n]])
    // The nearest of all points.
    let distances = (0..<60).map { hypot(SamplePages.points[$0, 0] - z[0], SamplePages.points[$0, 1] - z[1]) }
    #expect(distances[n] <= (distances.min() ?? 0) + 0.05)
    try expectShades("again", Self.decoded(SamplePages.points.row(n), SamplePages.network(.tanh)))
    if n < 40 { try expectShades("original", SamplePages.blob(Double(n % 8), Double(n / 8))) }
    try browser.press("Escape")
    #expect(try text(".which") == "None.")
  }

  /// The chosen point keeps the other dimensions; another plane can be chosen.
  @Test func otherDimensions() throws {
    try open(.plane(SamplePages.plane()))
    for _ in 0..<8 { try browser.click(".plane [data-do=on]") }
    #expect(try text(".which").hasPrefix("point 8 of 60"))
    let row = SamplePages.points.row(7)
    try expectShades("original", SamplePages.blob(7, 0))
    try expectShades("again", Self.decoded(row, SamplePages.network(.tanh)))
    try expectShades("here", Self.decoded(row, SamplePages.network(.tanh)))
    try browser.run(
      """
      const select = document.querySelector('select[data-do="y"]');
      select.value = "2";
      select.dispatchEvent(new Event("change", { bubbles: true }))
      """)
    #expect(try text(".place").contains("z₃"))
    try browser.run("document.querySelector('canvas.map').focus()")
    for _ in 0..<4 { try browser.press("ArrowUp") }
    let z = try place()
    #expect(z[1] > row[2])
    try expectShades("here", Self.decoded([row[0], row[1], z[1]], SamplePages.network(.tanh)))
    // A row without an original shows the reconstruction alone.
    for _ in 0..<9 { try browser.click(".plane [data-do=back]") }
    #expect(try text(".which").hasPrefix("point 59 of 60"))
    #expect(
      try browser.evaluate("document.querySelector('.original').getClientRects().length", as: Int.self) == 0)
  }

  @Test func clickingAPointChoosesIt() throws {
    try open(.plane(SamplePages.plane()))
    let box = try browser.box(of: "canvas.map")
    // Where the reader sees the first cloud: right of the middle.
    var found = false
    for step in 0..<60 where !found {
      let x = box.x + box.width * (0.6 + 0.006 * Double(step))
      try browser.click(at: x, box.y + 0.45 * box.height)
      found = try text(".which").hasPrefix("point")
    }
    #expect(found)
  }

  /// Between four pictures, their blend by area.
  @Test func aGridIsBlended() throws {
    try open(.plane(SamplePages.gridPlane))
    try expectShades("here", Array(repeating: 0.4, count: 64))
    let box = try browser.box(of: "canvas.map")
    for (u, v) in [(0.3, 0.2), (0.8, 0.5), (0.55, 0.75)] {
      try browser.movePointer(to: box.x + u * box.width, box.y + v * box.height)
      let z = try place()
      // The shade is linear in the place: 0.6 over the width of 4, 0.2 over the height of 2.
      try expectShades("here", Array(repeating: 0.15 * (z[0] + 2) + 0.1 * (z[1] + 1), count: 64))
    }
  }

  // MARK: - Components

  @Test func components() throws {
    try open(.components(SamplePages.components))
    let seen =
      "[...document.querySelectorAll('.component')].filter(c => c.getClientRects().length).map(c => c.innerText).join()"
    func shown() throws -> String { try browser.evaluate(seen) }
    #expect(try shown().contains("rows of component 1") && !shown().contains("component 2"))
    try browser.click(".choices li:nth-child(2) a")
    #expect(try shown().contains("rows of component 2") && !shown().contains("component 1"))
    // In the figure, by the pointer and by Enter.
    try browser.click(".wide a[data-component='2']")
    #expect(try shown().contains("rows of component 3"))
    try browser.run("document.querySelector('.wide a[data-component=\"0\"]').focus()")
    try browser.press("Enter")
    #expect(try shown().contains("rows of component 1"))
    try browser.press("ArrowRight")
    #expect(try shown().contains("rows of component 2"))
    #expect(try browser.evaluate("document.querySelectorAll('[aria-current]').length", as: Int.self) == 3)
    #expect(try browser.problems.isEmpty)
  }

  // MARK: - Space

  func view() throws -> String { try browser.evaluate("document.querySelector('.cloud').dataset.view") }

  /// What is drawn, by a sum over its pixels.
  func drawing() throws -> String {
    try browser.evaluate("document.querySelector('canvas.space').toDataURL()")
  }

  @Test func turning() throws {
    try open(.cloud(SamplePages.cloud))
    let (start, picture) = (try view(), try drawing())
    let box = try browser.box(of: "canvas.space")
    let (x, y) = (box.x + box.width / 2, box.y + box.height / 2)
    try browser.movePointer(to: x, y)
    try browser.button(isDown: true, at: x, y)
    try browser.movePointer(to: x + 60, y + 20, isPressed: true)
    try browser.button(isDown: false, at: x + 60, y + 20)
    let dragged = try view()
    #expect(try dragged != start && drawing() != picture)
    // Let go: the pointer alone turns nothing.
    try browser.movePointer(to: x - 60, y)
    #expect(try view() == dragged)
    try browser.click("[data-do=reset]")
    #expect(try view() == start && drawing() == picture)
    for key in ["ArrowLeft", "ArrowUp", "+"] {
      let before = try view()
      try browser.run("document.querySelector('canvas.space').focus()")
      try browser.press(key)
      #expect(try view() != before, "\(key)")
    }
    for name in ["left", "right", "up", "down", "nearer", "farther"] {
      let before = try view()
      try browser.click("[data-do=\(name)]")
      #expect(try view() != before, "\(name)")
    }
    // Left and right undo each other, as do up and down.
    try browser.click("[data-do=reset]")
    for name in ["left", "up", "right", "down"] { try browser.click("[data-do=\(name)]") }
    #expect(try view() == start)
    #expect(try browser.problems.isEmpty)
  }

  @Test func spinning() throws {
    try open(.cloud(SamplePages.cloud))
    let start = try view()
    try browser.click("[data-do=spin]")
    try browser.wait(until: "document.querySelector('.cloud').dataset.view !== '\(start)'")
    try browser.click("[data-do=spin]")
    let stopped = try view()
    usleep(200_000)
    #expect(try view() == stopped)
  }

  @Test func colouring() throws {
    try open(.cloud(SamplePages.cloud))
    #expect(try text(".cloud .legend") == "zeroonetwo")
    let picture = try drawing()
    try browser.run(
      """
      const select = document.querySelector('select[data-do="colour"]');
      select.value = "1";
      select.dispatchEvent(new Event("change", { bubbles: true }))
      """)
    #expect(try drawing() != picture)
    #expect(try text(".cloud .legend").hasPrefix("time: 0.00"))
  }
}
