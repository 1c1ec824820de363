import LatentEvidence
import LatentNetworks
public import LatentNumerics

/// The memory in which the bound of some rows is computed: one a thread.
public final class AutoencoderWorkspace<Scalar: LatentScalar> {
  let tape: Tape<Scalar>
  /// Numbers that gradients by draws are multiplied with.
  private var scales: UnsafeMutablePointer<Scalar>?
  private var scaleCount = 0

  init(layout: ParameterLayout) {
    tape = Tape(layout: layout)
  }

  deinit { scales?.deallocate() }

  /// Room for so many numbers, all 1.
  func ones(_ count: Int) -> UnsafeMutablePointer<Scalar> {
    if count > scaleCount {
      scales?.deallocate()
      scales = .allocate(capacity: count)
      scaleCount = count
    }
    scales!.initialize(repeating: 1, count: count)
    return scales!
  }
}

@available(*, unavailable)
extension AutoencoderWorkspace: Sendable {}
