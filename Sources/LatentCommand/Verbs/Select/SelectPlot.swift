import Latent

/// The comparison as a picture: the criterion by size, a line for each structure, the best one marked.
struct SelectPlot {
  let comparison: Comparison
  let model: String
  let source: String

  func write(to path: String) throws {
    if path.lowercased().hasSuffix(".svg") {
      try figure.writeSVG(to: path)
    } else {
      try figure.writePNG(to: path)
    }
  }

  private var sizeName: String {
    switch model {
    case "hmm": "states"
    case "lds": "latent dimensions"
    default: Vocabulary.singleComponentModels.contains(model) ? "latent factors" : "components"
    }
  }

  var figure: Figure {
    let criterion = comparison.criterion
    let sizeIsFactors = Vocabulary.singleComponentModels.contains(model)
    func size(_ c: Candidate) -> Double {
      Double(sizeIsFactors ? c.settings.latent ?? 1 : c.settings.components)
    }
    var order: [String] = []
    var series: [String: [Candidate]] = [:]
    for candidate in comparison.candidates where candidate.value(of: criterion) != nil {
      var parts: [String] = []
      if let covariance = candidate.settings.covariance { parts.append(covariance.rawValue) }
      if !sizeIsFactors, let latent = candidate.settings.latent {
        parts.append(NumberText.count(latent, "factor"))
      }
      let name = parts.joined(separator: ", ")
      if series[name] == nil { order.append(name) }
      series[name, default: []].append(candidate)
    }
    var layers: [Figure.Layer] = []
    for name in order {
      let members = series[name] ?? []
      let x = members.map(size)
      let y = members.map { $0.value(of: criterion) ?? .nan }
      let label = order.count > 1 ? name : nil
      if criterion == .heldout {
        let errors = members.map { $0.heldOut?.standardError ?? 0 }
        layers.append(
          .intervals(
            x: x, low: zip(y, errors).map { $0 - $1 }, high: zip(y, errors).map { $0 + $1 }, name: label))
      }
      layers.append(.line(x: x, y: y, name: label))
      layers.append(.points(x: x, y: y, name: label))
    }
    if let best = comparison.best { layers.append(.verticalRule(at: size(best), label: "best")) }
    let direction = criterion.smallerIsBetter ? "smaller is better" : "larger is better"
    return Figure(
      "\(Vocabulary.title(ofModel: model)) of \(source)",
      [
        .init(
          x: .init(sizeName, whole: true),
          y: .init("\(criterion.title(of: model)) (\(direction))"), layers)
      ])
  }
}
