/** What the server says to its page: the body's attributes. */
import type { Role } from "./api/types";

const ORDER: readonly Role[] = ["viewer", "operator", "admin"];

function attribute(name: string): string {
  return document.body.getAttribute(`data-${name}`) ?? "";
}

export const page = {
  get name(): string {
    return attribute("page");
  },
  /** The path of the dashboard, with a slash at its end. */
  get base(): string {
    return attribute("base") || "/";
  },
  get csrf(): string {
    return attribute("csrf");
  },
  get user(): string {
    return attribute("user");
  },
  /** Whether a file owns the configuration, so that nothing here changes it. */
  get declarative(): boolean {
    return attribute("mode") === "declarative";
  },
  get revision(): number {
    return Number(attribute("revision")) || 0;
  },
  may(role: Role): boolean {
    return ORDER.indexOf(attribute("role") as Role) >= ORDER.indexOf(role);
  },
};

/** The address of a page of the dashboard. */
export function to(path: string): string {
  return page.base + path.replace(/^\//, "");
}

/** The address of a backend's page, or of one of its actions. */
export function toBackend(pool: string, id: string, action = ""): string {
  const at = `backends/${encodeURIComponent(pool)}/${encodeURIComponent(id)}`;
  return to(action ? `${at}/${action}` : at);
}
