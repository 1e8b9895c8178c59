import { expect, test } from "vitest";
import { lineOf } from "./yaml-lines";

const TEXT = `---
# all of it
pools:
- id: web
  backends:
  - address: 127.0.0.1:1
    weight: 2

  - address: 127.0.0.1:2
    labels: {zone: north}
  "health-check":
    type: http
    http:
      path: /ok
- id: api
  backends: ['127.0.0.1:3']
routes:
  - id: all
    match:
      path: "/**"
    pool: nowhere
`;

function text(pointer: string): string {
  return TEXT.split("\n")[lineOf(TEXT, pointer) - 1]?.trim() ?? "";
}

test("a pointer leads to its line", () => {
  expect(text("/pools")).toBe("pools:");
  expect(text("/pools/0")).toBe("- id: web");
  expect(text("/pools/0/id")).toBe("- id: web");
  expect(text("/pools/0/backends/0/weight")).toBe("weight: 2");
  expect(text("/pools/0/backends/1")).toBe("- address: 127.0.0.1:2");
  expect(text("/pools/0/health-check/http/path")).toBe("path: /ok");
  expect(text("/pools/1/id")).toBe("- id: api");
  expect(text("/routes/0/pool")).toBe("pool: nowhere");
});

test("what cannot be found leads as far as it is known", () => {
  expect(text("/pools/0/backends/1/labels/zone")).toBe("labels: {zone: north}");
  expect(text("/pools/1/backends/0")).toBe("backends: ['127.0.0.1:3']");
  expect(text("/pools/7")).toBe("pools:");
  expect(text("/routes/0/match/host")).toBe("match:");
  expect(lineOf("", "/pools")).toBe(0);
});

test("a text that is no YAML says its line itself", () => {
  expect(lineOf("a: [", "", "line 12, column 3: expected ']'")).toBe(12);
});
