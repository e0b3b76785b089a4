/// Leaves the robot alone until it stands still at home by itself.
final class SettleReset: ResetStrategy {
  func decide(
    _ moment: ResetMoment, efforts: UnsafeMutableBufferPointer<Double>
  ) -> ResetAction { .wait }
}
