import Foundation

/// Chromium without a window, driven over the DevTools protocol: opens a page, works it, and reports what it complains of.
///
/// For one test at a time. A suite that uses it says
/// `@Suite(.serialized, .enabled(if: Browser.executable != nil, Browser.whyNot))`.
///
/// - Source: the Chrome DevTools Protocol, https://chromedevtools.github.io/devtools-protocol.
public final class Browser {
  /// The browser that is installed: what `CHROMIUM` names, or the first of the usual names on the path.
  public static let executable: String? = {
    let environment = ProcessInfo.processInfo.environment
    let files = FileManager.default
    if let named = environment["CHROMIUM"] { return files.isExecutableFile(atPath: named) ? named : nil }
    let folders = (environment["PATH"] ?? "").split(separator: ":").map(String.init)
    let names = ["chromium", "chromium-browser", "google-chrome"]
    let places = names.flatMap { name in folders.map { "\($0)/\(name)" } }
    let application = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
    return (places + [application]).first { files.isExecutableFile(atPath: $0) }
  }()

  /// Said where there is none.
  public static let whyNot = "no Chromium: install it or let CHROMIUM name it"

  private let pipe: DevToolsPipe
  private let session: String
  private var address = ""
  private var opened = 0
  private let folder: URL

  /// - Throws: when there is no browser or it does not start.
  public init() throws {
    guard let executable = Self.executable else { throw BrowserError(what: Self.whyNot) }
    pipe = try DevToolsPipe(executable: executable)
    let target = try pipe.call("Target.createTarget", ["url": "about:blank"], session: nil)
    let attached = try pipe.call(
      "Target.attachToTarget", ["targetId": target["targetId"] ?? "", "flatten": true], session: nil)
    session = attached["sessionId"] as? String ?? ""
    folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("latent-page-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for domain in ["Page", "Runtime", "Log", "Network"] { try call("\(domain).enable") }
    try setScreen()
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  @discardableResult
  func call(_ method: String, _ parameters: [String: Any] = [:]) throws -> [String: Any] {
    try pipe.call(method, parameters, session: session)
  }
}

// MARK: - The reader and the page

extension Browser {
  /// What the reader's screen is like, and what the reader prefers.
  public func setScreen(
    width: Int = 1280, height: Int = 900, isDark: Bool = false, prefersLessMotion: Bool = false,
    isPaper: Bool = false
  ) throws {
    try call(
      "Emulation.setDeviceMetricsOverride",
      ["width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600])
    let features = [
      ["name": "prefers-color-scheme", "value": isDark ? "dark" : "light"],
      ["name": "prefers-reduced-motion", "value": prefersLessMotion ? "reduce" : "no-preference"],
    ]
    try call(
      "Emulation.setEmulatedMedia", ["media": isPaper ? "print" : "screen", "features": features])
  }

  /// Whether pages may run scripts.
  public func allowScripts(_ isAllowed: Bool) throws {
    try call("Emulation.setScriptExecutionDisabled", ["value": !isAllowed])
  }

  /// Opens a page from a file of its own and waits until it is loaded; returns the file's path.
  @discardableResult
  public func open(html: String) throws -> String {
    let file = folder.appendingPathComponent("page.html")
    try Data(html.utf8).write(to: file)
    try open(path: file.path)
    return file.path
  }

  /// Opens a file and waits until it is loaded.
  public func open(path: String) throws {
    address = URL(fileURLWithPath: path).absoluteString
    opened = pipe.events.count
    let result = try call("Page.navigate", ["url": address])
    if let error = result["errorText"] as? String { throw BrowserError(what: error) }
    try pipe.wait(for: "Page.loadEventFired", since: opened)
  }

  /// What the page complained of since it was opened, and what it tried to fetch.
  public var problems: [String] {
    get throws {
      // An answer comes after all that was said before.
      try call("Runtime.evaluate", ["expression": "0"])
      return pipe.events.dropFirst(opened).compactMap { event in
        let parameters = event["params"] as? [String: Any] ?? [:]
        switch event["method"] as? String {
        case "Runtime.exceptionThrown":
          let details = parameters["exceptionDetails"] as? [String: Any]
          let exception = details?["exception"] as? [String: Any]
          return "exception: \(exception?["description"] ?? details?["text"] ?? "")"
        case "Runtime.consoleAPICalled": return "console: \(parameters["args"] ?? "")"
        case "Log.entryAdded": return "log: \((parameters["entry"] as? [String: Any])?["text"] ?? "")"
        case "Page.javascriptDialogOpening": return "dialog: \(parameters["message"] ?? "")"
        case "Network.requestWillBeSent":
          let url = (parameters["request"] as? [String: Any])?["url"] as? String ?? ""
          return url == address || url.hasPrefix("data:") ? nil : "request: \(url)"
        default: return nil
        }
      }
    }
  }
}

// MARK: - Looking and acting

extension Browser {
  /// The value of an expression of JavaScript, which may be a promise.
  ///
  /// - Throws: when it throws or is of another type.
  public func evaluate<Value>(_ expression: String, as _: Value.Type = Value.self) throws -> Value {
    let answer = try call(
      "Runtime.evaluate", ["expression": expression, "awaitPromise": true, "returnByValue": true])
    if let details = answer["exceptionDetails"] as? [String: Any] {
      throw BrowserError(
        what: "\(expression): \((details["exception"] as? [String: Any])?["description"] ?? details)")
    }
    let value = (answer["result"] as? [String: Any])?["value"]
    guard let value = value as? Value else {
      throw BrowserError(what: "\(expression) is \(value.map { "\($0)" } ?? "nothing")")
    }
    return value
  }

  /// Runs statements.
  public func run(_ statements: String) throws {
    _ = try evaluate("(() => { \(statements); return true; })()", as: Bool.self)
  }

  /// Waits until a condition in JavaScript holds. A page that is read again meanwhile has no answer for a moment: that is a
  /// no.
  ///
  /// - Throws: when it does not within the time.
  public func wait(until condition: String, seconds: Double = 30) throws {
    let end = Date().addingTimeInterval(seconds)
    while true {
      let failure: String
      do {
        if try evaluate("!!(\(condition))", as: Bool.self) { return }
        failure = "no"
      } catch let error as BrowserError {
        failure = error.what
      }
      guard Date() < end else { throw BrowserError(what: "still not: \(condition): \(failure)") }
      usleep(30_000)
    }
  }

  /// Presses a key, such as `ArrowLeft`, `Enter`, `Tab`, or a space.
  public func press(_ key: String) throws {
    let codes = [
      "Tab": 9, "Enter": 13, "Escape": 27, " ": 32, "End": 35, "Home": 36, "ArrowLeft": 37, "ArrowUp": 38,
      "ArrowRight": 39, "ArrowDown": 40, "+": 187, "-": 189,
    ]
    let text = key == "Enter" ? "\r" : key.count == 1 ? key : ""
    var event: [String: Any] = [
      "type": text.isEmpty ? "rawKeyDown" : "keyDown", "key": key, "code": key == " " ? "Space" : key,
      "windowsVirtualKeyCode": codes[key] ?? 0,
    ]
    if !text.isEmpty { event["text"] = text }
    try call("Input.dispatchKeyEvent", event)
    event["type"] = "keyUp"
    event["text"] = nil
    try call("Input.dispatchKeyEvent", event)
  }

  /// Moves the pointer to a place in the window.
  public func movePointer(to x: Double, _ y: Double, isPressed: Bool = false) throws {
    try call(
      "Input.dispatchMouseEvent",
      [
        "type": "mouseMoved", "x": x, "y": y, "buttons": isPressed ? 1 : 0,
        "button": isPressed ? "left" : "none",
      ])
  }

  /// Presses or releases the pointer's button.
  public func button(isDown: Bool, at x: Double, _ y: Double) throws {
    try call(
      "Input.dispatchMouseEvent",
      [
        "type": isDown ? "mousePressed" : "mouseReleased", "x": x, "y": y, "button": "left", "clickCount": 1,
        "buttons": isDown ? 1 : 0,
      ])
  }

  public func click(at x: Double, _ y: Double) throws {
    try movePointer(to: x, y)
    try button(isDown: true, at: x, y)
    try button(isDown: false, at: x, y)
  }

  /// Clicks the middle of the first element that a selector finds, brought into view.
  public func click(_ selector: String) throws {
    let box = try box(of: selector)
    try click(at: box.x + box.width / 2, box.y + box.height / 2)
  }

  /// Where the first element that a selector finds stands in the window, brought into view.
  public func box(of selector: String) throws -> (x: Double, y: Double, width: Double, height: Double) {
    let numbers = try evaluate(
      """
      (() => {
        const node = document.querySelector(\(Self.quoted(selector)));
        node.scrollIntoView({ block: "center", behavior: "instant" });
        const box = node.getBoundingClientRect();
        return [box.x, box.y, box.width, box.height].map(v => v + 0.5 - 0.5);
      })()
      """, as: [Double].self)
    return (numbers[0], numbers[1], numbers[2], numbers[3])
  }

  /// The window, or the whole page, as a PNG file.
  public func screenshot(wholePage: Bool = false) throws -> [UInt8] {
    let answer = try call("Page.captureScreenshot", ["captureBeyondViewport": wholePage])
    guard let text = answer["data"] as? String, let data = Data(base64Encoded: text) else {
      throw BrowserError(what: "no screenshot")
    }
    return Array(data)
  }

  private static func quoted(_ text: String) -> String {
    "\"\(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
  }
}

extension Browser {
  /// The page printed: the size of its PDF file in bytes.
  public func pdfSize() throws -> Int {
    let answer = try call("Page.printToPDF", ["printBackground": true])
    return Data(base64Encoded: answer["data"] as? String ?? "")?.count ?? 0
  }
}
