import LatentNumerics

extension PageWriter {
  mutating func write(_ explorer: PlaneExplorer, caption: String) throws(ImageError) {
    needs(.plane)
    let (id, sideId) = (newMark(), newMark())
    let title = Markup.escaped(Markup.brief(explorer.title))
    write("<figure class=\"block plane\" data-plane>\n")
    write(self.title(explorer.title))
    let names = explorer.names
    func options(_ chosen: Int) -> String {
      names.enumerated().map { index, name in
        "<option value=\"\(index)\"\(index == chosen ? " selected" : "")>\(Markup.escaped(Markup.brief(name)))</option>"
      }.joined()
    }
    let condition =
      explorer.decoder.choices.map { choices in
        let options = choices.names.enumerated().map { index, name in
          "<option value=\"\(index)\">\(Markup.escaped(Markup.brief(name)))</option>"
        }.joined()
        return
          "<label>\(Markup.escaped(Markup.brief(choices.title, to: 40))) <select data-do=\"given\">\(options)</select></label>\n"
      } ?? ""
    let chooser =
      explorer.decoder.dimensions > 2
      ? """
      <label>across <select data-do="x">\(options(explorer.firstDimensions.x))</select></label>
      <label>up <select data-do="y">\(options(explorer.firstDimensions.y))</select></label>

      """ : ""
    write(
      """
      <div class="plane-body scripted" hidden>
      <div class="plane-map">
      <canvas class="map" tabindex="0" role="application" aria-label="Latent plane. \(title)" \
      aria-describedby="\(id)"></canvas>
      <p class="note" id="\(id)">Move over the plane, or use the arrow keys (with Shift for longer steps). \
      Click a point, or press Enter for the nearest, to choose it; Escape lets it go.</p>
      <div class="legend"></div>
      </div>
      <div class="plane-side">
      <div class="card"><p>Decoded here</p><canvas class="pixels here" width="\(explorer.imageWidth)" \
      height="\(explorer.imageHeight)" role="img" aria-label="Decoded image" aria-describedby="\(sideId)"></canvas>
      <output class="place" id="\(sideId)"></output></div>
      <div class="card chosen"><p>Chosen point</p><div class="pair" hidden>
      <span><canvas class="pixels original" width="\(explorer.imageWidth)" height="\(explorer.imageHeight)" \
      role="img" aria-label="Row of the data"></canvas><small>data</small></span>
      <span><canvas class="pixels again" width="\(explorer.imageWidth)" height="\(explorer.imageHeight)" \
      role="img" aria-label="Its reconstruction"></canvas><small>reconstruction</small></span></div>
      <output class="which">None yet: click one.</output></div>
      <div class="controls">\(condition)\(chooser)\
      <button type="button" data-do="back" aria-label="Previous point">‹ point</button>
      <button type="button" data-do="on" aria-label="Next point">point ›</button>
      </div>
      </div>
      </div>

      """)
    write(
      "<noscript>\(FigureLayout(explorer.still, inPage: true).scene.svg(theme: .automatic, isInPage: true))</noscript>\n"
    )
    write(self.caption(caption))
    write(data(try json(of: explorer)) + "</figure>\n")
  }

  private func json(of explorer: PlaneExplorer) throws(ImageError) -> String {
    let decoder: String
    switch explorer.decoder.content {
    case .layers(let layers):
      let parts = layers.map { layer in
        JSON.object([
          "in": "\(layer.weights.rows)", "out": "\(layer.weights.columns)",
          "w": Packed.member(layer.weights.elements), "b": Packed.member(layer.bias),
          "a": JSON.string(layer.activation.rawValue),
        ])
      }
      let choices = explorer.decoder.choices.map { choices in
        JSON.array((0..<choices.biases.rows).map { Packed.member(choices.biases.row($0)) })
      }
      decoder = JSON.object(["layers": JSON.array(parts), "choices": choices ?? "null"])
    case .grid(let images, let columns, let x, let y):
      decoder = JSON.object([
        "src": JSON.string(try sheet(images, explorer, columns: columns)), "columns": "\(columns)",
        "rows": "\(images.rows / columns)",
        "x": JSON.array([x.lowerBound, x.upperBound].map(JSON.number)),
        "y": JSON.array([y.lowerBound, y.upperBound].map(JSON.number)),
      ])
    }
    func pictures(_ images: Matrix<Float>?) throws(ImageError) -> String {
      guard let images, images.rows > 0 else { return "null" }
      let columns = max(1, Int(Double(images.rows).squareRoot().rounded(.up)))
      return JSON.object([
        "src": JSON.string(try sheet(images, explorer, columns: columns)), "columns": "\(columns)",
        "count": "\(images.rows)",
      ])
    }
    let (originals, again) = (try pictures(explorer.originals), try pictures(explorer.reconstructions))
    return JSON.object([
      "height": "\(explorer.imageHeight)", "width": "\(explorer.imageWidth)",
      "range": JSON.array([explorer.range.lowerBound, explorer.range.upperBound].map(JSON.number)),
      "decoder": decoder, "dimensions": "\(explorer.decoder.dimensions)",
      "names": JSON.strings(explorer.names.map { Markup.brief($0, to: 60) }),
      "first": JSON.array([explorer.firstDimensions.x, explorer.firstDimensions.y]),
      "points": Packed.member(explorer.points.elements), "originals": originals, "again": again,
      "numbers": explorer.rowNumbers.map { JSON.array($0) } ?? "null",
      "labels": explorer.labels.map { JSON.string(Packed.uint16($0)) } ?? "null",
      "labelNames": JSON.strings(explorer.labelNames.map { Markup.brief($0) }),
    ])
  }

  /// Images edge to edge, without gutters.
  private func sheet(
    _ images: Matrix<Float>, _ explorer: PlaneExplorer, columns: Int
  ) throws(ImageError) -> String {
    var grid = ImageGrid(imageHeight: explorer.imageHeight, imageWidth: explorer.imageWidth)
    grid.columns = columns
    grid.gutter = 0
    grid.range = explorer.range
    return try grid.image(of: images).dataURI()
  }
}

extension PlaneExplorer {
  /// The name of each dimension.
  var names: [String] {
    let digits = Array("₀₁₂₃₄₅₆₇₈₉")
    return (0..<decoder.dimensions).map { index in
      dimensionNames.indices.contains(index)
        ? dimensionNames[index]
        : "z" + String(String(index + 1).compactMap(\.wholeNumberValue).map { digits[$0] })
    }
  }

  /// The points alone, for readers without scripts.
  var still: Figure {
    let most = min(points.rows, 1000)
    let (x, y) = (firstDimensions.x, firstDimensions.y)
    let groups = Dictionary(grouping: 0..<most) { labels?[$0] ?? 0 }
    let layers = groups.keys.sorted().map { label -> Figure.Layer in
      let rows = groups[label] ?? []
      return .points(
        x: rows.map { Double(points[$0, x]) }, y: rows.map { Double(points[$0, y]) },
        name: labels == nil ? nil : labelNames[label]
      ).styled(symbol: .circle, size: 5)
    }
    return Figure(title, [.init(x: .init(names[x]), y: .init(names[y]), layers)])
  }
}
