import { button, card, element, isSaved, liveRegion, onTrait, pictureOf, sentence, steadied } from "./shared.js";

const STAGES = ["vote", "run", "mend", "explain"];
const NOTHING = "(nothing)"; // what a list says of a line that is switched off

/** One line of code: as it is, with a switch where it can be off, with a list where other texts can stand there.
 * @param {{number: number, text: string, texts: string[], slot: number | null}} line
 * @param {(slot: number, choice: number) => void} choose */
function codeLine({ number, text, texts, slot }, choose) {
  const name = element("i", { text: String(number) });
  const code = element("span", { class: "mg-line" });
  // The indent stays outside of what is struck through.
  const indent = text.slice(0, text.length - text.trimStart().length);
  const isSwitch = texts.length === 2 && texts.includes("");
  const box = element("input", { type: "checkbox", "aria-label": `line ${number}: ${text.trim()}` });
  box.addEventListener("change", () => choose(slot, texts.findIndex((each) => (each === "") !== box.checked)));
  const options = texts.map((each, choice) => element("option", { value: choice, text: each.trim() || NOTHING }));
  const list = element("select", { "aria-label": `line ${number}` }, ...options);
  list.addEventListener("change", () => choose(slot, Number(list.value)));
  const gap = element("span", { class: "mg-gap" });
  const row = isSwitch
    ? element("span", {}, element("label", { class: "mg-switch" }, name, box, indent, code))
    : element("span", {}, name, gap, indent, slot === null ? code : list);
  code.textContent = text.trimStart();
  return {
    number,
    slot,
    row,
    /** @param {number | undefined} choice @param {boolean} revealed */
    show(choice = 0, revealed) {
      const off = texts[choice] === "";
      row.classList.toggle("mg-is-off", off && isSwitch);
      row.classList.toggle("mg-now", choice !== 0 && (off || revealed));
      box.checked = !off;
      list.value = String(choice);
    },
  };
}

/** The table of a run. @param {{columns: string[], rows: {name: string, hue: string, figures: string[]}[], marked: number[] | null}} run */
function table({ columns, rows, marked }) {
  const cell = (figure, row, column) =>
    marked !== null && marked[0] === row && marked[1] === column
      ? element("td", {}, element("span", { class: "mg-mark", text: figure || "–", title: "the first number that differs" }))
      : element("td", { text: figure });
  return element(
    "table",
    {},
    element("thead", {}, element("tr", {}, ...columns.map((text) => element("th", { scope: "col", text })))),
    element(
      "tbody",
      {},
      ...rows.map(({ name, hue, figures }, row) =>
        element(
          "tr",
          { class: `mg-is-${hue}` },
          element("th", { scope: "row", text: name }),
          ...figures.map((figure, column) => cell(figure, row, column)),
        ),
      ),
    ),
  );
}

/** @param {{model: import("./shared.js").Model, el: HTMLElement}} context */
function render({ model, el }) {
  const loops = model.get("loops");
  const names = Object.keys(loops);
  const group = `mg-vote-${Math.random().toString(36).slice(2)}`;
  let lines = [];
  let spoken = "";
  let drawn = "";

  const set = (changes) => {
    for (const [trait, value] of Object.entries(changes)) model.set(trait, value);
    model.save_changes();
  };
  const change = (trait, value) => set({ [trait]: { ...model.get(trait), [model.get("bug")]: value } });
  const choose = (slot, choice) => change("lines", model.get("lines")[model.get("bug")].map((old, i) => (i === slot ? choice : old)));
  const reveal = () => {
    set({ revealed: [...model.get("revealed"), model.get("bug")] });
    again.focus(); // The button that had the focus is gone.
  };
  const startOver = () => {
    const bug = model.get("bug");
    const { [bug]: dropped, ...votes } = model.get("votes");
    const isOwn = loops[bug].answers.length === 0;
    const revealed = isOwn ? model.get("revealed") : model.get("revealed").filter((name) => name !== bug);
    set({ lines: { ...model.get("lines"), [bug]: loops[bug].start }, votes, revealed });
    if (!isOwn) run.focus();
  };

  const groups = [...new Set(names.map((name) => loops[name].group))];
  const select = element(
    "select",
    { "aria-label": "loop" },
    ...groups.map((label) =>
      element("optgroup", { label }, ...names.filter((name) => loops[name].group === label).map((text) => element("option", { text, value: text }))),
    ),
  );
  select.addEventListener("change", () => set({ bug: select.value }));
  const stages = STAGES.map((text) => element("li", { text }));
  const again = button({ label: "Start over", text: "start over", onclick: startOver });
  const run = button({ label: "Run it", text: "run it", onclick: reveal });
  run.classList.add("mg-primary");

  const code = element("div", { class: "mg-code" });
  const question = element("p", { class: "mg-question" });
  const answers = element("div", { class: "mg-answers", role: "radiogroup" });
  const verdict = element("p", { class: "mg-verdict" });
  const say = element("p", { class: "mg-say" });
  const hint = element("p", { class: "mg-hint" });
  const notes = element("div", { class: "mg-notes" });
  const words = element("div", { class: "mg-panel mg-words" }, question, answers, run, verdict, say, notes, hint);
  const charts = element("div", { class: "mg-charts" });
  const figures = element("div", { class: "mg-panel mg-figures" });
  const live = liveRegion();
  const root = card(
    "Accumulation lab",
    element(
      "div",
      { class: "mg-bar" },
      element("h3", { class: "mg-title", text: "Accumulation lab" }),
      names.some((name) => loops[name].answers.length) ? element("ol", { class: "mg-stages" }, ...stages) : null,
      element("span", { class: "mg-grow" }),
      names.length > 1 ? select : null,
      again,
    ),
    element("div", { class: "mg-body" }, code, words, charts, figures),
    live,
  );
  root.classList.add("mg-accumulation");
  const steady = steadied(words);

  function build(bug) {
    drawn = bug;
    const loop = loops[bug];
    lines = loop.lines.map((line) => codeLine(line, choose));
    code.replaceChildren(...lines.map((line) => line.row));
    question.replaceChildren(...sentence(loop.question));
    answers.setAttribute("aria-label", question.textContent);
    answers.replaceChildren(
      ...loop.answers.map(({ words: text }, vote) => {
        const radio = element("input", { type: "radio", name: group });
        radio.addEventListener("change", () => change("votes", vote));
        return element("label", {}, radio, element("span", { text }), element("b"));
      }),
    );
    words.style.minHeight = "";
  }

  /** Mark what was voted for and, once it was run, what is right. */
  function showVote(bug, revealed, right) {
    const vote = model.get("votes")[bug];
    [...answers.children].forEach((label, i) => {
      const [radio, , mark] = label.children;
      Object.assign(radio, { checked: i === vote, disabled: revealed });
      label.classList.toggle("mg-right", revealed && i === right);
      label.classList.toggle("mg-wrong", revealed && i === vote && i !== right);
      mark.textContent = !revealed ? "" : i === right ? "✓ what happens" : i === vote ? "✗ your vote" : "";
    });
    const said = revealed && vote !== undefined ? sentence(loops[bug].answers[vote].says) : [];
    verdict.replaceChildren(...said);
    verdict.classList.toggle("mg-wrong", vote !== right);
  }

  /** The error at the line where it strikes. */
  function showFailure(failure) {
    for (const old of code.querySelectorAll(".mg-error")) old.remove();
    if (!failure) return;
    const hints = failure.hint ? [element("p", { text: failure.hint })] : [];
    const alarm = element("div", { class: "mg-error", role: "note" }, failure.error, ...hints);
    const at = lines.findLast((line) => failure.line !== null && line.number <= failure.line) ?? lines.at(-1);
    at?.row.classList.add("mg-now");
    at?.row.after(alarm);
  }

  function show() {
    const bug = model.get("bug");
    if (bug !== drawn) build(bug);
    const loop = loops[bug];
    const chosen = model.get("lines")[bug];
    const runs = model.get("runs");
    const revealed = model.get("revealed").includes(bug);
    const result = runs[`${bug}|${chosen.join(",")}`];
    const shown = revealed ? result : loop.shows_correct ? runs[`${bug}|`] : null;
    const stage = !revealed ? (model.get("votes")[bug] === undefined ? 0 : 1) : result?.agree && !result.failure ? 3 : 2;

    select.value = bug;
    for (const line of lines) line.show(chosen[line.slot], revealed && !result?.agree);
    stages.forEach((each, i) => (i === stage ? each.setAttribute("aria-current", "step") : each.removeAttribute("aria-current")));
    run.hidden = revealed;
    showVote(bug, revealed, runs[`${bug}|${loop.start.join(",")}`]?.answer);
    showFailure(revealed ? result?.failure : null);
    const waiting = revealed && !result;
    root.setAttribute("aria-busy", String(waiting));
    const missing = isSaved(model) ? "This was not run before the page was saved: change a line back." : "Running …";
    say.replaceChildren(...(waiting ? [missing] : revealed ? sentence(result.sentence) : []));
    hint.replaceChildren(...(revealed && result ? sentence(result.hint) : []));
    notes.replaceChildren(...(revealed && result ? notesOf(result) : []));
    charts.replaceChildren(
      ...(shown?.rows.length ? shown.pictures.map(pictureOf) : [element("p", { class: "mg-hint", text: waiting ? missing : shown ? "No numbers to show." : "Vote, then run it: the numbers come here." })]),
    );
    figures.hidden = !shown?.rows.length;
    if (!figures.hidden) figures.replaceChildren(element("p", { class: "mg-difference", text: shown.difference ?? "" }), table(shown));
    steady();

    const heard = revealed && result ? `${verdict.textContent} ${result.difference}.`.trim() : "";
    if (drawn && spoken !== heard) live.textContent = heard;
    spoken = heard;
  }

  function notesOf({ stopped, warned, printed }) {
    return [
      stopped ? element("p", { class: "mg-error", text: stopped }) : null,
      ...warned.map((text) => element("p", { class: "mg-hint", text: `warned: ${text}` })),
      printed ? element("pre", { class: "mg-printed", tabindex: "0", "aria-label": "printed", text: printed }) : null,
    ].filter(Boolean);
  }

  const stops = ["bug", "lines", "votes", "revealed", "runs"].map((trait) => onTrait(model, trait, show));
  show();
  live.textContent = "";
  el.append(root);
  steady();
  return () => stops.forEach((stop) => stop());
}

export default { render };
