/** Shows one line to the person who waits. */
export type Print = (line: string) => void;

const INTERVAL_MS = 5_000;

/** Runs long work, and says every few seconds what it is and for how long it has been going on. */
export async function withProgress<T>(print: Print, label: string, work: () => Promise<T>): Promise<T> {
  const started = Date.now();
  const timer = setInterval(() => print(`  ${label}: ${secondsSince(started)} so far`), INTERVAL_MS);
  try {
    const result = await work();
    print(`  ${label}: done in ${secondsSince(started)}`);
    return result;
  } finally {
    clearInterval(timer);
  }
}

/** A duration as a person reads it: `340 ms`, `4.2 s`, `3 min 12 s`. */
export function duration(milliseconds: number): string {
  if (milliseconds < 1_000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 60_000) return `${(milliseconds / 1_000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1_000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

function secondsSince(start: number): string {
  return duration(Date.now() - start).replace(/\.\d s$/, ' s');
}
