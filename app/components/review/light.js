// Brightness and contrast of the picture: for the eye only, kept from picture to picture until
// reset, and told while they are on.

import { h } from "../shared/dom.js"

const SLIDERS = [
  ["brightness", "Brightness"],
  ["contrast", "Contrast"],
]

export class Light {
  #frame
  #onChange
  #values = { brightness: 100, contrast: 100 }
  #inputs = {}
  element

  /**
   * @param {HTMLElement} frame whose pictures are drawn brighter
   * @param {() => void} onChange after every change
   */
  constructor(frame, onChange) {
    this.#frame = frame
    this.#onChange = onChange
    this.element = h(
      "div",
      { class: "pl-light", role: "group", "aria-label": "Brightness and contrast", hidden: true },
      SLIDERS.map(([name, title]) => this.#slider(name, title)),
      h("button", { type: "button", class: "pl-small", onclick: () => this.reset() }, "Reset"),
      h("button", { type: "button", class: "pl-small", onclick: () => this.toggle() }, "Close"),
    )
  }

  /** What is changed, in words; "" while nothing is. */
  get text() {
    const { brightness, contrast } = this.#values
    return brightness === 100 && contrast === 100 ? "" : `brightness ${brightness} %, contrast ${contrast} %`
  }

  get open() {
    return !this.element.hidden
  }

  toggle() {
    this.element.hidden = this.open
    if (this.open) this.#inputs.brightness.focus({ preventScroll: true })
    this.#onChange()
  }

  /** Close the sliders; false where they were closed. */
  close() {
    if (!this.open) return false
    this.toggle()
    return true
  }

  reset() {
    for (const [name] of SLIDERS) this.#inputs[name].value = "100"
    this.#apply()
  }

  #slider(name, title) {
    const input = h("input", { type: "range", min: 20, max: 300, step: 10, value: 100, oninput: () => this.#apply() })
    this.#inputs[name] = input
    return h("label", {}, title, input)
  }

  #apply() {
    for (const [name] of SLIDERS) this.#values[name] = Number(this.#inputs[name].value)
    const { brightness, contrast } = this.#values
    this.#frame.style.filter = this.text ? `brightness(${brightness}%) contrast(${contrast}%)` : ""
    this.#onChange()
  }
}
