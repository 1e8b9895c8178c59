/** Figures and times as the pages show them; the server's Formats says the same. */

/** What stands where there is no figure. */
export const NONE = "–";

const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** A whole number: 7, 1,059. */
export function count(value: number): string {
  return grouped.format(value);
}

/** Requests a second: 0, 3.2, 118, 1,059. */
export function rate(value: number): string {
  return value > 0 && value < 10 ? value.toFixed(1).replace(/\.0$/, "") : grouped.format(value);
}

/**
 * A share of 0 to 1: 99.94 %, 100 %. What is not whole never looks so: 99.999 % is 99.99 %, and a
 * little is never nothing.
 */
export function share(value: number): string {
  const hundredths = value < 1 ? Math.min(Math.round(value * 10_000), 9999) : 10_000;
  const shown = hundredths === 0 && value > 0 ? 1 : hundredths;
  return `${(shown / 100).toFixed(2).replace(/\.?0+$/, "")} %`;
}

/** A share in whole hundredths, where room is scarce: 50 %, 0.4 %. */
export function roughShare(value: number): string {
  const percent = value * 100;
  return percent > 0 && percent < 1
    ? `${Math.max(0.1, percent).toFixed(1)} %`
    : `${Math.round(percent)} %`;
}

/** How many succeed, as a share; a dash without requests. */
export function success(rps: number, errors: number): string {
  return rps > 0 ? share(1 - errors) : NONE;
}

/** Milliseconds without their unit: 0.4, 3.2, 12, 480, 1,900. */
export function millis(value: number): string {
  return value < 10 ? value.toFixed(1).replace(/\.0$/, "") : grouped.format(value);
}

/** Milliseconds; a dash without requests. */
export function latency(rps: number, value: number): string {
  return rps > 0 ? millis(value) : NONE;
}

/** How long something takes or took, from milliseconds: 21 s, 4 min, 2 h 5 min, 3 d. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) {
    return `${seconds} s`;
  }
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) {
    return `${minutes} min`;
  }
  const hours = Math.floor(minutes / 60);
  if (hours >= 48) {
    return `${Math.floor(hours / 24)} d`;
  }
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
}

/** What is left until a moment, to the second: 0:07, 4:28, 1:02:03. */
export function countdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const two = (value: number): string => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = two(seconds % 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`;
}

/** One of something, or so many: 1 backend, 3 backends. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

const time = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});
const date = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const full = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeStyle: "long" });

/** A moment by the reader's clock, with the date when that is another one than today's. */
export function clock(iso: string, today: Date = new Date()): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) {
    return iso;
  }
  return at.toDateString() === today.toDateString()
    ? time.format(at)
    : `${date.format(at)} ${time.format(at)}`;
}

/** A moment with everything that belongs to it. */
export function fully(iso: string): string {
  const at = new Date(iso);
  return Number.isNaN(at.getTime()) ? iso : full.format(at);
}

const DURATION = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;

/** An ISO-8601 duration of days to seconds, in milliseconds; NaN for anything else. */
export function millisOf(iso: string): number {
  const parts = DURATION.exec(iso);
  if (!parts) {
    return Number.NaN;
  }
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = parts
    .slice(1)
    .map((part) => Number(part ?? 0));
  return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
}

/** An interval as a person says it: 1 s, 0.5 s, 2 min. */
export function interval(iso: string): string {
  const ms = millisOf(iso);
  return ms < 60_000 ? `${ms / 1000} s` : span(ms);
}
