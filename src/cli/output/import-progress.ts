const REFRESH_MS = 200;
const LINE_EVERY_MS = 5_000;
const WIDTH = 30;

/** Shows how far an import is: a bar at a terminal, a line every few seconds elsewhere, and nothing if it is quick. */
export function importProgress(out: NodeJS.WriteStream): {
  readonly tell: (done: number, rows: number) => void;
  readonly end: () => void;
} {
  let last = Date.now();
  let shown = false;
  return {
    tell: (done, rows) => {
      if (Date.now() - last < (out.isTTY ? REFRESH_MS : LINE_EVERY_MS)) return;
      last = Date.now();
      shown = true;
      const filled = Math.round((done / rows) * WIDTH);
      const bar = '█'.repeat(filled) + '░'.repeat(WIDTH - filled);
      out.write(out.isTTY ? `\r${bar} ${done} of ${rows}` : `${done} of ${rows} rows\n`);
    },
    end: () => {
      if (shown && out.isTTY) out.write('\r\u001B[K');
    },
  };
}
