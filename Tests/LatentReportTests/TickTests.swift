import LatentNumerics
import LatentReport
import Testing

@Suite struct TickTests {
  /// Expectations written by hand.
  @Test(arguments: [
    (0.0...1, 5, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
    (0...1, 2, ["0.0", "0.5", "1.0"]),
    (0...1, 1, ["0", "1"]),
    (0.05...0.95, 4, ["0.2", "0.4", "0.6", "0.8"]),
    (-1...1, 4, ["−1.0", "−0.5", "0.0", "0.5", "1.0"]),
    (-7...23, 6, ["−5", "0", "5", "10", "15", "20"]),
    (9800...11_200, 3, ["10,000", "10,500", "11,000"]),
    (9500...10_500, 2, ["9,500", "10,000", "10,500"]),
    (1000...3000, 2, ["1000", "2000", "3000"]),
    (0...900_000, 3, ["0", "500,000"]),
    (0...2_000_000, 4, ["0", "0.5M", "1.0M", "1.5M", "2.0M"]),
    (-40_000_000 ... -10_000_000, 3, ["−40M", "−30M", "−20M", "−10M"]),
    (
      -1_234_567.25 ... -1_234_567.05, 4,
      ["−1,234,567.25", "−1,234,567.20", "−1,234,567.15", "−1,234,567.10", "−1,234,567.05"]
    ),
    (0...3e9, 3, ["0", "1×10⁹", "2×10⁹", "3×10⁹"]),
    (0...1e-8, 2, ["0", "0.5×10⁻⁸", "1.0×10⁻⁸"]),
    (0...3e-6, 3, ["0.000000", "0.000001", "0.000002", "0.000003"]),
    (0.9e-300...1.1e-300, 2, ["0.9×10⁻³⁰⁰", "1.0×10⁻³⁰⁰", "1.1×10⁻³⁰⁰"]),
    (-1e308...1e308, 2, ["−1×10³⁰⁸", "0", "1×10³⁰⁸"]),
    (-1.7e308...1.7e308, 4, ["−1×10³⁰⁸", "0", "1×10³⁰⁸"]),
    (-1e-306...1e-306, 2, ["−1×10⁻³⁰⁶", "0", "1×10⁻³⁰⁶"]),
  ])
  func linear(range: ClosedRange<Double>, most: Int, labels: [String]) {
    #expect(Ticks.linear(range, most: most).marks.map(\.label) == labels)
  }

  @Test func ticksAreTheNumbersTheirLabelsSay() {
    #expect(Ticks.linear(0...0.5, most: 5).marks.map(\.value) == [0, 0.1, 0.2, 0.3, 0.4, 0.5])
    #expect(Ticks.linear(1e22...5e22, most: 4).marks.map(\.value) == [1e22, 2e22, 3e22, 4e22, 5e22])
  }

  @Test(arguments: [
    (0.96...10.4, 20, ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"]),
    (0.96...10.4, 5, ["2", "4", "6", "8", "10"]),
    (2...4, 20, ["2", "3", "4"]),
    (0.4...0.6, 5, []),
  ])
  func wholeNumbersOnly(range: ClosedRange<Double>, most: Int, labels: [String]) {
    #expect(Ticks.linear(range, most: most, whole: true).marks.map(\.label) == labels)
  }

  @Test(arguments: [
    (1.0...1000, 5, ["1", "10", "100", "1000"]),
    (0.01...10_000, 8, ["0.01", "0.1", "1", "10", "100", "1000", "10,000"]),
    (1e-6...1e2, 4, ["10⁻⁶", "10⁻⁴", "10⁻²", "10⁰", "10²"]),
    (20...300, 6, ["20", "50", "100", "200"]),
    (1...10, 5, ["1", "2", "5", "10"]),
    (2...3, 4, ["2.0", "2.5", "3.0"]),
    (1e-300...1e300, 3, ["10⁻³⁰⁰", "10⁰", "10³⁰⁰"]),
  ])
  func logarithmic(range: ClosedRange<Double>, most: Int, labels: [String]) {
    let found = Ticks.logarithmic(range, most: most).marks.map(\.label)
    if labels.first == "10⁻³⁰⁰" {
      // 601 decades: every 151st at most, so no more than four marks.
      #expect((2...4).contains(found.count))
    } else {
      #expect(found == labels)
    }
  }

  @Test func minorTicks() {
    #expect(Ticks.logarithmic(1...100, most: 2).minor.isEmpty == false)
    #expect(Ticks.logarithmic(1...1000, most: 4).minor.count == 24)
    #expect(Ticks.logarithmic(1e-6...1e2, most: 4).minor == [1e-5, 1e-3, 1e-1, 1e1])
    #expect(Ticks.linear(0...1, most: 5).minor.isEmpty)
  }

  /// Over a thousand ranges of any size: inside, evenly spaced, neither none nor too many, all told apart.
  @Test func manyRanges() {
    var generator = RandomStream(seed: 7)
    for _ in 0..<1000 {
      let size = Double("1e\(Int.random(in: -290...290, using: &generator))") ?? 1
      let middle = Double.random(in: -3...3, using: &generator) * size
      let width = Double.random(in: 0.001...2, using: &generator) * size
      let most = Int.random(in: 2...10, using: &generator)
      let marks = Ticks.linear(middle - width...middle + width, most: most).marks
      #expect(marks.count <= most + 1)
      #expect(marks.count * 5 >= most - 4)
      #expect(Set(marks.map(\.label)).count == marks.count)
      for mark in marks { #expect(abs(mark.value - middle) <= width * (1 + 1e-6)) }
      for (a, (b, c)) in zip(marks, zip(marks.dropFirst(), marks.dropFirst(2))) {
        #expect(abs((b.value - a.value) - (c.value - b.value)) < 1e-6 * width)
      }
    }
  }

  @Test(arguments: [
    (0.0, "0"), (1, "1"), (-0.25, "−0.25"), (1234.5678, "1235"), (-123_456, "−123,500"), (2_500_000, "2.5M"),
    (1e-300, "1×10⁻³⁰⁰"), (9.9999e9, "1×10¹⁰"), (1.5e300, "1.5×10³⁰⁰"), (.infinity, "inf"),
  ])
  func numbersInProse(value: Double, text: String) {
    #expect(TickValue.rounded(value) == text)
  }
}

@Suite struct ScaleTests {
  @Test func roomAroundTheData() {
    let scale = Scale(around: 0...100)
    #expect(scale.range == -4...104)
    #expect(Scale(around: 0...100, anchor: 0).range == 0...104)
    #expect(Scale(around: nil).range == 0...1)
    #expect(Scale(around: nil, isLogarithmic: true).range == 1...10)
  }

  @Test(arguments: [
    (5.0, 4.5...5.5), (0, -1...1), (-20, -22 ... -18), (1e300, 0.9e300...1.1e300),
    (1e-300, 0.9e-300...1.1e-300),
  ])
  func equalEndsAreSetApart(value: Double, range: ClosedRange<Double>) {
    let found = Scale(around: value...value).range
    #expect(abs(found.lowerBound - range.lowerBound) <= 1e-12 * abs(value))
    #expect(abs(found.upperBound - range.upperBound) <= 1e-12 * abs(value))
    #expect(abs(Scale(value...value).position(of: value) - 0.5) < 1e-9)
  }

  @Test func constantCountsKeepWholeNeighbours() {
    #expect(Scale(around: 3...3, isWhole: true).range == 2...4)
  }

  @Test func noiseOfRoundingIsNotMagnified() {
    let scale = Scale(around: 1...1.0000000000000002)
    #expect(scale.range.lowerBound < 0.95 && scale.range.upperBound > 1.05)
  }

  @Test func positions() {
    #expect(Scale(0...10).position(of: 2.5) == 0.25)
    #expect(Scale(0...10).position(of: -5) == -0.5)
    let large = Double.greatestFiniteMagnitude
    #expect(Scale(-large...large).position(of: 0) == 0.5)
    #expect(Scale(-large...large).position(of: large) == 1)
    #expect(abs(Scale(1...10_000, isLogarithmic: true).position(of: 100) - 0.5) < 1e-15)
    #expect(!Scale(1...10, isLogarithmic: true).admits(0) && !Scale(1...10).admits(.nan))
  }

  @Test(arguments: [-Double.greatestFiniteMagnitude, .greatestFiniteMagnitude, .leastNonzeroMagnitude])
  func theEndsOfTheNumbers(value: Double) {
    let scale = Scale(around: value...value)
    #expect(scale.range.lowerBound < scale.range.upperBound && scale.range.lowerBound.isFinite)
    #expect(!scale.ticks(most: 5).marks.isEmpty)
    #expect(!Scale(around: min(value, 0)...max(value, 0)).ticks(most: 5).marks.isEmpty)
    if value > 0 {
      let log = Scale(around: value...value, isLogarithmic: true)
      #expect(log.range.lowerBound < log.range.upperBound)
      #expect(log.range.upperBound.isFinite)
      _ = log.ticks(most: 5)
    }
  }
}
