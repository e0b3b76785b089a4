import Foundation
import Robotics
import Testing

/// A generator for made-up mistakes: SplitMix64 (Steele, Lea & Flood 2014).
private struct MistakeGenerator: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

@Suite struct MutatedFileTests {
  static let seed: UInt64 = 20_250_302

  /// What a description with made-up mistakes must do: read, or be refused with its file named.
  private func check(_ bytes: [UInt8]) -> Bool {
    let text = String(decoding: bytes, as: UTF8.self)
    do throws(RobotFileError) {
      let robot = try Robot(yaml: text, file: "mutated.yaml")
      return robot.joints.allSatisfy { $0.limits.velocity.isFinite && $0.limits.effort.isFinite }
        && robot.tasks.allSatisfy { $0.stepCount >= 1 && $0.reward.width.isFinite }
    } catch {
      return error.description.hasPrefix("mutated.yaml")
    }
  }

  @Test("A description with bytes changed, lost or doubled is read or refused, never a crash")
  func bytes() throws {
    print("seed \(Self.seed)")
    var random = MistakeGenerator(state: Self.seed)
    let path = PackagePaths.calibration("pendulum/robot.yaml")
    let original = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    let alphabet = [UInt8](" \n:-{}[],#&*!|>'\"%@`0123456789.enaiNkgmsrd/^\t\u{00}é".utf8)
    for _ in 0..<1500 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes[place] = alphabet.randomElement(using: &random) ?? 0
        case 1: bytes.remove(at: place)
        case 2: bytes.insert(alphabet.randomElement(using: &random) ?? 0, at: place)
        default: bytes.removeSubrange(place..<min(bytes.count, place + 40))
        }
      }
      #expect(check(bytes), "\(String(decoding: bytes, as: UTF8.self))")
    }
  }

  @Test("A description with lines lost, doubled, exchanged or indented is read or refused")
  func lines() throws {
    print("seed \(Self.seed + 1)")
    var random = MistakeGenerator(state: Self.seed + 1)
    let path = PackagePaths.calibration("cart-pole/robot.yaml")
    let original = try String(contentsOfFile: path, encoding: .utf8).split(
      separator: "\n", omittingEmptySubsequences: false)
    for _ in 0..<1500 {
      var lines = original
      let first = Int.random(in: 0..<lines.count, using: &random)
      let second = Int.random(in: 0..<lines.count, using: &random)
      switch Int.random(in: 0..<4, using: &random) {
      case 0: lines.remove(at: first)
      case 1: lines.insert(lines[second], at: first)
      case 2: lines.swapAt(first, second)
      default: lines[first] = "  " + lines[first]
      }
      #expect(check([UInt8](lines.joined(separator: "\n").utf8)))
    }
  }

  @Test("A description with one value replaced by another kind of value is read or refused")
  func values() throws {
    let path = PackagePaths.calibration("pendubot/robot.yaml")
    let original = try String(contentsOfFile: path, encoding: .utf8).split(
      separator: "\n", omittingEmptySubsequences: false
    ).map(String.init)
    let others = [
      "", "~", "null", "[]", "{}", "[1, 2]", "{ a: 1 }", "true", "-1", "1e400 s", ".nan", "- x",
      "&a 1", "*a", "!!int 3", "\"\"", "'", "|", "9223372036854775808", "0x10 s", "1 m/s/s/s^4",
    ]
    for index in original.indices {
      guard let colon = original[index].firstIndex(of: ":") else { continue }
      for other in others {
        var lines = original
        lines[index] = original[index][...colon] + " " + other
        #expect(check([UInt8](lines.joined(separator: "\n").utf8)), "\(lines[index])")
      }
    }
  }

  @Test("Deep nesting and aliases that multiply are refused without using up the machine")
  func hostile() {
    let deep = String(repeating: "[", count: 200_000)
    #expect(check([UInt8](deep.utf8)))
    var laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    for level in 1..<25 {
      let list = [String](repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
      laughs += "a\(level): &a\(level) [\(list)]\n"
    }
    #expect(check([UInt8](laughs.utf8)))
  }
}
