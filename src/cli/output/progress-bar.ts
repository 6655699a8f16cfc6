const LINE_EVERY_MS = 5_000;
const BAR_EVERY_MS = 100;
const WIDTH = 30;

/** Shows on standard error how far something is: a bar that moves at a terminal, a line now and then elsewhere. */
export class ProgressBar {
  private readonly what: string;
  private readonly total: number;
  private readonly started = Date.now();
  private shownAt = Date.now();

  constructor(what: string, total: number) {
    this.what = what;
    this.total = total;
  }

  show(done: number): void {
    const { isTTY } = process.stderr;
    if (Date.now() - this.shownAt < (isTTY ? BAR_EVERY_MS : LINE_EVERY_MS)) return;
    this.shownAt = Date.now();
    process.stderr.write(isTTY ? `\r${this.bar(done)}` : `${this.line(done)}\n`);
  }

  /** Takes the bar away again. */
  end(): void {
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  }

  private bar(done: number): string {
    const full = Math.round((WIDTH * Math.min(done, this.total)) / Math.max(this.total, 1));
    return `${'█'.repeat(full)}${'░'.repeat(WIDTH - full)} ${this.line(done)}`;
  }

  private line(done: number): string {
    const seconds = (Date.now() - this.started) / 1000;
    const left = Math.ceil((seconds / done) * Math.max(this.total - done, 0));
    return `${count(done)} of ${count(this.total)} ${this.what}, about ${left} s left`;
  }
}

/** A whole number as people read it: 1,234,567. */
export function count(number: number): string {
  return number.toLocaleString('en-US');
}
