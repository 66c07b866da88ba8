// Above the thumbnails: what is shown, in which order, how many, how large, and the threshold.

import { h, redraw } from "../shared/dom.js"
import { LIMITS, ORDERS, SIZES } from "./choices.js"
import { countOf, isOfSeveral } from "./page.js"
import { labelText, measuredText, percent } from "./wording.js"

const STEPS = 100

export class Bar {
  #title = h("h2", { class: "pl-title", "data-testid": "grid-title" })
  #orders
  #limit
  #sizes
  #threshold
  #figures = h("p", { class: "pl-figures", "data-testid": "grid-figures" })
  #from = h("output", { class: "pl-from" })

  /** @param {{ order(name), limit(number), size(name), threshold(number) }} on what somebody changes */
  constructor(on) {
    this.#orders = choice("Order", ORDERS, (name) => on.order(name), (text) => text.replace(" first", ""))
    this.#sizes = choice("Size of the thumbnails", SIZES, (name) => on.size(name), (text) => text[0])
    this.#limit = h(
      "select",
      { class: "pl-select", "aria-label": "Thumbnails on a page", "data-testid": "grid-limit" },
      LIMITS.map((limit) => h("option", { value: limit }, String(limit))),
    )
    this.#limit.addEventListener("change", () => on.limit(Number(this.#limit.value)))
    this.#threshold = h("input", {
      type: "range",
      class: "pl-threshold",
      min: 0,
      max: STEPS,
      value: 0,
      "aria-label": "Lowest score that is confirmed",
      "data-testid": "grid-threshold",
    })
    this.#threshold.addEventListener("input", () => on.threshold(Number(this.#threshold.value) / STEPS))
    this.element = h(
      "div",
      { class: "pl-bar-top" },
      h("div", { class: "pl-bar-row" }, this.#title, h("span", { class: "pl-spring" }), this.#orders.element, h("label", { class: "pl-field" }, "Show", this.#limit), this.#sizes.element),
      h("div", { class: "pl-bar-row" }, h("label", { class: "pl-field" }, "Score from", this.#threshold, this.#from), this.#figures),
    )
  }

  render({ deck, marking }) {
    const { threshold, rest, error } = marking
    const { label, answer, choices } = deck
    const ofSeveral = isOfSeveral(label)
    const waiting = answer && !ofSeveral ? deck.waiting.toLocaleString("en") : ""
    redraw(this.#title, [label, waiting], () => [labelText(label ?? ""), h("small", {}, waiting && `${waiting} waiting`)])
    this.#orders.show(choices.order)
    this.#orders.element.hidden = ofSeveral
    this.#sizes.show(choices.size)
    this.#limit.value = String(deck.limit)
    this.#threshold.value = String(Math.round(threshold * STEPS))
    this.#from.textContent = threshold.toFixed(2)
    const selected = countOf(rest).pictures.toLocaleString("en")
    const expected = error === null ? "Nothing selected" : `Expected error of the ${selected} selected: ${percent(error)} (mean of 1 − score)`
    const measured = answer?.label === label && !ofSeveral ? measuredText(answer.measured) : null
    this.#figures.textContent = [expected, measured].filter(Boolean).join("; ")
  }
}

/** A row of buttons of which one is pressed. */
function choice(name, texts, choose, short = (text) => text) {
  const buttons = Object.entries(texts).map(([value, text]) =>
    h("button", { type: "button", class: "pl-choice", "data-value": value, title: text, "aria-label": text, onclick: () => choose(value) }, short(text)),
  )
  return {
    element: h("div", { class: "pl-choices", role: "group", "aria-label": name }, buttons),
    show: (value) => buttons.forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.value === value))),
  }
}
