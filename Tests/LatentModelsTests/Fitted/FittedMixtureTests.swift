import LatentEvidence
import LatentFiles
import LatentModels
import LatentNumerics
import Testing

@Suite struct FittedMixtureTests {
  static func fitted(_ covariance: CovarianceStructure) throws -> FittedMixture<GaussianEmission<Double>> {
    var stream = RandomStream(seed: 4)
    let x = Matrix<Double>(rows: 60, columns: 4, elements: (0..<240).map { _ in stream.normal() })
    let prior = try GaussianPrior.scaled(to: Rows(x), components: 3, covariance: covariance)
    let model = try GaussianMixture<Double>(
      components: 3, dimensions: 4, covariance: covariance, prior: prior)
    let θ = try model.initialParameters(for: Rows(x), using: stream)
    return FittedMixture(
      model: model, parameters: θ,
      description: FitDescription(
        model: "gmm", components: 3, dimensions: 4, covariance: covariance, prior: "niw",
        columnNames: ["a", "b", "größe", "d"], image: .init(height: 2, width: 2),
        standardization: Standardization(means: [1, 2, 3, 4], scales: [0.1, 1, 2, 1e-9]),
        binarization: nil, seed: .max, precision: "double", observations: 60,
        bound: Bound(reconstruction: -1.25, latentKL: 0.1, parameterKL: 1 / 3, count: 60), iterations: 7,
        outcome: .converged, freeParameters: model.freeParameters))
  }

  @Test(arguments: CovarianceStructure.allCases)
  func isReadAsItWasWritten(_ covariance: CovarianceStructure) throws {
    let model = try Self.fitted(covariance)
    let bytes = try model.archive().encoded()
    let read = try FittedMixture<GaussianEmission<Double>>(from: Archive(decoding: bytes))
    #expect(read == model)
    #expect(try read.archive().encoded() == bytes)
  }

  /// What a file says is believed only where its parts belong together; whatever is accepted can be used.
  @Test(arguments: CovarianceStructure.allCases)
  func contentsThatDoNotFitAreRefused(_ covariance: CovarianceStructure) throws {
    let original = try Self.fitted(covariance).archive()
    let row = Matrix<Double>(rows: 1, columns: 4)
    var stream = RandomStream(seed: 8)
    var (accepted, refused) = (0, 0)
    for _ in 0..<2_500 {
      let archive = Self.damaged(original, using: &stream)
      do throws(FileError) {
        let model = try FittedMixture<GaussianEmission<Double>>(from: archive)
        accepted += 1
        _ = try? model.model.logDensity(of: Rows(row), at: model.parameters, threads: 1)
        _ = try? model.model.sample(2, at: model.parameters, using: stream)
        _ = model.description.standardization?.applied(to: row)
      } catch {
        refused += 1
      }
    }
    #expect(refused > 1_000)
    #expect(accepted + refused == 2_500)
  }

  /// Statistics of another model are no memory of this one: refused, where the next step would have stopped the program.
  @Test func statisticsOfAnotherModelAreRefused() throws {
    let one = try Self.fitted(.full)
    var stream = RandomStream(seed: 4)
    func statistics(_ covariance: CovarianceStructure, _ D: Int, _ K: Int) throws -> GaussianStatistics {
      let case_ = MixtureCase(covariance: covariance, dimensions: D, components: K)
      let model = try GaussianMixture<Double>(components: K, dimensions: D, covariance: covariance)
      return try model.oracle(at: case_.parameters, threads: 1).zero
    }
    func read(_ statistics: GaussianStatistics) throws {
      var kept = one
      kept.memory = .init(statistics: statistics, evidence: -3)
      _ = try FittedMixture<GaussianEmission<Double>>(from: Archive(decoding: kept.archive().encoded()))
    }
    #expect(throws: Never.self) { try read(statistics(.full, 4, 3)) }
    for (covariance, D, K) in [
      (CovarianceStructure.full, 3, 3), (.tied, 4, 3), (.diagonal, 4, 3), (.full, 4, 2),
    ] {
      #expect(throws: FileError.self) { try read(statistics(covariance, D, K)) }
    }
    // Every family knows its own from others.
    let bernoulli = VariationalBernoulliEmission<Double>(dimensions: 3)
    #expect(bernoulli.accepts(BernoulliStatistics(components: 2, dimensions: 3)))
    #expect(!bernoulli.accepts(BernoulliStatistics(components: 2, dimensions: 4)))
    let categorical = try CategoricalEmission<Double>(columns: CategoricalColumns(levels: [2, 3]))
    #expect(categorical.accepts(CategoricalStatistics(components: 2, categories: 5)))
    #expect(!categorical.accepts(CategoricalStatistics(components: 2, categories: 6)))
    let factors = try FactorAnalyserEmission<Double>(dimensions: 4, factors: 2)
    #expect(factors.accepts(FactorStatistics(origins: Matrix(rows: 2, columns: 4), factors: 2)))
    #expect(!factors.accepts(FactorStatistics(origins: Matrix(rows: 2, columns: 4), factors: 1)))
    #expect(!factors.accepts(FactorStatistics(origins: Matrix(rows: 2, columns: 5), factors: 2)))
    let x = Rows(Matrix<Double>(rows: 30, columns: 4, elements: (0..<120).map { _ in stream.normal() }))
    let variational = try VariationalFactorEmission<Double>(factors: 2, prior: .scaled(to: x))
    #expect(!variational.accepts(FactorStatistics(origins: Matrix(rows: 2, columns: 4), factors: 2)))
  }

  private static func damaged(_ original: Archive, using stream: inout RandomStream) -> Archive {
    var configuration = Array(original.configuration.utf8)
    let isTextDamaged = stream.integer(below: 2) == 0
    if isTextDamaged {
      for _ in 0...stream.integer(below: 3) {
        let digits = configuration.indices.filter { (48...57).contains(configuration[$0]) }
        let at =
          stream.integer(below: 2) == 0
          ? digits[stream.integer(below: digits.count)] : stream.integer(below: configuration.count)
        configuration[at] = Array("0123456789-e.[]{}\",ntf".utf8)[stream.integer(below: 22)]
      }
    }
    var archive = Archive(kind: original.kind, configuration: String(decoding: configuration, as: UTF8.self))
    let victim = isTextDamaged ? "" : original.names[stream.integer(below: original.names.count)]
    for (name, tensor) in original.tensors {
      guard name == victim, var values = tensor.elements(Double.self) else {
        archive.set(name, tensor)
        continue
      }
      switch stream.integer(below: 4) {
      case 0: continue
      case 1: archive.set(name, Tensor(shape: [values.count], elements: values))
      case 2:
        values.append(1)
        archive.set(name, Tensor(shape: [values.count], elements: values))
      default:
        let odd = [Double.nan, .infinity, -1, 0, 1e308, -1e308, .leastNonzeroMagnitude, 2]
        values[stream.integer(below: values.count)] = odd[stream.integer(below: odd.count)]
        archive.set(name, Tensor(shape: tensor.shape, elements: values))
      }
    }
    return archive
  }
}
