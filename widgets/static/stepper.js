// BackwardStepper: shows frame n of a pass that Python recorded. What shows depends on n alone, so back is free.
import { button, card, element, handleKeys, iconOf, onTrait, rangeInput, sentence, setRange, sign, stageOf, steadied, term } from "./shared.js";

const PLAY = "M5 3l7 5-7 5z";
const PAUSE = "M4.5 3.5v9M10.5 3.5v9";
const KEYS = ["← → step", "Home End", "Space play"].map((keys) => keys.replaceAll(" ", "\u00a0")).join("\u00a0\u00a0· \u00a0");
const LIVELY = 200; // frames: repainting a bigger picture for the length of a pulse would hold up the next step
const PACE = 1200; // milliseconds a frame

/** What a frame changes: the groups that appear on entering it and those that go on leaving it.
 * @param {SVGSVGElement} svg @param {number} count @param {number} start the frame the picture was drawn in */
function timeline(svg, count, start) {
  const enter = Array.from({ length: count }, () => /** @type {Element[]} */ ([]));
  const leave = Array.from({ length: count }, () => /** @type {Element[]} */ ([]));
  for (const group of svg.querySelectorAll("[data-from]")) {
    enter[Number(group.getAttribute("data-from"))].push(group);
    leave[Number(group.getAttribute("data-to"))].push(group);
  }
  const show = (/** @type {Element} */ group) => group.removeAttribute("display");
  const hide = (/** @type {Element} */ group) => group.setAttribute("display", "none");
  let at = start;
  return (/** @type {number} */ target) => {
    for (; at < target; enter[++at].forEach(show)) leave[at].forEach(hide);
    for (; at > target; leave[--at].forEach(show)) enter[at].forEach(hide);
  };
}

/** A line of terms and signs; where it has to break, it breaks before a sign.
 * @param {string[][]} row */
function equation(row) {
  const line = element("div", { class: "mg-eq" });
  for (const [kind, ...rest] of row) {
    if (kind === "sign" || !line.hasChildNodes()) line.append(element("span", { class: "mg-pair" }));
    line.lastElementChild.append(kind === "term" ? term(rest[0], rest[1], /** @type {any} */ (rest[2])) : sign(rest[0]));
  }
  return line;
}

/** @param {{model: import("./shared.js").Model, el: HTMLElement}} context */
function render({ model, el }) {
  const { name, picture, code, frames, turn } = model.get("data");
  const last = frames.length - 1;
  const { stage, svg, reveal } = stageOf(picture);
  stage.classList.toggle("mg-lively", frames.length <= LIVELY);
  const go = timeline(svg, frames.length, 0);

  let timer = 0;
  const stop = () => {
    clearInterval(timer);
    timer = 0;
    play.replaceChildren(iconOf(PLAY), "play");
    play.setAttribute("aria-label", "Play");
  };
  /** @param {number} target */
  const move = (target) => {
    const frame = Math.max(0, Math.min(last, target));
    if (frame === model.get("frame")) return;
    model.set("frame", frame);
    show();
    model.save_changes();
  };
  const step = (/** @type {number} */ target) => {
    stop();
    move(target);
  };
  const here = () => model.get("frame");
  const toggle = () => {
    if (timer) return stop();
    if (here() === last) move(0);
    timer = setInterval(() => (here() < last ? move(here() + 1) : stop()), PACE);
    play.replaceChildren(iconOf(PAUSE), "pause");
    play.setAttribute("aria-label", "Pause");
  };

  const controls = [
    button({ label: "First frame", title: "First frame (Home)", icon: "M4 3v10M13 3L6 8l7 5z", onclick: () => step(0) }),
    button({ label: "Step back", title: "Step back (←)", icon: "M11 3L5 8l6 5z", onclick: () => step(here() - 1) }),
    button({ label: "Step forward", title: "Step forward (→)", icon: "M5 3l6 5-6 5z", onclick: () => step(here() + 1) }),
    button({ label: "Last frame", title: "Last frame (End)", icon: "M12 3v10M3 3l7 5-7 5z", onclick: () => step(last) }),
  ];
  const play = button({ label: "Play", title: "Play or pause (Space)", onclick: toggle });
  play.classList.add("mg-play");
  const range = rangeInput({ label: "Frame", min: 0, max: last, step: 1, value: here(), oninput: step });
  const share = last ? turn / last : 0;
  const tick = element("span", { class: "mg-turn", style: `left: calc(8px + (100% - 16px) * ${share})`, title: "backward starts" });
  const count = element("span", { class: "mg-count" });
  const phase = element("span", { class: "mg-phase" });

  const lines = new Map(
    code.map((/** @type {{number: number, text: string}} */ line) => [
      line.number,
      element("span", {}, element("i", { text: line.number }), line.text),
    ]),
  );
  const script = element("pre", { class: "mg-code mg-script", "aria-label": "code" }, ...lines.values());
  const equations = element("div");
  const words = element("p", { class: "mg-say", role: "status", "aria-live": "polite" });
  const keys = element("p", { class: "mg-hint" });
  const explained = element("div", { class: "mg-panel mg-step" }, equations, words, keys);
  const steady = steadied(explained);

  const root = card(
    `Backward pass of ${name}`,
    element(
      "div",
      { class: "mg-bar" },
      element("h3", { class: "mg-title" }, "Backward pass of ", element("code", { text: name })),
      phase,
      element("span", { class: "mg-grow" }),
      element("span", { class: "mg-transport" }, ...controls, play),
      element("span", { class: "mg-scrub" }, element("span", { class: "mg-track" }, range, tick), count),
    ),
    stage,
    element("div", { class: code.length ? "mg-foot mg-steps" : "mg-foot mg-steps mg-alone" }, code.length ? script : null, explained),
  );

  /** @type {(HTMLElement | undefined)[]} */
  let lit = [];
  const show = () => {
    const at = here();
    const frame = frames[at];
    go(at);
    count.textContent = `frame ${at + 1} of ${frames.length}`;
    phase.textContent = frame.phase;
    phase.classList.toggle("mg-forward", frame.phase === "forward");
    range.classList.toggle("mg-warm", frame.phase !== "forward");
    setRange(range, at, `frame ${at + 1} of ${frames.length}, ${frame.phase}`);
    controls.forEach((control, place) => control.setAttribute("aria-disabled", String(at === (place < 2 ? 0 : last))));
    for (const line of lit) line?.classList.remove("mg-from", "mg-now");
    lit = [lines.get(frame.line), lines.get(frame.call_line)];
    lit[0]?.classList.add("mg-from");
    lit[1]?.classList.add("mg-now");
    equations.replaceChildren(...frame.equations.map(equation));
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
    reveal(active);
  };

  const isButton = (/** @type {KeyboardEvent} */ event) => /** @type {Element} */ (event.target).closest("button") !== null;
  handleKeys(root, {
    ArrowRight: () => step(here() + 1),
    ArrowLeft: () => step(here() - 1),
    Home: () => step(0),
    End: () => step(last),
    " ": (event) => (isButton(event) ? false : toggle()),
  });

  stop();
  const forget = onTrait(model, "frame", show);
  el.append(root);
  show();
  return () => {
    stop();
    forget();
  };
}

export default { render };
