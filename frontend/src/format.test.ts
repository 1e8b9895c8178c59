import { expect, test } from "vitest";
import { rate } from "./format";

test("rates keep a decimal only where it says something", () => {
  expect([0, 0.25, 3.2, 4, 118.4, 1059].map(rate)).toEqual([
    "0",
    "0.3",
    "3.2",
    "4",
    "118",
    "1,059",
  ]);
});
