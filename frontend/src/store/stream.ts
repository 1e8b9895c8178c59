/**
 * The stream of events. The browser connects again by itself and says what it saw last; what it
 * gives up on (a refusal) is told apart here: the session has ended, or it is worth another try.
 */
export type Connection = "connecting" | "live" | "reconnecting" | "signed-out";

export const EVENTS = [
  "snapshot",
  "stats",
  "backend",
  "operation",
  "config",
  "audit",
  "dropped",
  "reset",
] as const;

export type EventName = (typeof EVENTS)[number];

/** What the stream needs of an EventSource. */
export interface Source {
  readonly readyState: number;
  onerror: ((event: Event) => void) | null;
  addEventListener(name: string, listener: (event: MessageEvent<string>) => void): void;
  close(): void;
}

export interface Wiring {
  open: () => Source;
  /** Whether the session still is: the stream's own refusal has no status that a page could read. */
  signedIn: () => Promise<boolean>;
  frame: (name: EventName, data: unknown) => void;
  state: (state: Connection) => void;
  later: (run: () => void, ms: number) => void;
}

const CLOSED = 2;
const FIRST_WAIT = 1000;
const LONGEST_WAIT = 30_000;

export class Stream {
  private readonly wiring: Wiring;
  private source: Source | undefined;
  private wait = FIRST_WAIT;
  private ended = false;

  constructor(wiring: Wiring) {
    this.wiring = wiring;
  }

  /** Connects, anew if it is connected: the first frame is a snapshot then. */
  connect(): void {
    this.source?.close();
    const source = this.wiring.open();
    this.source = source;
    for (const name of EVENTS) {
      source.addEventListener(name, (event) => {
        if (this.source === source) {
          this.wait = FIRST_WAIT;
          this.wiring.state("live");
          this.wiring.frame(name, JSON.parse(event.data));
        }
      });
    }
    source.onerror = () => {
      if (this.source === source && !this.ended) {
        this.lost(source);
      }
    };
  }

  /** Ends it for good. */
  close(): void {
    this.ended = true;
    this.source?.close();
  }

  private lost(source: Source): void {
    this.wiring.state("reconnecting");
    if (source.readyState === CLOSED) {
      void this.again();
    }
  }

  private async again(): Promise<void> {
    if (!(await this.wiring.signedIn())) {
      this.close();
      this.wiring.state("signed-out");
      return;
    }
    const wait = this.wait;
    this.wait = Math.min(wait * 2, LONGEST_WAIT);
    this.wiring.later(() => {
      if (!this.ended) {
        this.connect();
      }
    }, wait);
  }
}
