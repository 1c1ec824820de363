import Latent

// Parts of what `info` says of every kind of model.

extension FitDescription {
  /// The height and width of images; null for other data.
  var imageJSON: JSONValue {
    .optional(image) { .object([("height", .integer($0.height)), ("width", .integer($0.width))]) }
  }

  /// What columns were shifted and divided by; null where they were taken as they are.
  var standardizationJSON: JSONValue {
    .optional(standardization) {
      .object([("means", .numbers($0.means)), ("scales", .numbers($0.scales))])
    }
  }
}

extension ParameterLayout {
  /// Names and shapes of the parameters.
  var json: JSONValue {
    .array(
      entries.map { entry in
        .object([("name", .string(entry.name)), ("shape", .array(entry.shape.map { .integer($0) }))])
      })
  }
}
