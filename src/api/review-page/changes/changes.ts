import { setTimeout as pause } from 'node:timers/promises';
import type { FastifyBaseLogger } from 'fastify';
import type pg from 'pg';
import { Alarm } from '../../../runtime/alarm.ts';
import { inChunks } from '../../../runtime/in-chunks.ts';
import { listenToOutbox } from '../../../store/notifications/outbox-listener.ts';
import type { Mark } from '../page/mark.ts';

/** A page that is open in a browser. */
export interface OpenPage {
  /** Pages of the same key show the same, and are looked at once. */
  readonly key: string;
  readonly mark: () => Promise<Mark>;
  /** The value that the browser has. */
  readonly seen: string;
  /** Why it is shown no more to who looks at it, if it is not. */
  readonly whyEnded: () => Promise<string | undefined>;
  readonly onChange: (mark: Mark) => void;
  readonly onEnd: (why: string) => void;
}

/** Looks by the clock find what no event was published for: a note, a name, a sign-out. */
const CLOCK_MS = 1_000;
/** Between two looks: what comes meanwhile is found by one. */
const GATHER_MS = 150;
const AT_ONCE = 4;

/**
 * Tells open pages that what they show has changed. It listens to the outbox over one connection, however many pages
 * are open, and looks by the clock as well; while no page is open it does neither.
 */
export class Changes {
  private readonly pool: pg.Pool;
  private readonly log: FastifyBaseLogger;
  private readonly pages = new Map<symbol, { page: OpenPage; seen: string }>();
  private watching: AbortController | undefined;

  constructor(pool: pg.Pool, log: FastifyBaseLogger) {
    this.pool = pool;
    this.log = log;
  }

  get openPages(): number {
    return this.pages.size;
  }

  /** @returns closes the page */
  open(page: OpenPage): () => void {
    const id = Symbol(page.key);
    this.pages.set(id, { page, seen: page.seen });
    if (!this.watching) {
      this.watching = new AbortController();
      void this.watch(this.watching.signal);
    }
    return () => {
      this.pages.delete(id);
      if (this.pages.size > 0) return;
      this.watching?.abort();
      this.watching = undefined;
    };
  }

  private async watch(signal: AbortSignal): Promise<void> {
    const alarm = new Alarm();
    signal.addEventListener('abort', alarm.ring, { once: true });
    const listening = listenToOutbox(this.pool, signal, alarm.ring, (error) =>
      this.log.warn(
        { err: error },
        'the open pages are looked at by the clock alone until listening works again',
      ),
    );
    let isWell = true;
    while (!signal.aborted) {
      try {
        await this.look();
        isWell = true;
      } catch (error) {
        if (isWell) this.log.warn({ err: error }, 'what open pages show cannot be looked at now');
        isWell = false;
      }
      await pause(GATHER_MS);
      await alarm.within(CLOCK_MS);
    }
    await listening;
  }

  private async look(): Promise<void> {
    const marks = new Map<string, Promise<Mark>>();
    await inChunks([...this.pages], AT_ONCE, async ([id, open]) => {
      const { page } = open;
      const why = await page.whyEnded();
      if (why !== undefined) return page.onEnd(why);
      const asked = marks.get(page.key) ?? page.mark();
      marks.set(page.key, asked);
      const mark = await asked;
      // It may have been closed meanwhile.
      if (mark.value === open.seen || !this.pages.has(id)) return;
      open.seen = mark.value;
      page.onChange(mark);
    });
  }
}
