import assert from "node:assert/strict";
import { test } from "node:test";
import { handleKeys, onTrait, setRange, isSaved } from "../../widgets/static/shared.js";

/** As much of a slider as setRange touches. */
function slider(min, max) {
  const styles = {};
  const attributes = {};
  return {
    min: String(min),
    max: String(max),
    value: "",
    style: { setProperty: (name, value) => (styles[name] = value) },
    setAttribute: (name, value) => (attributes[name] = value),
    styles,
    attributes,
  };
}

test("a slider is filled up to where it stands", () => {
  const range = slider(-2, 2);
  setRange(range, 1, "one");
  assert.equal(range.value, "1");
  assert.equal(range.styles["--mg-fill"], "75%");
  assert.equal(range.attributes["aria-valuetext"], "one");
});

test("a slider of one place is empty and not broken", () => {
  const range = slider(0, 0);
  setRange(range, 0);
  assert.equal(range.styles["--mg-fill"], "0%");
  assert.deepEqual(range.attributes, {});
});

/** @param {Record<string, (event: object) => any>} handlers */
function pressing(handlers) {
  let listener;
  handleKeys({ addEventListener: (_, given) => (listener = given) }, handlers);
  return (event) => {
    const kept = { default: false, bubbling: false };
    listener({ ...event, preventDefault: () => (kept.default = true), stopPropagation: () => (kept.bubbling = true) });
    return kept;
  };
}

test("a handled key goes no further, any other does", () => {
  const seen = [];
  const press = pressing({ a: () => seen.push("a"), b: () => false });
  assert.deepEqual(press({ key: "a" }), { default: true, bubbling: true });
  assert.deepEqual(press({ key: "b" }), { default: false, bubbling: false });
  assert.deepEqual(press({ key: "c" }), { default: false, bubbling: false });
  assert.deepEqual(press({ key: "a", ctrlKey: true }), { default: false, bubbling: false });
  assert.deepEqual(seen, ["a"]);
});

test("a listener to a trait can leave", () => {
  const listeners = new Set();
  const model = { on: (name, listener) => listeners.add(`${name} ${listener.name}`), off: (name, listener) => listeners.delete(`${name} ${listener.name}`) };
  const stop = onTrait(model, "x", function moved() {});
  assert.deepEqual([...listeners], ["change:x moved"]);
  stop();
  assert.equal(listeners.size, 0);
});

test("only a saved page counts as saved", () => {
  assert.equal(isSaved({ get: () => undefined }), false);
  assert.equal(isSaved({ get: () => true }), true);
});
