// The stepper's pure functions: reading an answer, judging it.
import assert from "node:assert/strict";
import test from "node:test";

import { judge, parseAnswer } from "../../widgets/static/stepper.js";

for (const [text, ...numbers] of /** @type {[string, ...number[]][]} */ ([
  ["3", 3],
  ["-0.5", -0.5],
  ["−0.5", -0.5],
  ["1/3", 1 / 3],
  ["2*3.5", 7],
  ["2×3·2", 12],
  ["1 - 2 - 3", -4],
  ["8/2/2", 2],
  ["2*(3.5 - 1)", 5],
  ["-2^2", -4],
  ["2**3^2", 512],
  ["2^-1", 0.5],
  ["1e-3", 0.001],
  ["1.5E2+.5", 150.5],
  ["--2", 2],
]))
  test(`${text} is understood`, () => assert.deepEqual(parseAnswer(text), { numbers, list: false }));

test("a list has its elements", () => {
  assert.deepEqual(parseAnswer("[1, 2/4, −3]"), { numbers: [1, 0.5, -3], list: true });
  assert.deepEqual(parseAnswer("[7]"), { numbers: [7], list: true });
});

for (const [text, words] of [
  ["", /Write a number/],
  ["  ", /Write a number/],
  ["2*", /missing at the end/],
  ["(1", /bracket is not closed/],
  ["[1, 2", /list is not closed/],
  ["1, 2", /need brackets/],
  ["1 2", /“2” was not expected/],
  ["[1] 2", /“2” was not expected/],
  ["1/0", /not a finite number/],
  ["x", /“x” is no number/],
  [".", /“\.” is no number/],
  ["alert(1)", /“a” is no number/],
  ["[[1, 2]]", /“\[” is no number/],
])
  test(`“${text}” is refused with a reason`, () => assert.throws(() => parseAnswer(text), { message: words }));

/** @type {{answer: number[], wrong: [string, number[]][]}} */
const question = { answer: [7.082, -0.3576], wrong: [["replaced", [3.541, -0.1788]], ["sign", [-7.082, 0.3576]]] };

test("an answer in the digits that the picture shows is right", () => {
  assert.equal(judge([7.08, -0.358], question), "");
  assert.equal(judge([7.2, -0.358], question), "other");
});

test("a misconception is recognised by its numbers", () => {
  assert.equal(judge([3.54, -0.179], question), "replaced");
  assert.equal(judge([-7.08, 0.358], question), "sign");
  assert.equal(judge([1, 2], question), "other");
});

test("zero is only zero", () => {
  assert.equal(judge([0], { answer: [0], wrong: [] }), "");
  assert.equal(judge([0.01], { answer: [0], wrong: [] }), "other");
});
