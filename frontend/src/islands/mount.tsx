/** Which island is drawn by what. */
import { type ComponentChild, render } from "preact";
import { listenForActions } from "../actions";
import { page } from "../page";
import { listen, store } from "../store/live";
import { AttentionCount } from "../ui/attention";
import { dress, Pill } from "../ui/pill";
import { ThemeSwitch } from "../ui/theme";
import { localize } from "../ui/time";
import { Backends, CopyButton } from "./backends";
import { Overview } from "./overview";

function nameOf(element: Element): string {
  return element.getAttribute("data-island") ?? "";
}

type Draw = (element: HTMLElement) => ComponentChild | Promise<ComponentChild>;

/** Those that show what is: they wait for the first figures. */
const LIVE: Record<string, Draw> = {
  overview: () => <Overview />,
  backends: (element) => <Backends query={queryOf(element)} />,
  wall: async () => {
    const { Wall } = await import("./wall");
    return <Wall />;
  },
  backend: async (element) => {
    const { BackendView } = await import("./backend");
    const { pool = "", id = "" } = element.dataset;
    return <BackendView pool={pool} id={id} />;
  },
  operation: async (element) => {
    const { OperationView } = await import("./operation-view");
    return (
      <section class="panel narrow operation" aria-label="Progress">
        <div class="body">
          <OperationView id={element.getAttribute("data-id") ?? ""} />
        </div>
      </section>
    );
  },
};

/** Those that need nothing to begin. */
const AT_ONCE: Record<string, Draw> = {
  theme: () => <ThemeSwitch />,
  // What is copied stands before the button.
  copy: (element) => <CopyButton text={element.previousElementSibling?.textContent ?? ""} />,
};

/** Those that add to what the server wrote, which stays: where, and what. */
const BESIDE: Record<string, (element: HTMLElement) => Promise<Beside | null>> = {
  activity: async (element) => {
    // Older pages of the list are about what was.
    if (new URLSearchParams(location.search).has("cursor")) {
      return null;
    }
    const { NewActivity, newestIn } = await import("./activity");
    const { kind = "", q: text = "" } = element.dataset;
    const wanted = { kind, text, after: newestIn(element, store.now.peek()) };
    return { where: "before", content: <NewActivity wanted={wanted} /> };
  },
  editor: async (element) => {
    const area = element.querySelector("textarea");
    if (!area) {
      return null;
    }
    const { Verdicts } = await import("./editor");
    return { where: "behind", content: <Verdicts area={area} /> };
  },
};

interface Beside {
  where: "before" | "behind";
  content: ComponentChild;
}

async function add(element: HTMLElement): Promise<void> {
  const beside = await BESIDE[nameOf(element)]?.(element);
  if (beside) {
    const place = document.createElement("div");
    if (beside.where === "before") {
      element.prepend(place);
    } else {
      element.append(place);
    }
    render(beside.content, place);
  }
}

/** What the address says, and what was typed before this script came. */
function queryOf(element: HTMLElement): string {
  const query = new URLSearchParams(location.search);
  const typed = element.querySelector<HTMLInputElement>("input[name=q]")?.value;
  if (typed) {
    query.set("q", typed);
  }
  return query.toString();
}

/** Puts an island's own drawing in the place of what the server wrote, and the focus back. */
async function draw(element: HTMLElement, by: Draw): Promise<void> {
  const content = await by(element);
  const focused = document.activeElement;
  const inside = focused instanceof HTMLElement && element.contains(focused) ? focused : null;
  const again = inside ? selectorOf(inside) : "";
  element.replaceChildren();
  render(content, element);
  if (again) {
    element.querySelector<HTMLElement>(again)?.focus();
  }
}

/** Finds the same control in other markup: by id, address or kind. */
function selectorOf(element: HTMLElement): string {
  if (element.id) {
    return `#${CSS.escape(element.id)}`;
  }
  const href = element.getAttribute("href");
  const type = element.getAttribute("type");
  const attributes = `${href ? `[href="${CSS.escape(href)}"]` : ""}${type ? `[type="${type}"]` : ""}`;
  return attributes ? `${element.localName}${attributes}` : "";
}

function drawAll(kinds: Record<string, Draw>): void {
  for (const element of document.querySelectorAll<HTMLElement>("[data-island]")) {
    const by = kinds[nameOf(element)];
    if (by) {
      void draw(element, by);
    }
  }
}

/** When the first figures have come; without any a moment after the first snapshot. */
function whenKnown(run: () => void): void {
  let done = false;
  const once = (): void => {
    if (!done) {
      done = true;
      run();
    }
  };
  store.ready.subscribe((ready) => {
    if (ready) {
      setTimeout(once, 1500);
    }
  });
  store.measured.subscribe((measured) => {
    if (measured) {
      // With the pools, so that nothing is drawn twice.
      setTimeout(once, store.pools.value.size > 0 ? 0 : 250);
    }
  });
}

export function start(): void {
  localize(document);
  listenForActions();
  drawAll(AT_ONCE);
  if (!page.user) {
    return;
  }
  listen();
  const all = [...document.querySelectorAll<HTMLElement>("[data-island]")];
  const of = (name: string) => all.find((each) => nameOf(each) === name);
  const pill = of("pill") ?? null;
  dress(
    pill,
    all.filter((each) => nameOf(each) in LIVE),
  );
  if (pill) {
    pill.replaceChildren();
    render(<Pill />, pill);
  }
  whenKnown(() => {
    drawAll(LIVE);
    for (const element of all) {
      void add(element);
    }
    const attention = of("attention-count");
    if (attention) {
      render(<AttentionCount />, attention);
    }
  });
}
