/// Components of a model: choosing one shows what belongs to it.
///
/// The components stand in a list of buttons, and, where they have a place in a figure, as marks in it.
public struct ComponentExplorer: Sendable {
  /// The name that is read aloud.
  public var title: String
  public var components: [Component]
  /// A figure whose first panel holds the components' places.
  public var figure: Figure?

  public struct Component: Sendable {
    public var name: String
    /// Such as its weight; may be empty.
    public var note: String
    /// Its place in the first panel of the figure.
    public var place: (x: Double, y: Double)?
    /// What is shown when it is chosen: a table of its rows, their images.
    public var blocks: [Page.Block]

    public init(
      _ name: String, note: String = "", place: (x: Double, y: Double)? = nil, _ blocks: [Page.Block]
    ) {
      self.name = name
      self.note = note
      self.place = place
      self.blocks = blocks
    }
  }

  public init(_ title: String, figure: Figure? = nil, _ components: [Component]) {
    self.title = title
    self.figure = figure
    self.components = components
  }
}
