// ComputationGraph: the picture that Python drew, boxes that open below it, and a panel that explains the chosen node.
import { SMALLEST, button, card, download, element, handleKeys, keepKeys, onTrait, rangeInput, sentence, setRange, stageOf, steadied, term } from "./shared.js";

const LAYERS = [["values", "values"], ["gradients", "gradients"], ["saved", "saved"], ["names", "grad_fn names"], ["maths", "maths"]];
const APART = { names: "maths", maths: "names" }; // they stand in the same place
const KEYS = ["← → along the edges", "/ search", "+ − 0 zoom", "drag to move"].map((keys) => keys.replaceAll(" ", "\u00a0")).join(" \u00a0· \u00a0");
const [LEAST, MOST] = [0.02, 4]; // pixels for one unit of a picture
const READABLE = 0.5; // pixels for one unit, below which a node that is looked for is enlarged
const DRAG = 4; // pixels that tell a drag from a click
const BIGGEST = 8000; // pixels across a PNG: browsers refuse much more

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
  copy.setAttribute("class", "mg-graph");
  copy.style.background = getComputedStyle(probe).color;
  probe.remove();
  const style = document.createElementNS(svg.namespaceURI, "style");
  style.textContent = css;
  copy.prepend(style);
  return new XMLSerializer().serializeToString(copy);
}

/** A picture drawn into pixels, two for one where that is not too many. @param {SVGSVGElement} svg @returns {Promise<Blob>} */
async function pixels(svg) {
  const [width, height] = ["width", "height"].map((name) => Number(svg.getAttribute(name)));
  const scale = Math.min(2, BIGGEST / width, BIGGEST / height);
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width * scale, height * scale];
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(standalone(svg))}`;
  await image.decode();
  const paper = canvas.getContext("2d");
  paper.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}

/** What Python packed. @param {string} packed */
const unpacked = (packed) => {
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))).json();
};

/** @typedef {{left: number, right: number, top: number, bottom: number}} Place */

/** Of some nodes, the one to go to from `from` by an arrow key: near, and rather ahead than aside.
 * @param {string} from @param {Iterable<string>} others @param {Map<string, Place>} places @param {string} key */
function nearest(from, others, places, key) {
  const middle = (/** @type {string} */ node) => {
    const { left, right, top, bottom } = places.get(node);
    return [(left + right) / 2, (top + bottom) / 2];
  };
  const here = middle(from);
  const [across, sense] = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 1], ArrowUp: [1, -1] }[key];
  let best;
  let least = Infinity;
  for (const other of others) {
    const away = middle(other).map((there, axis) => there - here[axis]);
    const ahead = away[across] * sense;
    const cost = ahead + 3 * Math.abs(away[1 - across]);
    if (ahead > 1 && cost < least) [best, least] = [other, cost];
  }
  return best;
}

/** All that can be reached from a node. @param {string} from @param {Map<string, string[]>} next */
function reached(from, next) {
  const found = new Set([from]);
  for (const key of found) for (const other of next.get(key) ?? []) found.add(other);
  return found;
}

/** The node that has the same part in another round. @param {string} node
 * @param {Record<string, string>} parts the nodes of its round, by their parts @param {Record<string, string>} others */
const counterpart = (node, parts, others) => others[Object.keys(parts).find((part) => parts[part] === node && part in others)];

/**
 * A picture whose nodes can be pointed at, walked along and chosen, and which can be zoomed and moved.
 * @param {string} markup @param {(key: string) => void} choose @param {() => void} moved called after zooming
 */
function sheetOf(markup, choose, moved) {
  const { stage, svg, places, reveal } = stageOf(markup);
  svg.setAttribute("role", "group");
  const keyOf = (/** @type {EventTarget | null} */ target) => /** @type {Element} */ (target)?.closest?.("[data-node]")?.getAttribute("data-node");
  const nodes = new Map([...svg.querySelectorAll("[data-node]")].map((node) => [keyOf(node), /** @type {SVGGElement} */ (node)]));
  const edges = [...svg.querySelectorAll("[data-tail]")].map((line) => ({ line, tail: line.getAttribute("data-tail"), head: line.getAttribute("data-head") }));
  /** @type {Map<string, string[]>[]} */
  const [after, before] = [new Map(), new Map()];
  for (const { tail, head } of edges) {
    after.set(tail, [...(after.get(tail) ?? []), head]);
    before.set(head, [...(before.get(head) ?? []), tail]);
  }
  let dragged = false;

  for (const [key, node] of nodes) {
    node.setAttribute("role", "button");
    node.setAttribute("aria-label", node.querySelector("title").textContent);
    node.setAttribute("aria-pressed", "false");
    node.setAttribute("tabindex", "-1");
    keepKeys(node);
    node.addEventListener("click", () => dragged || choose(key));
  }

  // Where the value of a node comes from, and through what its gradient comes back.
  const light = (/** @type {string | undefined} */ key) => {
    svg.classList.toggle("mg-lit", key !== undefined);
    if (key === undefined) return;
    const [up, down] = [reached(key, before), reached(key, after)];
    svg.classList.toggle("mg-no-grad", nodes.get(key).querySelector(".mg-const") !== null);
    for (const [other, node] of nodes) node.classList.toggle("mg-on", up.has(other) || down.has(other));
    for (const { line, tail, head } of edges) {
      line.classList.toggle("mg-up", up.has(head));
      line.classList.toggle("mg-down", down.has(tail));
    }
  };
  svg.addEventListener("pointerover", (event) => light(keyOf(event.target)));
  svg.addEventListener("pointerleave", () => light(undefined));
  // On the stage: an SVG picture that listens for the focus becomes a stop of the Tab key.
  stage.addEventListener("focusin", (event) => /** @type {Element} */ (event.target).matches(":focus-visible") && light(keyOf(event.target)));
  stage.addEventListener("focusout", () => light(undefined));

  /** The node to walk to. @param {string} from @param {string} key */
  const walk = (from, key) => {
    const [heads, tails] = [after.get(from) ?? [], before.get(from) ?? []];
    if (key === "ArrowRight") return nearest(from, heads, places, key);
    if (key === "ArrowLeft") return nearest(from, tails, places, key);
    const beside = [...heads.flatMap((head) => before.get(head)), ...tails.flatMap((tail) => after.get(tail))];
    return nearest(from, beside, places, key) ?? nearest(from, places.keys(), places, key);
  };

  const [width, height] = ["width", "height"].map((name) => Number(svg.getAttribute(name)));
  const scale = () => svg.clientWidth / width;
  /** Show the picture so much larger, and what is at a point of the screen at that point. */
  const zoom = (/** @type {number} */ to, /** @type {number} */ x, /** @type {number} */ y) => {
    stage.style.height ||= `${stage.offsetHeight}px`; // what stands below keeps its place
    const was = svg.getBoundingClientRect();
    const now = Math.min(Math.max(to, LEAST), MOST);
    Object.assign(svg.style, { width: `${now * width}px`, minWidth: "0", maxWidth: "none" });
    const { left, top } = svg.getBoundingClientRect();
    stage.scrollLeft += left + ((x - was.left) * now * width) / was.width - x;
    stage.scrollTop += top + ((y - was.top) * now * width) / was.width - y;
    stage.dispatchEvent(new Event("scroll")); // more, or less, is in sight, even where nothing scrolled
  };
  const zoomBy = (/** @type {number} */ factor) => {
    const { left, top } = stage.getBoundingClientRect();
    zoom(scale() * factor, left + stage.clientWidth / 2, top + stage.clientHeight / 2);
  };
  const fit = () => {
    const room = parseFloat(getComputedStyle(stage).paddingTop) * 2;
    zoom(Math.min(stage.clientWidth / width, Math.max(stage.clientHeight - room, 60) / height, 1), 0, 0);
  };
  let turned = 0;
  stage.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      if (turned === 0) // once a frame, however fast the wheel turns
        requestAnimationFrame(() => {
          zoom(scale() * Math.exp(-turned / 300), event.clientX, event.clientY);
          turned = 0;
        });
      turned += event.deltaY;
    },
    { passive: false },
  );
  stage.addEventListener("scroll", moved, { passive: true });
  stage.addEventListener("pointerdown", (event) => {
    dragged = false;
    if (event.pointerType !== "mouse" || event.button !== 0) return; // a finger scrolls without us
    let [x, y] = [event.clientX, event.clientY];
    const drag = (/** @type {PointerEvent} */ move) => {
      if (!dragged && Math.hypot(move.clientX - x, move.clientY - y) < DRAG) return;
      dragged = true;
      stage.classList.add("mg-dragged");
      stage.scrollBy(x - move.clientX, y - move.clientY);
      [x, y] = [move.clientX, move.clientY];
    };
    const drop = () => {
      stage.classList.remove("mg-dragged");
      window.removeEventListener("pointermove", drag);
    };
    window.addEventListener("pointermove", drag);
    window.addEventListener("pointerup", drop, { once: true });
    window.addEventListener("pointercancel", drop, { once: true });
  });

  const mark = (/** @type {string} */ chosen) => {
    const stop = nodes.has(chosen) ? chosen : nodes.keys().next().value;
    for (const [key, node] of nodes) {
      node.setAttribute("aria-pressed", String(key === chosen));
      node.setAttribute("tabindex", key === stop ? "0" : "-1");
    }
  };
  /** @param {{stage: HTMLElement, svg: SVGSVGElement}} other a sheet of the same form, whose place this one takes */
  const replace = (other) => {
    const { scrollLeft, scrollTop } = other.stage;
    stage.style.cssText = other.stage.style.cssText;
    svg.style.cssText = other.svg.style.cssText;
    other.stage.replaceWith(stage);
    Object.assign(stage, { scrollLeft, scrollTop });
  };
  return { stage, svg, nodes, places, reveal, keyOf, walk, scale, zoom, zoomBy, fit, mark, replace };
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
  const data = model.get("data");
  const drawn = data.search.length > 0;
  /** @type {any} what is in the boxes, once it is unpacked */
  let inside = data.inside ? undefined : { boxes: {}, panels: {}, search: [], where: {} };
  /** @type {Promise<any> | undefined} */
  let coming;
  /** Do something with what is in the boxes: at once, if it is there. @param {() => void} then */
  const withInside = (then) => {
    if (inside) return then();
    coming ??= unpacked(data.inside).then((found) => (inside = found));
    coming.then(then);
  };

  const change = (/** @type {string} */ trait, /** @type {any} */ value) => {
    model.set(trait, value);
    model.save_changes();
  };
  const select = (/** @type {string} */ key) => {
    change("selected", key);
    showSelected();
  };
  const open = (/** @type {[string, number][]} */ path) => {
    change("opened", path);
    showOpened();
  };
  const isBox = (/** @type {string} */ key) => sheets().some((sheet) => sheet.nodes.get(key)?.querySelector(".mg-plus"));
  /** Choose a node of the sheet at a depth; a box opens, or closes. */
  const chooseAt = (/** @type {number} */ depth) => (/** @type {string} */ key) => {
    select(key);
    if (!isBox(key)) return;
    const path = model.get("opened");
    open(path[depth]?.[0] === key ? path.slice(0, depth) : [...path.slice(0, depth), [key, 1]]);
  };

  const main = sheetOf(data.picture, chooseAt(0), () => moved());
  /** @type {{key: string, sheet: ReturnType<typeof sheetOf>, root: HTMLElement, show: (number: number) => void, at: () => any, point: () => void}[]} */
  const lenses = [];
  const sheets = () => [main, ...lenses.map((lens) => lens.sheet)];

  // Tools

  const toggles = LAYERS.map(([layer, text]) => {
    const flip = () => {
      const shown = model.get("shown").filter((/** @type {string} */ other) => other !== APART[/** @type {"names"} */ (layer)]);
      change("shown", shown.includes(layer) ? shown.filter((/** @type {string} */ other) => other !== layer) : [...shown, layer]);
      showLayers();
    };
    return button({ label: `Show ${text}`, text, pressed: false, onclick: flip });
  });
  const zoomed = element("span", { class: "mg-zoomed" });
  const zooms = [
    button({ label: "Zoom out", title: "Zoom out (−)", text: "−", onclick: () => main.zoomBy(0.8) }),
    zoomed,
    button({ label: "Zoom in", title: "Zoom in (+, or Ctrl and the wheel)", text: "+", onclick: () => main.zoomBy(1.25) }),
    button({ label: "Fit the whole picture", title: "Fit the whole picture (0)", text: "fit", onclick: () => main.fit() }),
  ];
  const fileName = `graph of ${data.name}`.replace(/[^\w .-]/g, "_");
  const files = [
    button({
      label: "Download the picture as SVG",
      text: "↓ SVG",
      onclick: () => download(`${fileName}.svg`, standalone(main.svg), "image/svg+xml"),
    }),
    button({
      label: "Download the picture as PNG",
      text: "↓ PNG",
      onclick: async () => download(`${fileName}.png`, await pixels(main.svg), "image/png"),
    }),
  ];
  const search = element("input", { class: "mg-search", type: "search", placeholder: "search  /", "aria-label": "Search names and operations" });
  const found = element("span", { class: "mg-found", "aria-live": "polite" });

  /** @type {string[]} */
  let hits = [];
  let at = -1;
  const markHits = () => {
    for (const sheet of sheets()) for (const [key, node] of sheet.nodes) node.classList.toggle("mg-hit", hits.includes(key));
  };
  const look = () =>
    withInside(() => {
      const words = search.value.trim().toLowerCase();
      const all = [...data.search, ...inside.search];
      hits = words ? all.filter(([, text]) => text.toLowerCase().includes(words)).map(([key]) => key) : [];
      at = -1;
      found.textContent = words && (hits.length ? `${hits.length} found · Enter goes there` : "not found");
      markHits();
    });
  const goToHit = (/** @type {number} */ step) =>
    withInside(() => {
      if (!hits.length) return;
      at = at < 0 && step < 0 ? hits.length - 1 : (at + step + hits.length) % hits.length;
      found.textContent = `${at + 1} of ${hits.length}`;
      goTo(hits[at]);
    });
  /** Select a node and show it, in whatever box it is. @param {string} key */
  const goTo = (key) => {
    select(key);
    if (!main.nodes.has(key)) open(inside.where[key]);
    for (const sheet of sheets()) {
      if (sheet.nodes.has(key) && sheet.scale() < READABLE) sheet.zoom(SMALLEST, 0, 0);
      sheet.reveal([key]);
    }
  };
  search.addEventListener("input", look);
  handleKeys(search, {
    Enter: (event) => goToHit(event.shiftKey ? -1 : 1),
    Escape: () => {
      search.value = "";
      look();
      root.focus();
    },
  });

  const legend = element(
    "span",
    { class: "mg-legend", "aria-hidden": "true" },
    element("span", { class: "mg-keys", text: KEYS }),
    element("span", { class: "mg-lines" }, element("i"), "its value comes from there", element("i"), "its gradient comes back"),
  );
  const inspector = element("div", { class: "mg-foot mg-two", role: "status", "aria-live": "polite" });
  const steady = steadied(inspector);
  const opened = element("div", { class: "mg-lenses" });
  const root = card(
    `Graph of ${data.name}`,
    element(
      "div",
      { class: "mg-bar" },
      element("h3", { class: "mg-title" }, "Graph of ", element("code", { text: data.name })),
      element("span", { class: "mg-summary", text: data.summary }),
      element("span", { class: "mg-grow" }),
      drawn ? element("span", { class: "mg-toggles" }, ...toggles) : null,
    ),
    main.stage,
    element(
      "div",
      { class: "mg-strip" },
      ...(drawn ? [search, found, legend, element("span", { class: "mg-toggles" }, ...zooms)] : []),
      element("span", { class: "mg-toggles" }, ...files),
    ),
    opened,
    inspector,
  );

  // Boxes that are open

  /** @param {string} key @param {number} depth @param {number} number the round that shows first */
  const lensOf = (key, depth, number) => {
    const { kind, label, title, total, rounds } = inside.boxes[key];
    const placeOf = (/** @type {number} */ sought) => rounds.findLastIndex((/** @type {any} */ round) => round.number <= sought);
    let place = -1;
    const goToRound = (/** @type {number} */ to) => {
      const next = rounds[Math.max(0, Math.min(rounds.length - 1, to))];
      const deeper = model.get("opened").slice(depth + 1);
      // What was chosen and what was open stay so, in the other round.
      const across = (/** @type {string} */ node) => counterpart(node, rounds[place].parts, next.parts) ?? node;
      const selected = across(model.get("selected"));
      open([...model.get("opened").slice(0, depth), [key, next.number], ...deeper.map((/** @type {any} */ [box, number]) => [across(box), number])]);
      if (selected !== model.get("selected")) select(selected);
    };
    const count = element("span", { class: "mg-count" });
    const range = rangeInput({ label: "Round", min: 0, max: rounds.length - 1, step: 1, value: 0, oninput: goToRound });
    const turns = [
      button({ label: "Round before", title: "Round before (Page Up)", icon: "M11 3L5 8l6 5z", onclick: () => goToRound(place - 1) }),
      range,
      button({ label: "Next round", title: "Next round (Page Down)", icon: "M5 3l6 5-6 5z", onclick: () => goToRound(place + 1) }),
      count,
    ];
    const close = () => {
      open(model.get("opened").slice(0, depth));
      sheets()[depth].nodes.get(key)?.focus();
    };
    const lens = {
      key,
      sheet: sheetOf(rounds[placeOf(number)].picture, chooseAt(depth + 1), () => moved()),
      root: element("div", { class: "mg-lens", role: "group" }),
      at: () => ({ kind, rounds, place }),
      show: (/** @type {number} */ sought) => {
        const to = placeOf(sought);
        if (to === place) return;
        if (place >= 0) {
          const focused = lens.sheet.keyOf(document.activeElement);
          const was = lens.sheet;
          lens.sheet = sheetOf(rounds[to].picture, chooseAt(depth + 1), () => moved());
          lens.sheet.replace(was);
          if (focused !== undefined && was.stage.contains(was.nodes.get(focused)))
            lens.sheet.nodes.get(counterpart(focused, rounds[place].parts, rounds[to].parts))?.focus({ preventScroll: true });
        }
        place = to;
        const { number: shown } = rounds[to];
        const words = `round ${shown} of ${total}${rounds.length < total ? ` (${rounds.length} of them are here)` : ""}`;
        count.textContent = words;
        setRange(range, to, words);
        lens.root.setAttribute("aria-label", `Inside ${label} ${title}${kind === "loop" ? `, ${words}` : ""}`);
        turns[0].toggleAttribute("disabled", to === 0);
        turns[2].toggleAttribute("disabled", to === rounds.length - 1);
      },
      // The lens grows out of its box: a notch in its edge stands under it.
      point: () => {
        const box = sheets()[depth].nodes.get(key)?.querySelector(".mg-body").getBoundingClientRect();
        if (!box) return;
        const { left, width } = lens.root.getBoundingClientRect();
        lens.root.style.setProperty("--mg-at", `${Math.max(14, Math.min(width - 14, box.left + box.width / 2 - left))}px`);
      },
    };
    lens.root.append(
      element(
        "div",
        { class: "mg-lens-bar" },
        element("b", { text: label }),
        element("code", { text: title }),
        element("span", { class: "mg-grow" }),
        ...(kind === "loop" ? turns : []),
        button({ label: `Close ${label}`, title: "Close (Escape)", text: "×", onclick: close }),
      ),
      lens.sheet.stage,
    );
    handleKeys(lens.root, {
      PageUp: () => kind === "loop" && goToRound(place - 1),
      PageDown: () => kind === "loop" && goToRound(place + 1),
      Escape: close,
    });
    return lens;
  };

  const showOpened = () => {
    const path = model.get("opened");
    if (!path.length && !lenses.length) return;
    withInside(() => {
      const path = model.get("opened");
      const same = lenses.findIndex((lens, depth) => lens.key !== path[depth]?.[0]);
      if (same >= 0) for (const lens of lenses.splice(same)) lens.root.remove();
      path.forEach(([key, number], depth) => {
        if (!inside.boxes[key]) return;
        if (!lenses[depth]) {
          lenses[depth] = lensOf(key, depth, number);
          opened.append(lenses[depth].root);
        }
        lenses[depth].show(number);
      });
      const keys = path.map(([key]) => key);
      for (const sheet of sheets())
        for (const [key, node] of sheet.nodes) if (node.querySelector(".mg-plus")) node.setAttribute("aria-expanded", String(keys.includes(key)));
      showLayers();
      showSelected();
      markHits();
      moved();
    });
  };
  const moved = () => {
    zoomed.textContent = `${Math.round(100 * main.scale())}%`;
    for (const lens of lenses) lens.point();
  };

  const showLayers = () => {
    const shown = model.get("shown");
    toggles.forEach((toggle, place) => toggle.setAttribute("aria-pressed", String(shown.includes(LAYERS[place][0]))));
    for (const { svg } of sheets())
      for (const layer of svg.querySelectorAll("[data-layer]"))
        if (shown.includes(layer.getAttribute("data-layer"))) layer.removeAttribute("display");
        else layer.setAttribute("display", "none");
  };
  const showSelected = () => {
    const key = model.get("selected");
    for (const sheet of sheets()) sheet.mark(key);
    const explain = (/** @type {any} */ panels) => {
      inspector.replaceChildren(...panels.map(panelOf));
      steady();
    };
    if (data.panels[key]) explain(data.panels[key]);
    else withInside(() => inside.panels[model.get("selected")] && explain(inside.panels[model.get("selected")]));
  };

  const sheetAt = (/** @type {KeyboardEvent} */ event) => sheets().find(({ svg }) => svg.contains(/** @type {Node} */ (event.target))) ?? main;
  const typing = (/** @type {KeyboardEvent} */ event) => event.target instanceof HTMLInputElement;
  const walk = (/** @type {KeyboardEvent} */ event) => {
    const sheet = sheetAt(event);
    const from = sheet.keyOf(event.target) ?? (event.target === root ? model.get("selected") : undefined);
    if (!sheet.nodes.has(from)) return false;
    const to = sheet.walk(from, event.key) ?? from;
    sheet.reveal([to]);
    sheet.nodes.get(to).focus({ preventScroll: true });
    select(to);
  };
  const press = (/** @type {KeyboardEvent} */ event) => {
    const sheet = sheetAt(event);
    const key = sheet.keyOf(event.target);
    return key === undefined ? false : chooseAt(sheets().indexOf(sheet))(key);
  };
  const zoomKey = (/** @type {number} */ factor) => (/** @type {KeyboardEvent} */ event) => (typing(event) ? false : sheetAt(event).zoomBy(factor));
  handleKeys(root, {
    ArrowRight: walk,
    ArrowLeft: walk,
    ArrowUp: walk,
    ArrowDown: walk,
    Enter: press,
    " ": press,
    "+": zoomKey(1.25),
    "=": zoomKey(1.25),
    "-": zoomKey(0.8),
    0: (event) => (typing(event) ? false : sheetAt(event).fit()),
    "/": (event) => (typing(event) ? false : search.focus()),
  });

  const forget = [onTrait(model, "selected", showSelected), onTrait(model, "shown", showLayers), onTrait(model, "opened", showOpened)];
  el.append(root);
  showLayers();
  showSelected();
  showOpened();
  main.reveal([model.get("selected")]);
  moved();
  const watch = new ResizeObserver(() => moved());
  watch.observe(root);
  return () => {
    watch.disconnect();
    forget.forEach((stop) => stop());
  };
}

export default { render };
