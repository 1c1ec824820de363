import Foundation
import LatentModels
import Testing

/// Partitions and scikit-learn's values of them, from Tests/Reference/agreement.py.
struct AgreementCase: Decodable, CustomTestStringConvertible {
  let name: String
  let labels: [Int]
  let clusters: [Int]
  let adjustedRandIndex: Double
  let normalizedMutualInformation: Double
  let majorityAccuracy: Double

  var testDescription: String { name }

  static let all: [AgreementCase] = {
    let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Reference/agreement.json")
    guard let data = try? Data(contentsOf: url) else { return [] }
    return (try? JSONDecoder().decode([AgreementCase].self, from: data)) ?? []
  }()
}

@Suite struct AgreementTests {
  @Test func referenceIsThere() { #expect(AgreementCase.all.count == 10) }

  @Test(arguments: AgreementCase.all)
  func agreesWithScikitLearn(_ reference: AgreementCase) {
    let agreement = Agreement(of: reference.clusters, with: reference.labels)
    #expect(abs(agreement.adjustedRandIndex - reference.adjustedRandIndex) < 1e-12)
    #expect(abs(agreement.normalizedMutualInformation - reference.normalizedMutualInformation) < 1e-12)
    #expect(abs(agreement.majorityAccuracy - reference.majorityAccuracy) < 1e-12)
  }

  @Test func namesDoNotMatter() {
    let labels = ["a", "b", "a", "c", "c", "a"]
    let numbers = Agreement(of: [0, 1, 0, 2, 1, 1], with: labels)
    let renamed = Agreement(of: ["x", "u", "x", "v", "u", "u"], with: labels)
    #expect(numbers == renamed)
  }

  @Test func tableAddsUp() {
    let table = ContingencyTable(labels: [0, 0, 1, 1, 1], clusters: [5, 6, 6, 6, 7])
    #expect(table.counts == [[1, 1, 0], [0, 2, 1]])
    #expect(table.labelTotals == [2, 3])
    #expect(table.clusterTotals == [1, 3, 1])
    #expect(table.total == 5)
  }

  /// A row of weight w counts as w rows.
  @Test func weightsCountAsRows() {
    let (labels, clusters) = (["a", "b", "a", "c", "c", "a"], [0, 1, 0, 2, 1, 1])
    let weights = [2, 0, 1, 3, 1, 2]
    func repeated<T>(_ values: [T]) -> [T] {
      zip(values, weights).flatMap { Array(repeating: $0, count: $1) }
    }
    let weighted = Agreement(of: clusters, with: labels, weights: weights.map(Double.init))
    let long = Agreement(of: repeated(clusters), with: repeated(labels))
    #expect(abs(weighted.adjustedRandIndex - long.adjustedRandIndex) < 1e-12)
    #expect(abs(weighted.normalizedMutualInformation - long.normalizedMutualInformation) < 1e-12)
    #expect(abs(weighted.majorityAccuracy - long.majorityAccuracy) < 1e-12)
    #expect(weighted != Agreement(of: clusters, with: labels))
  }
}
