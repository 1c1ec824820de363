extension Page {
  /// Something a diagnosis noticed, for a reader who has to decide what to do.
  public struct Finding: Sendable {
    public enum Severity: String, Sendable, CaseIterable {
      /// As it should be.
      case good
      /// Worth knowing.
      case note
      /// The result may be misleading.
      case warning
    }

    public var severity: Severity
    /// What was noticed, in a sentence.
    public var what: String
    /// Why it matters; may be empty.
    public var why: String
    /// What may mend it, one suggestion each.
    public var whatToTry: [String]

    public init(_ severity: Severity, _ what: String, why: String = "", whatToTry: [String] = []) {
      self.severity = severity
      self.what = what
      self.why = why
      self.whatToTry = whatToTry
    }
  }

  /// A number with its name.
  public struct KeyFigure: Sendable {
    public var name: String
    /// As it is to be shown.
    public var value: String
    /// What to compare it with; may be empty.
    public var note: String

    public init(_ name: String, _ value: String, note: String = "") {
      self.name = name
      self.value = value
      self.note = note
    }
  }
}
