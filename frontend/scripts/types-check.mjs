// Fails when src/api/schema.d.ts is not what the committed OpenAPI document says.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const directory = mkdtempSync(join(tmpdir(), "sluice-types-"));
try {
  const generated = join(directory, "schema.d.ts");
  const run = spawnSync(
    "node_modules/.bin/openapi-typescript",
    ["../docs/reference/openapi.yaml", "-o", generated],
    { encoding: "utf8" },
  );
  if (run.status !== 0) {
    throw new Error(`openapi-typescript failed: ${run.stderr || run.error}`);
  }
  if (readFileSync(generated, "utf8") !== readFileSync("src/api/schema.d.ts", "utf8")) {
    throw new Error(
      "src/api/schema.d.ts differs from docs/reference/openapi.yaml; run: npm --prefix frontend run types",
    );
  }
} finally {
  rmSync(directory, { recursive: true });
}
