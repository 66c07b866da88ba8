// A reminder to rest: eyes that have looked for long agree with everything.

import { h } from "./dom.js"

const PAUSE_MS = 5 * 60_000 // away for as long as this: rested

export class Rest {
  #key
  #work = { seconds: 0, last: null } // since the last rest

  /** Minutes of work after which a rest is due, 0: never. */
  minutes = 0

  /** @param {string} user whose eyes they are: kept in this browser, for each of their tabs */
  constructor(user) {
    this.#key = `prelabel/${encodeURIComponent(user)}/rest`
  }

  /** Whether the person should be reminded now. */
  get due() {
    return this.minutes > 0 && this.#since(0).seconds >= this.minutes * 60
  }

  /** Note that a decision took so many seconds. */
  note(seconds) {
    this.#keep({ seconds: this.#since(seconds).seconds + seconds, last: Date.now() })
  }

  /** The person has read it; the next one comes after as much work again. */
  dismiss() {
    this.#keep({ seconds: 0, last: Date.now() })
  }

  /** The work so far, none where the person was away before they looked for so many seconds. */
  #since(seconds) {
    const work = this.#read()
    const rested = work.last !== null && Date.now() - work.last > PAUSE_MS + seconds * 1000
    return rested ? { seconds: 0, last: null } : work
  }

  #read() {
    try {
      return JSON.parse(localStorage.getItem(this.#key)) ?? this.#work
    } catch {
      return this.#work
    }
  }

  #keep(work) {
    this.#work = work
    try {
      localStorage.setItem(this.#key, JSON.stringify(work))
    } catch {
      // a browser that keeps nothing: remembered until the next reload
    }
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
