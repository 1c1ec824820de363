import LatentModels
import LatentNumerics
import LatentTestSupport
import Testing

@Suite struct InformationCriteriaTests {
  /// mclust's table has both the likelihood and −BIC, of which R's sign is the other.
  @Test(arguments: MclustTableTests.table) func bicOfMclust(_ entry: MclustTableTests.Entry) throws {
    let x = try MclustTableTests.data(entry.data)
    let model = try GaussianMixture<Double>(
      components: entry.components, dimensions: x.columns, covariance: entry.covariance)
    let criteria = InformationCriteria(
      logLikelihood: entry.logLikelihood, freeParameters: model.freeParameters,
      observations: Double(x.rows), entropy: 2.5)
    #expect((criteria.bic + entry.criterion).magnitude < 1e-5, "\(criteria.bic), mclust −\(entry.criterion)")
    #expect((criteria.icl - criteria.bic - 5).magnitude < 1e-9)
  }

  /// By hand: ln L = −100, 7 parameters, e⁴ rows.
  @Test func byHand() {
    let criteria = InformationCriteria(
      logLikelihood: -100, freeParameters: 7, observations: Double.exp(4), entropy: 1.5)
    #expect(criteria.aic == 214 && (criteria.bic - 228).magnitude < 1e-12)
    #expect((criteria.icl - 231).magnitude < 1e-12)
    // Overlap counts against a model, as more parameters do: smaller is better for each.
    let worse = InformationCriteria(
      logLikelihood: -101, freeParameters: 8, observations: Double.exp(4), entropy: 2)
    #expect(worse.aic > criteria.aic && worse.bic > criteria.bic && worse.icl > criteria.icl)
  }
}
