/// The range in which values of the data and draws from a model are compared.
struct ComparedRange {
  let range: ClosedRange<Double>
  /// Whether values lie outside.
  let isCut: Bool

  /// What a caption says of values outside.
  static let remark = " The few values far outside, which heavy tails have, are left out."

  /// Values further outside the middle half than this many times its width are left out, where tails are heavy.
  private static let fence = 5.0

  /// All of the values; for heavy tails, whose draws lie anywhere, those near the data's middle half.
  ///
  /// - Returns: nil where no value differs from another.
  init?(data: [Double], draws: [Double], hasHeavyTails: Bool) {
    let data = data.filter(\.isFinite).sorted()
    let draws = draws.filter(\.isFinite)
    guard let first = data.first, let last = data.last else { return nil }
    var (low, high) = (min(first, draws.min() ?? first), max(last, draws.max() ?? last))
    let (least, most) = (low, high)
    if hasHeavyTails {
      let (below, above) = (data[data.count / 4], data[data.count * 3 / 4])
      let reach = Self.fence * (above - below)
      if reach > 0, reach.isFinite {
        low = max(low, below - reach)
        high = min(high, above + reach)
      }
    }
    guard low < high, (high - low).isFinite else { return nil }
    range = low...high
    isCut = low > least || high < most
  }

  /// With a little room on both sides.
  var withMargin: (shown: ClosedRange<Double>, isCut: Bool)? {
    let margin = (range.upperBound - range.lowerBound) * 0.04
    let (low, high) = (range.lowerBound - margin, range.upperBound + margin)
    return low.isFinite && high.isFinite ? (low...high, isCut) : nil
  }
}
