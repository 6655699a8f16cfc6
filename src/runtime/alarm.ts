/** Something to wait for: a ring, or a time. A ring that comes between two waits is not lost. */
export class Alarm {
  private rung = false;
  private wakeUp = (): void => {};

  readonly ring = (): void => {
    this.rung = true;
    this.wakeUp();
  };

  /** Waits for a ring, at most so many milliseconds. @returns whether it rang */
  async within(ms: number): Promise<boolean> {
    if (!this.rung) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.wakeUp = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    const { rung } = this;
    this.rung = false;
    return rung;
  }
}
