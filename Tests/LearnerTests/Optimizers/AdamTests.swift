import Learner
import Testing

@Suite struct AdamTests {
  @Test("Three steps are those of the paper's algorithm, computed with numpy")
  func steps() {
    // python3 -c "import numpy as np; ..." with m, v, bias corrections as in Kingma & Ba 2015,
    // algorithm 1: gradients (1, -2), (0.5, 4), (-3, 0.1), alpha 0.1.
    var adam = Adam(count: 2)
    var x = [1.0, 1.0]
    for gradient in [[1.0, -2.0], [0.5, 4.0], [-3.0, 0.1]] {
      adam.descend(&x, gradient: gradient, rate: 0.1)
    }
    #expect(abs(x[0] - 0.8415043888066559) < 1e-12)
    #expect(abs(x[1] - 1.0336678883931714) < 1e-12)
    #expect(adam.steps == 3)
  }

  @Test("A gradient that isn't finite moves nothing")
  func notFinite() {
    var adam = Adam(count: 1)
    var x = [2.0]
    adam.descend(&x, gradient: [.nan], rate: 0.1)
    #expect(x == [2])
    #expect(adam.steps == 0)
  }
}
