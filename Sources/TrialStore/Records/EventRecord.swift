/// Something that happened at a time: a fault, a reset, a warning, a decision of the operator.
public struct EventRecord: Sendable, Equatable, Codable {
  /// When, in seconds since 1970.
  public var atUnixSeconds: Double
  /// The trial during which it happened; nil for one between trials.
  public var trial: Int?
  /// What kind of thing it was, a word such as `fault`, `reset`, `link`.
  public var kind: String
  /// What happened, a sentence for people.
  public var text: String
  /// Details for programs, as JSON.
  public var json: String

  /// An event from its parts.
  public init(
    atUnixSeconds: Double, trial: Int? = nil, kind: String, text: String, json: String = "{}"
  ) {
    self.atUnixSeconds = atUnixSeconds
    self.trial = trial
    self.kind = kind
    self.text = text
    self.json = json
  }
}
