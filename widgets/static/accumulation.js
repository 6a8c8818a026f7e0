import { card, element, liveRegion, onTrait, pictureOf, sentence } from "./shared.js";

/** @param {{model: import("./shared.js").Model, el: HTMLElement}} context */
function render({ model, el }) {
  const variants = model.get("variants");

  const lines = model.get("code").map(({ number, text, switch: switchable }) => {
    const code = element("span", { class: "mg-line", text });
    const name = element("i", { text: String(number) });
    if (!switchable) return { number, element: element("span", {}, name, code) };
    const box = element("input", { type: "checkbox", "aria-label": `line ${number}: ${text.trim()}` });
    box.addEventListener("change", () => {
      const others = model.get("off").filter((line) => line !== number);
      model.set("off", box.checked ? others : [...others, number].sort((a, b) => a - b));
      model.save_changes();
    });
    // The indent stays outside of what is struck through.
    const indent = text.slice(0, text.length - text.trimStart().length);
    code.textContent = text.trimStart();
    return { number, box, element: element("span", {}, element("label", { class: "mg-switch" }, name, box, indent, code)) };
  });

  const badge = element("span", { class: "mg-phase" });
  const stage = element("div", { class: "mg-stage" });
  const say = element("p", { class: "mg-say" });
  const hint = element("p", { class: "mg-hint" });
  const figures = element("div", { class: "mg-panel mg-figures" });
  const live = liveRegion();
  const root = card(
    "Accumulation lab",
    element("div", { class: "mg-bar" }, element("h3", { class: "mg-title", text: "Accumulation lab" }), badge),
    element(
      "div",
      { class: "mg-body" },
      element("div", { class: "mg-code" }, ...lines.map((line) => line.element)),
      stage,
      element("div", { class: "mg-panel mg-words" }, say, hint),
      figures,
    ),
    live,
  );
  root.classList.add("mg-accumulation");

  function table({ rows, marked }) {
    const cell = (figure, row, column) => {
      const isMarked = marked !== null && marked[0] === row && marked[1] === column;
      return element("td", {}, isMarked ? element("span", { class: "mg-mark", text: figure, title: "the first number that differs" }) : figure);
    };
    const epochs = rows[0].figures.map((_, epoch) => element("th", { scope: "col", text: String(epoch + 1) }));
    return element(
      "table",
      {},
      element("thead", {}, element("tr", {}, element("th", { scope: "col", text: "epoch" }), ...epochs)),
      element(
        "tbody",
        {},
        ...rows.map(({ name, hue, figures: values }, row) =>
          element(
            "tr",
            { class: `mg-is-${hue}` },
            element("th", { scope: "row", text: name }),
            ...values.map((figure, column) => cell(figure, row, column)),
          ),
        ),
      ),
    );
  }

  let spoken = false;
  function show() {
    const off = model.get("off");
    const variant = variants[off.join(",")];
    for (const line of lines) {
      line.element.classList.toggle("mg-now", off.includes(line.number));
      if (line.box) line.box.checked = !off.includes(line.number);
    }
    badge.textContent = variant.badge;
    badge.classList.toggle("mg-forward", off.length === 0);
    stage.replaceChildren(pictureOf(variant.picture));
    say.replaceChildren(...sentence(variant.sentence));
    hint.replaceChildren(...sentence(variant.hint));
    figures.replaceChildren(table(variant));
    if (spoken) live.textContent = `${variant.badge}. ${variant.difference}.`;
    spoken = true;
  }
  const stop = onTrait(model, "off", show);
  show();
  el.append(root);
  return stop;
}

export default { render };
