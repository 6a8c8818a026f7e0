// A question in the notebook: lines of code, and a field or options for each part; Python judges what is handed in.
import { button, card, element, isSaved, keepKeys, liveRegion, onTrait } from "./shared.js";

/** @typedef {{ask: string, mark: string, words: string, truth: string}} Said */

const WAIT = 4000; // milliseconds after which a silent kernel is named

/** Words in which `code` stands between backquotes. @param {string} words */
const marked = (words) => words.split("`").map((part, place) => (place % 2 ? element("code", { text: part }) : document.createTextNode(part)));

/** @param {{model: import("./shared.js").Model, el: HTMLElement}} context */
function render({ model, el }) {
  /** @type {{title: string, program: string[], asks: {label: string, choices: string[]}[], lettered: boolean, reveals: boolean, hand_in: string}} */
  const { title, program, asks, lettered, reveals, hand_in } = model.get("data");
  const saved = isSaved(model);
  const live = liveRegion();
  const group = `ask-${Math.random().toString(36).slice(2)}`;
  let waiting = 0;

  const change = (/** @type {Record<string, any>} */ traits) => {
    for (const [trait, value] of Object.entries(traits)) model.set(trait, value);
    model.save_changes();
  };
  /** Hand in what the fields hold. */
  function submit() {
    const guesses = Object.fromEntries(parts.map(({ label, read }) => [label, read()]).filter(([, guess]) => guess !== ""));
    if (saved || !Object.keys(guesses).length) return;
    clearTimeout(waiting);
    note.textContent = hand_in;
    waiting = window.setTimeout(() => {
      note.textContent = live.textContent = "No answer from the kernel yet. Is it running, or busy with another cell?";
    }, WAIT);
    change({ guesses, attempts: model.get("attempts") + 1 });
  }

  /** A part that is typed. @param {string} label */
  function field(label) {
    const made = element("input", { class: "mg-guess", type: "text", "aria-label": `Your guess of ${label}`, placeholder: "your guess", autocomplete: "off", spellcheck: "false", disabled: saved });
    made.addEventListener("keydown", (event) => {
      if (event.key === "Enter") submit();
      // What is typed here is nobody else's.
      event.stopPropagation();
    });
    return { label, row: made, read: () => made.value.trim(), write: (/** @type {string} */ guess) => (made.value = guess) };
  }
  /** A part that is chosen. @param {string} label @param {string[]} choices */
  function options(label, choices) {
    let byKey = false;
    const choose = () => {
      row.classList.remove("mg-missed");
      note.textContent = "Enter checks the choice.";
    };
    const inputs = choices.map((text, place) => {
      const value = lettered ? String.fromCharCode(97 + place) : text;
      const input = element("input", { type: "radio", name: `${group}-${label}`, value, disabled: saved });
      // The arrow keys choose only: else they would check each option on their way.
      input.addEventListener("change", () => (byKey ? choose() : submit()));
      return input;
    });
    const rows = choices.map((text, place) =>
      element("label", { class: "mg-option" }, inputs[place], lettered ? element("b", { text: inputs[place].value }) : null, element("span", {}, ...marked(text))),
    );
    const row = element("div", { class: lettered ? "mg-options mg-list" : "mg-options", role: "radiogroup", "aria-label": label }, ...rows);
    row.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (saved || event.ctrlKey || event.metaKey || event.altKey) return;
      byKey = event.key.startsWith("Arrow");
      const named = lettered ? inputs.find(({ value }) => value === event.key.toLowerCase()) : undefined;
      const target = inputs.find((input) => input === event.target);
      if (named) {
        named.checked = true;
        named.focus();
        choose();
      } else if (event.key === "Enter" || event.key === " ") {
        if (target) target.checked = true;
        submit();
      } else return;
      event.preventDefault();
    });
    row.addEventListener("pointerdown", () => (byKey = false));
    return {
      label, row,
      read: () => inputs.find((input) => input.checked)?.value ?? "",
      write: (/** @type {string} */ guess) => inputs.forEach((input) => (input.checked = input.value === guess)),
    };
  }
  const parts = asks.map(({ label, choices }) => (choices.length ? options(label, choices) : field(label)));
  const widest = Math.min(Math.max(...asks.map(({ label }) => label.length)), 32);
  const typed = asks.some(({ choices }) => !choices.length);

  const verdicts = asks.map(() => element("p", { class: "mg-verdict" }));
  const whole = element("p", { class: "mg-verdict" });
  const note = element("p", { class: "mg-hint", text: saved ? "An answer is judged by Python: open the notebook to try." : hand_in });
  const check = button({ label: "check the guess", text: "check", onclick: submit });
  check.disabled = saved;
  const reveal = button({ label: "show what the program gives", text: "show", onclick: () => change({ shown: true }) });
  const root = card(
    title,
    element("div", { class: "mg-bar" }, element("h3", { class: "mg-title", text: title })),
    program.length ? element("div", { class: "mg-code", tabindex: "0", role: "region", "aria-label": "the program" },
      ...program.map((line, place) => element("span", {}, element("i", { text: String(place + 1) }), line || " "))) : null,
    element(
      "div",
      { class: "mg-panel" },
      ...parts.flatMap(({ label, row }, place) => [
        element("div", { class: "mg-part" }, lettered ? null : element("code", { style: `min-width: ${widest}ch`, text: label }), row, place === parts.length - 1 && typed ? check : null,
          place === parts.length - 1 ? reveal : null),
        verdicts[place],
      ]),
      whole,
      note,
    ),
    live,
  );
  root.classList.add("mg-ask");
  for (const control of root.querySelectorAll("input, button, [tabindex]")) keepKeys(control);

  /** @param {HTMLElement} line @param {Said | undefined} said */
  function tell(line, said) {
    line.className = `mg-verdict${said ? ` mg-said-${said.mark === "right" ? "right" : "wrong"}` : ""}`;
    line.replaceChildren();
    if (!said) return;
    const head = said.mark === "right" ? "✓ right" : said.mark === "wrong" ? "✗ not yet" : "? cannot be read";
    line.append(element("b", { text: `${head}${said.words ? ": " : ""}` }), ...marked(said.words));
    if (said.truth) line.append(element("span", { class: "mg-truth" }, " It is ", element("code", { text: said.truth })));
  }
  let spoken = "";
  function show() {
    if (model.get("answered") === model.get("attempts")) {
      clearTimeout(waiting);
      if (!saved) note.textContent = hand_in;
    }
    /** @type {Said[]} */
    const said = model.get("verdicts");
    asks.forEach(({ label }, place) => {
      const one = said.find(({ ask }) => ask === label || (lettered && ask === ""));
      if (asks[place].choices.length) parts[place].row.classList.toggle("mg-missed", one?.mark === "wrong");
      tell(verdicts[place], lettered ? undefined : one);
    });
    tell(whole, said.find(({ ask }) => ask === ""));
    reveal.hidden = !reveals || saved || !said.some(({ mark, truth }) => mark === "wrong" && !truth);
    const words = said.map((one) => `${one.ask} ${one.mark === "right" ? "right" : "not yet"}: ${one.words} ${one.truth}`).join(". ");
    const now = `${model.get("answered")} ${words}`;
    if (spoken && now !== spoken) {
      // Emptied first: else the same words a second time would not be read aloud.
      live.textContent = "";
      requestAnimationFrame(() => (live.textContent = words));
    }
    spoken = now;
  }
  function write() {
    const guesses = model.get("guesses");
    for (const part of parts) if (guesses[part.label] !== undefined) part.write(guesses[part.label]);
  }
  const stops = [onTrait(model, "verdicts", show), onTrait(model, "answered", show), onTrait(model, "guesses", write)];
  el.append(root);
  write();
  show();
  return () => {
    clearTimeout(waiting);
    for (const stop of stops) stop();
  };
}

export default { render };
