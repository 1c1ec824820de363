public import LatentEvidence

extension Tape: GradientFactors {
  public func keepFactors() { engine.keepsFactors = true }

  public var factoredCount: Int { engine.factoredWeights.count }

  public func factored(_ index: Int) -> ParameterReference { engine.factoredWeights[index].matrix }

  public func gradientRows(
    _ rows: Range<Int>, of matrix: ParameterReference, leftBy lanes: ArraySlice<Tape>,
    into g: UnsafeMutablePointer<Scalar>, adding: Bool
  ) {
    engine.spare.use { products in
      TapeEngine.gradientRows(
        rows, of: matrix, leftBy: lanes.lazy.map(\.engine), into: Elements(g), adding: adding, by: products)
    }
  }
}
