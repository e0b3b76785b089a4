/// Dots in character cells: two by four a cell as Unicode's braille patterns, or one a cell in
/// ASCII.
struct BrailleCanvas {
  /// Width and height in dots.
  let width: Int
  /// Height in dots.
  let height: Int
  private let columns: Int
  private let isBraille: Bool
  private var bits: [UInt8]
  private var owner: [Int?]

  /// An empty canvas of so many character cells.
  init(columns: Int, rows: Int, isBraille: Bool) {
    self.columns = columns
    self.isBraille = isBraille
    width = isBraille ? 2 * columns : columns
    height = isBraille ? 4 * rows : rows
    bits = [UInt8](repeating: 0, count: columns * rows)
    owner = [Int?](repeating: nil, count: columns * rows)
  }

  /// Sets a dot of a series; one outside does nothing. In a cell with dots of several series the
  /// last one's colour (or, in ASCII, sign) shows.
  mutating func set(x: Int, y: Int, series: Int?) {
    guard (0..<width).contains(x), (0..<height).contains(y) else { return }
    let cell = isBraille ? (y / 4) * columns + x / 2 : y * columns + x
    bits[cell] |= isBraille ? Self.bit(x: x % 2, y: y % 4) : 1
    owner[cell] = series ?? owner[cell]
  }

  /// Draws a line of dots (Bresenham 1965), both ends included.
  mutating func line(from start: (x: Int, y: Int), to end: (x: Int, y: Int), series: Int) {
    let dx = abs(end.x - start.x)
    let dy = -abs(end.y - start.y)
    let stepX = start.x < end.x ? 1 : -1
    let stepY = start.y < end.y ? 1 : -1
    var (x, y) = start
    var error = dx + dy
    while true {
      set(x: x, y: y, series: series)
      if x == end.x && y == end.y { return }
      let doubled = 2 * error
      if doubled >= dy {
        error += dy
        x += stepX
      }
      if doubled <= dx {
        error += dx
        y += stepY
      }
    }
  }

  /// The characters of a row of cells, each with the series whose dots it shows.
  func row(_ row: Int, asciiSigns: [Character]) -> [(character: Character, series: Int?)] {
    (0..<columns).map { column in
      let cell = row * columns + column
      guard bits[cell] != 0 else { return (" ", nil) }
      let series = owner[cell]
      if isBraille, let pattern = Unicode.Scalar(0x2800 + UInt32(bits[cell])) {
        return (Character(pattern), series)
      }
      return (series.map { asciiSigns[$0 % asciiSigns.count] } ?? ".", series)
    }
  }

  /// The bit of a dot in Unicode's braille patterns: the left column is dots 1, 2, 3, 7 from the
  /// top, the right one 4, 5, 6, 8.
  private static func bit(x: Int, y: Int) -> UInt8 {
    y == 3 ? (x == 0 ? 0x40 : 0x80) : 1 << UInt8(3 * x + y)
  }
}
