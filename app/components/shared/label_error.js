// How often verified labels are wrong, beside the count of them; a press tells how that is known.

import { h } from "./dom.js"

const FIRST_MS = 2_000 // what the person waits for comes first
const AGAIN_MS = 5 * 60_000

export class LabelError {
  #told = null
  #first = null
  #timer = null

  element = h("button", { type: "button", class: "pl-small pl-error pl-untold", "data-testid": "label-error" }, shortly({}))

  /**
   * Ask for it soon, and once in a while.
   * @param {() => Promise<object>} fetch GET /api/label-error
   * @param {import("./dialogs.js").Dialogs} dialogs
   */
  start(fetch, dialogs) {
    const ask = async () => {
      if (document.hidden) return
      this.#take(await fetch().catch(() => null)) // the status line tells of the outage
    }
    this.element.addEventListener("click", () => this.#explain(dialogs))
    this.#first = setTimeout(ask, FIRST_MS)
    this.#timer = setInterval(ask, AGAIN_MS)
  }

  stop() {
    clearTimeout(this.#first)
    clearInterval(this.#timer)
  }

  #take(told) {
    if (!told) return
    this.#told = told
    this.element.classList.remove("pl-untold")
    this.element.textContent = shortly(told)
    this.element.setAttribute("aria-label", `Error of verified labels: ${told.words}`)
  }

  #explain(dialogs) {
    const { words, method } = this.#told
    dialogs.show(
      "Error of verified labels",
      h("p", {}, h("strong", {}, words)),
      h("p", {}, `${method[0].toUpperCase()}${method.slice(1)}.`),
    )
  }
}

function shortly({ known, share }) {
  if (!known) return "Error: unknown"
  const [estimate, low, high] = [share.estimate, share.low, share.high].map((one) => (100 * one).toFixed(1))
  return `Error ${estimate}% (${low} to ${high})`
}
