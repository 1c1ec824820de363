/// The script of a page: what its blocks need, and no more.
enum PageScript {
  static func text(_ features: Set<PageWriter.Feature>) -> String {
    guard !features.isEmpty else { return "" }
    let parts = PageWriter.Feature.allCases.filter(features.contains).map { feature in
      switch feature {
      case .player: player
      case .components: components
      case .plane: plane
      case .cloud: cloud
      case .regions: regions
      }
    }
    return "(() => {\n\"use strict\";\n" + ([common] + parts).joined(separator: "\n") + "\n})();"
  }

  /// What is wider than its frame can be reached and moved by keys; a table that fits is no stop on the way.
  private static let regions = #"""
    all("[data-region]", frame => {
      const look = () => {
        const overflows = frame.scrollWidth > frame.clientWidth + 1;
        for (const [name, value] of [["tabindex", "0"], ["role", "region"], ["aria-label", frame.dataset.region]])
          if (overflows) frame.setAttribute(name, value); else frame.removeAttribute(name);
      };
      new ResizeObserver(look).observe(frame);
      look();
    });
    """#

  /// What all share: data beside an element, numbers packed in base 64, colours of the theme, canvases of the screen's
  /// density.
  private static let common = #"""
    document.documentElement.classList.add("scripts");
    const all = (selector, use) => document.querySelectorAll(selector).forEach(use);
    const dataOf = root => JSON.parse(root.querySelector(':scope > script[type="application/json"]').textContent);
    const bytes = text => Uint8Array.from(atob(text), c => c.charCodeAt(0));
    const indices = text => new Uint16Array(bytes(text).buffer);
    const unpack = packed => {
      const whole = new Int16Array(bytes(packed.q).buffer), values = new Float32Array(whole.length);
      for (let i = 0; i < whole.length; i++) values[i] = whole[i] === -32768 ? NaN : whole[i] * packed.s;
      return values;
    };
    const colour = name => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
    const seriesCount = 7;
    const series = index => colour("series" + index % seriesCount);
    const lessMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
    const darkness = matchMedia("(prefers-color-scheme: dark)"), root = document.documentElement;
    const isDark = () => darkness.matches && !root.classList.contains("printing");
    // Paper is light: what canvases hold when it is printed is drawn for it, and drawn again afterwards.
    for (const [name, isPrinting] of [["beforeprint", true], ["afterprint", false]])
      addEventListener(name, () => root.classList.toggle("printing", isPrinting));
    const onTheme = draw => {
      darkness.addEventListener("change", draw);
      for (const name of ["beforeprint", "afterprint"]) addEventListener(name, draw);
    };
    const fitted = (canvas, draw) => {
      const fit = () => {
        const density = window.devicePixelRatio || 1, box = canvas.getBoundingClientRect();
        if (!box.width) return;
        canvas.width = Math.round(box.width * density);
        canvas.height = Math.round(box.height * density);
        draw();
      };
      new ResizeObserver(fit).observe(canvas);
      onTheme(fit);
      fit();
    };
    const image = source => new Promise(done => {
      const picture = new Image();
      picture.onload = () => {
        const canvas = document.createElement("canvas");
        canvas.width = picture.width;
        canvas.height = picture.height;
        const context = canvas.getContext("2d", { willReadFrequently: true });
        context.drawImage(picture, 0, 0);
        done(context.getImageData(0, 0, canvas.width, canvas.height));
      };
      picture.src = source;
    });
    const short = value => {
      if (!Number.isFinite(value)) return "–";
      return value.toFixed(2).replace("-", "−");
    };
    const legendOfNames = (place, names) => {
      place.replaceChildren();
      names.forEach((name, index) => {
        const entry = document.createElement("span"), dot = document.createElement("i");
        dot.style.borderColor = series(index);
        if (index < seriesCount) dot.style.background = series(index);
        entry.append(dot, name);
        place.append(entry);
      });
    };
    """#
}
