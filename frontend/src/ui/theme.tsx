/** Light, dark or what the system says; kept in a cookie, so that the server's pages begin so. */
import { signal } from "@preact/signals";
import { page } from "../page";

type Theme = "auto" | "light" | "dark";

const COOKIE = "sluice-theme";
const NEXT: Record<Theme, Theme> = { auto: "light", light: "dark", dark: "auto" };
const NAMES: Record<Theme, string> = { auto: "Auto", light: "Light", dark: "Dark" };

function current(): Theme {
  const given = document.documentElement.getAttribute("data-theme");
  return given === "light" || given === "dark" ? given : "auto";
}

const theme = signal<Theme>(current());

export function setTheme(next: Theme): void {
  theme.value = next;
  const age = next === "auto" ? 0 : 31_536_000;
  if (next === "auto") {
    document.documentElement.removeAttribute("data-theme");
  } else {
    document.documentElement.setAttribute("data-theme", next);
  }
  // biome-ignore lint/suspicious/noDocumentCookie: the server reads it, and only some browsers have a Cookie Store.
  document.cookie = `${COOKIE}=${next}; path=${page.base}; max-age=${age}; samesite=strict`;
}

export function ThemeSwitch() {
  const next = NEXT[theme.value];
  return (
    <button
      type="button"
      class="button quiet"
      aria-label={`Theme: ${NAMES[theme.value].toLowerCase()}. Switch to ${NAMES[next].toLowerCase()}`}
      onClick={() => setTheme(next)}
    >
      <svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
        <circle cx="6" cy="6" r="4.5" fill="none" stroke="currentColor" stroke-width="1.4" />
        <path d="M6 1.5a4.5 4.5 0 0 1 0 9z" fill="currentColor" />
      </svg>
      {NAMES[theme.value]}
    </button>
  );
}
