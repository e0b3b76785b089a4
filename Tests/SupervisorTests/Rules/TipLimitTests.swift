import Foundation
import Robotics
import Supervisor
import Testing

/// Expected places by the textbook formula x = Σ l sin θ, y = −Σ l cos θ, worked out in each test.
@Suite("The box of an arm's tip")
struct TipLimitTests {
  /// Two links of 0.5 m that measure their angles from each other; a box 1.6 m wide.
  private func arm(relative: Bool = true, margin: Double = 0.05) -> Robot {
    var robot = pendulum()
    robot.joints.append(robot.joints[0])
    robot.joints[1].name = "elbow"
    robot.safety = SafetySettings(
      tipBox: TipBox(
        chain: TipChain(joints: [0, 1], lengthsMetres: [0.5, 0.5], anglesAreRelative: relative),
        lower: TipPlace(xMetres: -0.8, yMetres: -1.1), upper: TipPlace(xMetres: 0.8, yMetres: 0.5),
        marginMetres: margin))
    return robot
  }

  private func decide(
    _ robot: Robot, _ positions: [Double], _ velocities: [Double] = [0, 0]
  ) -> SafetyDecision {
    EnvelopeBench(robot).sample(positions, velocities)
  }

  /// Which of full effort up and down passes, joint by joint.
  private func sent(_ robot: Robot, _ positions: [Double]) -> [[Double]] {
    let bench = EnvelopeBench(robot)
    #expect(bench.sample(positions, [0, 0]) == .pass)
    let up = bench.sent([2, 2])
    let down = bench.sent([-2, -2])
    return [[up[0], down[0]], [up[1], down[1]]]
  }

  @Test(
    "Just inside each side the tip may stand; just outside it is stopped, and the side is named",
    arguments: [
      // A straight arm at angle θ: x = sin θ, y = −cos θ.
      (asin(0.8), TipAxis.x, 0.8), (-asin(0.8), .x, -0.8), (.pi - acos(0.5), .y, 0.5),
    ])
  func sides(angle: Double, axis: TipAxis, limit: Double) {
    let sign = angle < 0 ? -1.0 : 1
    let robot = axis == .y ? wide() : arm()
    #expect(decide(robot, [angle - sign * 1e-6, 0]) == .pass)
    guard
      case .stop(.tipBox(axis, let metres, limit)) = decide(robot, [angle + sign * 1e-6, 0])
    else {
      Issue.record("the tip was let out at \(angle) rad")
      return
    }
    #expect(abs(metres - limit) < 2e-6)
  }

  /// A box that is only low.
  private func wide() -> Robot {
    var robot = arm()
    robot.safety?.tipBox?.lower.xMetres = -2
    robot.safety?.tipBox?.upper.xMetres = 2
    return robot
  }

  @Test("A floor holds too")
  func floor() {
    var robot = wide()
    robot.safety?.tipBox?.lower.yMetres = -0.9
    // y = −cos θ
    #expect(decide(robot, [acos(0.9) + 1e-6, 0]) == .pass)
    guard case .stop(.tipBox(.y, _, -0.9)) = decide(robot, [acos(0.9) - 1e-6, 0]) else {
      Issue.record("the tip was let through the floor")
      return
    }
  }

  @Test("Where the joints would stand counts, not where they are")
  func stoppingPoint() {
    // At 3 rad/s: 0.036 + 0.9 rad until it stands; sin(0.5 + 0.936) = 0.991.
    guard case .stop(.tipBox(.x, let metres, 0.8)) = decide(arm(), [0.5, 0], [3, 0]) else {
      Issue.record("an arm that can't be stopped in its box was let go on")
      return
    }
    #expect(abs(metres - sin(1.436)) < 1e-9)
    #expect(decide(arm(), [0.5, 0], [-3, 0]) == .pass)
  }

  @Test("So does the way there: a tip that would swing over the top is stopped")
  func way() {
    var robot = wide()
    robot.safety?.tipBox?.upper.yMetres = 0.9
    // From 2.64 to 3.64 rad: the tip is at 0.877 at either end and at 1 in between.
    let speed = 3.1023
    #expect(abs(speed * 0.012 + speed * speed / 10 - 1) < 1e-3)
    #expect(decide(robot, [2.64, 0]) == .pass)
    guard case .stop(.tipBox(.y, let metres, 0.9)) = decide(robot, [2.64, 0], [speed, 0]) else {
      Issue.record("the tip was let over the top")
      return
    }
    #expect(metres > 0.99)
  }

  @Test("Within the margin the Jacobian's sign says which way leads out, joint by joint")
  func margin() {
    // Straight at 0.9 rad: x = 0.783, and both joints move it out upwards.
    #expect(sent(arm(), [0.9, 0]) == [[0, -2], [0, -2]])
    #expect(sent(arm(), [-0.9, 0]) == [[2, 0], [2, 0]])
    // Folded: x = 0.5 sin 2.4 + 0.5 sin 1.1 = 0.783; dx/dθ₀ = −0.142, dx/dθ₁ = 0.227.
    #expect(sent(arm(), [2.4, -1.3]) == [[2, 0], [0, -2]])
    // The same place by angles from hanging: dx/dθ₀ = 0.5 cos 2.4.
    #expect(sent(arm(relative: false), [2.4, 1.1]) == [[2, 0], [0, -2]])
    // Inside the margin nothing is taken back.
    #expect(sent(arm(), [0.84, 0]) == [[2, -2], [2, -2]])
    // x = 0.75 just here.
    #expect(sent(arm(), [asin(0.75) - 1e-6, 0]) == [[2, -2], [2, -2]])
    #expect(sent(arm(), [asin(0.75) + 1e-6, 0]) == [[0, -2], [0, -2]])
    #expect(sent(arm(), [-asin(0.75) + 1e-6, 0]) == [[2, -2], [2, -2]])
  }

  @Test("Above and below it is dy/dθ that counts")
  func marginOfHeight() {
    // Straight: y = −cos θ = 0.45 at 2.0376 rad, where dy/dθ = sin θ > 0.
    #expect(sent(wide(), [2.05, 0]) == [[0, -2], [0, -2]])
    #expect(sent(wide(), [-2.05, 0]) == [[2, 0], [2, 0]])
    #expect(sent(wide(), [2.03, 0]) == [[2, -2], [2, -2]])
    // Below: the floor's margin begins at y = −0.85, at 0.5548 rad.
    var low = wide()
    low.safety?.tipBox?.lower.yMetres = -0.9
    #expect(sent(low, [0.55, 0]) == [[2, 0], [2, 0]])
    #expect(sent(low, [0.56, 0]) == [[2, -2], [2, -2]])
  }

  @Test("In a corner both ways count together")
  func corner() {
    var robot = arm(margin: 0.1)
    robot.safety?.tipBox?.upper = TipPlace(xMetres: 0.8, yMetres: 0.7)
    // θ = 2.3: x = 0.7457, y = 0.6663; dx/dθ = −0.666, dy/dθ = 0.746: together 0.079, out.
    #expect(sent(robot, [2.3, 0]) == [[0, -2], [0, -2]])
    // Folded back, [1.2, 2.2] rad: nothing of it is near a side.
    #expect(sent(robot, [1.2, 2.2]) == [[2, -2], [2, -2]])
  }

  /// A cart with a link of 0.5 m, in a box 2 m wide.
  private func cart() -> Robot {
    var robot = pendulum()
    robot.joints.insert(
      Joint(
        name: "cart", kind: .prismatic,
        limits: JointLimits(
          positionLower: -2, positionUpper: 2, velocity: 4, effort: 10, brakingDeceleration: 4)),
      at: 0)
    robot.safety = SafetySettings(
      tipBox: TipBox(
        chain: TipChain(slide: 0, joints: [1], lengthsMetres: [0.5]),
        lower: TipPlace(xMetres: -1, yMetres: -1), upper: TipPlace(xMetres: 1, yMetres: 1),
        marginMetres: 0.1))
    return robot
  }

  @Test("On a side of its box the tip may stand; a hair's breadth past it, it is stopped")
  func onSides() {
    // Hanging, x is the cart's place and y = −0.5 m; upright y = 0.5 m.
    for (place, angle, isPast) in [
      (1.0, 0.0, false), (1.0000001, 0, true), (-1, 0, false), (-1.0000001, 0, true),
    ] {
      #expect((decide(cart(), [place, angle]) != .pass) == isPast, "\(place) m")
    }
    var low = cart()
    low.safety?.tipBox?.marginMetres = 0.01
    low.safety?.tipBox?.lower.yMetres = -0.5
    low.safety?.tipBox?.upper.yMetres = 0.5
    #expect(decide(low, [0, 0]) == .pass)
    #expect(decide(low, [0, .pi]) == .pass)
    low.safety?.tipBox?.lower.yMetres = -0.4999999
    low.safety?.tipBox?.upper.yMetres = 0.4999999
    #expect(decide(low, [0, 0]) != .pass)
    #expect(decide(low, [0, .pi]) != .pass)
  }

  @Test("A cart carries its chain along")
  func slide() {
    let robot = cart()
    // x = s + 0.5 sin θ
    #expect(decide(robot, [0.49, .pi / 2]) == .pass)
    guard case .stop(.tipBox(.x, let metres, 1)) = decide(robot, [0.51, .pi / 2]) else {
      Issue.record("the tip was let out")
      return
    }
    #expect(abs(metres - 1.01) < 1e-12)
    #expect(sent(robot, [0.7, 0.5]) == [[0, -2], [0, -2]])
    #expect(sent(robot, [-0.7, -0.5]) == [[2, 0], [2, 0]])
  }

  @Test("The margins tell where the tip was and would have stood, against its box")
  func margins() {
    let bench = EnvelopeBench(arm())
    bench.sample([0, 0], [0, 0])
    bench.sample([0.005, 0], [0.5, 0])
    // 0.005 + 0.5 · 0.012 + 0.5² / 10 = 0.036 rad
    let margins = bench.robotMargins
    #expect(margins.tipX?[0] == 0)
    #expect(abs((margins.tipX?[1] ?? 0) - sin(0.036)) < 1e-12)
    #expect(margins.tipY?[0] == -1)
    #expect(abs((margins.tipY?[1] ?? 0) + cos(0.036)) < 1e-12)
    #expect(margins.tipBox == [-0.8, 0.8, -1.1, 0.5])
    #expect(
      margins.sentences == [
        "tip: x 0 to 0.036 within -0.8 to 0.8 m, y -1 to -0.999 within -1.1 to 0.5 m"
      ])
    bench.resetMargins()
    #expect(bench.robotMargins == EnvelopeBench(arm()).robotMargins)
    #expect(bench.robotMargins.sentences.isEmpty)
  }
}
