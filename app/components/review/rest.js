// A reminder to rest: eyes that have looked for long agree with everything.

const PAUSE_MS = 5 * 60_000 // away for as long as this: rested

export class Rest {
  #worked = 0 // seconds
  #last = null

  /** Minutes of work after which a rest is due, 0: never. */
  minutes = 0
  /** Whether the person should be reminded now. */
  due = false

  /** Note that a decision took so many seconds. */
  note(seconds) {
    const now = Date.now()
    if (this.#last !== null && now - this.#last > PAUSE_MS + seconds * 1000) this.#worked = 0
    this.#last = now
    this.#worked += seconds
    this.due = this.minutes > 0 && this.#worked >= this.minutes * 60
  }

  /** The person has read it; the next one comes after as much work again. */
  dismiss() {
    this.#worked = 0
    this.due = false
  }
}
