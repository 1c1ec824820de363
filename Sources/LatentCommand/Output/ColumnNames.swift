/// Names of the columns of a table that is written, no two of them the same.
enum ColumnNames {
  /// The name, with a line under it as often as it takes to be no other's.
  static func unused(_ name: String, in names: [String]) -> String {
    names.contains(name) ? unused("\(name)_", in: names) : name
  }

  /// The data's names, behind those of what says where a row belongs, and before those of what is added.
  static func around(_ names: [String], before: [String], after: [String] = []) -> [String] {
    var head: [String] = []
    for name in before { head.append(unused(name, in: names + head)) }
    return adding(after, to: head + names)
  }

  /// With others behind them.
  static func adding(_ others: [String], to names: [String]) -> [String] {
    others.reduce(into: names) { $0.append(unused($1, in: $0)) }
  }
}
