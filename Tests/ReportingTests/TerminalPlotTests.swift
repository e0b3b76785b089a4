import Reporting
import Robotics
import Testing

@Suite("A terminal shows a plot as text")
struct TerminalPlotTests {
  private let ramp = TerminalPlot(
    x: PlotAxis("time", unit: "s", range: 0...4),
    panels: [
      .init(
        y: PlotAxis("angle", unit: "deg", range: 0...180),
        series: [.init(name: "hinge", points: [PlotPoint(0, 0), PlotPoint(4, 180)])], guides: [90])
    ])

  @Test("A ramp in braille rises from corner to corner")
  func braille() {
    #expect(
      ramp.text(columns: 24, rowsAPanel: 4) == """
              angle (deg)
        180° ┤             ⢀⣀⠤⠒⠉
             │⡀ ⡀ ⡀ ⡀ ⡀⣀⡤⠔⡊⠁⡀ ⡀
             │    ⢀⡠⠔⠒⠉
          0° ┤⣀⠤⠒⠉⠁
             └┬────────┬───────┬
              0        2       4
                   time (s)

        """)
  }

  @Test("The same in ASCII has nothing beyond it")
  func ascii() {
    let text = ramp.text(columns: 24, rowsAPanel: 4, characters: .ascii)
    #expect(text.allSatisfy { $0.isASCII })
    #expect(
      text == """
             angle (deg)
        180 +               ****
            |.   .   .****** .
            |   ******
          0 +***
            ++--------+--------+
             0        2        4
                  time (s)

        """)
  }

  @Test("Lines have the width asked for at most, and colours only when asked for")
  func width() {
    for columns in [24, 40, 81, 200] {
      for line in ramp.text(columns: columns, rowsAPanel: 5).split(separator: "\n") {
        #expect(line.count <= columns)
      }
    }
    #expect(!ramp.text(columns: 40, rowsAPanel: 5).contains("\u{1B}"))
    #expect(ramp.text(columns: 40, rowsAPanel: 5, isColored: true).contains("\u{1B}[34m"))
  }

  @Test("Colours change no character")
  func colors() {
    let plain = ramp.text(columns: 40, rowsAPanel: 5)
    let colored = ramp.text(columns: 40, rowsAPanel: 5, isColored: true)
    #expect(
      colored.replacing(#/\u{1B}\[\d+m/#, with: "")
        == plain)
  }

  @Test("A stepped series and a second one are told apart by sign, and the second by name")
  func twoSeries() {
    let plot = TerminalPlot(
      x: PlotAxis("time", unit: "s", range: 0...10),
      panels: [
        .init(
          y: PlotAxis("torque", unit: "N m", range: -1...1),
          series: [
            .init(
              name: "shoulder", points: [PlotPoint(0, -1), PlotPoint(5, 1), PlotPoint(10, 1)],
              isStepped: true),
            .init(name: "elbow", points: [PlotPoint(0, 0), PlotPoint(10, 0)]),
          ])
      ])
    #expect(
      plot.text(columns: 30, rowsAPanel: 3, characters: .ascii) == """
            torque (N m)   * shoulder   o elbow
         1 +             *************
         0 +oooooooooooooooooooooooooo
        -1 +**************
           ++------------------------+
            0                       10
                     time (s)

        """)
  }

  @Test("No samples, one sample and values that aren't finite make a plot, not a crash")
  func degenerate() {
    for points in [
      [], [PlotPoint(1, 1)], [PlotPoint(.nan, 1), PlotPoint(1, .infinity)],
      [PlotPoint(0, -1e300), PlotPoint(1, 1e300)],
    ] {
      let plot = TerminalPlot(
        x: PlotAxis("time", unit: "s"),
        panels: [
          .init(y: PlotAxis("angle", unit: "rad"), series: [.init(name: "", points: points)])
        ])
      #expect(plot.text(columns: 30, rowsAPanel: 3).split(separator: "\n").count == 7)
    }
  }

  @Test("A trial's plot has the angle above the torque, with their units")
  func trial() {
    let trial = Trial(
      number: 1, robot: "pendulum", task: "swing-up", origin: .policy, seed: 0,
      samplePeriodSeconds: 0.01, startedAtUnixSeconds: 0, end: .completed,
      samples: PendulumRun.swing(pump: 1, until: 4))
    let text = TerminalPlot(
      trial: trial, robot: PendulumRun.robot, task: PendulumRun.robot.tasks[0]
    ).text(columns: 80, rowsAPanel: 6)
    let lines = text.split(separator: "\n").map { $0.trimmingPrefix { $0 == " " } }
    #expect(lines[0] == "angle (deg)")
    #expect(lines[7] == "torque (N m)")
    #expect(lines.last == "time (s)")
  }
}
