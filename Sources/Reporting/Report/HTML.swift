/// Pieces of an HTML document. Every text that goes in is escaped here.
enum HTML {
  /// An element around text.
  static func text(_ tag: String, _ text: String) -> String {
    "<\(tag)>\(SVGText.escaped(text))</\(tag)>\n"
  }

  /// A table: a heading, and cells as text. Columns of numbers are set to the right.
  static func table(_ heading: [String], _ rows: [[Cell]]) -> String {
    let head = heading.map { "<th>\(SVGText.escaped($0))</th>" }.joined()
    let body = rows.map { row in "<tr>" + row.map(\.html).joined() + "</tr>\n" }.joined()
    return "<div class=\"scroll\"><table>\n<thead><tr>\(head)</tr></thead>\n<tbody>\n\(body)"
      + "</tbody>\n</table></div>\n"
  }

  /// Text in a fixed-width font that is shown when asked for.
  static func details(_ summary: String, _ text: String) -> String {
    "<details><summary>\(SVGText.escaped(summary))</summary>"
      + "<pre>\(SVGText.escaped(text))</pre></details>\n"
  }

  /// A cell of a table.
  enum Cell: Equatable {
    /// Words.
    case text(String)
    /// A number, already written out.
    case number(String)
    /// Words that matter, in a colour.
    case badge(String, PlotColor)

    fileprivate var html: String {
      switch self {
      case .text(let text): "<td>\(SVGText.escaped(text))</td>"
      case .number(let text): "<td class=\"n\">\(SVGText.escaped(text))</td>"
      case .badge(let text, let color):
        "<td><span style=\"color:\(color.css)\">● </span>\(SVGText.escaped(text))</td>"
      }
    }
  }

  /// The whole document, without scripts or anything from elsewhere.
  static func page(title: String, body: String) -> String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
    <title>\(SVGText.escaped(title))</title>
    <style>
    body { font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "Helvetica Neue", Arial, sans-serif;
      color: #1F2933; background: #FFFFFF; max-width: 900px; margin: 2em auto; padding: 0 1em; }
    h1 { font-size: 1.7em; margin: 0 0 .2em; } h2 { font-size: 1.2em; margin: 2em 0 .5em; }
    .verdict { font-size: 1.1em; color: #52606D; margin: 0 0 1.5em; }
    .scroll { overflow-x: auto; } svg { max-width: 100%; height: auto; }
    table { border-collapse: collapse; font-size: .92em; font-variant-numeric: tabular-nums; }
    th, td { text-align: left; padding: .3em .9em .3em 0; border-bottom: 1px solid #E8ECF0;
      vertical-align: top; }
    th { color: #52606D; font-weight: 600; } td.n { text-align: right; white-space: nowrap; }
    pre { background: #F5F7FA; padding: .8em 1em; overflow-x: auto; font-size: .85em; }
    summary { cursor: pointer; color: #0072B2; margin: .4em 0; }
    </style>
    </head>
    <body>
    \(body)</body>
    </html>

    """
  }
}
