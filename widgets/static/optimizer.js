import { button, card, element, handleKeys, isSaved, keepKeys, liveRegion, onTrait, pictureOf, rangeInput, sentence, setRange, steadied } from "./shared.js";

const PATIENCE = 400; // milliseconds without a change before the result is read aloud
const ZERO_GRAD = 3; // the line that can be switched off, from 0

/** @param {string} tag @param {Record<string, any>} attributes @returns {SVGElement} */
function shape(tag, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

/** Three digits, as people set a number. @param {number} value */
const rounded = (value) => Number(value.toPrecision(3));

/** Where a point of the surface lies on the map, and back. @param {{x: number[], y: number[]}} about @param {SVGSVGElement} map */
function scales({ x: [left, right], y: [bottom, top] }, map) {
  const { width, height } = map.viewBox.baseVal;
  return {
    place: ([x, y]) => [((x - left) / (right - left)) * width, ((top - y) / (top - bottom)) * height],
    point: ([x, y]) => [left + (x / width) * (right - left), top - (y / height) * (top - bottom)],
    inside: ([x, y]) => [Math.min(Math.max(x, left), right), Math.min(Math.max(y, bottom), top)],
    step: [(right - left) / 40, (top - bottom) / 40],
  };
}

/** @param {{model: import("./shared.js").Model, el: HTMLElement}} context */
function render({ model, el }) {
  const saved = isSaved(model);
  const { surfaces, optimizers, lr: rates, steps, labelled } = model.get("about");
  let newest = -1;
  let frame = 0;
  let speech;
  let map, scale, overlay, handle;

  const set = (changes) => {
    for (const [trait, value] of Object.entries(changes)) model.set(trait, value);
    model.save_changes();
  };

  // Controls
  const surface = element("select", { "aria-label": "surface", disabled: saved }, ...surfaces.map((text) => element("option", { text, value: text })));
  surface.addEventListener("change", () => set({ surface: surface.value }));
  const kinds = optimizers.map((name) =>
    button({ label: `optimizer ${name}`, text: name, title: name, pressed: false, onclick: () => set({ optimizer: name }) }),
  );
  const compare = button({
    label: "compare the optimizers",
    text: "compare",
    pressed: false,
    onclick: () => set({ compare: !model.get("compare") }),
  });
  const reset = button({ label: "Start over", text: "start over", onclick: () => set({ ...model.get("about").start, zero_grad: true, compare: false, step: steps }) });
  const exponent = Math.log10;
  const rate = rangeInput({
    label: "learning rate",
    ...{ min: exponent(rates[0]), max: exponent(rates[1]), step: 0.02, value: exponent(model.get("lr")) },
    oninput: (value) => set({ lr: rounded(10 ** value) }),
  });
  const momentum = rangeInput({
    label: "momentum",
    ...{ min: 0, max: 1, step: 0.01, value: model.get("momentum") },
    oninput: (value) => set({ momentum: rounded(value) }),
  });
  const fields = ["x", "y"].map((name, axis) => {
    const field = element("input", { class: "mg-number", type: "number", step: "0.1", "aria-label": `start, ${name}` });
    field.addEventListener("input", () => {
      if (Number.isFinite(field.valueAsNumber)) move(model.get("start").map((old, i) => (i === axis ? field.valueAsNumber : old)));
    });
    return field;
  });
  for (const control of [...kinds, compare, reset, rate, momentum, ...fields]) control.disabled = saved;
  const rateText = element("span", { class: "mg-set" });
  const momentumText = element("span", { class: "mg-set" });
  const slider = rangeInput({ label: "step", min: 0, max: steps, step: 1, value: model.get("step"), oninput: (value) => set({ step: value }) });
  const count = element("span", { class: "mg-count" });

  const code = element("div", { class: "mg-code" });
  const zero = element("input", { type: "checkbox", "aria-label": "line 4: optimizer.zero_grad()", disabled: saved });
  zero.addEventListener("change", () => set({ zero_grad: zero.checked }));
  const formula = element("span", { class: "mg-formula" });
  const stage = element("div", { class: "mg-map" });
  const readout = element("div", { class: "mg-readout" });
  const chart = element("div", { class: "mg-chart" });
  const say = element("p", { class: "mg-say" });
  const alarm = element("div", { class: "mg-error", role: "alert", hidden: true });
  const live = liveRegion();
  const row = (label, ...parts) => element("div", { class: "mg-row" }, element("span", { text: label, "aria-hidden": "true" }), ...parts);
  const root = card(
    "Optimizer lab",
    element(
      "div",
      { class: "mg-bar" },
      element("h3", { class: "mg-title", text: "Optimizer lab" }),
      surfaces.length > 1 ? surface : null,
      element("span", { class: "mg-kinds", role: "group", "aria-label": "optimizer" }, ...kinds),
      compare,
      element("span", { class: "mg-grow" }),
      reset,
    ),
    element(
      "div",
      { class: "mg-body" },
      element("div", { class: "mg-left" }, formula, alarm, stage, row("step", slider, count), readout),
      element(
        "div",
        { class: "mg-right" },
        code,
        element(
          "div",
          { class: "mg-controls" },
          row("lr", rate, rateText),
          row("momentum", momentum, momentumText),
          row("start", ...fields),
          saved ? element("p", { class: "mg-hint", text: "A saved page: no engine runs behind it. The steps that were taken can be looked at." }) : null,
        ),
        chart,
      ),
    ),
    element("div", { class: "mg-panel" }, say),
    live,
  );
  root.classList.add("mg-optimizer");
  const steady = steadied(readout);

  // The start, by pointer and by key
  function move(point) {
    const start = scale.inside(point).map(rounded);
    placeHandle(start);
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => set({ start })); // A pointer may move more often than the screen is drawn.
  }
  function placeHandle(start) {
    const [x, y] = scale.place(start);
    handle.setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
    handle.setAttribute("aria-valuenow", start[0]);
    handle.setAttribute("aria-valuetext", `x ${start[0]}, y ${start[1]}`);
    fields.forEach((field, axis) => {
      if (field !== document.activeElement) field.value = String(start[axis]);
    });
  }
  function pointed(event) {
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(map.getScreenCTM().inverse());
    return scale.point([x, y]);
  }

  function drawMap() {
    const about = model.get("about");
    formula.replaceChildren("f(x, y) = ", element("b", { text: about.formula }));
    map = pictureOf(about.map);
    scale = scales(about, map);
    overlay = shape("g", {});
    handle = shape("g", { class: "mg-handle", role: "slider", "aria-label": "start", "aria-valuemin": about.x[0], "aria-valuemax": about.x[1] });
    handle.append(shape("circle", { r: 14, class: "mg-reach" }), shape("circle", { r: 7, class: "mg-start" }));
    map.append(overlay, handle);
    map.setAttribute("role", "group");
    stage.replaceChildren(map);
    placeHandle(model.get("start"));
    if (saved) return;
    handle.setAttribute("tabindex", "0");
    keepKeys(handle);
    const by = (x, y) => (event) => {
      const size = event.shiftKey ? 4 : 1;
      move(model.get("start").map((old, axis) => old + [x, y][axis] * size * scale.step[axis]));
    };
    handleKeys(/** @type {any} */ (handle), { ArrowLeft: by(-1, 0), ArrowRight: by(1, 0), ArrowUp: by(0, 1), ArrowDown: by(0, -1) });
    map.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      map.setPointerCapture(event.pointerId);
      move(pointed(event));
      handle.focus({ preventScroll: true });
      event.preventDefault();
    });
    map.addEventListener("pointermove", (event) => {
      if (map.hasPointerCapture(event.pointerId)) move(pointed(event));
    });
  }

  // What Python found
  const rows = model.get("result").code.map((_, i) => {
    const words = element("span", { class: "mg-line" });
    const indent = document.createTextNode("");
    const name = element("i", { text: String(i + 1) });
    const parts = i === ZERO_GRAD ? [element("label", {}, name, zero, indent, words)] : [name, element("span", { class: "mg-gap" }), indent, words];
    return { row: element("span", {}, ...parts), indent, words };
  });
  code.append(...rows.map(({ row }) => row));

  function showCode(lines) {
    const off = !model.get("zero_grad");
    zero.checked = !off;
    rows[ZERO_GRAD].row.classList.toggle("mg-now", off);
    rows.forEach(({ indent, words }, i) => {
      words.textContent = lines[i].trimStart();
      indent.textContent = lines[i].slice(0, lines[i].length - words.textContent.length);
    });
  }

  function show() {
    const result = model.get("result");
    if (result.sequence <= newest) return; // a late answer to an earlier question
    const first = newest < 0;
    newest = result.sequence;
    showCode(result.code);
    alarm.hidden = result.error === null;
    alarm.textContent = result.error === null ? "" : `${result.error}\nThe picture shows the last walk that worked.`;
    say.replaceChildren(...sentence(result.sentence));
    chart.replaceChildren(pictureOf(result.chart));
    chart.firstElementChild.append(shape("path", { class: "mg-cursor" }));
    showStep();
    if (!first) tell(() => result.walks.map(({ name, verdict }) => `${name}: ${verdict}`).join(". "));
  }

  function showStep() {
    const { walks, others, places, span } = model.get("result");
    const step = model.get("step");
    // Names come last: no path runs through them.
    const names = others.map(({ name, points }) => {
      const [x, y] = points[Math.min(labelled, points.length - 1)];
      const label = shape("text", { x: x + 6, y: y - 6, class: "mg-caption mg-halo" });
      label.textContent = name;
      return label;
    });
    overlay.replaceChildren(
      ...others.flatMap(({ points }) => [
        shape("polyline", { points: points.join(" "), class: "mg-line-muted mg-ahead" }),
        shape("polyline", { points: points.slice(0, step + 1).join(" "), class: "mg-line-muted" }),
      ]),
      ...walks.flatMap(({ hue, points }) => {
        const at = Math.min(step, points.length - 1);
        const [x, y] = points[at];
        return [
          shape("polyline", { points: points.join(" "), class: `mg-line-${hue} mg-ahead` }),
          shape("polyline", { points: points.slice(0, at + 1).join(" "), class: `mg-line-${hue}` }),
          ...points.slice(1, at + 1).map(([cx, cy]) => shape("circle", { cx, cy, r: 1.8, class: `mg-tint-${hue}` })),
          hue === "value" ? shape("circle", { cx: x, cy: y, r: 5, class: "mg-dot-value" }) : shape("rect", { x: x - 4.5, y: y - 4.5, width: 9, height: 9, class: "mg-dot-grad" }),
        ];
      }),
      ...names,
    );
    readout.replaceChildren(
      ...walks.map(({ name, hue, said, verdict, bad }) =>
        element(
          "p",
          { class: `mg-is-${hue}` },
          element("b", { text: name }),
          element("span", { class: bad ? "mg-diverges" : "", text: verdict }),
          element("code", { text: step < said.length ? said[step] : `ended at step ${said.length - 1}` }),
        ),
      ),
      ...others.map(({ name, verdict, bad }) =>
        element("p", {}, element("b", { text: name }), element("span", { class: bad ? "mg-diverges" : "", text: verdict })),
      ),
    );
    steady();
    chart.querySelector(".mg-cursor").setAttribute("d", `M${places[step]} ${span[0]}V${span[1]}`);
    setRange(slider, step, `step ${step} of ${steps}`);
    count.textContent = `${step} of ${steps}`;
  }

  function showSettings() {
    const [lr, share, kind] = ["lr", "momentum", "optimizer"].map(model.get.bind(model));
    surface.value = model.get("surface");
    kinds.forEach((each, i) => each.setAttribute("aria-pressed", String(optimizers[i] === kind)));
    compare.setAttribute("aria-pressed", String(model.get("compare")));
    setRange(rate, exponent(Math.max(lr, rates[0])), String(rounded(lr)));
    setRange(momentum, share, String(share));
    rateText.textContent = String(rounded(lr));
    momentumText.textContent = String(share);
    const used = kind === "momentum" || model.get("compare");
    momentum.disabled = saved || !used;
    momentum.closest(".mg-row").classList.toggle("mg-unused", !used);
    placeHandle(model.get("start"));
  }

  const tell = (words) => {
    clearTimeout(speech);
    speech = setTimeout(() => (live.textContent = words()), PATIENCE);
  };
  const redraw = () => {
    drawMap();
    showSettings();
    showStep();
  };
  drawMap();
  show();
  showSettings();
  const stops = [
    onTrait(model, "about", redraw),
    onTrait(model, "result", show),
    onTrait(model, "step", () => {
      showStep();
      tell(() => model.get("result").walks.map(({ name, said }) => `${name}: ${said[model.get("step")] ?? "ended"}`).join(". "));
    }),
    ...["surface", "optimizer", "lr", "momentum", "start", "compare"].map((trait) => onTrait(model, trait, showSettings)),
    onTrait(model, "zero_grad", () => showCode(model.get("result").code)),
  ];
  el.append(root);
  steady();
  return () => {
    clearTimeout(speech);
    cancelAnimationFrame(frame);
    stops.forEach((stop) => stop());
  };
}

export default { render };
