// The panel at the end of a sheet: one row a question, drawn anew after each check.
import { card, element, liveRegion, onTrait } from "./shared.js";

/** @typedef {{name: string, title: string, effort: string, state: string, mark: string, met: string}} Row */

const STATES = /** @type {Record<string, string>} */ ({ right: "right", wrong: "not yet", open: "not checked" });

/** @param {{model: import("./shared.js").Model, el: HTMLElement}} context */
function render({ model, el }) {
  const heading = element("h3", { class: "mg-title" });
  const body = element("tbody");
  const live = liveRegion();
  const root = card(
    "Progress",
    element("div", { class: "mg-bar" }, heading),
    element("div", { class: "mg-panel" }, element("table", {}, body),
      element("p", { class: "mg-hint", text: "Counted in this session, in this notebook. Nothing is sent anywhere." })),
    live,
  );
  root.classList.add("mg-progress");
  let spoken = false;
  function show() {
    heading.textContent = model.get("title");
    body.replaceChildren(
      ...model.get("rows").map((/** @type {Row} */ row) =>
        element(
          "tr",
          { class: `mg-is-${row.state}` },
          element("td", { class: "mg-mark", title: STATES[row.state] }, element("span", { role: "img", "aria-label": STATES[row.state], text: row.mark })),
          element("th", { scope: "row", text: row.name }),
          element("td", {}, row.title, row.met ? element("small", { text: `met: ${row.met}` }) : null),
          element("td", { class: "mg-effort", text: row.effort }),
        ),
      ),
    );
    if (spoken) live.textContent = model.get("title");
    spoken = true;
  }
  const stop = onTrait(model, "rows", show);
  el.append(root);
  show();
  return stop;
}

export default { render };
