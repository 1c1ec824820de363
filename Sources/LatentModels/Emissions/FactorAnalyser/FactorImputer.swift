// D dimensions, K components, L factors

public import LatentEvidence
import LatentNumerics

extension FactorAnalyserEmission: ImputingEmission {
  public func imputer(at θ: FactorParameters) throws(InferenceError) -> any EmissionImputer {
    FactorImputer(θ)
  }
}

/// p(x_m | x_o, k): with z | x_o ~ 𝒩(ẑ, M⁻¹), 𝒩(μ_m + W_m ẑ, W_m M⁻¹ W_mᵀ + Ψ_m).
struct FactorImputer: EmissionImputer {
  let θ: FactorParameters
  private let components: [FactorComponent]

  init(_ θ: FactorParameters) {
    self.θ = θ
    components = (0..<θ.components).map { FactorComponent(θ, $0) }
  }

  func conditional(missing: [Int]) throws(InferenceError) -> any ConditionalCells {
    var patterns: [FactorPattern] = []
    for component in components {
      patterns.append(try component.pattern(missing: missing, logWeight: 0))
    }
    return Cells(
      θ: θ, components: components, patterns: patterns, missing: missing,
      observed: FactorPattern.observed(missing: missing, of: θ.dimensions))
  }

  private struct Cells: ConditionalCells {
    let θ: FactorParameters
    let components: [FactorComponent]
    let patterns: [FactorPattern]
    let missing: [Int]
    let observed: [Int]

    /// H⁻ᵀ (u + ε): ẑ, or with standard normal ε a draw of z | x_o.
    private func factors(of row: [Double], component k: Int, noise: [Double]) -> [Double] {
      let (L, V) = (noise.count, components[k].loadings)
      var u = [Double](repeating: 0, count: L)
      for j in observed {
        let y = (row[j] - components[k].mean[j]) * components[k].scales[j]
        for l in 0..<L { u[l] += V[j, l] * y }
      }
      patterns[k].project(&u, rows: 1)
      for l in 0..<L { u[l] += noise[l] }
      var z = u
      patterns[k].mean(of: u, into: &z)
      return z
    }

    /// W_m z + μ_m.
    private func cells(_ z: [Double], component k: Int) -> [Double] {
      missing.map { j in z.indices.reduce(θ.means[k, j]) { $0 + θ.loadings[k][j, $1] * z[$1] } }
    }

    func cells(of row: [Double], component k: Int) -> [CellDistribution] {
      let L = θ.factors
      let means = cells(
        factors(of: row, component: k, noise: Array(repeating: 0, count: L)), component: k)
      let (W, S, ψ) = (θ.loadings[k], patterns[k].covariance, θ.noiseVariances(of: k))
      return zip(missing, means).map { j, mean in
        var variance = ψ[j]
        for a in 0..<L { for b in 0..<L { variance += W[j, a] * S[a, b] * W[j, b] } }
        return .number(mean: mean, variance: variance)
      }
    }

    func draw(of row: [Double], component k: Int, using stream: inout RandomStream) -> [Double] {
      let noise = (0..<θ.factors).map { _ in stream.normal() }
      let means = cells(factors(of: row, component: k, noise: noise), component: k)
      let ψ = θ.noiseVariances(of: k)
      return zip(missing, means).map { j, mean in mean + ψ[j].squareRoot() * stream.normal() }
    }
  }
}
