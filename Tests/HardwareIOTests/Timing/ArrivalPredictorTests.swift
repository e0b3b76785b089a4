import HardwareIO
import Testing

@Suite struct ArrivalPredictorTests {
  /// Queueing delays from a fixed rule: mostly small, every seventh large, and every eleventh none.
  private func queueing(_ tick: Int64) -> Int64 {
    tick % 11 == 0 ? 0 : tick % 7 == 0 ? 3_000_000 : 40_000 + (tick * 7919) % 90_000
  }

  @Test("The next arrival is predicted to be undisturbed, whatever disturbed the ones before")
  func ignoresQueueing() throws {
    var predictor = ArrivalPredictor()
    for tick in Int64(0)..<500 {
      let robotTime = 7_000_000 + tick * 10_000_000
      predictor.note(
        robotTimeNanoseconds: robotTime,
        hostTimeNanoseconds: 99_000_000_000 + tick * 10_000_000 + queueing(tick))
    }
    let next = try #require(
      predictor.arrivalNanoseconds(ofRobotTimeNanoseconds: 7_000_000 + 500 * 10_000_000))
    let undisturbed: Int64 = 99_000_000_000 + 500 * 10_000_000
    #expect(next == undisturbed)
  }

  @Test("A robot's clock that runs slow by 100 ppm is followed to within a quarter millisecond")
  func followsDrift() throws {
    var predictor = ArrivalPredictor()
    var worst: Int64 = 0
    for tick in Int64(0)..<6000 {
      let robotTime = tick * 10_000_000
      let undisturbed = 5_000_000_000 + tick * 10_001_000
      predictor.note(
        robotTimeNanoseconds: robotTime, hostTimeNanoseconds: undisturbed + queueing(tick))
      let predicted = try #require(
        predictor.arrivalNanoseconds(ofRobotTimeNanoseconds: robotTime + 10_000_000))
      worst = max(worst, abs(predicted - (undisturbed + 10_001_000)))
    }
    // After 60 s the clocks are 6 ms apart.
    #expect(worst <= 250_000, "worst \(worst) ns")
  }

  @Test("Nothing is predicted before the first sample")
  func empty() {
    #expect(ArrivalPredictor().arrivalNanoseconds(ofRobotTimeNanoseconds: 0) == nil)
  }

  @Test("In a world ten times faster, ten of its periods take one of the wall's")
  func speed() {
    var predictor = ArrivalPredictor(speed: 10)
    predictor.note(robotTimeNanoseconds: 1_000_000, hostTimeNanoseconds: 500_000_000)
    #expect(
      predictor.arrivalNanoseconds(ofRobotTimeNanoseconds: 101_000_000) == 510_000_000)
  }
}
