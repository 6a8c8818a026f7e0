// ComputationGraph: the picture that Python drew, layers that switch, and a panel that explains the chosen node.
import { SMALLEST, button, card, download, element, handleKeys, keepKeys, onTrait, sentence, stageOf, steadied, term } from "./shared.js";

const LAYERS = [["values", "values"], ["gradients", "gradients"], ["saved", "saved"], ["names", "grad_fn names"]];

/** The picture as it looks now, as a file of its own: with the rules and the colours that it has on this page.
 * @param {SVGSVGElement} svg */
function standalone(svg) {
  const rules = [...document.styleSheets]
    .flatMap((sheet) => (sheet.href === null ? [...sheet.cssRules] : [])) // a linked sheet is not ours, and may be unreadable
    .filter((rule) => rule instanceof CSSStyleRule && rule.selectorText.startsWith(".mg-graph"))
    .map((rule) => rule.cssText);
  const probe = svg.parentElement.appendChild(document.createElement("span"));
  const value = (/** @type {string} */ _, /** @type {string} */ name) => {
    const property = /^--mg-(code|ui|math)$/.test(name) ? "fontFamily" : "color";
    probe.style[property] = `var(${name})`;
    return getComputedStyle(probe)[property];
  };
  const css = [...new Set(rules)].join("\n").replace(/var\((--mg-[\w-]+)\)/g, value);
  const copy = /** @type {SVGSVGElement} */ (svg.cloneNode(true));
  probe.style.color = "var(--mg-paper)";
  for (const strip of copy.querySelectorAll("[data-strip]")) strip.removeAttribute("display");
  copy.removeAttribute("style");
  copy.style.background = getComputedStyle(probe).color;
  probe.remove();
  const style = document.createElementNS(svg.namespaceURI, "style");
  style.textContent = css;
  copy.prepend(style);
  return new XMLSerializer().serializeToString(copy);
}

/** @typedef {{left: number, right: number, top: number, bottom: number}} Place */

/** The node to go to from `from` by an arrow key: near, and rather ahead than aside.
 * @param {string} from @param {Map<string, Place>} places @param {string} key */
function neighbour(from, places, key) {
  const middle = (/** @type {Place} */ place) => [(place.left + place.right) / 2, (place.top + place.bottom) / 2];
  const here = middle(places.get(from));
  const [across, sense] = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 1], ArrowUp: [1, -1] }[key];
  let best = from;
  let least = Infinity;
  for (const [other, place] of places) {
    const away = middle(place).map((there, axis) => there - here[axis]);
    const ahead = away[across] * sense;
    const cost = ahead + 3 * Math.abs(away[1 - across]);
    if (ahead > 1 && cost < least) [best, least] = [other, cost];
  }
  return best;
}

/** @param {{heading: string, aside: [string, string][], terms: [string, string, any][], say: [string, string][]}} panel */
const panelOf = ({ heading, aside, terms, say }) =>
  element(
    "div",
    { class: "mg-panel" },
    element("h4", { text: heading }),
    element("span", { class: "mg-aside" }, ...sentence(aside)),
    element("div", { class: "mg-eq" }, ...terms.map((given) => term(...given))),
    element("p", { class: "mg-hint" }, ...sentence(say)),
  );

/** @param {{model: import("./shared.js").Model, el: HTMLElement}} context */
function render({ model, el }) {
  const { name, summary, picture, panels } = model.get("data");
  const { stage, svg, places, reveal } = stageOf(picture);
  const keyOf = (/** @type {Element | null} */ node) => node?.getAttribute("data-node");
  const nodes = new Map(
    [...svg.querySelectorAll("[data-node]")].map((node) => [keyOf(node), /** @type {SVGGElement} */ (node)]),
  );
  svg.setAttribute("role", "group");

  const change = (/** @type {string} */ trait, /** @type {any} */ value) => {
    model.set(trait, value);
    model.save_changes();
  };
  const select = (/** @type {string} */ key) => {
    change("selected", key);
    showSelected();
  };

  const toggles = LAYERS.map(([layer, text]) => {
    const flip = () => {
      const shown = model.get("shown");
      change("shown", shown.includes(layer) ? shown.filter((/** @type {string} */ other) => other !== layer) : [...shown, layer]);
      showLayers();
    };
    return button({ label: `Show ${text}`, title: `Show ${text}`, text, pressed: false, onclick: flip });
  });
  const fit = button({
    label: "Fit the picture to the width",
    text: "fit",
    pressed: false,
    onclick: () => {
      const on = stage.classList.toggle("mg-fit");
      fit.setAttribute("aria-pressed", String(on));
      svg.style.minWidth = on ? "0" : `${SMALLEST * Number(svg.getAttribute("width"))}px`;
    },
  });
  const save = button({
    label: "Download the picture as SVG",
    text: "SVG",
    onclick: () => download(`graph of ${name}.svg`.replace(/[^\w .-]/g, "_"), standalone(svg), "image/svg+xml"),
  });

  const inspector = element("div", { class: "mg-foot mg-two", role: "status", "aria-live": "polite" });
  const steady = steadied(inspector);
  const root = card(
    `Graph of ${name}`,
    element(
      "div",
      { class: "mg-bar" },
      element("h3", { class: "mg-title" }, "Graph of ", element("code", { text: name })),
      element("span", { class: "mg-summary", text: summary }),
      element("span", { class: "mg-grow" }),
      element("span", { class: "mg-toggles" }, ...toggles, fit, save),
    ),
    stage,
    inspector,
  );

  const showLayers = () => {
    const shown = model.get("shown");
    toggles.forEach((toggle, place) => toggle.setAttribute("aria-pressed", String(shown.includes(LAYERS[place][0]))));
    for (const layer of svg.querySelectorAll("[data-layer]"))
      if (shown.includes(layer.getAttribute("data-layer"))) layer.removeAttribute("display");
      else layer.setAttribute("display", "none");
  };
  /** @type {SVGGElement | undefined} */
  let chosen;
  const showSelected = () => {
    chosen?.setAttribute("aria-pressed", "false");
    chosen?.setAttribute("tabindex", "-1");
    chosen = nodes.get(model.get("selected"));
    chosen?.setAttribute("aria-pressed", "true");
    chosen?.setAttribute("tabindex", "0");
    inspector.replaceChildren(...panels[model.get("selected")].map(panelOf));
    steady();
  };

  for (const [key, node] of nodes) {
    node.setAttribute("role", "button");
    node.setAttribute("aria-label", node.querySelector("title").textContent);
    node.setAttribute("aria-pressed", "false");
    node.setAttribute("tabindex", "-1");
    keepKeys(node);
    node.addEventListener("click", () => select(key));
  }
  const focused = (/** @type {KeyboardEvent} */ event) => keyOf(/** @type {Element} */ (event.target).closest("[data-node]"));
  const walk = (/** @type {KeyboardEvent} */ event) => {
    const from = focused(event) ?? (event.target === root ? model.get("selected") : undefined);
    if (from === undefined) return false;
    const to = neighbour(from, places, event.key);
    reveal([to]);
    nodes.get(to).focus({ preventScroll: true });
    select(to);
  };
  const press = (/** @type {KeyboardEvent} */ event) => {
    const key = focused(event);
    return key === undefined ? false : select(key);
  };
  handleKeys(root, { ArrowRight: walk, ArrowLeft: walk, ArrowUp: walk, ArrowDown: walk, Enter: press, " ": press });

  const forget = [onTrait(model, "selected", showSelected), onTrait(model, "shown", showLayers)];
  el.append(root);
  showLayers();
  showSelected();
  reveal([model.get("selected")]);
  return () => forget.forEach((stop) => stop());
}

export default { render };
