/**
 * Where in a YAML text a JSON pointer leads, for problems of what is being typed. It reads block
 * style by its indentation; where flow style begins it stays at that line.
 */

const SAID = /^line (\d+), column \d+: /;
const KEY = /^(?:"([^"]*)"|'([^']*)'|([^\s#:][^:]*?))\s*:(?:\s|$)/;
const ITEM = /^-(?:\s|$)/;

function indent(line: string): number {
  return line.length - line.trimStart().length;
}

function matters(line: string): boolean {
  const text = line.trim();
  return text !== "" && !text.startsWith("#") && text !== "---";
}

interface Block {
  from: number;
  to: number;
}

/**
 * The line of a problem, from 1; 0: unknown.
 *
 * @param message of what is no YAML at all, which names its line itself
 */
export function lineOf(yaml: string, pointer: string, message = ""): number {
  const said = SAID.exec(message);
  if (said) {
    return Number(said[1]);
  }
  const lines = yaml.split("\n");
  const first = lines.findIndex(matters);
  let at = first;
  let block: Block = { from: 0, to: lines.length };
  for (const segment of pointer.split("/").slice(1)) {
    const name = segment.replaceAll("~1", "/").replaceAll("~0", "~");
    const next = step(lines, block, name);
    if (!next) {
      break;
    }
    at = next.from;
    block = next.inner;
  }
  return at + 1;
}

interface Step {
  /** The line that the segment is at. */
  from: number;
  inner: Block;
}

function step(lines: string[], { from, to }: Block, name: string): Step | null {
  const first = lines.findIndex((line, i) => i >= from && i < to && matters(line));
  const line = first < 0 ? "" : (lines[first] ?? "");
  const column = indent(line);
  return ITEM.test(line.slice(column))
    ? item(lines, { from: first, to }, column, name)
    : member(lines, { from: first, to }, column, name);
}

function item(lines: string[], { from, to }: Block, column: number, name: string): Step | null {
  if (from < 0 || !/^\d+$/.test(name)) {
    return null;
  }
  const starts: number[] = [];
  let end = to;
  for (let i = from; i < to; i++) {
    const line = lines[i] ?? "";
    if (matters(line) && indent(line) <= column) {
      if (indent(line) < column || !ITEM.test(line.slice(column))) {
        end = i;
        break;
      }
      starts.push(i);
    }
  }
  const start = starts[Number(name)];
  if (start === undefined) {
    return null;
  }
  // What stands behind the dash is the first line of what is in it.
  const line = lines[start] ?? "";
  lines[start] = `${" ".repeat(column + 1)}${line.slice(column + 1)}`;
  return { from: start, inner: { from: start, to: starts[Number(name) + 1] ?? end } };
}

function member(lines: string[], { from, to }: Block, column: number, name: string): Step | null {
  for (let i = Math.max(0, from); from >= 0 && i < to; i++) {
    const line = lines[i] ?? "";
    const key = indent(line) === column && matters(line) ? KEY.exec(line.slice(column)) : null;
    if (key && (key[1] ?? key[2] ?? key[3]) === name) {
      return { from: i, inner: { from: i + 1, to: endOf(lines, i, to, column) } };
    }
  }
  return null;
}

/** Where a member's value ends; items may stand right below their key. */
function endOf(lines: string[], key: number, to: number, column: number): number {
  for (let i = key + 1; i < to; i++) {
    const line = lines[i] ?? "";
    const deep = indent(line);
    if (matters(line) && (deep < column || (deep === column && !ITEM.test(line.slice(deep))))) {
      return i;
    }
  }
  return to;
}
