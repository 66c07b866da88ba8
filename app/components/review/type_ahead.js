// Keys that come a moment before the next picture is on screen: they wait for it, and only then
// decide. A frame that comes late costs nobody a stroke; a key pressed long before its picture
// says nothing about it and is forgotten, and so is one that bounces.

const LONGEST_WAIT_MS = 250
const BOUNCE_MS = 30 // two strokes of a finger are further apart

export class TypeAhead {
  #waiting = [] // { act, at }, oldest first
  #at = -Infinity
  #before = -Infinity

  /** Note that a key went down, `at` in the milliseconds of `performance.now()`. */
  stroke(at) {
    this.#before = this.#at
    this.#at = at
  }

  get length() {
    return this.#waiting.length
  }

  /** Keep what the last key does until the picture is on screen. */
  keep(act) {
    if (this.#at - this.#before >= BOUNCE_MS) this.#waiting.push({ act, at: this.#at })
  }

  /** Do what waits, in order, as long as `ready` says that a picture is on screen. */
  run(ready) {
    while (this.#waiting.length && ready()) {
      const { act, at } = this.#waiting.shift()
      if (performance.now() - at <= LONGEST_WAIT_MS) act()
    }
  }

  /** Forget what waits: another picture than the next one comes. */
  clear() {
    this.#waiting = []
  }
}
