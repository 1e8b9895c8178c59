// Puts a .br and a .gz beside every built asset, so that the server compresses nothing at run time.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const directory = "../target/classes/dashboard/assets";
for (const name of readdirSync(directory)) {
  if (!/\.(js|css|svg)$/.test(name)) {
    continue;
  }
  const text = readFileSync(join(directory, name));
  writeFileSync(
    join(directory, `${name}.br`),
    brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
  );
  writeFileSync(join(directory, `${name}.gz`), gzipSync(text, { level: 9 }));
}
