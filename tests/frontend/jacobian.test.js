import assert from "node:assert/strict";
import { test } from "node:test";
import { dragged, inPlane, nextFill } from "../../widgets/static/jacobian.js";

const BOX = { left: 100, top: 50, width: 200, height: 200 };

test("the middle of a plane is zero, up and right are positive", () => {
  assert.deepEqual(inPlane(BOX, 2, 200, 150).map(Math.abs), [0, 0]);
  assert.deepEqual(inPlane(BOX, 2, 300, 50), [2, 2]);
  assert.deepEqual(inPlane(BOX, 2, 150, 200), [-1, -1]);
});

test("outside, a plane ends at its edge", () => {
  assert.deepEqual(inPlane(BOX, 2, 1000, 1000), [2, -2]);
  assert.deepEqual(inPlane(BOX, 2, -1000, 150).map(Math.abs), [2, 0]);
});

test("a handle is dragged in steps of a hundredth, from where its vector starts", () => {
  assert.deepEqual(dragged([1.504, 0.6], [0, 0], 1, 2), [1.5, 0.6]);
  assert.deepEqual(dragged([1.5, 0.6], [1, 1], 1, 1), [0.5, -0.4]);
  assert.deepEqual(dragged([1.25, 0.5], [1, 1], 0.25, 5), [1, -2]);
});

test("a handle goes no further than its slider", () => {
  assert.deepEqual(dragged([9, -9], [0, 0], 1, 2), [2, -2]);
});

test("steps are written without the dust of floating point numbers", () => {
  assert.deepEqual(dragged([0.3, 0.7], [0, 0], 1, 1), [0.3, 0.7]);
  assert.deepEqual(dragged([0.07, -0.29], [0, 0], 1, 1), [0.07, -0.29]);
});

test("each press asks for one more line, and begins anew where J is whole or filled the other way", () => {
  assert.deepEqual(nextFill("rows", { way: "rows", filled: 0 }, false), { way: "rows", filled: 1 });
  assert.deepEqual(nextFill("rows", { way: "rows", filled: 1 }, false), { way: "rows", filled: 2 });
  assert.deepEqual(nextFill("rows", { way: "rows", filled: 2 }, true), { way: "rows", filled: 1 });
  assert.deepEqual(nextFill("columns", { way: "rows", filled: 1 }, false), { way: "columns", filled: 1 });
});
