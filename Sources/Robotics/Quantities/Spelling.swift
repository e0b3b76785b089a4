/// Guessing what someone meant to write.
package enum Spelling {
  /// The candidate that differs from `word` by the fewest edits, when that is few enough to be a
  /// slip: at most a third of its letters, and at most three.
  package static func nearest(to word: String, among candidates: [String]) -> String? {
    var best: (distance: Int, candidate: String)?
    for candidate in candidates {
      let distance = editDistance(word.lowercased(), candidate.lowercased())
      let allowed = min(3, max(1, candidate.count / 3))
      if distance <= allowed && distance < best?.distance ?? .max { best = (distance, candidate) }
    }
    return best?.candidate
  }

  /// The least number of insertions, deletions, substitutions and swaps of neighbours that make one
  /// word of the other (optimal string alignment distance).
  package static func editDistance(_ first: String, _ second: String) -> Int {
    let a = Array(first)
    let b = Array(second)
    // A word this long is no slip of a key's name; the bound keeps a hostile file cheap.
    if a.count > 64 || b.count > 64 { return a == b ? 0 : max(a.count, b.count) }
    var beforeLast = [Int](repeating: 0, count: b.count + 1)
    var last = Array(0...b.count)
    for i in 0..<a.count {
      var row = [i + 1] + [Int](repeating: 0, count: b.count)
      for j in 0..<b.count {
        row[j + 1] = min(last[j] + (a[i] == b[j] ? 0 : 1), last[j + 1] + 1, row[j] + 1)
        if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
          row[j + 1] = min(row[j + 1], beforeLast[j - 1] + 1)
        }
      }
      beforeLast = last
      last = row
    }
    return last[b.count]
  }
}
