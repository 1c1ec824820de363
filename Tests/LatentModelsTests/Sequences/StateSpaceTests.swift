// N sequences, T frames of one, L latent dimensions, U controls, D columns

import LatentEvidence
import LatentModels
import LatentNumerics
import LatentTestSupport
import Testing

@Suite struct StateSpaceTests {
  struct Setting: Sendable, CustomTestStringConvertible {
    var latent = 2
    var dimensions = 3
    var controls = 1
    var noise = EmissionNoise.full
    var missing = false
    var weights: [Double]?
    var isCertain = false
    var testDescription: String {
      "\(latent), \(dimensions), \(controls), \(noise), missing \(missing), certain \(isCertain)"
    }

    func state(seed: UInt64 = 1) throws -> StateSpaceCase {
      try StateSpaceCase(
        latent: latent, dimensions: dimensions, controls: controls, noise: noise, missing: missing,
        weights: weights, isCertain: isCertain, seed: seed)
    }
  }
  static let settings = [
    Setting(), Setting(missing: true), Setting(missing: true, weights: [2, 1, 0, 0.5]),
    Setting(latent: 3, dimensions: 1, controls: 0, noise: .diagonal, missing: true),
    Setting(latent: 1, dimensions: 4, controls: 2, noise: .isotropic, missing: true),
    Setting(latent: 4, dimensions: 2, noise: .diagonal),
    Setting(isCertain: true), Setting(latent: 4, dimensions: 2, missing: true, isCertain: true),
    Setting(latent: 1, dimensions: 2, isCertain: true),
  ]

  /// Likelihood, filter and smoother against the joint Gaussian of all states and frames.
  @Test(arguments: settings) func joint(_ setting: Setting) throws {
    let one = try setting.state()
    let (L, x) = (setting.latent, one.sequences)
    let posterior = try one.model.posterior(of: x, at: one.parameters)
    #expect(try one.model.logDensity(of: x, at: one.parameters) == posterior.logDensity)
    for n in 0..<x.count {
      let joint = one.joint(n)
      let all = try joint.given(x.sequence(n))
      expectAgreement("likelihood \(n)", [posterior.logDensity[n]], [all.logDensity], tolerance: 1e-11)
      for (t, row) in x.frameRange(of: n).enumerated() {
        func check(
          _ name: String, _ mean: Matrix<Double>, _ covariance: Matrix<Double>,
          _ reference: ([Double], Matrix<Double>, Double)
        ) {
          let states = Array(t * L..<t * L + L)
          expectAgreement("\(name) mean", mean.row(row), states.map { reference.0[$0] }, tolerance: 1e-10)
          expectAgreement(
            "\(name) covariance", covariance.row(row),
            reference.1.selecting(rows: states).selecting(columns: states).elements, tolerance: 1e-10)
        }
        check("smoothed", posterior.smoothedMeans, posterior.smoothedCovariances, all)
        check(
          "filtered", posterior.filteredMeans, posterior.filteredCovariances,
          try joint.given(x.sequence(n), frames: t + 1))
      }
    }
  }

  /// The statistics and the bound's terms against moments of the joint Gaussian, missing entries among its variables.
  @Test(arguments: settings) func moments(_ setting: Setting) throws {
    let one = try setting.state()
    let (x, θ) = (one.sequences, one.parameters)
    let (L, D, U) = (setting.latent, setting.dimensions, setting.controls)
    let oracle = try one.model.oracle(at: θ, threads: 1)
    var statistics = oracle.zero
    let bound = try oracle.accumulate(x, into: &statistics)

    var expected = oracle.zero
    var (evidence, reconstruction) = (0.0, 0.0)
    for n in 0..<x.count {
      let (w, T) = (x.weight(of: n), x.frameRange(of: n).count)
      let frames = x.sequence(n)
      let given = try one.joint(n).given(frames)
      evidence += w * given.logDensity
      // Linear functions of the variables, c·y + k: their expected products.
      typealias Linear = (c: [Int: Double], k: Double)
      func product(_ a: Linear, _ b: Linear) -> Double {
        func mean(_ f: Linear) -> Double { f.c.reduce(f.k) { $0 + $1.value * given.mean[$1.key] } }
        var sum = mean(a) * mean(b)
        for (i, p) in a.c { for (j, q) in b.c { sum += p * q * given.covariance[i, j] } }
        return sum
      }
      func z(_ t: Int, _ i: Int) -> Linear { ([t * L + i: 1], 0) }
      expected.initial.count += w
      let a = (0..<L).map { i -> Linear in ([i: 1], -θ.initialMean[i]) }
      for i in 0..<L {
        expected.initial.first[i] += w * product(a[i], ([:], 1))
        for j in 0..<L { expected.initial.second[i, j] += w * product(a[i], a[j]) }
      }
      func add(_ e: [Linear], _ g: [Linear], to moments: inout LinearStateSpaceStatistics.Moments) {
        moments.count += w
        for i in e.indices { for j in e.indices { moments.residuals[i, j] += w * product(e[i], e[j]) } }
        for i in e.indices { for j in g.indices { moments.cross[i, j] += w * product(e[i], g[j]) } }
        for i in g.indices { for j in g.indices { moments.regressors[i, j] += w * product(g[i], g[j]) } }
      }
      for t in 0..<T - 1 {
        let u = (0..<U).map { x.controls?[x.frameRange(of: n).lowerBound + t, $0] ?? 0 }
        let e = (0..<L).map { i -> Linear in
          var c = [(t + 1) * L + i: 1.0]
          for j in 0..<L { c[t * L + j] = -θ.transition[i, j] }
          return (c, -(0..<U).reduce(0) { $0 + θ.control[i, $1] * u[$1] })
        }
        add(e, (0..<L).map { z(t, $0) } + u.map { ([:], $0) }, to: &expected.transition)
      }
      for t in 0..<T {
        let row = frames.row(t)
        let observed = row.indices.filter { !row[$0].isNaN }
        guard !observed.isEmpty else { continue }
        let e = (0..<D).map { i -> Linear in
          var c: [Int: Double] = [:]
          for j in 0..<L { c[t * L + j] = -θ.emission[i, j] }
          if row[i].isNaN { c[T * L + t * D + i] = 1 }
          return (c, (row[i].isNaN ? 0 : row[i]) - θ.offset[i])
        }
        add(e, (0..<L).map { z(t, $0) } + [([:], 1)], to: &expected.emission)
        let factor = Cholesky(θ.emissionNoise.selecting(rows: observed).selecting(columns: observed))!
        let precision = factor.inverse()
        var term = -0.5 * (Double(observed.count) * Double.log(2 * .pi) + factor.logDeterminant)
        for (p, i) in observed.enumerated() {
          for (q, j) in observed.enumerated() { term -= 0.5 * precision[p, q] * product(e[i], e[j]) }
        }
        reconstruction += w * term
      }
    }
    expectAgreement(
      "statistics", StateSpaceCase.numbers(statistics), StateSpaceCase.numbers(expected), tolerance: 1e-11)
    expectAgreement(
      "terms", [bound.evidence, bound.reconstruction], [evidence, reconstruction], tolerance: 1e-11)
    #expect(bound.latentKL >= 0 && bound.count == x.totalWeight)
  }

  /// Missing entries, and frames to come, against the joint Gaussian.
  @Test(arguments: settings) func imputationAndForecasts(_ setting: Setting) throws {
    let one = try setting.state()
    let (x, θ, H) = (one.sequences, one.parameters, 3)
    let (L, D, U) = (setting.latent, setting.dimensions, setting.controls)
    let (values, deviations) = try one.model.imputed(x, at: θ)
    var stream = RandomStream(seed: 77)
    let future = (0..<x.count).map { _ in
      Matrix(rows: H, columns: U, elements: (0..<H * U).map { _ in stream.normal() })
    }
    let forecast = try one.model.forecast(x, horizon: H, controls: U > 0 ? future : nil, at: θ)
    let interval = try forecast.interval(level: 0.95)
    for n in 0..<x.count {
      let T = x.frameRange(of: n).count
      let given = try one.joint(n).given(x.sequence(n))
      for (t, row) in x.frameRange(of: n).enumerated() {
        for j in 0..<D {
          let place = T * L + t * D + j
          if x.frames[row, j].isNaN {
            #expect((values[row, j] - given.mean[place]).magnitude < 1e-10)
            #expect((deviations[row, j] - given.covariance[place, place].squareRoot()).magnitude < 1e-10)
          } else {
            #expect(values[row, j] == x.frames[row, j] && deviations[row, j] == 0)
          }
        }
      }
      let longer = Matrix(
        rows: T + H, columns: D,
        elements: x.sequence(n).elements + [Double](repeating: .nan, count: H * D))
      let u = x.controls.map {
        Matrix(rows: T + H, columns: U, elements: $0[rows: x.frameRange(of: n)].elements + future[n].elements)
      }
      let ahead = try DenseJoint(θ, frames: T + H, controls: u).given(longer)
      for h in 0..<H {
        for j in 0..<D {
          let place = (T + H) * L + (T + h) * D + j
          let deviation = ahead.covariance[place, place].squareRoot()
          #expect((forecast.means[n * H + h, j] - ahead.mean[place]).magnitude < 1e-10)
          #expect((forecast.deviations[n * H + h, j] - deviation).magnitude < 1e-10)
          #expect(
            (interval.lower[n * H + h, j] - (ahead.mean[place] - 1.959963984540054 * deviation)).magnitude
              < 1e-9)
          #expect(
            (interval.upper[n * H + h, j] - (ahead.mean[place] + 1.959963984540054 * deviation)).magnitude
              < 1e-9)
        }
      }
    }
  }

  /// Two states that have nothing to do with each other, of which one starts at 10⁻¹⁷ of the other's scale and grows: a filter that
  /// took it for settled would never see it. Against a filter of numbers for each.
  @Test func scalesApart() throws {
    let (a, q, r, T) = ([0.5, 1.1], [1, 1e-34], [1.0, 1], 600)
    let x = Matrix<Double>(rows: T, columns: 2) {
      for i in $0.indices { $0.initializeElement(at: i, to: Double.sin(Double(i) * 1.7)) }
    }
    let θ = LinearStateSpaceParameters(
      initialMean: [0, 0], initialCovariance: .diagonal(q), transition: .diagonal(a),
      transitionNoise: .diagonal(q), emission: .identity(2), offset: [0, 0], emissionNoise: .diagonal(r))
    var expected = 0.0
    for j in 0..<2 {
      var (m, P) = (0.0, q[j])
      for t in 0..<T {
        let (S, e) = (P + r[j], x[t, j] - m)
        expected -= 0.5 * (Double.log(2 * .pi * S) + e * e / S)
        m += P / S * e
        P = P * r[j] / S
        m *= a[j]
        P = a[j] * a[j] * P + q[j]
      }
    }
    let model = try LinearStateSpace<Double>(latent: 2, dimensions: 2)
    let found = try model.logDensity(of: SequenceBatch(x, lengths: [T]), at: θ)
    expectAgreement("likelihood", found, [expected], tolerance: 1e-10)
  }

  /// A filter in its textbook form, one frame at a time and without a shortcut, over long sequences: the covariance settles,
  /// a gap unsettles it, and it settles again.
  @Test func settled() throws {
    let one = try StateSpaceCase(latent: 3, dimensions: 2, lengths: [700, 300], seed: 4)
    var frames = one.sequences.frames
    for t in [200, 201, 350] { for j in 0..<2 where t != 350 || j == 1 { frames[t, j] = .nan } }
    let x = try SequenceBatch(frames, lengths: [700, 300], controls: one.sequences.controls)
    let θ = one.parameters
    let posterior = try one.model.posterior(of: x, at: θ)
    func product(_ a: Matrix<Double>, _ b: Matrix<Double>) -> Matrix<Double> {
      var c = Matrix<Double>(rows: a.rows, columns: b.columns)
      for i in 0..<a.rows {
        for j in 0..<b.columns { for l in 0..<a.columns { c[i, j] += a[i, l] * b[l, j] } }
      }
      return c
    }
    for n in 0..<2 {
      var (m, P, total) = (θ.initialMean, θ.initialCovariance, 0.0)
      for t in x.frameRange(of: n) {
        // One entry at a time would need a diagonal R: all observed ones together.
        let o = (0..<2).filter { !frames[t, $0].isNaN }
        if !o.isEmpty {
          let C = θ.emission.selecting(rows: o)
          var S = product(product(C, P), C.transposed())
          for (a, i) in o.enumerated() { for (b, j) in o.enumerated() { S[a, b] += θ.emissionNoise[i, j] } }
          let factor = Cholesky(S)!
          let e = o.map { i in
            frames[t, i] - θ.offset[i] - (0..<3).reduce(0) { $0 + θ.emission[i, $1] * m[$1] }
          }
          let K = product(product(P, C.transposed()), factor.inverse())
          let white = factor.whitening(Matrix([e])).elements
          total -= 0.5 * (Double(o.count) * Double.log(2 * .pi) + factor.logDeterminant)
          total -= 0.5 * white.reduce(0) { $0 + $1 * $1 }
          for i in 0..<3 { m[i] += zip(K.row(i), e).reduce(0) { $0 + $1.0 * $1.1 } }
          let KCP = product(K, product(C, P))
          for i in 0..<3 { for j in 0..<3 { P[i, j] -= KCP[i, j] } }
        }
        expectAgreement("mean \(t)", posterior.filteredMeans.row(t), m, tolerance: 1e-10)
        expectAgreement("covariance \(t)", posterior.filteredCovariances.row(t), P.elements, tolerance: 1e-10)
        m = (0..<3).map { i in
          (0..<3).reduce(θ.control[i, 0] * (x.controls?[t, 0] ?? 0)) { $0 + θ.transition[i, $1] * m[$1] }
        }
        P = product(product(θ.transition, P), θ.transition.transposed())
        for i in 0..<3 { for j in 0..<3 { P[i, j] += θ.transitionNoise[i, j] } }
      }
      expectAgreement("likelihood", [posterior.logDensity[n]], [total], tolerance: 1e-11)
    }
    // The smoother too: frames in the middle of a long sequence do not depend on its length, but for rounding.
    let shorter = try SequenceBatch(
      frames[rows: 700..<900], lengths: [200], controls: x.controls.map { $0[rows: 700..<900] })
    let ofShorter = try one.model.posterior(of: shorter, at: θ)
    expectAgreement(
      "smoothed", ofShorter.smoothedCovariances.row(60), posterior.smoothedCovariances.row(760),
      tolerance: 1e-11)
    expectAgreement(
      "smoothed", ofShorter.smoothedMeans.row(60), posterior.smoothedMeans.row(760), tolerance: 1e-9)
  }

  /// The θ-step maximises E_q[ln p(x, z | θ)] + ln p(θ), which is linear in the statistics and has the slope of the
  /// evidence where q was taken.
  @Test(arguments: EmissionNoise.allCases, [false, true])
  func maximisation(_ noise: EmissionNoise, _ hasPrior: Bool) throws {
    let one = try StateSpaceCase(
      latent: 2, dimensions: 2, noise: noise, lengths: Array(repeating: 6, count: 12), missing: true, seed: 6)
    let x = one.sequences
    let model = try LinearStateSpace<Double>(
      latent: 2, dimensions: 2, controls: 1, noise: noise, prior: hasPrior ? .scaled(to: x, latent: 2) : nil)
    let ascent = CoordinateAscent(model, threads: 1)
    let s = try ascent.expectation(at: one.parameters, of: x).statistics
    let best = try model.parameters(maximizing: s, threads: 1)
    typealias Change = (inout LinearStateSpaceParameters, Double) -> Void
    // Relative steps for variances.
    var changes: [(String, Change)] = [
      ("m", { $0.initialMean[0] += $1 }), ("P", { $0.initialCovariance[0, 0] *= 1 + $1 }),
      ("A", { $0.transition[0, 1] += $1 }), ("B", { $0.control[1, 0] += $1 }),
      ("Q", { $0.transitionNoise[1, 1] *= 1 + $1 }),
      ("Q", { for (i, j) in [(0, 1), (1, 0)] { $0.transitionNoise[i, j] += $1 } }),
      ("C", { $0.emission[1, 0] += $1 }), ("d", { $0.offset[0] += $1 }),
    ]
    switch noise {
    case .full: changes.append(("R", { for (i, j) in [(0, 1), (1, 0)] { $0.emissionNoise[i, j] += $1 } }))
    case .diagonal: changes.append(("R", { $0.emissionNoise[0, 0] *= 1 + $1 }))
    case .isotropic: changes.append(("R", { for j in 0..<2 { $0.emissionNoise[j, j] *= 1 + $1 } }))
    }
    let h = 1e-4
    func slope(
      at θ: LinearStateSpaceParameters, _ change: Change, _ f: (LinearStateSpaceParameters) throws -> Double
    ) throws -> (slope: Double, rise: Double) {
      let ends = try [h, -h].map { step in
        var θ = θ
        change(&θ, step)
        return try f(θ)
      }
      return ((ends[0] - ends[1]) / (2 * h), Swift.max(ends[0], ends[1]) - (try f(θ)))
    }
    for (name, change) in changes {
      let top = try slope(at: best, change) {
        try model.expectedLogJoint(of: s, at: $0).value - model.oracle(at: $0, threads: 1).parameterKL
      }
      #expect(top.slope.magnitude < 1e-4 && top.rise < 0, "\(name): \(top)")
      let ofJoint = try slope(at: one.parameters, change) { try model.expectedLogJoint(of: s, at: $0).value }
      let ofEvidence = try slope(at: one.parameters, change) {
        try ascent.expectation(at: $0, of: x).bound.evidence
      }
      #expect(
        (ofJoint.slope - ofEvidence.slope).magnitude < 1e-4 * (1 + ofEvidence.slope.magnitude), "\(name)")
    }
    let fixture = ModelFixture(
      name: "\(noise)", model: model, observations: x,
      start: { [θ = one.parameters] (_) throws(InferenceError) in θ }, numbers: StateSpaceCase.numbers)
    try checkLinear(fixture, at: one.parameters, other: best)
  }

  @Test func sampling() throws {
    let one = try StateSpaceCase(latent: 2, dimensions: 2, lengths: [3], seed: 9)
    let u = one.sequences.controls!
    let count = 4000
    let (many, states) = try one.model.sample(
      lengths: Array(repeating: 3, count: count),
      controls: Matrix(rows: 3 * count, columns: 1, elements: (0..<count).flatMap { _ in u.elements }),
      at: one.parameters, using: RandomStream(seed: 12))
    let joint = DenseJoint(one.parameters, frames: 3, controls: u)
    func variable(_ n: Int, _ i: Int) -> Double {
      i < 6 ? states[n * 3 + i / 2, i % 2] : many.frames[n * 3 + (i - 6) / 2, i % 2]
    }
    for i in 0..<12 {
      #expect(MonteCarloMean((0..<count).map { variable($0, i) }).agrees(with: joint.mean[i]), "\(i)")
      for j in 0...i {
        let products = (0..<count).map {
          (variable($0, i) - joint.mean[i]) * (variable($0, j) - joint.mean[j])
        }
        #expect(MonteCarloMean(products).agrees(with: joint.covariance[i, j]), "\(i), \(j)")
      }
    }
  }

  @Test func badInput() throws {
    let one = try StateSpaceCase()
    let θ = one.parameters
    let x = one.sequences
    let bare = try SequenceBatch(x.frames, lengths: x.lengths)
    #expect(throws: InferenceError.self) { try one.model.logDensity(of: bare, at: θ) }
    #expect(throws: InferenceError.self) {
      try one.model.initialParameters(for: bare, using: RandomStream(seed: 1))
    }
    let wide = try SequenceBatch(
      Matrix<Double>(rows: 2, columns: 4), lengths: [2], controls: Matrix(rows: 2, columns: 1))
    #expect(throws: InferenceError.wrongWidth(expected: 3, actual: 4)) {
      try one.model.posterior(of: wide, at: θ)
    }
    // A horizon beyond the controls, and none at all.
    let future = (0..<x.count).map { _ in Matrix<Double>(rows: 2, columns: 1) }
    _ = try one.model.forecast(x, horizon: 3, controls: future, at: θ)
    #expect(
      throws: InferenceError.invalidParameter(
        name: "horizon", value: "4", requirement: "at most 3, as far as the controls of sequence 1 go")
    ) { try one.model.forecast(x, horizon: 4, controls: future, at: θ) }
    #expect(throws: InferenceError.self) { try one.model.forecast(x, horizon: 4, at: θ) }
    _ = try one.model.forecast(x, horizon: 1, at: θ)
    #expect(throws: InferenceError.self) { try one.model.forecast(x, horizon: 0, at: θ) }
    var frames = x.frames
    frames[6, 0] = .infinity
    let infinite = try SequenceBatch(frames, lengths: x.lengths, controls: x.controls)
    #expect(throws: InferenceError.notFinite(quantity: "density", row: 2)) {
      try CoordinateAscent(one.model).expectation(at: θ, of: infinite)
    }
    var singular = θ
    singular.emissionNoise = Matrix(rows: 3, columns: 3)
    #expect(throws: InferenceError.notPositiveDefinite("the emission noise")) {
      try one.model.logDensity(of: x, at: singular)
    }
    let constant = try SequenceBatch(
      Matrix<Double>(rows: 5, columns: 3, repeating: 2), lengths: [5], controls: Matrix(rows: 5, columns: 1))
    #expect(throws: InferenceError.noVariation) {
      try one.model.initialParameters(for: constant, using: RandomStream(seed: 1))
    }
  }
}
