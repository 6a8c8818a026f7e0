import { SMALLEST, button, card, element, isSaved, liveRegion, onTrait, pictureOf, rangeInput, sentence, setRange, term } from "./shared.js";

const PATIENCE = 400; // milliseconds without a change before the result is read aloud
const SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉";

/** One number of x or v: a slider and a field, which show it and send it.
 * @param {{label: string, long: string, limit: number, value: number, warm: boolean, disabled: boolean, send: (value: number) => void}} options */
function control({ label, long, limit, value, warm, disabled, send }) {
  const step = limit / 100;
  const range = rangeInput({ label: long, min: -limit, max: limit, step, value, oninput: send });
  const field = element("input", { class: "mg-number", type: "number", step: "any", "aria-label": `${long}, exactly` });
  let typing = false;
  range.classList.toggle("mg-warm", warm);
  range.disabled = field.disabled = disabled;
  field.addEventListener("input", () => (typing = true));
  const commit = () => {
    typing = false;
    if (Number.isFinite(field.valueAsNumber)) move(field.valueAsNumber);
    else field.value = shown;
  };
  field.addEventListener("change", commit);
  field.addEventListener("keydown", (event) => {
    // The arrows of a number field go by whole ones, or by its step from zero: too coarse, and off the number there.
    const way = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (way) move(Number(((field.valueAsNumber || 0) + way * step).toPrecision(12)));
    // In a notebook the browser's own change, on Enter, does not come.
    else if (event.key === "Enter") commit();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  let shown = "";
  const move = (number) => {
    setRange(range, number);
    field.value = shown = String(number);
    send(number);
  };
  return {
    element: element("div", { class: `mg-control${warm ? " mg-warm" : ""}` }, element("span", { text: label, "aria-hidden": "true" }), range, field),
    /** Stand where Python says. @param {number} number */
    place: (number) => setRange(range, number),
    /** Show the number as Python wrote it. @param {string} text */
    write(text) {
      range.setAttribute("aria-valuetext", text);
      shown = text.replaceAll("−", "-");
      if (!typing) field.value = shown;
    },
  };
}

/** @param {{model: import("./shared.js").Model, el: HTMLElement}} context */
function render({ model, el }) {
  const about = model.get("about");
  const saved = isSaved(model);
  const subscript = (index) => SUBSCRIPTS[index + 1];
  let lit = { part: "column", index: 0 };
  let newest = -1;

  const send = (trait, values) => {
    model.set(trait, values);
    model.save_changes();
  };
  const group = (trait, noun, part) =>
    about.start[trait].map((_, index) => {
      const made = control({
        label: `${trait}${subscript(index)}`,
        long: `${noun} ${index + 1}`,
        limit: about.limits[trait],
        value: model.get(trait)[index],
        warm: trait === "v",
        disabled: saved,
        send: (value) => send(trait, model.get(trait).map((old, other) => (other === index ? value : old))),
      });
      for (const moment of ["focusin", "pointerenter"]) made.element.addEventListener(moment, () => light(part, index));
      return made;
    });
  const controls = { x: group("x", "x", "column"), v: group("v", "v", "row") };

  const choices = about.start.v.map((_, index) =>
    button({
      label: `v picks row ${index + 1}`,
      text: `e${subscript(index)}`,
      title: `v = e${subscript(index)}: 1 for y${subscript(index)}, 0 for the rest`,
      onclick: () => {
        light("row", index);
        place("v", about.start.v.map((_, other) => Number(other === index)));
      },
    }),
  );
  const reset = button({
    label: "Reset x and v to where they started",
    text: "reset",
    onclick: () => ["x", "v"].forEach((trait) => place(trait, about.start[trait])),
  });
  for (const each of [...choices, reset]) each.disabled = saved;
  const place = (trait, values) => {
    values.forEach((value, index) => controls[trait][index].place(value));
    send(trait, values);
  };

  const caption = (name, words) => element("legend", {}, element("b", { text: name }), words);
  const panel = element(
    "div",
    { class: "mg-controls" },
    element("fieldset", {}, caption("x", ", where J is taken"), ...controls.x.map((c) => c.element)),
    element(
      "fieldset",
      {},
      caption("v", ", the cotangent: one weight per output"),
      ...controls.v.map((c) => c.element),
      element("div", { class: "mg-choices" }, element("code", { text: "v =" }), ...choices),
    ),
    saved ? element("p", { class: "mg-hint mg-note", text: "A saved page: no engine runs behind it, so x and v stay where they are. In the notebook they move." }) : null,
  );
  const stage = element("div", { class: "mg-stage" });
  const alarm = element("div", { class: "mg-error", role: "alert", hidden: true });
  const why = element("p", { class: "mg-why" });
  const say = element("p", { class: "mg-say" });
  const rowCost = element("div", { class: "mg-panel" });
  const vjpCost = element("div", { class: "mg-panel" });
  const live = liveRegion();
  const root = card(
    `Jacobian of ${about.name} at x`,
    element(
      "div",
      { class: "mg-bar" },
      element("h3", { class: "mg-title" }, "Jacobian of ", element("code", { text: about.name }), " at ", element("code", { text: "x" })),
      element("span", { class: "mg-count", text: about.map }),
      element("span", { class: "mg-grow" }),
      reset,
    ),
    element("div", { class: "mg-body" }, panel, element("div", { class: "mg-show" }, alarm, stage, why)),
    element("div", { class: "mg-foot" }, rowCost, vjpCost, element("div", { class: "mg-panel" }, say)),
    live,
  );
  root.classList.add("mg-jacobian");

  /** Point out a row of J, or a column, and the reason for its numbers. @param {"row" | "column"} part @param {number} index */
  function light(part, index) {
    lit = { part, index };
    why.textContent = model.get("result").reasons[part][index];
    for (const shape of stage.querySelectorAll("[data-row], [data-column]"))
      shape.classList.toggle("mg-lit", shape.dataset[part] === String(index));
    controls.x.forEach((c, i) => c.element.classList.toggle("mg-lit", part === "column" && i === index));
    controls.v.forEach((c, i) => c.element.classList.toggle("mg-lit", part === "row" && i === index));
  }
  stage.addEventListener("pointerover", (event) => {
    const cell = /** @type {SVGElement | null} */ (/** @type {Element} */ (event.target).closest(".mg-cell"));
    if (!cell) return;
    const { part, row, column } = cell.dataset;
    if (part === "vjp") light("column", Number(column));
    else light("row", Number(row));
  });

  let speech;
  function show() {
    const result = model.get("result");
    if (result.sequence <= newest) return; // a late answer to an earlier question
    const first = newest < 0;
    newest = result.sequence;
    const picture = pictureOf(result.picture);
    picture.style.minWidth = `${SMALLEST * picture.width.baseVal.value}px`;
    stage.replaceChildren(picture);
    rowCost.replaceChildren(term("all of J, by rows", result.row_passes, "grad"));
    vjpCost.replaceChildren(term("vᵀJ", result.vjp_passes, "grad"));
    say.replaceChildren(...sentence(result.sentence));
    alarm.hidden = result.error === null;
    alarm.textContent = result.error === null ? "" : `${result.error}\nThe picture shows the last point that worked.`;
    for (const trait of ["x", "v"]) controls[trait].forEach((c, index) => c.write(result[trait][index]));
    light(lit.part, lit.index);
    clearTimeout(speech);
    if (!first) speech = setTimeout(() => (live.textContent = `vᵀJ = ${result.vjp}`), PATIENCE);
  }
  const follow = (trait) => onTrait(model, trait, () => model.get(trait).forEach((value, i) => controls[trait][i].place(value)));
  const stops = [onTrait(model, "result", show), follow("x"), follow("v")];
  show();
  el.append(root);
  return () => {
    clearTimeout(speech);
    stops.forEach((stop) => stop());
  };
}

export default { render };
