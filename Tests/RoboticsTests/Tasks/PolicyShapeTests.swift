import Robotics
import Testing

@Suite struct PolicyShapeTests {
  @Test(
    "A shape's text is read as the shape",
    arguments: [
      PolicyShape.trajectory, .network(hiddenUnits: 7), .linear, .radial(centres: 30),
      .periodic(harmonics: 4),
    ])
  func texts(shape: PolicyShape) {
    #expect(PolicyShape(shape.text) == shape)
  }

  @Test("A word alone stands for the usual size")
  func usual() {
    #expect(PolicyShape("network") == .network(hiddenUnits: 10))
    #expect(PolicyShape("radial") == .radial(centres: 20))
    #expect(PolicyShape("periodic") == .periodic(harmonics: 2))
  }

  @Test(
    "Anything else is no shape",
    arguments: [
      "", "policy.json", "radial:0", "radial:-3", "radial:", "radial:2:3", "linear:4",
      "periodic:101",
    ])
  func others(text: String) {
    #expect(PolicyShape(text) == nil)
  }
}
