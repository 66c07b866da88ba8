// How long somebody looked at a picture: stands still while the page is hidden, and counts at most
// a minute between two movements.

const IDLE_MS = 60_000

export class Stopwatch {
  #counted = 0
  #since = null
  #listeners = new AbortController()

  constructor() {
    const options = { passive: true, capture: true, signal: this.#listeners.signal }
    for (const name of ["pointermove", "pointerdown", "keydown"]) {
      addEventListener(name, () => this.#count(), options)
    }
    document.addEventListener("visibilitychange", () => this.#follow(), options)
  }

  restart() {
    this.#counted = 0
    this.#since = document.hidden ? null : performance.now()
  }

  get seconds() {
    this.#count()
    return Math.round(this.#counted) / 1000
  }

  stop() {
    this.#listeners.abort()
  }

  #count() {
    if (this.#since === null) return
    const now = performance.now()
    this.#counted += Math.min(now - this.#since, IDLE_MS)
    this.#since = now
  }

  #follow() {
    this.#count()
    this.#since = document.hidden ? null : performance.now()
  }
}
