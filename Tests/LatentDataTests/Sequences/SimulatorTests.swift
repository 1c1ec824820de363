import LatentData
import LatentNumerics
import LatentTestSupport
import Testing

@Suite struct SimulatorTests {
  // MARK: Pendulum

  @Test func pendulumKeepsItsEnergy() {
    var free = Pendulum()
    free.friction = 0
    var state = Pendulum.State(angle: 0.3, velocity: -1)
    let energy = free.energy(of: state)
    for _ in 0..<500 {
      state = free.advanced(state, torque: 0)
      #expect((free.energy(of: state) - energy).magnitude < 1e-3)
    }
    // With friction it loses some in every frame, and in the end hangs down.
    let damped = Pendulum()
    var last = damped.energy(of: state)
    for _ in 0..<600 {
      state = damped.advanced(state, torque: 0)
      #expect(damped.energy(of: state) <= last + 1e-9)
      last = damped.energy(of: state)
    }
    #expect((last + 9.81).magnitude < 1e-6 && state.velocity.magnitude < 1e-3)
  }

  /// Small swings about the lowest point, θ̈ = −μ θ̇ − g θ, and where a torque holds it.
  @Test func pendulumFollowsItsEquation() {
    let pendulum = Pendulum()
    let a = 1e-4
    var state = Pendulum.State(angle: .pi + a, velocity: 0)
    let (decay, ω) = (0.25, (9.81 - 0.0625).squareRoot())
    for t in 1...50 {
      state = pendulum.advanced(state, torque: 0)
      let time = 0.1 * Double(t)
      let θ = a * Double.exp(-decay * time) * (Double.cos(ω * time) + decay / ω * Double.sin(ω * time))
      #expect((state.angle - .pi - θ).magnitude < 1e-4 * a)
    }
    let held = Pendulum.State(angle: 0.5, velocity: 0)
    let still = pendulum.advanced(held, torque: -9.81 * Double.sin(0.5))
    #expect((still.angle - 0.5).magnitude < 1e-12 && still.velocity.magnitude < 1e-12)
    // Half the steps: an error sixteen times as large would still be small.
    var coarse = pendulum
    coarse.substeps = 5
    let start = Pendulum.State(angle: 2, velocity: 6)
    let (one, other) = (pendulum.advanced(start, torque: 8), coarse.advanced(start, torque: 8))
    #expect((one.angle - other.angle).magnitude < 1e-6 && (one.velocity - other.velocity).magnitude < 1e-5)
  }

  @Test func pendulumImages() {
    let pendulum = Pendulum()
    for angle in [0.0, 1, 2.5, -1.2] {
      let image = pendulum.image(of: .init(angle: angle, velocity: 3))
      #expect(image.count == 256 && image.allSatisfy { (0...1).contains($0) } && image.max()! > 0.8)
      let total = image.reduce(0, +)
      var (x, y) = (0.0, 0.0)
      for row in 0..<16 {
        for column in 0..<16 {
          x += image[row * 16 + column] * (Double(column) - 7.5) / total
          y += image[row * 16 + column] * (7.5 - Double(row)) / total
        }
      }
      // The blob's tail is cut at the border.
      #expect((x - 5 * Double.sin(angle)).magnitude < 0.2 && (y - 5 * Double.cos(angle)).magnitude < 0.2)
    }
    // Upright is up.
    let upright = pendulum.image(of: .init(angle: 0, velocity: 0))
    #expect(upright[0..<128].reduce(0, +) > 100 * upright[128...].reduce(0, +))
  }

  @Test func pendulumSequences() throws {
    let pendulum = Pendulum()
    let table: SequenceTable<Double> = try pendulum.sequences(400, frames: 6, using: RandomStream(seed: 3))
    #expect(table.count == 400 && table.frames.columns == 256 && table.imageShape?.height == 16)
    #expect(table.truthNames == ["sin", "cos", "velocity"] && table.controlNames == ["torque"])
    let (truth, controls) = (table.truth!, table.controls!)
    for n in 0..<400 {
      for t in 0..<5 {
        let row = n * 6 + t
        let state = Pendulum.State(angle: .atan2(y: truth[row, 0], x: truth[row, 1]), velocity: truth[row, 2])
        let next = pendulum.advanced(state, torque: controls[row, 0])
        #expect((Double.sin(next.angle) - truth[row + 1, 0]).magnitude < 1e-9)
        #expect((next.velocity - truth[row + 1, 2]).magnitude < 1e-9)
      }
    }
    for n in 0..<4 {
      let angle = Double.atan2(y: truth[n * 6, 0], x: truth[n * 6, 1])
      let image = pendulum.image(of: .init(angle: angle, velocity: 0))
      #expect(zip(table.frames.row(n * 6), image).allSatisfy { ($0 - $1).magnitude < 1e-12 })
    }
    let torques = controls.elements
    #expect(MonteCarloMean(torques).agrees(with: 0))
    #expect(MonteCarloMean(torques.map { $0 * $0 }).agrees(with: 100.0 / 3))
    let starts = (0..<400).map { $0 * 6 }
    #expect(MonteCarloMean(starts.map { truth[$0, 0] * truth[$0, 0] }).agrees(with: 0.5))
    #expect(MonteCarloMean(starts.map { truth[$0, 2] * truth[$0, 2] }).agrees(with: 7.2 * 7.2 / 3))
    // The first ones, whatever comes after; another seed, others.
    let few: SequenceTable<Double> = try pendulum.sequences(3, frames: 6, using: RandomStream(seed: 3))
    #expect(few.frames == table.frames[rows: 0..<18] && few.controls == controls[rows: 0..<18])
    let other: SequenceTable<Double> = try pendulum.sequences(3, frames: 6, using: RandomStream(seed: 4))
    #expect(other.frames != few.frames)
    let single: SequenceTable<Float> = try pendulum.sequences(3, frames: 6, using: RandomStream(seed: 3))
    #expect((single.frames[5, 100] - Float(few.frames[5, 100])).magnitude < 1e-4)
  }

  // MARK: Balls

  @Test(arguments: [1, 2, 4]) func balls(_ count: Int) {
    let box = BouncingBalls(balls: count)
    var stream = RandomStream(seed: 5)
    var state = box.start(using: &stream)
    let energy = box.energy(of: state)
    #expect((energy - 0.5 * Double(count) * 0.07 * 0.07).magnitude < 1e-15)
    var turns = 0
    for _ in 0..<2000 {
      let next = box.advanced(state)
      #expect((box.energy(of: next) - energy).magnitude < 1e-12)
      #expect(next.allSatisfy { (0.12...0.88).contains($0.x) && (0.12...0.88).contains($0.y) })
      if count > 1 {
        let (dx, dy) = (next[0].x - next[1].x, next[0].y - next[1].y)
        // They overlap by no more than they move in a step.
        #expect((dx * dx + dy * dy).squareRoot() > 0.24 - 0.07 * 2 / 20 * 4)
      }
      turns += next[0].velocityX == state[0].velocityX ? 0 : 1
      state = next
    }
    #expect(turns > 20)
  }

  /// A ball that meets one at rest head-on hands over its velocity; obliquely, momentum stays.
  @Test func collision() {
    let box = BouncingBalls(balls: 2)
    var state = [
      BouncingBalls.Ball(x: 0.3, y: 0.5, velocityX: 0.05, velocityY: 0),
      BouncingBalls.Ball(x: 0.6, y: 0.5, velocityX: 0, velocityY: 0),
    ]
    for _ in 0..<3 { state = box.advanced(state) }
    #expect(state[0].velocityX.magnitude < 1e-15 && (state[1].velocityX - 0.05).magnitude < 1e-15)
    state = [
      BouncingBalls.Ball(x: 0.3, y: 0.45, velocityX: 0.05, velocityY: 0.01),
      BouncingBalls.Ball(x: 0.6, y: 0.55, velocityX: -0.02, velocityY: 0),
    ]
    for _ in 0..<3 { state = box.advanced(state) }
    #expect(state[0].velocityY != 0.01)
    #expect((state[0].velocityX + state[1].velocityX - 0.03).magnitude < 1e-15)
    #expect((state[0].velocityY + state[1].velocityY - 0.01).magnitude < 1e-15)
  }

  @Test func ballSequences() throws {
    let table: SequenceTable<Double> = try Simulation.bouncingBalls.sequences(
      5, frames: 30, using: RandomStream(seed: 1))
    #expect(table.frames.columns == 400 && table.truthNames?.count == 8 && table.truthNames?[4] == "x2")
    let truth = table.truth!
    // Images show the places: the brightest pixel is at one of the balls.
    for row in 0..<150 {
      let image = table.frames.row(row)
      let best = image.indices.max { image[$0] < image[$1] }!
      let near = [0, 4].contains { ball in
        (Double(best % 20) - 19 * truth[row, ball]).magnitude <= 0.51
          && (Double(best / 20) - 19 * truth[row, ball + 1]).magnitude <= 0.51
      }
      #expect(near)
    }
  }

  // MARK: Linear Gaussian, Markov chain

  @Test func linearGaussian() throws {
    let system = LinearGaussianSystem()
    let table: SequenceTable<Double> = try system.sequences(200, frames: 50, using: RandomStream(seed: 2))
    let (x, z, u) = (table.frames, table.truth!, table.controls!)
    var (ofStates, ofFrames): ([Double], [Double]) = ([], [])
    let (A, C) = (system.transition, system.emission)
    for n in 0..<200 {
      for t in 0..<49 {
        let row = n * 50 + t
        ofStates.append(z[row + 1, 1] - A[1, 0] * z[row, 0] - A[1, 1] * z[row, 1] - 0.5 * u[row, 0])
        ofStates.append(z[row + 1, 0] - A[0, 0] * z[row, 0] - A[0, 1] * z[row, 1])
        ofFrames.append(x[row, 3] - C[3, 0] * z[row, 0] - C[3, 1] * z[row, 1])
      }
    }
    for (noise, deviation) in [(ofStates, 0.2), (ofFrames, 0.3)] {
      #expect(MonteCarloMean(noise).agrees(with: 0))
      #expect(MonteCarloMean(noise.map { $0 * $0 }).agrees(with: deviation * deviation))
    }
    // Rotation and decay: det A = ρ².
    #expect((A[0, 0] * A[1, 1] - A[0, 1] * A[1, 0] - 0.95 * 0.95).magnitude < 1e-12)
  }

  @Test func markovChain() throws {
    let chain = MarkovChain()
    let table: SequenceTable<Double> = try chain.sequences(300, frames: 40, using: RandomStream(seed: 6))
    let states = table.truth!.elements.map { Int($0) }
    #expect((0..<5).allSatisfy { abs(chain.transitions.row($0).reduce(0, +) - 1) < 1e-12 })
    for j in 0..<5 {
      let next = (0..<300).flatMap { n in
        (n * 40..<n * 40 + 39).filter { states[$0] == j }.map { states[$0 + 1] }
      }
      for k in 0..<5 {
        #expect(MonteCarloMean(next.map { $0 == k ? 1 : 0 }).agrees(with: chain.transitions[j, k]))
      }
      let rows = states.indices.filter { states[$0] == j }
      for c in 0..<2 {
        let noise = rows.map { table.frames[$0, c] - chain.centres[j, c] }
        #expect(MonteCarloMean(noise).agrees(with: 0))
        #expect(MonteCarloMean(noise.map { $0 * $0 }).agrees(with: 0.25))
      }
    }
    let starts = (0..<300).map { states[$0 * 40] == 2 ? 1.0 : 0 }
    #expect(MonteCarloMean(starts).agrees(with: 0.2))
  }

  @Test(arguments: Simulation.allCases) func byName(_ simulation: Simulation) throws {
    let a: SequenceTable<Double> = try simulation.sequences(4, frames: 7, using: RandomStream(seed: 1))
    let b: SequenceTable<Double> = try simulation.sequences(2, frames: 7, using: RandomStream(seed: 1))
    #expect(a.source == simulation.rawValue && a.lengths == [7, 7, 7, 7])
    #expect(a.frames[rows: 0..<14] == b.frames && a.truth?[rows: 0..<14] == b.truth)
    #expect(a.frames.elements.allSatisfy { $0.isFinite })
  }

  // MARK: Settings

  /// Every setting that cannot be is refused by its name, before anything is computed.
  @Test func settings() throws {
    func refused<Simulator>(
      _ name: String, _ simulator: Simulator, _ run: (Simulator) throws(DataError) -> Void,
      _ change: (inout Simulator) -> Void
    ) throws {
      try run(simulator)
      var changed = simulator
      change(&changed)
      do throws(DataError) {
        try run(changed)
        Issue.record("\(name) went through")
      } catch {
        guard case .invalidSetting(_, name, _, _) = error else {
          Issue.record("\(name): \(error)")
          return
        }
      }
    }
    func pendulum(_ name: String, _ change: (inout Pendulum) -> Void) throws {
      try refused(
        name, Pendulum(),
        { (p) throws(DataError) in
          _ = try p.sequences(1, frames: 2, using: RandomStream(seed: 1), as: Double.self)
        }, change)
    }
    try pendulum("mass") { $0.mass = 0 }
    try pendulum("length") { $0.length = -1 }
    try pendulum("interval") { $0.interval = .nan }
    try pendulum("friction") { $0.friction = -0.1 }
    try pendulum("gravity") { $0.gravity = .infinity }
    try pendulum("number of substeps") { $0.substeps = 0 }
    try pendulum("size of the images") { $0.imageSize = -4 }
    try pendulum("size of the images") { $0.imageSize = .max }
    try pendulum("standard deviation of the blob") { $0.blobDeviation = 0 }
    try pendulum("largest torque") { $0.largestTorque = -1 }
    try pendulum("largest velocity") { $0.largestVelocity = .infinity }
    func balls(_ name: String, _ change: (inout BouncingBalls) -> Void) throws {
      try refused(
        name, BouncingBalls(balls: 2),
        { (b) throws(DataError) in
          _ = try b.sequences(1, frames: 2, using: RandomStream(seed: 1), as: Double.self)
        }, change)
    }
    try balls("number of balls") { $0.balls = 0 }
    try balls("number of balls") { $0.balls = 9 }
    try balls("radius") { $0.radius = 0.3 }
    try balls("radius") { $0.radius = .nan }
    try balls("speed") { $0.speed = 3 }
    try balls("number of substeps") { $0.substeps = 0 }
    // As large as they may be, they find room.
    for count in 1...8 {
      var box = BouncingBalls(balls: count)
      box.radius = (0.37 / Double.pi / Double(count)).squareRoot() * 0.999
      let table: SequenceTable<Float> = try box.sequences(20, frames: 1, using: RandomStream(seed: 1))
      #expect(table.frames.rows == 20)
    }
    func linear(_ name: String, _ change: (inout LinearGaussianSystem) -> Void) throws {
      try refused(
        name, LinearGaussianSystem(),
        { (s) throws(DataError) in
          _ = try s.sequences(1, frames: 2, using: RandomStream(seed: 1), as: Double.self)
        }, change)
    }
    try linear("decay") { $0.decay = .nan }
    try linear("number of columns") { $0.columns = 0 }
    try linear("noise of the states") { $0.stateNoise = -1 }
    func chain(_ name: String, _ change: (inout MarkovChain) -> Void) throws {
      try refused(
        name, MarkovChain(),
        { (c) throws(DataError) in
          _ = try c.sequences(1, frames: 2, using: RandomStream(seed: 1), as: Double.self)
        }, change)
    }
    try chain("number of states") { $0.states = 2 }
    try chain("probability of staying") { $0.persistence = 1.1 }
    try chain("noise of the frames") { $0.noise = -.infinity }
    for simulation in Simulation.allCases {
      for (count, frames) in [(0, 5), (5, 0), (-1, -1), (.max / 2, 4), (1 << 40, 1 << 40)] {
        do throws(DataError) {
          let _: SequenceTable<Double> = try simulation.sequences(
            count, frames: frames, using: RandomStream(seed: 1))
          Issue.record("\(simulation): \(count) of \(frames) went through")
        } catch {
          guard case .invalidSetting = error else {
            Issue.record("\(error)")
            continue
          }
        }
      }
    }
  }
}
