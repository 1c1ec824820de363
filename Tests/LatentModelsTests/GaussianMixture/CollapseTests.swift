// N observations, D dimensions, K components

import LatentEvidence
import LatentModels
import LatentNumerics
import LatentTestSupport
import Testing

/// Data that maximum likelihood, or arithmetic, cannot take: a typed error or a finite, right answer; never NaN.
@Suite struct CollapseTests {
  /// Fits from the standard starts and expects either finite parameters or a typed error.
  @discardableResult
  func fit<S: LatentScalar>(
    _ x: Matrix<S>, components: Int, covariance: CovarianceStructure, prior: Bool,
    start: MixtureStart = .kMeans,
    sharesUnits: Bool = false, restarts: Int = 1, location: SourceLocation = #_sourceLocation
  ) async throws -> Result<FitResult<CoordinateAscent<GaussianMixture<S>>.State>, InferenceError> {
    do {
      let scaled = prior ? try GaussianPrior.scaled(to: Rows(x), components: components) : nil
      let model = try GaussianMixture<S>(
        components: components, dimensions: x.columns, covariance: covariance, prior: scaled)
      let fit = Fit(
        CoordinateAscent(model), on: Rows(x), stopping: StoppingRule(tolerance: 1e-6, maximumIterations: 300),
        restarts: restarts
      ) { (restart) throws(InferenceError) in
        .init(
          parameters: try model.initialParameters(
            for: Rows(x), start: start, sharesUnits: sharesUnits,
            using: RandomStream(seed: 4).substream(restart)))
      }
      let result = try await fit.run()
      let θ = result.state.parameters
      #expect(result.bound.isFinite, sourceLocation: location)
      #expect(θ.weights.allSatisfy { $0 >= 0 && $0 <= 1 }, "\(θ.weights)", sourceLocation: location)
      #expect((θ.weights.reduce(0, +) - 1).magnitude < 1e-6, "\(θ.weights)", sourceLocation: location)
      #expect(θ.means.elements.allSatisfy { $0.isFinite }, sourceLocation: location)
      for k in 0..<components {
        #expect(Cholesky(θ.covariance(of: k)) != nil, "component \(k)", sourceLocation: location)
      }
      return .success(result)
    } catch let error as InferenceError {
      if case .boundDecreased = error {
        Issue.record("\(error)", sourceLocation: location)
      }
      return .failure(error)
    }
  }

  func normal(_ N: Int, _ D: Int, seed: UInt64 = 2) -> Matrix<Double> {
    var stream = RandomStream(seed: seed)
    return Matrix(rows: N, columns: D, elements: (0..<N * D).map { _ in stream.normal() })
  }

  /// A row that occurs many times draws a component onto itself.
  @Test(arguments: [CovarianceStructure.full, .diagonal, .spherical], [false, true])
  func duplicatedRows(_ covariance: CovarianceStructure, single: Bool) async throws {
    var x = normal(200, 3)
    for n in 0..<40 { for j in 0..<3 { x[n, j] = 8 + Double(j) } }
    func check<S: LatentScalar>(_ x: Matrix<S>) async throws {
      let start = MixtureStart.means(
        Matrix<Double>(
          [x.row(0), x.row(50), x.row(90), x.row(140), x.row(190)].map { $0.map { Double($0) } }))
      let result = try await fit(x, components: 5, covariance: covariance, prior: false, start: start)
      guard case .failure(.collapsed(let collapse)) = result else {
        Issue.record("\(result)")
        return
      }
      #expect(collapse.component == 0 && collapse.components == 5, "\(collapse)")
      guard case .flat(let column, let variance) = collapse.cause else {
        Issue.record("\(collapse)")
        return
      }
      #expect(column == 0 && variance >= 0 && variance < 1e-6, "\(collapse)")
      #expect((collapse.count - 40).magnitude < 3, "the expected number of rows: \(collapse.count)")

      let regularised = try await fit(x, components: 5, covariance: covariance, prior: true, start: start)
      #expect(throws: Never.self) { try regularised.get() }
    }
    if single { try await check(x.converted(to: Float.self)) } else { try await check(x) }
  }

  /// A component whose rows lie on a plane collapses along the column that the columns before it determine.
  @Test func plane() async throws {
    var x = normal(300, 4)
    for n in 0..<100 {
      for j in 0..<4 { x[n, j] += 30 }
      x[n, 2] = x[n, 0] - x[n, 1]
    }
    let start = MixtureStart.means(Matrix([x.row(3), x.row(250)]))
    let result = try await fit(x, components: 2, covariance: .full, prior: false, start: start)
    guard case .failure(.collapsed(let collapse)) = result, case .flat(let column, _) = collapse.cause else {
      Issue.record("\(result)")
      return
    }
    #expect(collapse.component == 0 && column == 2, "\(collapse)")
  }

  static let everyWay = CovarianceStructure.allCases.flatMap { covariance in
    [false, true].flatMap { prior in [false, true].map { (covariance, prior, $0) } }
  }

  /// A constant column: maximum likelihood has no density, and says which column; a prior makes it proper.
  @Test(arguments: everyWay)
  func constantColumn(_ covariance: CovarianceStructure, prior: Bool, single: Bool) async throws {
    func check<S: LatentScalar>(_: S.Type) async throws {
      for constant in [0.0, 1, -3e7] {
        var x = normal(120, 3).converted(to: S.self)
        for n in 0..<x.rows { x[n, 1] = S(constant) }
        let result = try await fit(x, components: 2, covariance: covariance, prior: prior)
        if prior || covariance == .spherical {
          #expect(throws: Never.self, "\(constant)") { try result.get() }
        } else {
          guard case .failure(.collapsed(let collapse)) = result else {
            Issue.record("\(constant): \(result)")
            continue
          }
          guard case .flat(1, _) = collapse.cause else {
            Issue.record("\(constant): \(collapse)")
            continue
          }
        }
      }
    }
    if single { try await check(Float.self) } else { try await check(Double.self) }
  }

  /// Two columns alike.
  @Test(arguments: everyWay)
  func duplicateColumn(_ covariance: CovarianceStructure, prior: Bool, single: Bool) async throws {
    func check<S: LatentScalar>(_: S.Type) async throws {
      for D in [3, 36] {
        var x = normal(150, D).converted(to: S.self)
        for n in 0..<x.rows { x[n, 2] = x[n, 0] }
        let result = try await fit(x, components: 2, covariance: covariance, prior: prior)
        if prior || covariance == .diagonal || covariance == .spherical {
          #expect(throws: Never.self) { try result.get() }
        } else {
          guard case .failure(.collapsed(let collapse)) = result, case .flat(2, _) = collapse.cause else {
            Issue.record("D = \(D): \(result)")
            continue
          }
        }
      }
    }
    if single { try await check(Float.self) } else { try await check(Double.self) }
  }

  @Test(arguments: everyWay)
  func tooFewRows(_ covariance: CovarianceStructure, prior: Bool, single: Bool) async throws {
    func check<S: LatentScalar>(_: S.Type) async throws {
      for start in [MixtureStart.kMeans, .randomRows] {
        // One row has no spread.
        let one = try await fit(
          normal(1, 3).converted(to: S.self), components: 1, covariance: covariance, prior: prior,
          start: start)
        #expect(throws: InferenceError.noVariation) { try one.get() }
        // Fewer rows than components.
        let few = try await fit(
          normal(3, 3).converted(to: S.self), components: 5, covariance: covariance, prior: prior,
          start: start)
        #expect(throws: InferenceError.tooFewRows(rows: 3, needed: 5)) { try few.get() }
        // As many rows as components, fewer than dimensions.
        for (N, K, D) in [(4, 4, 3), (4, 2, 8), (20, 2, 50), (2, 1, 2), (3, 3, 1)] {
          let result = try await fit(
            normal(N, D).converted(to: S.self), components: K, covariance: covariance, prior: prior,
            start: start)
          if prior { #expect(throws: Never.self, "\(N) × \(D), K = \(K)") { try result.get() } }
        }
      }
    }
    if single { try await check(Float.self) } else { try await check(Double.self) }
  }

  @Test(arguments: everyWay)
  func identicalRows(_ covariance: CovarianceStructure, prior: Bool, single: Bool) async throws {
    for value in [0.0, 0.1, 1e20] {
      let x = Matrix<Double>(rows: 50, columns: 3, repeating: value)
      for start in [MixtureStart.kMeans, .randomRows] {
        if single {
          let result = try await fit(
            x.converted(to: Float.self), components: 2, covariance: covariance, prior: prior, start: start)
          #expect(throws: InferenceError.noVariation, "\(value)") { try result.get() }
        } else {
          let result = try await fit(x, components: 2, covariance: covariance, prior: prior, start: start)
          #expect(throws: InferenceError.noVariation, "\(value)") { try result.get() }
        }
      }
    }
  }

  /// Scaled data have scaled answers, as far as the numbers go: ln L' = ln L − N D ln s.
  @Test(arguments: everyWay)
  func scales(_ covariance: CovarianceStructure, prior: Bool, single: Bool) async throws {
    let x = try MixtureCase(covariance: .full, dimensions: 3).observations(Double.self)[rows: 0..<300]
    func check<S: LatentScalar>(_: S.Type, _ scales: [Double], tolerance: Double) async throws {
      // The same rows as means: k-means may choose others where distances round otherwise.
      func start(_ x: Matrix<Double>) -> MixtureStart { .means(Matrix([x.row(3), x.row(150)])) }
      let unit = try await fit(
        x.converted(to: S.self), components: 2, covariance: covariance, prior: prior, start: start(x)
      ).get()
      for s in scales {
        var scaled = x
        scaled.withUnsafeMutableElements { for i in 0..<$0.count { $0[i] *= s } }
        let result = try await fit(
          scaled.converted(to: S.self), components: 2, covariance: covariance, prior: prior,
          start: start(scaled))
        try await fit(scaled.converted(to: S.self), components: 2, covariance: covariance, prior: prior)
        switch result {
        case .success(let fit):
          let shift = Double(x.count) * Double.log(s)
          let difference = fit.bound.evidence + shift - unit.bound.evidence
          // Rounding, and with it where a slow climb ends, goes with the size of the bound.
          let size = Swift.max(unit.bound.value.magnitude, fit.bound.value.magnitude)
          #expect(difference.magnitude <= tolerance * size, "scale \(s): off by \(difference)")
        case .failure(let error):
          // Beyond the square root of the largest number squares overflow: an error is right, and says so.
          let extreme =
            s > (S.self == Double.self ? 1e120 : 1e15) || s < (S.self == Double.self ? 1e-120 : 1e-15)
          #expect(extreme, "scale \(s): \(error)")
          switch error {
          case .notFinite, .noVariation: break
          default: Issue.record("scale \(s): \(error)")
          }
        }
      }
    }
    if single {
      try await check(Float.self, [1e-30, 1e-18, 1e-12, 1e-3, 1e3, 1e12, 1e18, 1e30], tolerance: 1e-3)
    } else {
      try await check(Double.self, [1e-300, 1e-150, 1e-100, 1e-5, 1e5, 1e100, 1e150, 1e300], tolerance: 1e-6)
    }
  }

  /// Numbers that are not finite are found, and the row named. (NaN is a missing cell.)
  @Test(arguments: CovarianceStructure.allCases, [5, 40])
  func notFinite(_ covariance: CovarianceStructure, dimensions: Int) throws {
    let one = MixtureCase(covariance: covariance, dimensions: dimensions)
    for value in [Double.infinity, -.infinity, 1e200] {
      var x = try one.observations(Double.self)
      x[700, 1] = value
      let model = try GaussianMixture<Double>(components: 3, dimensions: dimensions, covariance: covariance)
      #expect(throws: InferenceError.notFinite(quantity: "density", row: 700), "\(value)") {
        _ = try model.logDensity(of: Rows(x), at: one.parameters)
      }
      #expect(throws: InferenceError.notFinite(quantity: "density", row: 700), "\(value)") {
        _ = try CoordinateAscent(model).expectation(at: one.parameters, of: Rows(x))
      }
      for start in [MixtureStart.kMeans, .randomRows] where value != 1e200 {
        #expect(throws: InferenceError.self, "\(value)") {
          _ = try model.initialParameters(for: Rows(x), start: start, using: RandomStream(seed: 1))
        }
      }
    }
  }

  /// Distances that overflow while the moments do not.
  @Test(arguments: CovarianceStructure.allCases) func overflowInSinglePrecision(
    _ covariance: CovarianceStructure
  ) async throws {
    var x = normal(100, 2).converted(to: Float.self)
    for n in 0..<100 { x[n, 0] *= 1e25 }
    for sharesUnits in [false, true] {
      for prior in [false, true] {
        try await fit(x, components: 3, covariance: covariance, prior: prior, sharesUnits: sharesUnits)
      }
    }
  }

  /// A component that no row belongs to.
  @Test(arguments: CovarianceStructure.allCases) func emptyComponent(_ covariance: CovarianceStructure)
    async throws
  {
    let x = normal(100, 2)
    let start = MixtureStart.means(Matrix([[0, 0], [1e4, 1e4]]))
    let result = try await fit(x, components: 2, covariance: covariance, prior: false, start: start)
    guard case .failure(.collapsed(let collapse)) = result else {
      Issue.record("\(result)")
      return
    }
    #expect(collapse.component == 1 && collapse.cause == .empty && collapse.count == 0, "\(collapse)")
    let regularised = try await fit(x, components: 2, covariance: covariance, prior: true, start: start).get()
    #expect(regularised.state.parameters.weights[1] < 1e-3)
  }

  @Test func wrongArguments() throws {
    let x = normal(20, 3)
    #expect(throws: InferenceError.self) { try GaussianMixture<Double>(components: 0, dimensions: 3) }
    #expect(throws: InferenceError.self) { try GaussianMixture<Double>(components: 1, dimensions: 0) }
    let prior = try GaussianPrior.scaled(to: Rows(x), components: 2)
    #expect(throws: InferenceError.wrongWidth(expected: 4, actual: 3)) {
      try GaussianMixture<Double>(components: 2, dimensions: 4, prior: prior)
    }
    let model = try GaussianMixture<Double>(components: 2, dimensions: 4)
    let θ = MixtureCase(covariance: .full, dimensions: 4, components: 2).parameters
    #expect(throws: InferenceError.wrongWidth(expected: 4, actual: 3)) {
      try model.logDensity(of: Rows(x), at: θ)
    }
    let narrow = MixtureCase(covariance: .full, dimensions: 3, components: 2).parameters
    #expect(throws: InferenceError.wrongWidth(expected: 4, actual: 3)) {
      try model.logJoint(of: normal(20, 4), at: narrow)
    }
    #expect(throws: InferenceError.wrongWidth(expected: 4, actual: 3)) {
      try model.initialParameters(for: Rows(x), using: RandomStream(seed: 0))
    }
    let three = try GaussianMixture<Double>(components: 2, dimensions: 3)
    #expect(throws: InferenceError.wrongWidth(expected: 3, actual: 4)) { try three.oracle(at: θ, threads: 1) }
    #expect(throws: InferenceError.wrongWidth(expected: 3, actual: 4)) {
      try three.logDensity(of: Rows(x), at: θ)
    }
    #expect(throws: InferenceError.wrongWidth(expected: 3, actual: 2)) {
      try three.initialParameters(
        for: Rows(x), start: .means(Matrix([[1, 2], [3, 4]])), using: RandomStream(seed: 0))
    }
    for start in [
      MixtureStart.means(Matrix([[1, 2, 3]]))
    ] {
      #expect {
        try three.initialParameters(for: Rows(x), start: start, using: RandomStream(seed: 0))
      } throws: { error in
        if case InferenceError.invalidParameter = error { true } else { false }
      }
    }
    for (precision, degrees, scale) in [
      (0.0, 5.0, 1.0), (1, 1, 1), (1, 5, -1), (.nan, 5, 1), (1, .infinity, 1), (1, 5, .nan),
    ] {
      #expect(throws: InferenceError.self, "\(precision) \(degrees) \(scale)") {
        try GaussianPrior(
          mean: [0, 0, 0], meanPrecision: precision, degreesOfFreedom: degrees,
          scale: .diagonal([1, 1, scale]))
      }
    }
  }
}
