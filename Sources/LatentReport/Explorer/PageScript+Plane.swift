extension PageScript {
  static let plane = #"""
    const activations = {
      identity: v => v, tanh: Math.tanh, relu: v => v > 0 ? v : 0, sigmoid: v => 1 / (1 + Math.exp(-v)),
      softplus: v => v > 30 ? v : Math.log1p(Math.exp(v)), elu: v => v > 0 ? v : Math.expm1(v),
      swish: v => v / (1 + Math.exp(-v)), "leaky-relu": v => v > 0 ? v : 0.01 * v,
      gelu: v => 0.5 * v * (1 + Math.tanh(0.7978845608028654 * (v + 0.044715 * v * v * v)))
    };
    const network = layers => {
      const parts = layers.map(layer => ({ ...layer, w: unpack(layer.w), b: unpack(layer.b), f: activations[layer.a] }));
      const decode = z => parts.reduce((x, layer) => {
        const y = Float32Array.from(layer.b);
        for (let i = 0; i < layer.in; i++) {
          const v = x[i], start = i * layer.out;
          if (v !== 0) for (let j = 0; j < layer.out; j++) y[j] += v * layer.w[start + j];
        }
        for (let j = 0; j < layer.out; j++) y[j] = layer.f(y[j]);
        return y;
      }, z);
      decode.first = parts[0];
      return decode;
    };
    all("[data-plane]", async root => {
      const data = dataOf(root), body = root.querySelector(".plane-body"), canvas = root.querySelector(".map");
      const find = selector => root.querySelector(selector);
      const J = data.dimensions, points = unpack(data.points), count = points.length / J;
      const labels = data.labels && indices(data.labels), [low, high] = data.range, size = data.height * data.width;
      const isGrid = !data.decoder.layers;
      body.hidden = false;
      const sheet = isGrid ? await image(data.decoder.src) : null;
      const originals = data.originals ? await image(data.originals.src) : null;
      const again = data.again ? await image(data.again.src) : null;
      const pixel = (sheet, columns, index, k) => {
        const x = index % columns * data.width + k % data.width;
        const y = Math.floor(index / columns) * data.height + Math.floor(k / data.width);
        return sheet.data[4 * (y * sheet.width + x)] / 255;
      };
      const blended = z => {
        const { columns, rows, x, y } = data.decoder;
        const place = (v, from, to, n) => Math.max(0, Math.min(n - 1, (v - from) / (to - from) * (n - 1)));
        const u = place(z[0], x[0], x[1], columns), v = place(z[1], y[1], y[0], rows);
        const i = Math.min(Math.floor(v), rows - 2), j = Math.min(Math.floor(u), columns - 2), s = v - i, t = u - j;
        const result = new Float32Array(size);
        for (let k = 0; k < size; k++) {
          const at = (r, c) => pixel(sheet, columns, (i + r) * columns + j + c, k);
          const shade = (1 - s) * ((1 - t) * at(0, 0) + t * at(0, 1)) + s * ((1 - t) * at(1, 0) + t * at(1, 1));
          result[k] = low + shade * (high - low);
        }
        return result;
      };
      const decode = isGrid ? blended : network(data.decoder.layers);
      // Under a condition its biases count, and the points that have it.
      const choices = data.decoder.choices;
      let seen;
      const give = choice => {
        if (choices) decode.first.b = unpack(choices[choice]);
        seen = Array.from({ length: count }, (_, n) => n).filter(n => !choices || !labels || labels[n] === choice);
      };
      give(0);
      const paint = (target, shade) => {
        const context = target.getContext("2d", { willReadFrequently: true }), picture = context.createImageData(data.width, data.height);
        for (let k = 0; k < size; k++) {
          const value = shade(k);
          const [r, g, b] = Number.isFinite(value) ? Array(3).fill(255 * Math.max(0, Math.min(1, value))) : [230, 0, 120];
          picture.data.set([r, g, b, 255], 4 * k);
        }
        context.putImageData(picture, 0, 0);
      };
      const show = (target, z) => {
        const values = decode(z);
        paint(target, k => (values[k] - low) / (high - low));
      };
      let [dx, dy] = data.first, base = new Float32Array(J), here = [0, 0], chosen = -1, view, ground;
      const bounds = d => {
        if (isGrid) return [...data.decoder[d === 0 ? "x" : "y"]];
        let [from, to] = [-1, 1];
        for (let n = 0; n < count; n++) {
          const v = points[n * J + d];
          if (v < from) from = v;
          if (v > to) to = v;
        }
        const room = 0.06 * (to - from);
        return [from - room, to + room];
      };
      const px = v => view.left + (v - view.x[0]) / (view.x[1] - view.x[0]) * view.width;
      const py = v => view.top + (view.y[1] - v) / (view.y[1] - view.y[0]) * view.height;
      const ticks = ([from, to]) => {
        const rough = (to - from) / 5, power = 10 ** Math.floor(Math.log10(rough));
        const step = power * [1, 2, 5, 10].find(f => power * f >= rough), result = [];
        for (let k = Math.ceil(from / step); k * step <= to; k++) result.push(k * step);
        return { values: result, digits: Math.max(0, -Math.floor(Math.log10(step) + 1e-9)) };
      };
      const dot = (context, x, y, r, index) => {
        context.beginPath();
        context.arc(x, y, r, 0, 7);
        // After seven colours they come again as rings.
        if (Math.floor(index / seriesCount) % 2) context.stroke(); else context.fill();
      };
      const drawGround = () => {
        const density = window.devicePixelRatio || 1;
        ground = document.createElement("canvas");
        ground.width = canvas.width;
        ground.height = canvas.height;
        const context = ground.getContext("2d"), w = canvas.width / density, h = canvas.height / density;
        context.scale(density, density);
        view = { left: 46, top: 8, width: w - 54, height: h - 52, x: bounds(dx), y: bounds(dy) };
        context.font = "11px 'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', sans-serif";
        const line = (a, b, c, d) => { context.beginPath(); context.moveTo(a, b); context.lineTo(c, d); context.stroke(); };
        context.fillStyle = colour("ink");
        const foot = view.top + view.height, right = view.left + view.width;
        const xs = ticks(view.x), ys = ticks(view.y), text = (v, digits) => v.toFixed(digits).replace("-", "−");
        xs.values.forEach(v => {
          context.strokeStyle = colour("faint");
          line(px(v), view.top, px(v), foot);
          context.textAlign = "center";
          context.fillText(text(v, xs.digits), px(v), foot + 16);
        });
        ys.values.forEach(v => {
          context.strokeStyle = colour("faint");
          line(view.left, py(v), right, py(v));
          context.textAlign = "right";
          context.fillText(text(v, ys.digits), view.left - 7, py(v) + 4);
        });
        context.strokeStyle = colour("muted");
        line(view.left, view.top, view.left, foot);
        line(view.left, foot, right, foot);
        context.textAlign = "center";
        context.font = context.font.replace("11px", "12px");
        context.fillText(data.names[dx], view.left + view.width / 2, foot + 36);
        context.save();
        context.translate(12, view.top + view.height / 2);
        context.rotate(-Math.PI / 2);
        context.fillText(data.names[dy], 0, 0);
        context.restore();
        context.save();
        context.beginPath();
        context.rect(view.left, view.top, view.width, view.height);
        context.clip();
        context.globalAlpha = count > 1500 ? 0.55 : 0.8;
        context.lineWidth = 1.5;
        const shades = Array.from({ length: seriesCount }, (_, index) => series(index));
        for (const n of seen) {
          const label = labels && !choices ? labels[n] : 0;
          context.fillStyle = context.strokeStyle = shades[label % seriesCount];
          dot(context, px(points[n * J + dx]), py(points[n * J + dy]), count > 1500 ? 2 : 3, label);
        }
        context.restore();
        if (labels && !choices) legendOfNames(find(".legend"), data.labelNames);
      };
      const draw = () => {
        if (!ground) return;
        const density = window.devicePixelRatio || 1, context = canvas.getContext("2d");
        context.setTransform(1, 0, 0, 1, 0, 0);
        context.clearRect(0, 0, canvas.width, canvas.height);
        context.drawImage(ground, 0, 0);
        context.scale(density, density);
        const ring = (x, y, r, width, shade) => {
          context.lineWidth = width;
          context.strokeStyle = shade;
          context.beginPath();
          context.arc(x, y, r, 0, 7);
          context.stroke();
        };
        if (chosen >= 0) {
          const x = px(points[chosen * J + dx]), y = py(points[chosen * J + dy]);
          ring(x, y, 8, 4, colour("paper"));
          ring(x, y, 8, 2, colour("ink"));
        }
        const [x, y] = [px(here[0]), py(here[1])];
        for (const [width, shade] of [[4, colour("paper")], [2, colour("ink")]]) {
          context.lineWidth = width;
          context.strokeStyle = shade;
          context.beginPath();
          context.moveTo(x - 9, y); context.lineTo(x - 3, y); context.moveTo(x + 3, y); context.lineTo(x + 9, y);
          context.moveTo(x, y - 9); context.lineTo(x, y - 3); context.moveTo(x, y + 3); context.lineTo(x, y + 9);
          context.stroke();
        }
      };
      const latent = () => {
        const z = Float32Array.from(base);
        z[dx] = here[0];
        z[dy] = here[1];
        return z;
      };
      const moveTo = (x, y) => {
        here = [Math.max(view.x[0], Math.min(view.x[1], x)), Math.max(view.y[0], Math.min(view.y[1], y))];
        show(find(".here"), latent());
        find(".place").textContent = `${data.names[dx]} = ${short(here[0])}, ${data.names[dy]} = ${short(here[1])}`;
        draw();
      };
      const choose = n => {
        chosen = n;
        find(".pair").hidden = n < 0;
        base = n < 0 ? new Float32Array(J) : points.slice(n * J, n * J + J);
        if (n < 0) {
          find(".which").textContent = "None.";
        } else {
          const has = originals && n < data.originals.count;
          find(".original").parentElement.hidden = !has;
          if (has) paint(find(".original"), k => pixel(originals, data.originals.columns, n, k));
          if (again && n < data.again.count) paint(find(".again"), k => pixel(again, data.again.columns, n, k));
          else show(find(".again"), base);
          const label = labels ? `, ${data.labelNames[labels[n]]}` : "";
          find(".which").textContent = (data.numbers ? `row ${data.numbers[n]}` : `point ${n + 1} of ${count}`) + label;
        }
        draw();
      };
      const nearest = (x, y, reach) => {
        let best = -1, least = reach * reach;
        for (const n of seen) {
          const a = px(points[n * J + dx]) - x, b = py(points[n * J + dy]) - y, distance = a * a + b * b;
          if (distance < least) { least = distance; best = n; }
        }
        return best;
      };
      const at = event => {
        const box = canvas.getBoundingClientRect();
        return [event.clientX - box.left, event.clientY - box.top];
      };
      const toPlane = ([x, y]) => [
        view.x[0] + (x - view.left) / view.width * (view.x[1] - view.x[0]),
        view.y[1] - (y - view.top) / view.height * (view.y[1] - view.y[0])
      ];
      const follow = event => moveTo(...toPlane(at(event)));
      canvas.addEventListener("pointermove", follow);
      canvas.addEventListener("pointerdown", follow);
      canvas.addEventListener("click", event => {
        const n = nearest(...at(event), 14);
        if (n >= 0) choose(n);
      });
      canvas.addEventListener("keydown", event => {
        const step = event.shiftKey ? 0.1 : 0.02, [a, b] = [view.x[1] - view.x[0], view.y[1] - view.y[0]];
        const move = {
          ArrowLeft: [-a, 0], ArrowRight: [a, 0], ArrowUp: [0, b], ArrowDown: [0, -b]
        }[event.key];
        if (move) moveTo(here[0] + move[0] * step, here[1] + move[1] * step);
        else if (event.key === "Enter") choose(nearest(px(here[0]), py(here[1]), Infinity));
        else if (event.key === "Escape") choose(-1);
        else return;
        event.preventDefault();
      });
      const visit = step => {
        if (!seen.length) return;
        const place = seen.indexOf(chosen), from = place < 0 && step < 0 ? 0 : place;
        choose(seen[(from + step + seen.length) % seen.length]);
        moveTo(points[chosen * J + dx], points[chosen * J + dy]);
      };
      root.addEventListener("click", event => {
        const act = event.target.closest("button")?.dataset.do;
        if (act === "back") visit(-1);
        if (act === "on") visit(1);
      });
      root.addEventListener("change", event => {
        const value = +event.target.value;
        if (event.target.dataset.do === "x") { if (value === dy) dy = dx; dx = value; }
        if (event.target.dataset.do === "y") { if (value === dx) dx = dy; dy = value; }
        for (const [name, d] of [["x", dx], ["y", dy]]) {
          const select = find(`select[data-do="${name}"]`);
          if (select) select.value = d;
        }
        if (event.target.dataset.do === "given") {
          give(value);
          if (chosen >= 0) choose(-1);
          drawGround();
          moveTo(...here);
          return;
        }
        drawGround();
        moveTo(base[dx], base[dy]);
      });
      fitted(canvas, () => { drawGround(); draw(); });
      moveTo(0, 0);
      root.dataset.ready = "";
    });
    """#
}
