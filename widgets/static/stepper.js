// BackwardStepper: shows frame n of a pass that Python recorded. What shows depends on n alone, so back is free.
import { button, card, element, handleKeys, iconOf, keepKeys, onTrait, rangeInput, sentence, setRange, sign, stageOf, steadied, term } from "./shared.js";

/** @typedef {{shape: number[], place: number[] | null, answer: number[], wrong: [string, number[]][],
 *   name: string, old: string, local: string}} Question */
/** @typedef {{phase: string, lines: (number | null)[], place: [number, number], nodes: string[], tensor?: string,
 *   equations: string[][][], sentence: [string, string][], error?: {type: string, text: string, hint: string},
 *   ask?: Question}} Frame */

const PLAY = "M5 3l7 5-7 5z";
const PAUSE = "M4.5 3.5v9M10.5 3.5v9";
const KEYS = ["← → step", "Home End", "Space play", "↑ ↓ B breakpoint", "C run to it", "P predict"]
  .map((keys) => keys.replaceAll(" ", "\u00a0"))
  .join("\u00a0\u00a0· \u00a0");
const LIVELY = 200; // frames: repainting a bigger picture for the length of a pulse would hold up the next step
const PACE = 1200; // milliseconds a frame
const CLOSE = 0.01; // an answer may be off by this part of the number: the picture shows three digits
const TRIES = 2;

// Predicting

/** The numbers that a learner wrote: `0.5`, `1/3`, `2*(3.5 - 1)`, `[1, 2]`, `1e-3`. Throws an Error that says what was
 * not understood. Nothing is ever evaluated as code.
 * @param {string} text @returns {{numbers: number[], list: boolean}} */
export function parseAnswer(text) {
  const tokens = text
    .replaceAll("−", "-")
    .replace(/[×·]/g, "*")
    .replaceAll("÷", "/")
    .match(/\d+\.?\d*(?:e[-+]?\d+)?|\.\d+(?:e[-+]?\d+)?|\*\*|\S/gi) ?? [];
  let at = 0;
  const fail = (/** @type {string} */ words) => {
    throw new Error(words);
  };
  const take = (/** @type {string[]} */ ...wanted) => (wanted.includes(tokens[at]) ? tokens[at++] : "");
  /** @returns {number} */
  const atom = () => {
    const token = tokens[at++];
    if (token === undefined) return fail("Something is missing at the end.");
    if (token === "(") {
      const inside = sum();
      return take(")") ? inside : fail("A bracket is not closed.");
    }
    return /^[\d.]/.test(token) && token !== "." ? Number(token) : fail(`“${token}” is no number. Numbers, + − * / ^ and brackets are understood.`);
  };
  /** @returns {number} */
  const signed = () => (take("-") ? -signed() : take("+") ? signed() : power());
  /** @returns {number} */
  const power = () => {
    const base = atom();
    return take("^", "**") ? base ** signed() : base;
  };
  const product = () => {
    let value = signed();
    for (let operator; (operator = take("*", "/")); ) value = operator === "*" ? value * signed() : value / signed();
    return value;
  };
  const sum = () => {
    let value = product();
    for (let operator; (operator = take("+", "-")); ) value += operator === "+" ? product() : -product();
    return value;
  };
  /** @type {number[]} */
  const numbers = [];
  const list = take("[") === "[";
  if (!tokens.length) fail("Write a number first.");
  do numbers.push(sum());
  while (list && take(","));
  if (list && !take("]")) fail("The list is not closed: it ends with ].");
  if (at < tokens.length) fail(tokens[at] === "," ? "Several numbers need brackets: [1, 2]." : `“${tokens[at]}” was not expected there.`);
  if (!numbers.every(Number.isFinite)) fail("That is not a finite number.");
  return { numbers, list };
}

const same = (/** @type {number[]} */ given, /** @type {number[]} */ wanted) =>
  given.length === wanted.length && given.every((n, i) => Math.abs(n - wanted[i]) <= CLOSE * Math.abs(wanted[i]) + 1e-12);

/** What an answer shows: nothing wrong (""), or the misconception that leads to it; "other" where none is known.
 * @param {number[]} given @param {{answer: number[], wrong: [string, number[]][]}} question */
export function judge(given, { answer, wrong }) {
  if (same(given, answer)) return "";
  return wrong.find(([, numbers]) => same(given, numbers))?.[0] ?? "other";
}

/** @param {string} template @param {Record<string, any>} given */
const filled = (template, given) => template.replace(/\{(\w+)\}/g, (_, name) => given[name]);

// Frames

/** What a frame changes: the groups that appear on entering it and those that go on leaving it.
 * @param {SVGSVGElement} svg */
function timeline(svg) {
  /** @type {Map<number, Element[]>} */
  const enter = new Map();
  /** @type {Map<number, Element[]>} */
  const leave = new Map();
  const put = (/** @type {Map<number, Element[]>} */ frames, /** @type {string} */ at, /** @type {Element} */ group) =>
    frames.set(Number(at), [...(frames.get(Number(at)) ?? []), group]);
  for (const group of svg.querySelectorAll("[data-from]")) {
    put(enter, group.getAttribute("data-from"), group);
    put(leave, group.getAttribute("data-to"), group);
  }
  const show = (/** @type {Element} */ group) => group.removeAttribute("display");
  const hide = (/** @type {Element} */ group) => group.setAttribute("display", "none");
  let at = 0;
  return (/** @type {number} */ target) => {
    for (; at < target; enter.get(++at)?.forEach(show)) leave.get(at)?.forEach(hide);
    for (; at > target; leave.get(--at)?.forEach(show)) enter.get(at)?.forEach(hide);
  };
}

/** A line of terms and signs; where it has to break, it breaks before a sign.
 * @param {string[][]} row @param {(item: string[], place: number) => Element} [termOf] */
function equation(row, termOf = ([, ...rest]) => term(.../** @type {[string, string, any]} */ (rest))) {
  const line = element("div", { class: "mg-eq" });
  row.forEach((item, place) => {
    if (item[0] === "sign" || !line.hasChildNodes()) line.append(element("span", { class: "mg-pair" }));
    line.lastElementChild.append(item[0] === "term" ? termOf(item, place) : sign(item[1]));
  });
  return line;
}

/** An error as PyTorch words it, with our hint. @param {{type: string, text: string, hint: string}} error */
const errorBox = ({ type, text, hint }) =>
  element(
    "div",
    { class: "mg-error" },
    element("b", { text: `${type}: ` }),
    text,
    hint ? element("span", { class: "mg-advice" }, element("b", { text: "Hint: " }), hint) : null,
  );

/** @typedef {{stage: HTMLElement, svg: SVGSVGElement, reveal: (keys: string[]) => void, go: (frame: number) => void,
 *   boxes: Map<string, SVGGElement>}} Page */

/** A page of the picture; `boxes` are its tensors, which take breakpoints.
 * @param {string} picture @param {Set<string>} tensors @param {(key: string) => void} onclick @returns {Page} */
function pageOf(picture, tensors, onclick) {
  const { stage, svg, places, reveal } = stageOf(picture);
  svg.setAttribute("role", "group");
  /** @type {Page["boxes"]} */
  const boxes = new Map();
  const order = [...places].filter(([key]) => tensors.has(key)).sort(([, a], [, b]) => a.left - b.left || a.top - b.top);
  for (const [key] of order) {
    const box = /** @type {SVGGElement} */ (svg.querySelector(`[data-node="${key}"]`));
    boxes.set(key, box);
    box.setAttribute("role", "button");
    box.setAttribute("tabindex", "-1");
    keepKeys(box);
    box.addEventListener("click", () => onclick(key));
    const body = box.querySelector(".mg-body");
    const dot = document.createElementNS(svg.namespaceURI, "circle");
    dot.setAttribute("class", "mg-dot");
    dot.setAttribute("r", "5");
    dot.setAttribute("cx", String(Number(body.getAttribute("x")) + 1));
    dot.setAttribute("cy", String(Number(body.getAttribute("y")) + 1));
    box.append(dot);
  }
  return { stage, svg, reveal, go: timeline(svg), boxes };
}

/** @param {{model: import("./shared.js").Model, el: HTMLElement}} context */
function render({ model, el }) {
  const { name, pages, labels, code, turn, misconceptions, frames: text } = model.get("data");
  /** @type {Frame[]} */
  const frames = JSON.parse(text);
  const last = frames.length - 1;
  const tensors = new Set(frames.map((frame) => frame.tensor).filter(Boolean));
  const here = () => model.get("frame");
  const tell = (/** @type {string} */ trait, /** @type {any} */ value) => {
    model.set(trait, value); // its listener redraws
    try {
      model.save_changes();
    } catch {
      // The kernel is gone. Walking needs none.
    }
  };

  // The picture, a page at a time
  /** @type {Map<number, Page>} */
  const drawn = new Map();
  const holder = element("div", { class: "mg-pages" });
  const label = element("p", { class: "mg-hint mg-label" });
  const steadyPage = steadied(holder);
  /** @type {Page} */
  let page;
  const turnTo = (/** @type {number} */ place) => {
    if (!drawn.has(place)) drawn.set(place, pageOf(pages[place], tensors, toggleBreakpoint));
    if (page === drawn.get(place)) return;
    page = drawn.get(place);
    page.stage.classList.toggle("mg-lively", frames.length <= LIVELY);
    label.textContent = labels[place];
    holder.replaceChildren(...(labels[place] ? [label] : []), page.stage);
    showBreakpoints();
    steadyPage();
  };

  // Breakpoints
  const toggleBreakpoint = (/** @type {string | undefined} */ key) => {
    if (!key) return;
    /** @type {string[]} */
    const points = model.get("breakpoints");
    tell("breakpoints", points.includes(key) ? points.filter((other) => other !== key) : [...points, key]);
  };
  const showBreakpoints = () => {
    const points = new Set(model.get("breakpoints"));
    for (const [key, box] of page.boxes) {
      const title = box.querySelector("title").textContent;
      box.classList.toggle("mg-stops", points.has(key));
      box.setAttribute("aria-pressed", String(points.has(key)));
      box.setAttribute("aria-label", `breakpoint at ${title}`);
    }
    run.setAttribute("aria-disabled", String(nextBreakpoint() === undefined));
  };
  const nextBreakpoint = () => {
    const points = new Set(model.get("breakpoints"));
    for (let at = here() + 1; at <= last; at++) if (points.has(frames[at].tensor)) return at;
    return undefined;
  };
  const runToBreakpoint = () => {
    stop();
    const at = nextBreakpoint();
    if (at !== undefined) return goTo(at);
    const none = model.get("breakpoints").length ? "No breakpoint ahead." : "No breakpoint yet:";
    keys.textContent = `${none} Click a tensor's box, or press B, to stop where it is touched next.`;
  };

  // Walking
  let timer = 0;
  const stop = () => {
    clearInterval(timer);
    timer = 0;
    play.replaceChildren(iconOf(PLAY), "play");
    play.setAttribute("aria-label", "Play");
  };
  /** @param {number} target */
  const goTo = (target) => {
    const frame = Math.max(0, Math.min(last, target));
    close();
    if (frame !== here()) tell("frame", frame);
  };
  const jump = (/** @type {number} */ target) => {
    stop();
    goTo(target);
  };
  /** A step ahead: to the next frame, or to the question that comes before it; whether it was a frame. */
  const ahead = () => {
    const next = here() + 1;
    if (next > last) return false;
    if (model.get("predicting") && frames[next].ask && !(next in model.get("predictions"))) {
      stop();
      ask(next);
      return false;
    }
    goTo(next);
    return true;
  };
  const forward = () => {
    stop();
    ahead();
  };
  const tick = () => {
    if (!ahead() || model.get("breakpoints").includes(frames[here()].tensor)) stop();
  };
  const toggle = () => {
    if (timer) return stop();
    if (here() === last) goTo(0);
    timer = window.setInterval(tick, PACE);
    play.replaceChildren(iconOf(PAUSE), "pause");
    play.setAttribute("aria-label", "Pause");
  };

  // Predicting
  let asking = 0; // the frame that is asked about, 0 for none
  let tries = 0;
  const field = /** @type {HTMLInputElement} */ (
    element("input", { class: "mg-answer", type: "text", autocomplete: "off", spellcheck: "false", placeholder: "?" })
  );
  const verdict = element("p", { class: "mg-verdict", role: "status", "aria-live": "polite" });
  const reveal = button({ label: "Show the number", text: "show it", onclick: () => resolve(false) });
  const answers = element("div", { class: "mg-asks" }, button({ label: "Check the answer", text: "check", onclick: () => check() }), reveal);
  const ask = (/** @type {number} */ frame) => {
    if (asking === frame) return field.focus();
    [asking, tries, field.value] = [frame, 0, ""];
    showQuestion();
    field.focus({ preventScroll: true });
  };
  const close = () => {
    const had = explained.contains(document.activeElement);
    asking = 0;
    page?.svg.querySelectorAll(".mg-asked").forEach((node) => node.classList.remove("mg-asked"));
    if (had) root.focus({ preventScroll: true });
  };
  const resolve = (/** @type {boolean} */ found) => {
    const frame = asking;
    tell("predictions", { ...model.get("predictions"), [frame]: found });
    goTo(frame);
    if (found) praise.replaceChildren(element("b", { text: "✓ Right. " }), why(frames[frame]));
  };
  const why = (/** @type {Frame} */ { ask, equations }) => {
    if (equations.length === 1 && equations[0].length === 1) return "The derivative of a result with respect to itself starts the walk.";
    if (ask.old) return `What arrives is added to what ${ask.name} held.`;
    return equations[0][1][1] === "×" ? "Upstream times local derivative." : "The rule is applied to the upstream gradient.";
  };
  const check = () => {
    const question = frames[asking].ask;
    const count = question.answer.length;
    try {
      const { numbers, list } = parseAnswer(field.value);
      if (numbers.length !== count || list !== question.shape.length > 0)
        throw new Error(
          question.shape.length ? `${question.name} has ${count} element${count > 1 ? "s" : ""}: write [${Array(count).fill("…").join(", ")}].` : "One number is asked for.",
        );
      const kind = judge(numbers, question);
      if (!kind) return resolve(true);
      tries += 1;
      const words = filled(misconceptions[kind], question);
      verdict.replaceChildren(element("b", { text: kind === "other" ? "Not that. " : `${kind[0].toUpperCase()}${kind.slice(1)}. ` }), words);
    } catch (error) {
      verdict.replaceChildren(/** @type {Error} */ (error).message);
    }
    reveal.hidden = tries < TRIES;
    field.select();
    steady();
  };
  /** The equations of the next frame, with the numbers that cannot be known yet left out. */
  const showQuestion = () => {
    const { equations, ask: question, nodes } = frames[asking];
    const rows = question.old || equations.length === 1 ? equations : equations.slice(0, 1);
    const given = rows.length === 1 && rows[0].length === 5 && question.old && !equations[1] ? 3 : 1;
    field.setAttribute("aria-label", `your prediction for ${question.name}`);
    field.placeholder = question.shape.length ? `[${Array(question.answer.length).fill(" ").join(",")}]` : "?";
    field.size = 10 + 8 * question.shape.length * (question.answer.length - 1);
    const blank = (/** @type {string} */ caption) => term(caption, "?", "");
    const shown = rows.map((row, line) =>
      equation(row, (item, place) => {
        const [, caption, number, hue] = item;
        if (line === rows.length - 1 && place === row.length - 1) {
          const where = question.place ? `, at [${question.place.join(", ")}]` : "";
          return element("div", { class: "mg-term" }, element("small", { text: caption + where }), field);
        }
        const known = caption === "rule" || place < given;
        return known ? term(caption, number, /** @type {any} */ (hue)) : blank(caption);
      }),
    );
    equations_.replaceChildren(...shown, answers);
    praise.replaceChildren();
    verdict.replaceChildren();
    reveal.hidden = true;
    words.replaceChildren(...sentence(asked(frames[asking])));
    keys.textContent = "Enter checks · Esc leaves the question · fractions, 2*3.5 and lists are understood";
    for (const key of nodes) page.svg.querySelector(`[data-node="${key}"]`)?.classList.add("mg-asked");
    steady();
  };
  /** @param {Frame} frame @returns {[string, string][]} */
  const asked = ({ ask: { name: of, old }, sentence: said, equations }) => {
    if (equations.length === 1 && equations[0].length === 1)
      return [["text", "Predict: with which gradient does "], ["code", "backward()"], ["text", " start at "], ["code", of], ["text", "?"]];
    const who = said.find(([kind]) => kind === "strong")?.[1] ?? "";
    if (equations.length === 1) return [["text", "Predict: what is "], ["code", `${of}.grad`], ["text", " after "], ["strong", who], ["text", "?"]];
    return [["text", "Predict: "], ["strong", who], ["text", " sends a gradient to "], ["code", of],
      ["text", old ? ", where one has already arrived. What is the gradient there then?" : ". Which one?"]];
  };
  const leave = () => {
    if (!asking) return false;
    close();
    show();
  };

  const predict = button({ label: "Predict", title: "Predict each number before it shows (P)", text: "predict", pressed: false, onclick: () => tell("predicting", !model.get("predicting")) });
  predict.classList.add("mg-warm");
  const score = element("span", { class: "mg-score" });
  const showPredicting = () => {
    const found = Object.values(model.get("predictions"));
    predict.setAttribute("aria-pressed", String(model.get("predicting")));
    score.textContent = found.length ? `${found.filter(Boolean).length} of ${found.length}` : "";
    score.title = "predicted, of those asked";
    if (!model.get("predicting")) leave();
  };

  const controls = [
    button({ label: "First frame", title: "First frame (Home)", icon: "M4 3v10M13 3L6 8l7 5z", onclick: () => jump(0) }),
    button({ label: "Step back", title: "Step back (←)", icon: "M11 3L5 8l6 5z", onclick: () => jump(here() - 1) }),
    button({ label: "Step forward", title: "Step forward (→)", icon: "M5 3l6 5-6 5z", onclick: forward }),
    button({ label: "Last frame", title: "Last frame (End)", icon: "M12 3v10M3 3l7 5-7 5z", onclick: () => jump(last) }),
  ];
  const run = button({ label: "Run to the next breakpoint", title: "Run to the next breakpoint (C)", icon: "M2 4l5 4-5 4zM12 5.5a2.5 2.5 0 1 0 .01 0z", onclick: runToBreakpoint });
  const play = button({ label: "Play", title: "Play or pause (Space)", onclick: toggle });
  play.classList.add("mg-play");
  const range = rangeInput({ label: "Frame", min: 0, max: last, step: 1, value: here(), oninput: jump });
  const share = last ? turn / last : 0;
  const mark = element("span", { class: "mg-turn", style: `left: calc(8px + (100% - 16px) * ${share})`, title: "backward starts" });
  const count = element("span", { class: "mg-count" });
  const phase = element("span", { class: "mg-phase" });

  const lines = new Map(
    code.map((/** @type {{number: number, text: string}} */ line) => [
      line.number,
      element("span", {}, element("i", { text: line.number }), line.text),
    ]),
  );
  const script = element("pre", { class: "mg-code mg-script", "aria-label": "code", tabindex: "0" }, ...lines.values());
  const equations_ = element("div");
  const praise = element("p", { class: "mg-verdict mg-right", role: "status", "aria-live": "polite" });
  const words = element("p", { class: "mg-say", role: "status", "aria-live": "polite" });
  const keys = element("p", { class: "mg-hint" });
  const explained = element("div", { class: "mg-panel mg-step" }, praise, equations_, words, verdict, keys);
  const steady = steadied(explained);

  const root = card(
    `Backward pass of ${name}`,
    element(
      "div",
      { class: "mg-bar" },
      element("h3", { class: "mg-title" }, "Backward pass of ", element("code", { text: name })),
      phase,
      element("span", { class: "mg-grow" }),
      element("span", { class: "mg-transport" }, ...controls, play, run),
      element("span", { class: "mg-scrub" }, element("span", { class: "mg-track" }, range, mark), count),
      element("span", { class: "mg-predict" }, predict, score),
    ),
    holder,
    element("div", { class: code.length ? "mg-foot mg-steps" : "mg-foot mg-steps mg-alone" }, code.length ? script : null, explained),
  );

  /** @type {(HTMLElement | undefined)[]} */
  let lit = [];
  const show = () => {
    const at = here();
    const frame = frames[at];
    close();
    // A box that the walk leaves behind may go out of the picture, and would take the focus with it.
    if (holder.contains(document.activeElement)) root.focus({ preventScroll: true });
    turnTo(frame.place[0]);
    page.go(frame.place[1]);
    count.textContent = `frame ${at + 1} of ${frames.length}`;
    phase.textContent = frame.phase;
    phase.classList.toggle("mg-forward", frame.phase === "forward");
    range.classList.toggle("mg-warm", frame.phase !== "forward");
    setRange(range, at, `frame ${at + 1} of ${frames.length}, ${frame.phase}`);
    controls.forEach((control, place) => control.setAttribute("aria-disabled", String(at === (place < 2 ? 0 : last))));
    run.setAttribute("aria-disabled", String(nextBreakpoint() === undefined));
    for (const line of lit) line?.classList.remove("mg-from", "mg-now");
    lit = frame.lines.map((line) => lines.get(line));
    lit[0]?.classList.add("mg-from");
    lit[1]?.classList.add("mg-now");
    equations_.replaceChildren(...(frame.error ? [errorBox(frame.error)] : frame.equations.map((row) => equation(row))));
    praise.replaceChildren();
    verdict.replaceChildren();
    words.replaceChildren(...sentence(frame.sentence));
    keys.textContent = at ? KEYS : `Press → to walk on: forward to ${name}, then all the way back. \u00a0 ${KEYS}`;
    steady();
    follow(frame.nodes);
  };

  /** Scroll what is active into view, within the widget only. @param {string[]} active */
  const follow = (active) => {
    const line = lit[0] ?? lit[1];
    if (line && script.scrollHeight > script.clientHeight) {
      const top = line.offsetTop - script.offsetTop;
      if (top < script.scrollTop || top + line.offsetHeight > script.scrollTop + script.clientHeight)
        script.scrollTop = top - script.clientHeight / 2;
    }
    page.reveal(active);
  };

  const boxOf = (/** @type {Event} */ event) => /** @type {Element} */ (event.target).closest(".mg-pages [data-node]")?.getAttribute("data-node");
  /** To the next tensor's box or the one before. */
  const walkBoxes = (/** @type {KeyboardEvent} */ event) => {
    if (event.target === script) return false; // it scrolls
    const order = [...page.boxes.keys()];
    const at = order.indexOf(boxOf(event) ?? frames[here()].tensor);
    const to = order[Math.max(0, Math.min(order.length - 1, at + (event.key === "ArrowDown" ? 1 : -1) * Number(boxOf(event) !== undefined)))];
    page.reveal([to]);
    page.boxes.get(to).focus({ preventScroll: true });
  };
  const onControl = (/** @type {Event} */ event) => /** @type {Element} */ (event.target).closest("button") !== null;
  const onBox = (/** @type {KeyboardEvent} */ event, /** @type {() => any} */ otherwise) => {
    const key = boxOf(event);
    return key ? toggleBreakpoint(key) : otherwise();
  };
  /** @type {Record<string, (event: KeyboardEvent) => any>} */
  const handlers = {
    ArrowRight: forward,
    ArrowLeft: () => jump(here() - 1),
    ArrowDown: walkBoxes,
    ArrowUp: walkBoxes,
    Home: () => jump(0),
    End: () => jump(last),
    " ": (event) => (onControl(event) ? false : onBox(event, toggle)),
    Enter: (event) => (event.target === field ? check() : onBox(event, () => false)),
    b: (event) => toggleBreakpoint(boxOf(event) ?? frames[here()].tensor),
    c: runToBreakpoint,
    p: () => tell("predicting", !model.get("predicting")),
    Escape: leave,
  };
  // What is typed into the answer belongs there.
  const elsewhere = Object.entries(handlers).map(([key, handler]) => [
    key,
    (/** @type {KeyboardEvent} */ event) => (event.target === field && key !== "Escape" && key !== "Enter" ? false : handler(event)),
  ]);
  handleKeys(root, Object.fromEntries(elsewhere));

  stop();
  const forget = [
    onTrait(model, "frame", show),
    onTrait(model, "breakpoints", showBreakpoints),
    onTrait(model, "predicting", showPredicting),
    onTrait(model, "predictions", showPredicting),
  ];
  el.append(root);
  show();
  showPredicting();
  return () => {
    stop();
    forget.forEach((stopListening) => stopListening());
  };
}

export default { render };
