/** How long each of many calls took, in milliseconds. */
export class Samples {
  private milliseconds: number[] = [];

  static of(all: readonly Samples[]): Samples {
    const joined = new Samples();
    joined.milliseconds = all.flatMap(({ milliseconds }) => milliseconds);
    return joined;
  }

  add(milliseconds: number): void {
    this.milliseconds.push(milliseconds);
  }

  get count(): number {
    return this.milliseconds.length;
  }

  /** The time that this share of the calls did not exceed, for example 0.99. */
  quantile(share: number): number {
    const sorted = this.milliseconds.toSorted((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  }
}
