import Foundation

/// What a benchmark was told on its command line: words, then options of a name and a value.
///
///     var arguments = BenchmarkArguments(usage: "rollout-benchmark [--threads N] [--rounds N]")
///     let threads = arguments.whole("threads", 1...64) ?? 2
///     let rounds = arguments.whole("rounds", 1...1000) ?? 5
///     arguments.end()
///
/// What isn't asked for, or can't be, ends the program with a sentence, the usage and the exit code
/// for a wrong command line, 64 (EX_USAGE of sysexits.h).
public struct BenchmarkArguments {
  private let usage: String
  private var words: [String]
  private var options: [String: String] = [:]

  /// The arguments of this process.
  ///
  /// - Parameters:
  ///   - usage: What the command line may be.
  ///   - flags: The options that have no value.
  public init(
    usage: String, flags: Set<String> = [],
    arguments: [String] = Array(CommandLine.arguments.dropFirst())
  ) {
    self.usage = usage
    let first = arguments.firstIndex { $0.hasPrefix("--") } ?? arguments.endIndex
    words = Array(arguments[..<first])
    var rest = arguments[first...]
    while let name = rest.popFirst() {
      guard name.hasPrefix("--") else { refuse("'\(name)' is no option") }
      let key = String(name.dropFirst(2))
      guard let value = flags.contains(key) ? "" : rest.popFirst() else {
        refuse("\(name) lacks a value")
      }
      guard options.updateValue(value, forKey: key) == nil else { refuse("\(name) is given twice") }
    }
  }

  /// The next word before the options; nil when there is none.
  public mutating func word() -> String? { words.isEmpty ? nil : words.removeFirst() }

  /// The next word as a whole number; nil when there is none.
  public mutating func wholeWord(_ meaning: String, _ allowed: ClosedRange<Int>) -> Int? {
    word().map { whole($0, meaning, allowed) }
  }

  /// Whether an option without a value is given.
  public mutating func flag(_ name: String) -> Bool { text(name) != nil }

  /// An option's value; nil when it isn't given.
  public mutating func text(_ name: String) -> String? { options.removeValue(forKey: name) }

  /// An option's value as a number; nil when it isn't given.
  public mutating func number(_ name: String) -> Double? {
    text(name).map { text in
      guard let value = Double(text), value.isFinite else { refuse("--\(name) can't be '\(text)'") }
      return value
    }
  }

  /// An option's value as a whole number; nil when it isn't given.
  public mutating func whole(_ name: String, _ allowed: ClosedRange<Int> = 0...Int.max) -> Int? {
    text(name).map { whole($0, "--" + name, allowed) }
  }

  /// Refuses what nobody asked for.
  public func end() {
    if let word = words.first { refuse("'\(word)' is one word too many") }
    if let name = options.keys.sorted().first { refuse("there is no option --\(name)") }
  }

  /// Ends the program.
  ///
  /// - Parameter problem: What is wrong, without a full stop.
  public func refuse(_ problem: String) -> Never {
    FileHandle.standardError.write(Data("error: \(problem)\nusage: \(usage)\n".utf8))
    exit(EX_USAGE)
  }

  private func whole(_ text: String, _ meaning: String, _ allowed: ClosedRange<Int>) -> Int {
    guard let value = Int(text), allowed.contains(value) else {
      let most = allowed.upperBound == .max ? "" : " to \(allowed.upperBound)"
      refuse(
        "\(meaning) can't be '\(text)'; it is a whole number from \(allowed.lowerBound)\(most)")
    }
    return value
  }
}
