extension Figure {
  /// Maps numbers to colours; a panel that uses one shows it at its right.
  public struct ColourScale: Sendable, Equatable {
    public enum Kind: Sendable, Equatable {
      /// From dark violet through green to yellow, even in lightness.
      case sequential
      /// Blue below the middle, rust above, light between.
      case diverging
    }

    public var kind: Kind
    /// What is coloured, with its unit; may be empty.
    public var title: String
    /// The ends; values outside take the nearer one's colour. `nil` is the range of the data, for a diverging scale
    /// made symmetric about zero.
    public var range: ClosedRange<Double>?

    /// - Precondition: the range, if any, is finite.
    public init(_ kind: Kind = .sequential, title: String = "", range: ClosedRange<Double>? = nil) {
      precondition(
        range.map { $0.lowerBound.isFinite && $0.upperBound.isFinite } ?? true, "a scale has finite ends")
      self.kind = kind
      self.title = title
      self.range = range
    }
  }
}

extension Figure.ColourScale {
  /// The same scale with its ends decided.
  package func around(_ values: some Sequence<Double>) -> Self {
    guard range == nil else { return self }
    var (low, high) = (Double.infinity, -Double.infinity)
    for value in values where value.isFinite { (low, high) = (min(low, value), max(high, value)) }
    if low > high { (low, high) = (0, 1) }
    if kind == .diverging {
      high = max(abs(low), abs(high))
      low = -high
    }
    var result = self
    result.range = Scale(low...high).range
    return result
  }

  /// The colour at a share of the way from the lower end to the upper; blended linearly between the stops.
  package func colour(at share: Double) -> PixelColour {
    let stops = kind == .sequential ? Self.sequential : Self.diverging
    let place = min(max(share, 0), 1) * Double(stops.count - 1)
    let index = min(Int(place), stops.count - 2)
    let t = place - Double(index)
    func channel(_ shift: Int) -> UInt8 {
      let (a, b) = (Double(stops[index] >> shift & 255), Double(stops[index + 1] >> shift & 255))
      return UInt8((a + (b - a) * t).rounded())
    }
    return PixelColour(red: channel(16), green: channel(8), blue: channel(0))
  }

  /// Stops of the sequential scale for marks that lie apart on the paper of a theme: without the end that is nearly as dark or as
  /// light as the paper, against which marks would not be seen.
  package static func stops(on theme: Figure.Theme) -> [PixelColour] {
    let part = theme == .dark ? 0.25...1 : 0...0.8
    let scale = Figure.ColourScale(.sequential)
    return (0...8).map {
      scale.colour(at: part.lowerBound + (part.upperBound - part.lowerBound) * Double($0) / 8)
    }
  }

  /// The colour of a finite value.
  ///
  /// - Precondition: the ends are decided.
  package func colour(of value: Double) -> PixelColour {
    guard let range else { preconditionFailure("a scale without ends") }
    return colour(at: Scale(range).position(of: value))
  }

  /// Nine stops of viridis, by Smith and van der Walt (2015), dedicated to the public domain.
  package static let sequential = [
    0x440154, 0x472D7B, 0x3B528B, 0x2C728E, 0x21918C, 0x28AE80, 0x5EC962, 0xADDC30, 0xFDE725,
  ]
  package static let diverging = [
    0x0A3C8C, 0x3F74BF, 0x8DB2DE, 0xCFDDEC, 0xF4F2EE, 0xEED9C4, 0xDFA878, 0xBF6A2F, 0x8A3500,
  ]
}
