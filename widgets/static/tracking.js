// TrackingExplorer: a table of the ways to stop tracking, and of the chosen one its lines, its memory, its graph.
import { button, card, element, handleKeys, liveRegion, onTrait, pictureOf, sentence, stageOf } from "./shared.js";

/** @typedef {[string, string][]} Sentence */
/** @typedef {{lines: {text: string, stage: string, outcome: [string, string]}[], gave: string, memory: string, graphs: string[],
 *   sentence: Sentence, ending: Sentence}} State */
/** @typedef {{name: string, tracked: boolean, shares: boolean, wrote: string, states: State[],
 *   feedback: Record<string, Record<string, Sentence>>}} Variant */

const QUESTIONS = /** @type {const} */ ([["tracked", "z tracked?"], ["shares", "shares memory with a?"]]);
const yes = (/** @type {boolean} */ value) => (value ? "yes" : "no");
const ALARMS = ["wrong", "not counted"];

/** @param {{model: import("./shared.js").Model, el: HTMLElement}} context */
function render({ model, el }) {
  /** @type {{expression: string, calls: Record<string, string>, variants: Variant[]}} */
  const { expression, calls, variants } = model.get("data");
  const change = (/** @type {Record<string, any>} */ traits) => {
    for (const [trait, value] of Object.entries(traits)) model.set(trait, value);
    model.save_changes();
  };
  const flip = (/** @type {string} */ trait) => () => change({ [trait]: !model.get(trait) });
  const guessed = (/** @type {string} */ name, /** @type {string} */ what) => model.get("guesses")[`${name} ${what}`];
  const isOpen = (/** @type {string} */ name) => !model.get("predict") || QUESTIONS.every(([what]) => guessed(name, what) !== undefined);

  const toggles = {
    write: button({ label: `then write in place: ${calls.write}`, text: "then write in place", pressed: false, onclick: flip("write") }),
    backward: button({ label: `then backward(): ${calls.backward}`, text: "then backward()", pressed: false, onclick: flip("backward") }),
    predict: button({ label: "Predict first: the answers are hidden until you guess", text: "predict first", pressed: false, onclick: flip("predict") }),
  };
  toggles.predict.classList.add("mg-warm");
  const again = button({ label: "again: forget the guesses", text: "again", onclick: () => change({ guesses: {} }) });

  const body = element("tbody");
  const head = element("tr");
  const table = element("table", { class: "mg-table" }, element("thead", {}, head), body);
  const memory = element("div", { class: "mg-memory" });
  const lines = element("div", { class: "mg-code mg-lines" });
  const say = element("p", { class: "mg-say" });
  const note = element("p", { class: "mg-note" });
  const graphs = element("div", { class: "mg-graphs" });
  const live = liveRegion();
  const root = card(
    "Tracking explorer",
    element(
      "div",
      { class: "mg-bar" },
      element("h3", { class: "mg-title" }, "Tracking explorer", element("code", { text: `y = ${expression}` })),
      element("span", { class: "mg-grow" }),
      element("span", { class: "mg-toggles" }, toggles.write, toggles.backward, toggles.predict, again),
    ),
    element(
      "div",
      { class: "mg-body" },
      element("div", { class: "mg-panel mg-choices" }, table),
      element("div", { class: "mg-panel mg-picture-panel" }, memory),
      element("div", { class: "mg-lower" }, lines, element("div", { class: "mg-panel mg-words" }, say, note)),
      graphs,
    ),
    live,
  );
  root.classList.add("mg-tracking");

  /** A question's cell: two buttons while it is open, then the answer, marked if it was guessed.
   * @param {Variant} variant @param {"tracked" | "shares"} what @param {string} words */
  function answer(variant, what, words) {
    const guess = guessed(variant.name, what);
    const truth = yes(variant[what]);
    if (!model.get("predict")) return element("td", { text: truth });
    if (guess === undefined) {
      const choice = (/** @type {boolean} */ value) => {
        const made = button({
          label: `${variant.name}, ${words} ${yes(value)}`,
          text: yes(value),
          onclick: () => change({ variant: variant.name, guesses: { ...model.get("guesses"), [`${variant.name} ${what}`]: value } }),
        });
        made.setAttribute("data-key", `${variant.name} ${what} ${value}`);
        return made;
      };
      return element("td", {}, choice(true), choice(false));
    }
    const right = guess === variant[what];
    return element("td", { class: right ? "mg-hit" : "mg-miss" }, truth, element("b", { text: right ? " ✓" : " ✗" }),
      right ? null : element("small", { text: ` you said ${yes(guess)}` }));
  }

  /** @param {Variant} variant */
  function row(variant) {
    const [name, open] = [variant.name, isOpen(variant.name)];
    const cell = (/** @type {string} */ word) =>
      element("td", { class: open && ALARMS.includes(word) ? "mg-alarmed" : "", text: open ? word : "?" });
    const pick = element("button", { class: "mg-pick", type: "button", text: name, "data-key": name,
      "aria-pressed": String(model.get("variant") === name), onclick: () => change({ variant: name }) });
    return element(
      "tr",
      { class: model.get("variant") === name ? "mg-chosen" : "" },
      element("th", { scope: "row" }, pick),
      ...QUESTIONS.map(([what, words]) => answer(variant, what, words)),
      model.get("write") ? cell(variant.wrote) : null,
      model.get("backward") ? cell(variant.states[model.get("write") ? 1 : 0].gave) : null,
    );
  }

  const chosen = () => /** @type {Variant} */ (variants.find(({ name }) => name === model.get("variant")));

  function showTable() {
    const focus = document.activeElement?.getAttribute("data-key");
    const headings = ["", "z tracked?", "shares memory?", model.get("write") ? calls.write : null, model.get("backward") ? calls.backward : null];
    head.replaceChildren(...headings.filter((text) => text !== null).map((text, place) =>
      element(place ? "th" : "td", { scope: place ? "col" : null, class: place > 2 ? "mg-mono" : "", text })));
    body.replaceChildren(...variants.map(row));
    // What had the focus was drawn anew; where it is gone, the next question takes it.
    if (focus && root.contains(body)) {
      const keys = [...body.querySelectorAll("[data-key]")];
      const same = keys.find((made) => made.getAttribute("data-key") === focus);
      const next = same ?? keys.find((made) => made.closest("tr")?.classList.contains("mg-chosen") && made.matches(".mg-btn"));
      /** @type {HTMLElement | undefined} */ (next ?? body.querySelector(".mg-chosen .mg-pick"))?.focus();
    }
  }

  /** What is said of the guesses made for a variant. @param {Variant} variant */
  const feedback = (variant) =>
    QUESTIONS.flatMap(([what]) => {
      const guess = guessed(variant.name, what);
      return guess === undefined ? [] : [element("span", { class: "mg-feedback" }, ...sentence(variant.feedback[what][yes(guess)]))];
    });

  let spoken = "";
  function show() {
    const [variant, write, backward, predict] = [chosen(), model.get("write"), model.get("backward"), model.get("predict")];
    const state = variant.states[write ? 1 : 0];
    const open = isOpen(variant.name);
    for (const [trait, made] of Object.entries(toggles)) made.setAttribute("aria-pressed", String(model.get(trait)));
    again.hidden = !predict || !Object.keys(model.get("guesses")).length;
    showTable();
    lines.replaceChildren(
      ...state.lines
        .filter(({ stage }) => backward || stage !== "backward")
        .map(({ text, stage, outcome: [kind, words] }, place) =>
          element(
            "span",
            { class: stage === "write" ? "mg-from" : stage === "backward" ? "mg-now" : "" },
            element("i", { text: String(place + 1) }),
            element("span", { class: "mg-line", text }),
            open && words ? element("span", { class: `mg-outcome mg-came-${kind}`, text: words }) : null,
          ),
        ),
    );
    say.replaceChildren(...(open ? sentence(backward ? [...state.sentence, ...state.ending] : state.sentence)
      : sentence([["text", "Guess first, in the table: is "], ["code", "z"], ["text", " tracked, and does "], ["code", "b"], ["text", " share the memory of "], ["code", "a"], ["text", "?"]])));
    note.replaceChildren(...(predict ? feedback(variant) : []));
    memory.replaceChildren(...(open ? [pictureOf(state.memory)] : [element("p", { class: "mg-hint", text: "The picture of the memory comes after your guesses." })]));
    graphs.replaceChildren(
      ...(open ? state.graphs : []).map((picture, place) =>
        element(
          "div",
          { class: "mg-panel" },
          element("p", { class: "mg-hint" }, "graph of ", element("code", { text: "yz"[place] }),
            place && !variant.tracked ? ": nothing was recorded, so no arrow leads to it" : null),
          picture ? stageOf(picture).stage : element("p", { class: "mg-hint" }, "too large to draw here: ComputationGraph shows it"),
        ),
      ),
    );
    const now = predict && note.textContent ? note.textContent : open ? say.textContent : "";
    if (spoken && now !== spoken) live.textContent = `${variant.name}. ${now}`;
    spoken = now || " ";
  }

  const step = (/** @type {number} */ by) => (/** @type {KeyboardEvent} */ event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (target !== root && !target.matches(".mg-pick")) return false;
    const at = variants.indexOf(chosen());
    const next = Math.min(Math.max(at + by, 0), variants.length - 1);
    change({ variant: variants[next].name });
    /** @type {HTMLElement | null} */ (body.querySelector(".mg-chosen .mg-pick"))?.focus();
  };
  handleKeys(root, { ArrowDown: step(1), ArrowUp: step(-1) });

  const stops = ["variant", "write", "backward", "predict", "guesses"].map((trait) => onTrait(model, trait, show));
  el.append(root);
  show();
  return () => stops.forEach((stop) => stop());
}

export default { render };
