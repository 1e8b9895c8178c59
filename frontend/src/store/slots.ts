/**
 * The last stretch of a few figures in slots of equal length. Its memory is what it was made with:
 * a new slot takes the place of the one a whole stretch older, and a gap stays a gap.
 */
export class Slots {
  readonly step: number;
  readonly size: number;
  private readonly numbers: Float64Array;
  private readonly counts: Uint32Array;
  private readonly columns: Float32Array[];
  private newest = Number.NEGATIVE_INFINITY;

  /**
   * Nothing is known yet.
   *
   * @param step of a slot, in milliseconds
   */
  constructor(step: number, size: number, columns: number) {
    this.step = step;
    this.size = size;
    this.numbers = new Float64Array(size).fill(-1);
    this.counts = new Uint32Array(size);
    this.columns = Array.from({ length: columns }, () => new Float32Array(size));
  }

  /** One more sample of the slot that a moment is in; a slot shows the mean of its samples. */
  add(at: number, values: readonly number[]): void {
    const number = Math.floor(at / this.step);
    if (number <= this.newest - this.size) {
      return;
    }
    const index = number % this.size;
    if (this.numbers[index] !== number) {
      this.numbers[index] = number;
      this.counts[index] = 0;
    }
    const before = this.counts[index] ?? 0;
    this.counts[index] = before + 1;
    for (const [i, column] of this.columns.entries()) {
      const mean = before === 0 ? 0 : (column[index] ?? 0);
      column[index] = mean + ((values[i] ?? 0) - mean) / (before + 1);
    }
    this.newest = Math.max(this.newest, number);
  }

  /** A slot's whole value, unless samples of its own are there already. */
  seed(at: number, values: readonly number[]): void {
    const number = Math.floor(at / this.step);
    if (this.numbers[number % this.size] !== number) {
      this.add(at, values);
    }
  }

  /** A column up to the newest slot, oldest first; NaN where nothing is known. */
  read(column: number): number[] {
    const values = this.columns[column];
    const out: number[] = [];
    if (!values || this.newest < 0) {
      return out;
    }
    for (let number = this.newest - this.size + 1; number <= this.newest; number++) {
      const index = ((number % this.size) + this.size) % this.size;
      out.push(this.numbers[index] === number ? (values[index] ?? 0) : Number.NaN);
    }
    return out;
  }
}
