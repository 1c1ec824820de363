extension PageScript {
  static let player = #"""
    // Dots come packed, each in four characters: the distances from a corner in tenths of a pixel.
    const digits = new Map();
    for (let code = 33; code < 127; code++) {
      const digit = String.fromCharCode(code);
      if (!"\"&'<>\\".includes(digit)) digits.set(digit, digits.size);
    }
    const tenths = value => String(value / 10).replace(/^(-?)0\./, "$1.");
    const dots = (_, corner, text) => {
      const [left, top] = corner.split(",").map(Number), at = place => digits.get(text[place]);
      let [x, y, path] = [0, 0, ""];
      for (let i = 0; i < text.length; i += 4) {
        const nextX = left + digits.size * at(i) + at(i + 1), nextY = top + digits.size * at(i + 2) + at(i + 3);
        path += "m" + tenths(nextX - x) + (nextY < y ? "" : " ") + tenths(nextY - y) + "h0";
        [x, y] = [nextX, nextY];
      }
      return `d="${path}"`;
    };
    const unpackDots = part => part.replace(/d="~([-\d,]+);([^"]*)"/g, dots);
    all("[data-player]", root => {
      const data = dataOf(root), stage = root.querySelector(".stage"), controls = root.querySelector(".controls");
      const output = root.querySelector("output"), range = controls.querySelector("input");
      const play = controls.querySelector('[data-do="play"]');
      const nodes = data.slots.map((_, slot) => stage.querySelector(`[data-slot="${slot}"]`));
      const shown = data.slots.map(slot => slot[0]), last = data.labels.length - 1;
      let now = 0, timer = 0;
      const show = frame => {
        now = Math.max(0, Math.min(last, frame));
        data.slots.forEach((slot, index) => {
          if (shown[index] === slot[now]) return;
          shown[index] = slot[now];
          if (data.images) nodes[index].src = data.parts[slot[now]];
          else nodes[index].innerHTML = unpackDots(data.parts[slot[now]]);
        });
        range.value = now;
        range.setAttribute("aria-valuetext", data.labels[now]);
        output.textContent = data.labels[now];
      };
      const stop = () => {
        clearInterval(timer);
        timer = 0;
        play.classList.remove("playing");
        play.setAttribute("aria-label", "Play");
        output.setAttribute("aria-live", "polite");
      };
      const start = () => {
        if (timer || !last) return;
        // While it plays, a reader of the screen is not told of every frame.
        output.setAttribute("aria-live", "off");
        play.classList.add("playing");
        play.setAttribute("aria-label", "Pause");
        if (now === last) show(0);
        timer = setInterval(() => {
          if (now < last) show(now + 1);
          else if (data.repeats) show(0);
          if (now === last && !data.repeats) stop();
        }, 1000 / data.speed);
      };
      const go = frame => { stop(); show(frame); };
      const acts = {
        first: () => go(0), back: () => go(now - 1), on: () => go(now + 1), last: () => go(last),
        play: () => timer ? stop() : start()
      };
      controls.addEventListener("click", event => acts[event.target.closest("[data-do]")?.dataset.do]?.());
      range.addEventListener("input", () => go(+range.value));
      root.addEventListener("keydown", event => {
        if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("select")) return;
        const act = { ArrowLeft: "back", ArrowRight: "on", Home: "first", End: "last", " ": "play" }[event.key];
        // A button is pressed by Space as it is.
        if (!act || event.key === " " && event.target.tagName === "BUTTON") return;
        event.preventDefault();
        acts[act]();
      });
      addEventListener("beforeprint", () => go(0));
      controls.hidden = last === 0;
      show(0);
      if (data.starts && !lessMotion()) {
        const seen = new IntersectionObserver(entries => {
          if (!entries.some(entry => entry.isIntersecting)) return;
          seen.disconnect();
          start();
        }, { threshold: 0.5 });
        seen.observe(stage);
      }
    });
    """#
}
