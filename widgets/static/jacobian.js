import { SMALLEST, button, card, element, isSaved, liveRegion, onTrait, pictureOf, rangeInput, sentence, setRange, term } from "./shared.js";

/** @typedef {"x" | "v" | "u"} Vector */
/** @typedef {"row" | "column" | "tangent" | "line"} Part what is lit: a row, a column, a column as u weights it, or the row
 * or column that a pass filled */

const PATIENCE = 400; // milliseconds without a change before the result is read aloud
const SLOW = 150; // milliseconds without an answer before the picture says that it waits
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

/** Where a point of the screen is in a plane that reaches from -limit to limit in the square `box`; the edge is the end.
 * @param {{left: number, top: number, width: number, height: number}} box @param {number} limit
 * @param {number} clientX @param {number} clientY @returns {[number, number]} */
export function inPlane(box, limit, clientX, clientY) {
  const inside = (/** @type {number} */ share) => Math.max(-1, Math.min(1, 2 * share - 1)) * limit;
  return [inside((clientX - box.left) / box.width), -inside((clientY - box.top) / box.height)];
}

/** What a vector becomes when its handle is dragged to a place: it starts at `base` and is drawn `scale` times as long.
 * In steps of a hundredth of `limit`, as a slider has them, and no longer than that.
 * @param {[number, number]} place @param {number[]} base @param {number} scale @param {number} limit */
export function dragged(place, base, scale, limit) {
  return place.map((at, axis) => {
    const steps = Math.round((100 * (at - base[axis])) / scale / limit);
    return Number(((Math.max(-100, Math.min(100, steps)) * limit) / 100).toPrecision(12));
  });
}

/** What one press asks for: the next row or column of J, or the first of them where J is whole or filled the other way.
 * @param {"rows" | "columns"} way @param {{way: string, filled: number}} now @param {boolean} complete */
export const nextFill = (way, now, complete) => ({ way, filled: now.way === way && !complete ? now.filled + 1 : 1 });

/** @param {{model: import("./shared.js").Model, el: HTMLElement}} context */
function render({ model, el }) {
  const about = model.get("about");
  const saved = isSaved(model);
  const subscript = (/** @type {number} */ index) => SUBSCRIPTS[index + 1];
  let lit = { part: /** @type {Part} */ ("column"), index: 0 };
  let newest = -1;
  let [speech, patience] = [0, 0];

  /** Ask Python, in one message. @param {Record<string, any>} traits */
  const ask = (traits) => {
    for (const [trait, value] of Object.entries(traits)) model.set(trait, value);
    model.save_changes();
    clearTimeout(patience);
    patience = setTimeout(() => root.setAttribute("aria-busy", "true"), SLOW);
  };
  /** @param {Vector} trait @param {string} noun @param {Part} part */
  const group = (trait, noun, part) =>
    about.start[trait].map((/** @type {number} */ _, /** @type {number} */ index) => {
      const made = control({
        label: `${trait}${subscript(index)}`,
        long: `${noun} ${index + 1}`,
        limit: about.limits[trait],
        value: model.get(trait)[index],
        warm: trait === "v",
        disabled: saved,
        send: (value) => ask({ [trait]: model.get(trait).map((/** @type {number} */ old, /** @type {number} */ other) => (other === index ? value : old)) }),
      });
      for (const moment of ["focusin", "pointerenter"]) made.element.addEventListener(moment, () => light(part, index));
      return made;
    });
  /** @type {Record<Vector, ReturnType<typeof control>[]>} */
  const controls = { x: group("x", "x", "column"), v: group("v", "v", "row"), u: group("u", "u", "tangent") };

  /** @param {Partial<Record<Vector, number[]>>} vectors @param {Record<string, any>} [more] */
  const place = (vectors, more = {}) => {
    for (const [trait, values] of Object.entries(vectors)) values.forEach((value, index) => controls[trait][index].place(value));
    ask({ ...vectors, ...more });
  };
  const oneHot = (/** @type {Vector} */ trait, /** @type {number} */ index) =>
    place({ [trait]: about.start[trait].map((/** @type {number} */ _, /** @type {number} */ other) => Number(other === index)) });
  /** @param {Vector} trait @param {"row" | "column"} line @param {Part} part */
  const choices = (trait, line, part) =>
    element(
      "div",
      { class: "mg-choices" },
      element("code", { text: `${trait} =` }),
      ...about.start[trait].map((/** @type {number} */ _, /** @type {number} */ index) => {
        const made = button({
          label: `${trait} = e${subscript(index)}: ${trait} picks ${line} ${index + 1}`,
          text: `e${subscript(index)}`,
          onclick: () => {
            light(part, index);
            oneHot(trait, index);
          },
        });
        made.disabled = saved;
        return made;
      }),
    );

  const fill = (/** @type {"rows" | "columns"} */ way) => {
    const next = nextFill(way, { way: model.get("way"), filled: model.get("filled") }, model.get("result").complete);
    lit = { part: "line", index: next.filled - 1 };
    ask(next);
  };
  const actions = [
    button({ label: "fill J by rows: one more row, by a backward pass", text: "fill J by rows", onclick: () => fill("rows") }),
    button({ label: "fill J by columns: one more column, by a forward pass", text: "fill J by columns", onclick: () => fill("columns") }),
    button({ label: "empty J", text: "empty J", onclick: () => ask({ filled: 0 }) }),
    button({
      label: "reset x, v, u and J to how they started",
      text: "reset",
      onclick: () => place(about.start, { way: "rows", filled: about.start.v.length }),
    }),
  ];
  actions[0].classList.add("mg-warm");
  for (const each of actions) each.disabled = saved;

  const caption = (/** @type {string} */ name, /** @type {string} */ words) => element("legend", {}, element("b", { text: name }), words);
  const sliders = (/** @type {Vector} */ trait) => controls[trait].map((each) => each.element);
  const panel = element(
    "div",
    { class: "mg-controls" },
    element("fieldset", {}, caption("x", ", where J is taken"), ...sliders("x")),
    element("fieldset", { class: "mg-v" }, caption("v", ", the cotangent: one weight per output"), ...sliders("v"), choices("v", "row", "row")),
    element("fieldset", {}, caption("u", ", the tangent: one step per input"), ...sliders("u"), choices("u", "column", "tangent")),
    saved ? element("p", { class: "mg-hint mg-note", text: "A saved page: no engine runs behind it, so x, v, u and J stay as they are. In the notebook they move." }) : null,
  );
  const stage = element("div", { class: "mg-stage" });
  const alarm = element("div", { class: "mg-error", role: "alert", hidden: true });
  const why = element("p", { class: "mg-why" });
  const identity = element("p", { class: "mg-why mg-identity" });
  const say = element("p", { class: "mg-say" });
  const ran = element("p", { class: "mg-hint mg-ran" });
  const costs = element("div", { class: "mg-panel mg-costs" });
  const live = liveRegion();
  const root = card(
    `Jacobian of ${about.name} at x`,
    element(
      "div",
      { class: "mg-bar" },
      element("h3", { class: "mg-title" }, "Jacobian of ", element("code", { text: about.name }), " at ", element("code", { text: "x" })),
      element("span", { class: "mg-count", text: about.map }),
      element("span", { class: "mg-grow" }),
      ...actions,
    ),
    element("div", { class: "mg-body" }, panel, element("div", { class: "mg-show" }, alarm, stage, why, identity)),
    element("div", { class: "mg-foot" }, costs, element("div", { class: "mg-panel" }, say, ran)),
    live,
  );
  root.classList.add("mg-jacobian");

  /** Point out a part of J and the reason for its numbers. @param {Part} part @param {number} index */
  function light(part, index) {
    lit = { part, index };
    const { reasons } = model.get("result");
    const rows = model.get("way") === "rows";
    const axis = part === "line" ? (rows ? "row" : "column") : part === "tangent" ? "column" : part;
    const filling = part === "line" || (part === "row" && rows) || (part === "tangent" && !rows);
    why.textContent = reasons[filling ? "line" : part][index] ?? "";
    for (const shape of /** @type {NodeListOf<SVGElement>} */ (stage.querySelectorAll("[data-row], [data-column]")))
      shape.classList.toggle("mg-lit", shape.dataset[axis] === String(index));
    const follows = { x: "column", u: "column", v: "row" };
    for (const [trait, side] of Object.entries(follows))
      controls[trait].forEach((/** @type {ReturnType<typeof control>} */ each, /** @type {number} */ i) => each.element.classList.toggle("mg-lit", axis === side && i === index));
  }
  stage.addEventListener("pointerover", (event) => {
    const cell = /** @type {SVGElement | null} */ (/** @type {Element} */ (event.target).closest(".mg-cell"));
    if (!cell) return;
    const { part, row, column } = cell.dataset;
    if (part === "vjp") light("column", Number(column));
    else if (part === "u" || (part === "J" && model.get("way") === "columns")) light("tangent", Number(column));
    else light("row", Number(row));
    if (part === "jvp") why.textContent = model.get("result").reasons.row[Number(row)];
  });

  // The picture is drawn anew while a handle is dragged: the stage holds the pointer, and the scale stays that of the start.
  /** @type {((event: PointerEvent) => void) | null} */
  let drag = null;
  stage.addEventListener("pointerdown", (event) => {
    const handle = /** @type {SVGElement | null} */ (/** @type {Element} */ (event.target).closest("[data-handle]"));
    if (!handle || saved) return;
    const plane = /** @type {SVGElement} */ (handle.closest("[data-limit]"));
    const box = plane.querySelector("rect").getBoundingClientRect();
    const trait = /** @type {Vector} */ (handle.dataset.handle);
    const base = handle.dataset.base.split(" ").map(Number);
    drag = ({ clientX, clientY }) => {
      const at = inPlane(box, Number(plane.dataset.limit), clientX, clientY);
      place({ [trait]: dragged(at, base, Number(handle.dataset.scale), about.limits[trait]) });
    };
    stage.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  stage.addEventListener("pointermove", (event) => drag?.(event));
  for (const end of ["pointerup", "pointercancel"]) stage.addEventListener(end, () => (drag = null));

  function show() {
    const result = model.get("result");
    if (result.sequence <= newest) return; // a late answer to an earlier question
    const first = newest < 0;
    newest = result.sequence;
    clearTimeout(patience);
    root.removeAttribute("aria-busy");
    const picture = pictureOf(result.picture);
    picture.style.minWidth = `${SMALLEST * picture.width.baseVal.value}px`;
    stage.replaceChildren(picture);
    costs.replaceChildren(...result.costs.map((/** @type {[string, string, "value" | "grad"]} */ cost) => term(...cost)));
    identity.textContent = result.identity;
    say.replaceChildren(...sentence(result.sentence));
    ran.textContent = first ? "" : result.ran;
    alarm.hidden = result.error === null;
    alarm.textContent = result.error === null ? "" : `${result.error}\nThe picture shows the last point that worked.`;
    for (const trait of ["x", "v", "u"]) controls[trait].forEach((/** @type {ReturnType<typeof control>} */ each, /** @type {number} */ index) => each.write(result[trait][index]));
    light(lit.part, lit.index);
    clearTimeout(speech);
    if (!first) speech = setTimeout(() => (live.textContent = lit.part === "line" ? why.textContent : result.spoken), PATIENCE);
  }
  const follow = (/** @type {Vector} */ trait) =>
    onTrait(model, trait, () => model.get(trait).forEach((/** @type {number} */ value, /** @type {number} */ i) => controls[trait][i].place(value)));
  const stops = [onTrait(model, "result", show), follow("x"), follow("v"), follow("u")];
  show();
  el.append(root);
  return () => {
    clearTimeout(speech);
    clearTimeout(patience);
    stops.forEach((stop) => stop());
  };
}

export default { render };
