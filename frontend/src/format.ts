/** Figures and times as the pages show them; the server's Formats says the same. */

/** Requests a second: 0, 3.2, 118, 1,059. */
export function rate(value: number): string {
  return value > 0 && value < 10
    ? value.toFixed(1).replace(/\.0$/, "")
    : Math.round(value).toLocaleString("en-US");
}
