// Explanation: a question, its answer, and for a gradient the paths it came along, each of which can be lit.
import { card, element, handleKeys, liveRegion, onTrait, sentence, sign, stageOf, term } from "./shared.js";

/** @typedef {{way: string, factors: string[], part: string, nodes: string[], edges: string[]}} Row */

/** A path's equation: its local derivatives, and what they multiply to. @param {{factors: string[], part: string}} row */
const equation = ({ factors, part }) => {
  const chip = (/** @type {string} */ text, /** @type {string} */ hue) => element("span", { class: `mg-chip mg-is-${hue}`, text });
  const product = factors.flatMap((factor, place) => [place ? sign("×") : null, chip(factor, place ? "value" : "grad")]);
  const result = element("span", { class: "mg-result" }, factors.length ? sign("=") : null, chip(part, "grad"));
  return element("span", { class: "mg-product" }, ...product, result);
};

/** @param {{model: import("./shared.js").Model, el: HTMLElement}} context */
function render({ model, el }) {
  const { question, answer, advice, code, line, facts, rows, total, picture } = model.get("data");
  const shown = picture ? stageOf(picture) : null;
  const live = liveRegion();

  const choose = (/** @type {number} */ path) => {
    model.set("path", path);
    model.save_changes();
  };
  const buttons = rows.map((/** @type {Row} */ row, /** @type {number} */ place) =>
    element(
      "button",
      { class: "mg-path", type: "button", "aria-pressed": "false", onclick: () => choose(model.get("path") === place ? -1 : place) },
      element("span", { class: "mg-way", text: row.way }),
      equation(row),
    ),
  );
  const step = (/** @type {number} */ by) => (/** @type {KeyboardEvent} */ event) => {
    if (!buttons.length) return false;
    const at = buttons.indexOf(/** @type {HTMLButtonElement} */ (event.target));
    const next = Math.min(Math.max(at + by, 0), buttons.length - 1);
    buttons[next].focus();
    choose(next);
  };

  const code_ = (/** @type {string[]} */ lines) =>
    element("div", { class: "mg-code mg-fix" }, ...lines.map((text) => element("span", { text })));
  const left = element(
    "div",
    { class: "mg-panel" },
    element("p", { class: "mg-say" }, ...sentence(answer)),
    line ? code_([line]) : null,
    shown && rows.length ? element("p", { class: "mg-hint", text: "Press a path to see it in the graph." }) : null,
    advice.length ? element("p", { class: "mg-hint" }, ...sentence(advice)) : null,
    code.length ? code_(code) : null,
  );
  const right = element("div", { class: "mg-panel" });
  if (rows.length)
    right.append(
      ...buttons,
      element("div", { class: "mg-path mg-sum", title: "the paths added up" }, element("span", { class: "mg-way", text: "sum" }), equation({ factors: [], part: total })),
    );
  else right.append(element("div", { class: "mg-eq" }, ...facts.map((/** @type {[string, string, any]} */ fact) => term(...fact))));

  const root = card(
    question,
    element("div", { class: "mg-bar" }, element("h3", { class: "mg-title", text: question })),
    shown?.stage ?? null,
    element("div", { class: "mg-foot mg-two" }, left, right),
    live,
  );
  root.classList.add("mg-explain");
  handleKeys(root, { ArrowDown: step(1), ArrowUp: step(-1), Escape: () => (model.get("path") < 0 ? false : choose(-1)) });

  let spoken = false;
  function show() {
    const path = model.get("path");
    const row = rows[path];
    buttons.forEach((/** @type {HTMLElement} */ button, /** @type {number} */ place) => button.setAttribute("aria-pressed", String(place === path)));
    if (shown) {
      shown.svg.classList.toggle("mg-traced", path >= 0);
      for (const drawn of shown.svg.querySelectorAll("[data-path]"))
        if (drawn.getAttribute("data-path") === String(path)) drawn.removeAttribute("display");
        else drawn.setAttribute("display", "none");
      for (const node of shown.svg.querySelectorAll("[data-node]"))
        node.classList.toggle("mg-lit", row !== undefined && row.nodes.includes(node.getAttribute("data-node")));
      if (row) shown.reveal(row.nodes);
    }
    if (spoken) live.textContent = row ? `${row.way}: ${row.factors.join(" times ")}${row.factors.length ? " is " : ""}${row.part}` : "no path is lit";
    spoken = true;
  }
  const stop = onTrait(model, "path", show);
  el.append(root);
  show();
  return stop;
}

export default { render };
