/** The management API: one call, its errors as values with a type, and who is signed out. */
import { signal } from "@preact/signals";
import { page } from "../page";
import type { paths } from "./schema";
import type { Guard, Page } from "./types";

/** Whether the session has ended: every further call would be refused. */
export const signedOut = signal(false);

type Method = "get" | "put" | "post" | "patch" | "delete";

/** The paths that have a method, without what stands in front of them. */
type PathOf<M extends Method> = {
  [P in keyof paths]: paths[P] extends { [K in M]: object }
    ? P extends `/api/v1${infer Rest}`
      ? Rest
      : never
    : never;
}[keyof paths];

export interface Problem {
  status: number;
  code: string;
  title: string;
  detail: string;
  requestId: string;
  errors: { pointer: string; message: string }[];
  guards?: Guard[];
  current?: unknown;
  currentEtag?: string;
  changedBy?: { author: string; at: string; revision: number };
}

/** A call that was refused or did not arrive. Its message is a sentence for people. */
export class ApiError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail || problem.title);
    this.name = "ApiError";
    this.problem = problem;
  }

  get code(): string {
    return this.problem.code;
  }

  /** What is wrong with one place of the body, for instance `/weight`. */
  at(pointer: string): string | undefined {
    return this.problem.errors.find((error) => error.pointer === pointer)?.message;
  }

  /** Errors at places that none of these fields shows. */
  besides(pointers: readonly string[]): { pointer: string; message: string }[] {
    return this.problem.errors.filter((error) => !pointers.includes(error.pointer));
  }
}

/** Any failure as an ApiError: what is thrown by the network has no problem document. */
export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) {
    return error;
  }
  const what = error instanceof Error ? error.message : String(error);
  return new ApiError(
    local("network", `Sluice does not answer (${what}). Check that it runs, then try again.`),
  );
}

function local(code: string, detail: string): Problem {
  return { status: 0, code, title: "No answer", detail, requestId: "", errors: [] };
}

export type Query = Record<string, string | number | boolean | null | undefined>;

export interface Options {
  query?: Query;
  body?: unknown;
  /** Of the body; `application/json` unless given. */
  type?: string;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

export interface Answer<T> {
  status: number;
  body: T;
  etag: string | null;
  location: string | null;
  requestId: string | null;
}

/** A path with its names filled in. */
export function fill(path: string, names: Record<string, string | number>): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(names[name])));
}

/** A query without what is absent or empty; starts with `?` unless nothing is left. */
export function queryOf(query: Query | undefined): string {
  const out = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== null && value !== undefined && value !== "" && value !== false) {
      out.set(name, String(value));
    }
  }
  const text = out.toString();
  return text ? `?${text}` : "";
}

type Names = Record<string, string | number>;

/**
 * Makes a call.
 *
 * @throws ApiError when it is refused or gets no answer; an abort is thrown as it is
 */
async function call<T>(
  method: Method,
  path: string,
  names: Names,
  options: Options = {},
): Promise<Answer<T>> {
  const headers: Record<string, string> = { Accept: "application/json", ...options.headers };
  if (method !== "get") {
    headers["X-CSRF-Token"] = page.csrf;
  }
  const init: RequestInit = { method: method.toUpperCase(), headers, credentials: "same-origin" };
  if (options.body !== undefined) {
    headers["Content-Type"] = options.type ?? "application/json";
    init.body = typeof options.body === "string" ? options.body : JSON.stringify(options.body);
  }
  if (options.signal) {
    init.signal = options.signal;
  }
  const at = `${page.base}api/v1${fill(path, names)}${queryOf(options.query)}`;
  let response: Response;
  try {
    response = await fetch(at, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") {
      throw error;
    }
    throw asApiError(error);
  }
  if (!response.ok) {
    throw new ApiError(await problemOf(response));
  }
  const text = await response.text();
  return {
    status: response.status,
    body: (text === "" ? null : JSON.parse(text)) as T,
    etag: response.headers.get("ETag"),
    location: response.headers.get("Location"),
    requestId: response.headers.get("X-Request-Id"),
  };
}

/** The calls; each throws an {@link ApiError} when it is refused or gets no answer. */
export const api = {
  get: <T>(path: PathOf<"get">, names: Names = {}, options?: Options) =>
    call<T>("get", path, names, options),
  put: <T>(path: PathOf<"put">, names: Names, options: Options) =>
    call<T>("put", path, names, options),
  post: <T>(path: PathOf<"post">, names: Names, options: Options) =>
    call<T>("post", path, names, options),
  patch: <T>(path: PathOf<"patch">, names: Names, options: Options) =>
    call<T>("patch", path, names, options),
  delete: <T>(path: PathOf<"delete">, names: Names, options?: Options) =>
    call<T>("delete", path, names, options),
};

/** Every page of a list. */
export async function all<T>(
  path: PathOf<"get">,
  query: Query = {},
  signal?: AbortSignal,
): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const options: Options = { query: { ...query, limit: 500, cursor } };
    if (signal) {
      options.signal = signal;
    }
    const { body }: Answer<Page<T>> = await api.get<Page<T>>(path, {}, options);
    items.push(...body.items);
    cursor = body.nextCursor;
  } while (cursor);
  return items;
}

/** The document of a refusal; an answer of something in between is told as well as can be. */
async function problemOf(response: Response): Promise<Problem> {
  if (response.status === 401) {
    signedOut.value = true;
  }
  const text = await response.text();
  const about = local("unexpected", `The answer was ${response.status} ${response.statusText}.`);
  let given: Partial<Problem> = {};
  if ((response.headers.get("Content-Type") ?? "").includes("json")) {
    try {
      given = JSON.parse(text) as Partial<Problem>;
    } catch {
      given = { detail: `${about.detail} Its body is cut off.` };
    }
  }
  return {
    ...about,
    requestId: response.headers.get("X-Request-Id") ?? "",
    ...given,
    errors: given.errors ?? [],
    status: response.status,
  };
}
