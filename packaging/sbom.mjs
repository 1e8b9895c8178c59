// Prints the list of parts of the image (CycloneDX): the libraries that Maven knows, and what
// packaging/build adds to them: the Java runtime, the C library, the certificates of authorities.
//
//   node packaging/sbom.mjs BOM VERSION RELEASE-FILE-OF-JAVA VERSION-OF-GLIBC
import { readFileSync } from "node:fs";

const [bomFile, version, releaseFile, glibc] = process.argv.slice(2);
const bom = JSON.parse(readFileSync(bomFile, "utf8"));
const release = Object.fromEntries(
  readFileSync(releaseFile, "utf8")
    .split("\n")
    .filter((line) => line.includes("="))
    .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1).replaceAll('"', "")]),
);
const java = release.JAVA_RUNTIME_VERSION ?? release.JAVA_VERSION;

/** A part that no package manager of Java knows. */
const part = (type, name, ofVersion, purl, licence) => ({
  type,
  "bom-ref": purl,
  name,
  version: ofVersion,
  purl,
  licenses: [{ license: { id: licence } }],
});
const added = [
  part("platform", "openjdk", java, `pkg:generic/openjdk@${encodeURIComponent(java)}`, "GPL-2.0-with-classpath-exception"),
  part("library", "libc6", glibc, `pkg:deb/debian/libc6@${encodeURIComponent(glibc)}?arch=amd64`, "LGPL-2.1-or-later"),
  part("data", "ca-certificates", java, `pkg:generic/openjdk-cacerts@${encodeURIComponent(java)}`, "MPL-2.0"),
];
bom.metadata.component.version = version;
bom.components = [...(bom.components ?? []), ...added];
const own = bom.dependencies?.find((entry) => entry.ref === bom.metadata.component["bom-ref"]);
if (own) {
  own.dependsOn = [...(own.dependsOn ?? []), ...added.map((entry) => entry["bom-ref"])];
}
for (const entry of added) {
  bom.dependencies?.push({ ref: entry["bom-ref"], dependsOn: [] });
}
process.stdout.write(`${JSON.stringify(bom, null, 2)}\n`);
