import { expect, test } from "vitest";
import { Slots } from "./slots";

test("a slot is the mean of its samples, a gap is no figure", () => {
  const slots = new Slots(1000, 4, 1);
  slots.add(1000, [10]);
  slots.add(1500, [20]);
  slots.add(3000, [5]);
  expect(slots.read(0)).toEqual([Number.NaN, 15, Number.NaN, 5]);
});

test("a seed fills what was not seen and changes nothing that was", () => {
  const slots = new Slots(1000, 3, 2);
  slots.add(2000, [7, 1]);
  slots.seed(2000, [99, 99]);
  slots.seed(1000, [6, 2]);
  slots.seed(-5000, [1, 1]);
  expect(slots.read(0)).toEqual([Number.NaN, 6, 7]);
  expect(slots.read(1)).toEqual([Number.NaN, 2, 1]);
});

test("after a whole stretch the old is gone and the size is what it was", () => {
  const slots = new Slots(1000, 3, 1);
  for (let second = 0; second < 10_000; second++) {
    slots.add(second * 1000, [second]);
  }
  expect(slots.read(0)).toEqual([9997, 9998, 9999]);
});
