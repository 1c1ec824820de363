extension PageScript {
  static let cloud = #"""
    all("[data-cloud]", root => {
      const data = dataOf(root), canvas = root.querySelector("canvas"), legend = root.querySelector(".legend");
      const columns = data.columns.map(unpack), count = columns[0].length;
      root.querySelector(".scripted").hidden = false;
      // Each coordinate between −1 and 1, about the middle.
      const ends = columns.map(column => {
        let [low, high] = [Infinity, -Infinity];
        for (const v of column) { if (v < low) low = v; if (v > high) high = v; }
        return low > high ? [0, 1] : [low, high];
      });
      const widest = Math.max(...ends.map(([low, high]) => high - low));
      const halves = ends.map(([low, high]) => ((data.equal ? widest : high - low) || 1) / 2);
      const middles = ends.map(([low, high]) => (low + high) / 2);
      const reaches = ends.map(([low, high], d) => Math.max((high - low) / 2 / halves[d], 0.05));
      const unit = columns.map((column, d) => column.map(v => (v - middles[d]) / halves[d]));
      const starts = data.paths;
      const still = { yaw: 0.6, pitch: 0.42, zoom: 1 };
      let view = { ...still }, colouring = 0, spinning = 0;
      const stops = () => data.stops[isDark() ? "dark" : "light"];
      const shade = share => {
        const place = Math.max(0, Math.min(1, share)) * (stops().length - 1);
        return stops()[Math.round(place)];
      };
      const colourings = data.colourings.map(entry => {
        if (entry.indices) {
          const which = indices(entry.indices);
          return { ...entry, of: n => series(which[n]), ring: n => Math.floor(which[n] / seriesCount) % 2 };
        }
        const values = unpack(entry.values), finite = values.filter(Number.isFinite);
        const low = finite.reduce((a, b) => Math.min(a, b), Infinity);
        const high = finite.reduce((a, b) => Math.max(a, b), -Infinity);
        return { ...entry, low, high, of: n => shade((values[n] - low) / (high - low || 1)), ring: () => 0 };
      });
      let shades = [];
      const recolour = () => {
        const entry = colourings[colouring];
        const kept = new Map();
        const known = key => { if (!kept.has(key)) kept.set(key, series(key)); return kept.get(key); };
        if (!entry) shades = Array(count).fill(series(0));
        else if (entry.indices) { const which = indices(entry.indices); shades = Array.from(which, i => known(i % seriesCount)); }
        else shades = Array.from({ length: count }, (_, n) => entry.of(n));
        legend.replaceChildren();
        if (entry?.names) legendOfNames(legend, entry.names);
        else if (entry) {
          const bar = document.createElement("b"), box = document.createElement("span");
          bar.style.background = `linear-gradient(to right, ${stops().join(", ")})`;
          box.append(`${entry.name}: ${short(entry.low)}`, bar, short(entry.high));
          legend.append(box);
        }
      };
      // x to the right, y into the screen, z upwards; then turned about z, and tipped.
      const projection = (yaw, pitch) => {
        const [cy, sy, cp, sp] = [Math.cos(yaw), Math.sin(yaw), Math.cos(pitch), Math.sin(pitch)];
        return (x, y, z) => {
          const across = x * cy - y * sy, deep = x * sy + y * cy, depth = deep * cp - z * sp, near = 6 / (6 + depth);
          return [across * near, -(z * cp + deep * sp) * near, depth];
        };
      };
      const [a, b, c] = reaches.map(r => r * 1.08);
      const corner = i => [i & 1 ? a : -a, i & 2 ? b : -b, i & 4 ? c : -c];
      // The scale and the middle by which the box fits, however it is turned about z.
      const room = (w, h) => {
        let [side, top, foot] = [0, 0, 0];
        for (let yaw = 0; yaw < 6.3; yaw += 0.3) for (let i = 0; i < 8; i++) {
          const p = projection(yaw, still.pitch)(...corner(i));
          [side, top, foot] = [Math.max(side, Math.abs(p[0])), Math.min(top, p[1]), Math.max(foot, p[1])];
        }
        const scale = Math.min((w / 2 - 34) / side, (h - 44) / (foot - top));
        return [scale, (h - 22) / 2 - (top + foot) / 2 * scale];
      };
      const draw = () => {
        const density = window.devicePixelRatio || 1, context = canvas.getContext("2d");
        const w = canvas.width / density, h = canvas.height / density;
        context.setTransform(density, 0, 0, density, 0, 0);
        context.clearRect(0, 0, w, h);
        const turned = projection(view.yaw, view.pitch);
        const [size, middle] = room(w, h), scale = size * view.zoom;
        const place = (x, y, z) => {
          const p = turned(x, y, z);
          return [w / 2 + p[0] * scale, middle + p[1] * scale, p[2]];
        };
        context.font = "12px 'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', sans-serif";
        context.textAlign = "center";
        context.lineWidth = 1;
        context.strokeStyle = colour("faint");
        context.beginPath();
        for (let i = 0; i < 8; i++) for (const bit of [1, 2, 4]) if (!(i & bit)) {
          const p = place(...corner(i)), q = place(...corner(i | bit));
          context.moveTo(p[0], p[1]);
          context.lineTo(q[0], q[1]);
        }
        context.stroke();
        // The axes are edges of the box that nothing hides: two at the near corner of its foot, one at its left.
        const foot = [0, 1, 2, 3].map(i => [i, ...place(...corner(i))]);
        const near = foot.reduce((p, q) => q[3] < p[3] ? q : p)[0], left = foot.reduce((p, q) => q[1] < p[1] ? q : p)[0];
        [[near, 1], [near, 2], [left, 4]].forEach(([from, bit], d) => {
          const low = place(...corner(from & ~bit)), high = place(...corner(from | bit));
          context.strokeStyle = colour("muted");
          context.beginPath();
          context.moveTo(low[0], low[1]);
          context.lineTo(high[0], high[1]);
          context.stroke();
          const [x, y] = d === 2 ? [-18, 4] : [0, 18];
          context.fillStyle = colour("ink");
          context.fillText(data.axes[d], (low[0] + high[0]) / 2 + x + (d === 2 ? -14 : 0), (low[1] + high[1]) / 2 + y + (d === 2 ? 0 : 8));
          context.fillStyle = colour("muted");
          // The numbers stand where the data end, a little inside the box and away from the near corner.
          const away = d === 2 ? 0 : 14 * Math.sign(low[0] + high[0] - 2 * foot[near][1]);
          for (const [t, value] of [[0.93, ends[d][0]], [0.07, ends[d][1]]]) {
            context.fillText(
              short(value), low[0] * t + high[0] * (1 - t) + x + away, low[1] * t + high[1] * (1 - t) + y);
          }
        });
        const screen = Array.from({ length: count }, (_, n) => place(unit[0][n], unit[1][n], unit[2][n]));
        if (starts.length) {
          context.lineWidth = 1.4;
          context.globalAlpha = 0.75;
          starts.forEach((start, index) => {
            const end = starts[index + 1] ?? count;
            for (let n = start + 1; n < end; n++) {
              if (!Number.isFinite(screen[n][0] + screen[n - 1][0])) continue;
              context.strokeStyle = shades[n];
              context.beginPath();
              context.moveTo(screen[n - 1][0], screen[n - 1][1]);
              context.lineTo(screen[n][0], screen[n][1]);
              context.stroke();
            }
          });
        }
        const order = Array.from(screen.keys()).filter(n => Number.isFinite(screen[n][0]));
        order.sort((m, n) => screen[n][2] - screen[m][2]);
        const radius = count > 3000 ? 1.6 : starts.length ? 1.8 : count > 600 ? 2.4 : 3.2;
        for (const n of order) {
          const [x, y, depth] = screen[n];
          context.globalAlpha = 0.9 - 0.25 * Math.max(-1, Math.min(1, depth));
          context.fillStyle = context.strokeStyle = shades[n];
          context.beginPath();
          context.arc(x, y, radius * 6 / (6 + depth), 0, 7);
          if (colourings[colouring]?.ring(n)) context.stroke(); else context.fill();
        }
        context.globalAlpha = 1;
        root.dataset.view = `${view.yaw.toFixed(3)} ${view.pitch.toFixed(3)} ${view.zoom.toFixed(3)}`;
      };
      const turn = (yaw, pitch) => {
        view.yaw += yaw;
        view.pitch = Math.max(-1.5, Math.min(1.5, view.pitch + pitch));
        draw();
      };
      const zoom = factor => { view.zoom = Math.max(0.4, Math.min(6, view.zoom * factor)); draw(); };
      const spin = root.querySelector('[data-do="spin"]');
      const halt = () => { cancelAnimationFrame(spinning); spinning = 0; spin.setAttribute("aria-pressed", "false"); };
      const acts = {
        left: () => turn(-0.2, 0), right: () => turn(0.2, 0), up: () => turn(0, 0.2), down: () => turn(0, -0.2),
        nearer: () => zoom(1.2), farther: () => zoom(1 / 1.2),
        reset: () => { halt(); view = { ...still }; draw(); },
        spin: () => {
          if (spinning) return halt();
          spin.setAttribute("aria-pressed", "true");
          let before = performance.now();
          const step = now => { turn((now - before) / 2500, 0); before = now; spinning = requestAnimationFrame(step); };
          spinning = requestAnimationFrame(step);
        }
      };
      root.addEventListener("click", event => acts[event.target.dataset.do]?.());
      root.addEventListener("change", event => {
        if (event.target.dataset.do !== "colour") return;
        colouring = +event.target.value;
        recolour();
        draw();
      });
      canvas.addEventListener("keydown", event => {
        const act = {
          ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down", "+": "nearer", "=": "nearer",
          "-": "farther", Home: "reset"
        }[event.key];
        if (!act || event.ctrlKey || event.metaKey) return;
        event.preventDefault();
        acts[act]();
      });
      let grip = null;
      canvas.addEventListener("pointerdown", event => {
        halt();
        grip = [event.clientX, event.clientY];
        canvas.setPointerCapture(event.pointerId);
      });
      canvas.addEventListener("pointermove", event => {
        if (!grip) return;
        turn((event.clientX - grip[0]) / 130, (event.clientY - grip[1]) / 130);
        grip = [event.clientX, event.clientY];
      });
      for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => { grip = null; });
      fitted(canvas, () => { recolour(); draw(); });
      root.dataset.ready = "";
    });
    """#
}
