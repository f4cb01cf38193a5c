// Things that arrive, kept in order; whoever waits for one is told when it comes.

export class Queue<T> {
  readonly all: T[] = [];
  private taken = 0;
  private wake: (() => void)[] = [];

  add(item: T): void {
    this.all.push(item);
    for (const wake of this.wake.splice(0)) wake();
  }

  /** The next one that nobody took yet; fails when none comes in time. */
  async take(withinMs = 20_000): Promise<T> {
    const deadline = Date.now() + withinMs;
    while (this.taken >= this.all.length) {
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`nothing arrived within ${withinMs} ms`);
      await this.arrival(left);
    }
    return this.all[this.taken++];
  }

  private arrival(withinMs: number): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, withinMs);
      this.wake.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
