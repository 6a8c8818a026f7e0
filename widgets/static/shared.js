// What all widgets' front ends share. view.py joins it with each widget's own module.

/** @typedef {{get(name: string): any, set(name: string, value: any): void, save_changes(): void,
 *   on(name: string, listener: Function): void, off(name: string, listener: Function): void}} Model */

// What scrolls takes the focus too, so that keys can scroll it.
const FOCUSABLE = /^(button|input|select|textarea)\b|\bmg-(stage|code|figures)\b/;

/** Keep JupyterLab's shortcuts from the keys pressed on an element. It looks for a shortcut from the focus upwards, and
 * some of its selectors fit any focus: so the mark is on whatever takes the focus, and not on the widget alone.
 * @param {Element} target */
export const keepKeys = (target) => target.setAttribute("data-lm-suppress-shortcuts", "true");

/**
 * Build an element. `text` sets its text, `class` its class; `onclick` and the like are listened to; any other key is
 * an attribute: true sets it empty, false, null and undefined leave it out. Nothing is ever parsed as markup.
 * @template {keyof HTMLElementTagNameMap} Tag @param {Tag} tag @param {Record<string, any>} [options] @param {...(Node|string|null)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, options = {}, ...children) {
  const made = document.createElement(tag);
  for (const [key, value] of Object.entries(options)) {
    if (key === "text") made.textContent = value;
    else if (typeof value === "function") made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value != null) made.setAttribute(key, value);
  }
  if (options.tabindex || FOCUSABLE.test(`${tag} ${options.class}`)) keepKeys(made);
  made.append(...children.filter((child) => child != null));
  return made;
}

/** The card every widget lives in: named for screen readers, focusable, and its keys stay its own.
 * @param {string} label @param {...Node} children */
export function card(label, ...children) {
  return element(
    "div",
    { class: "mg", role: "group", "aria-label": label, tabindex: "0" },
    ...children,
  );
}

/** A button; `icon` is SVG path data on a 16 × 16 grid, `text` what is written on it, `label` what is read aloud.
 * @param {{label: string, text?: string, icon?: string, title?: string, pressed?: boolean, onclick: Function}} options */
export function button({ label, text = "", icon, title = label, pressed, onclick }) {
  const made = element("button", { class: "mg-btn", type: "button", "aria-label": label, title, onclick });
  if (pressed !== undefined) made.setAttribute("aria-pressed", String(pressed));
  if (icon) made.append(iconOf(icon));
  made.append(text);
  return made;
}

/** @param {string} path */
export function iconOf(path) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(svg.namespaceURI, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

/** A native slider. `setRange` moves it from code.
 * @param {{label: string, min: number, max: number, step: number | "any", value: number, oninput: (value: number) => void}} options */
export function rangeInput({ label, min, max, step, value, oninput }) {
  const made = element("input", { class: "mg-range", type: "range", "aria-label": label, min, max, step });
  setRange(made, value);
  made.addEventListener("input", () => {
    setRange(made, Number(made.value));
    oninput(Number(made.value));
  });
  return made;
}

/** @param {HTMLInputElement} range @param {number} value @param {string} [text] what is read aloud for the number */
export function setRange(range, value, text) {
  range.value = String(value);
  const [low, high] = [Number(range.min), Number(range.max)];
  range.style.setProperty("--mg-fill", `${high > low ? (100 * (Number(range.value) - low)) / (high - low) : 0}%`);
  if (text !== undefined) range.setAttribute("aria-valuetext", text);
}

/** A number with its caption; a matrix has its rows below each other.
 * @param {string} caption @param {string} text @param {"value" | "grad" | ""} hue */
export function term(caption, text, hue) {
  const kind = hue ? ` mg-is-${hue}` : "";
  const rows = text.replaceAll("], [", "],\n [");
  return element("div", { class: "mg-term" }, element("small", { text: caption }), element("span", { class: `mg-chip${kind}`, text: rows }));
}

/** A sign between terms. @param {string} text */
export const sign = (text) => element("span", { class: "mg-sign", text });

/** A sentence as Python sends it: [["strong" | "code" | "text", words], ...].
 * @param {[string, string][]} parts @returns {Node[]} */
export const sentence = (parts) =>
  parts.map(([kind, text]) =>
    kind === "strong" || kind === "code" ? element(kind === "strong" ? "b" : "code", { text }) : document.createTextNode(text),
  );

/** A region that is read aloud when its text changes. */
export const liveRegion = () => element("div", { class: "mg-live", role: "status", "aria-live": "polite" });

/** The picture that Python drew, as an element of this document. @param {string} markup */
export function pictureOf(markup) {
  const parsed = new DOMParser().parseFromString(markup, "image/svg+xml").documentElement;
  return /** @type {SVGSVGElement} */ (/** @type {unknown} */ (document.importNode(parsed, true)));
}

/** Handle keys while the focus is inside `root`: a handled key goes no further, so the notebook never sees it.
 * A handler may return false to leave the key alone.
 * @param {HTMLElement} root @param {Record<string, (event: KeyboardEvent) => any>} handlers by `event.key` */
export function handleKeys(root, handlers) {
  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const handler = handlers[event.key];
    if (!handler || handler(event) === false) return;
    event.preventDefault();
    event.stopPropagation();
  });
}

/** Let a panel grow and not shrink, so that what stands below it keeps its place while its words change. The returned
 * function is to be called after each change; in another width, a panel begins anew. @param {HTMLElement} panel */
export function steadied(panel) {
  let [width, height] = [0, 0];
  return () => {
    if (panel.clientWidth !== width) [width, height, panel.style.minHeight] = [panel.clientWidth, 0, ""];
    const needed = Math.ceil(panel.getBoundingClientRect().height);
    if (needed > height) panel.style.minHeight = `${(height = needed)}px`;
  };
}

/** Listen to a trait; the returned function stops listening. @param {Model} model @param {string} trait @param {() => void} listener */
export function onTrait(model, trait, listener) {
  model.on(`change:${trait}`, listener);
  return () => model.off(`change:${trait}`, listener);
}

/** @param {string} name @param {BlobPart} content @param {string} type */
export function download(name, content, type) {
  const url = URL.createObjectURL(new Blob([content], { type }));
  element("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

/** Whether this is a saved page, where no kernel answers. @param {Model} model */
export const isSaved = (model) => model.get("saved_page") === true;

/** The scale below which a picture's numbers could not be read. */
export const SMALLEST = 0.68;

const STRIP = 1200; // width of the upright strips in which drawing.py gathers what it draws
const REACH = 24; // what is kept free around what is shown

/**
 * A graph's picture on a stage: as wide as it was drawn, smaller where there is less room, down to where it stays
 * readable; from there on the stage scrolls, and holds only what is near, so that a huge graph stays quick.
 * `places` has the box of each node, in the picture's units; `reveal` scrolls the stage, and only it, to nodes.
 * @param {string} markup
 */
export function stageOf(markup) {
  const svg = pictureOf(markup);
  const width = Number(svg.getAttribute("width"));
  Object.assign(svg.style, { width: "100%", height: "auto", maxWidth: `${width}px`, minWidth: `${SMALLEST * width}px` });
  const stage = element("div", { class: "mg-stage" }, svg);

  const offset = /** @type {SVGGElement} */ (svg.querySelector("g[transform]")).transform.baseVal.getItem(0).matrix;
  /** @type {Map<string, {left: number, right: number, top: number, bottom: number}>} */
  const places = new Map();
  for (const node of svg.querySelectorAll("[data-node]")) {
    const [x, y, wide, high] = ["x", "y", "width", "height"].map((name) => Number(node.querySelector(".mg-body").getAttribute(name)));
    const [left, top] = [x + offset.e, y + offset.f];
    places.set(node.getAttribute("data-node"), { left, top, right: left + wide, bottom: top + high });
  }

  const strips = [...svg.querySelectorAll("[data-strip]")];
  const gather = () => {
    const scale = svg.clientWidth / width || 1;
    const first = stage.scrollLeft / scale / STRIP - 2;
    const last = (stage.scrollLeft + (stage.clientWidth || width)) / scale / STRIP + 1;
    for (const strip of strips) {
      const place = Number(strip.getAttribute("data-strip"));
      if (place > first && place < last) strip.removeAttribute("display");
      else strip.setAttribute("display", "none");
    }
  };
  if (width > 6 * STRIP) {
    stage.addEventListener("scroll", gather, { passive: true });
    requestAnimationFrame(gather);
  }

  /** @param {string[]} keys */
  const reveal = (keys) => {
    const found = keys.map((key) => places.get(key)).filter((place) => place !== undefined);
    const [room, tall] = [stage.clientWidth, stage.clientHeight];
    if (!found.length || (stage.scrollWidth <= room && stage.scrollHeight <= tall)) return;
    const scale = svg.clientWidth / width;
    const near = svg.getBoundingClientRect().top - stage.getBoundingClientRect().top + stage.scrollTop;
    const left = scale * Math.min(...found.map((place) => place.left)) - REACH;
    const right = scale * Math.max(...found.map((place) => place.right)) + REACH;
    const top = near + scale * Math.min(...found.map((place) => place.top)) - REACH;
    const bottom = near + scale * Math.max(...found.map((place) => place.bottom)) + REACH;
    if (left < stage.scrollLeft || right > stage.scrollLeft + room) stage.scrollLeft = (left + right - room) / 2;
    if (top < stage.scrollTop || bottom > stage.scrollTop + tall) stage.scrollTop = (top + bottom - tall) / 2;
    if (width > 6 * STRIP) gather();
  };
  return { stage, svg, places, reveal };
}
