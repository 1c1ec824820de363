import LatentReport
import Testing

@Suite struct StrokeFontTests {
  @Test func whatStatisticsNeedIsDrawn() {
    let ascii = (33...126).compactMap { Unicode.Scalar($0).map(Character.init) }
    let others =
      "αβγδεζηθικλμνξοπρςστυφχψωΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ−×÷±·•°≤≥≠≈∞√∑∏∫∂∇∈→←↑↓…–—‘’“”‖"
      + "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ₀₁₂₃₄₅₆₇₈₉ₖₙᵢⱼµ∆ℒ𝒩½äöüÄÖÜßéèêëçñøåÅłęșíîï"
    for character in ascii + others { #expect(StrokeFont.draws(character), "\(character)") }
    for character in ["x̂", "x̄", "z̃", "μ̂", "Σ̂"] as [Character] { #expect(StrokeFont.draws(character)) }
    #expect(StrokeFont.draws(" ") && StrokeFont.draws("\u{A0}") && StrokeFont.draws("\u{2009}"))
  }

  @Test func whatIsUnknownTakesTheRoomOfItsBox() {
    let font = StrokeFont(size: 12)
    for character in ["🙂", "漢", "👩‍👩‍👧", "ש"] as [Character] {
      #expect(!StrokeFont.draws(character))
      #expect(font.width(of: String(character)) == font.width(of: "🙂"))
    }
    #expect(font.width(of: "🙂") > 4)
  }

  @Test func widths() {
    let font = StrokeFont(size: 12)
    #expect(font.width(of: "") == 0)
    #expect(abs(font.width(of: "ab") - font.width(of: "a") - font.width(of: "b")) < 1e-12)
    #expect(abs(StrokeFont(size: 24).width(of: "latent") - 2 * font.width(of: "latent")) < 1e-9)
    #expect(StrokeFont(size: 12, weight: .bold).width(of: "latent") > font.width(of: "latent"))
    // Figures are equally wide, so that columns of them line up.
    #expect(Set("0123456789".map { font.width(of: String($0)) }).count == 1)
    #expect(font.width(of: "é") == font.width(of: "e") && font.width(of: "²") < font.width(of: "2"))
  }

  @Test func shortening() {
    let font = StrokeFont(size: 12)
    #expect(font.shortened("latent", to: 1000) == "latent")
    #expect(font.shortened("", to: 0) == "")
    let long = String(repeating: "latent 🙂 ", count: 1000)
    let short = font.shortened(long, to: 200)
    #expect(short.hasSuffix("…") && long.hasPrefix(short.dropLast()))
    #expect(font.width(of: short) <= 200 && font.width(of: short) > 170)
    #expect(font.shortened("latent", to: 3) == "…")
    let exact = font.width(of: "latent")
    #expect(font.shortened("latent", to: exact + 1e-9) == "latent")
  }
}
