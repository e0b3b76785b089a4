import Foundation

/// Text of an SVG or HTML document.
enum SVGText {
  /// Text with the characters that markup gives a meaning to replaced, and those that XML forbids
  /// (which a robot's name might hold) dropped.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\t", "\n", "\r": result.unicodeScalars.append(scalar)
      case "\u{0}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": continue
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// A length in pixels to a hundredth, without zeros at the end: the same text on every machine.
  static func number(_ value: Double) -> String {
    var text = String(format: "%.2f", value)
    while text.hasSuffix("0") { text.removeLast() }
    if text.hasSuffix(".") { text.removeLast() }
    return text == "-0" ? "0" : text
  }

  /// About how wide text is in a common sans-serif font, in pixels.
  static func width(_ text: String, sizePixels: Double) -> Double {
    0.56 * sizePixels * Double(text.count)
  }
}
