// A reminder to rest: eyes that have looked for long agree with everything.

import { h } from "./dom.js"

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

/** The reminder as the page shows it; `rested` is called when the person has read it. */
export function restNotice(rested) {
  return h(
    "div",
    { class: "pl-rest", role: "status", "data-testid": "rest", hidden: true },
    h("span", {}, "You have worked for long without a break. Look into the distance for a minute: tired eyes agree with everything."),
    h("button", { type: "button", class: "pl-small", onclick: rested }, "Go on"),
  )
}
