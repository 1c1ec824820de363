// K states, D columns

public import LatentEvidence
public import LatentFiles
public import LatentNumerics

/// The parameters of a hidden Markov model: of its chain and of its states' densities.
public struct HiddenMarkovParameters<EmissionParameters: LatentModels.EmissionParameters>: Sendable, Equatable
{
  public var chain: ChainParameters
  public var emission: EmissionParameters

  public init(chain: ChainParameters, emission: EmissionParameters) {
    precondition(chain.states == emission.components, "a density for every state")
    self.chain = chain
    self.emission = emission
  }

  /// K.
  public var states: Int { chain.states }
  /// D.
  public var dimensions: Int { emission.dimensions }
}

extension HiddenMarkovParameters: Archivable where EmissionParameters: Archivable {
  public func write(to archive: inout Archive, at path: String) {
    chain.write(to: &archive, at: path)
    emission.write(to: &archive, at: path)
  }

  public init(from archive: Archive, at path: String) throws(FileError) {
    let chain = try ChainParameters(from: archive, at: path)
    let emission = try EmissionParameters(from: archive, at: path)
    guard chain.states == emission.components else { throw archive.invalidValue(path) }
    self.init(chain: chain, emission: emission)
  }
}

/// The expected statistics of a hidden Markov model, with γ[t, k] the probability of state k at frame t.
public struct HiddenMarkovStatistics<EmissionStatistics: LatentModels.EmissionStatistics>:
  SufficientStatistics
{
  /// Those of the frames, with γ for responsibilities. Frames with nothing observed are not among them.
  public var emission: EmissionStatistics
  /// R₁[k] = Σₙ γ[1, k], `[K]`.
  public var initial: [Double]
  /// Ξ[j, k], the expected number of transitions from j to k, `[K, K]`.
  public var transitions: Matrix<Double>

  /// Statistics of no observations, with those of the family.
  init(zero emission: EmissionStatistics, states K: Int) {
    self.emission = emission
    initial = Array(repeating: 0, count: K)
    transitions = Matrix(rows: K, columns: K)
  }

  public var scalarCount: Int { emission.scalarCount + initial.count + transitions.count }

  public static func += (a: inout Self, b: Self) {
    a.emission += b.emission
    for k in a.initial.indices { a.initial[k] += b.initial[k] }
    a.transitions.add(b.transitions)
  }

  public mutating func scale(by factor: Double) {
    emission.scale(by: factor)
    for k in initial.indices { initial[k] *= factor }
    transitions.scale(by: factor)
  }
}
