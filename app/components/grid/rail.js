// The classes with what waits of each, and the codes that hands learn.

import { codeText } from "../shared/codes.js"
import { h, keycap, redraw } from "../shared/dom.js"
import { AT_RANDOM, NONE, SUREST, isOfSeveral } from "./page.js"
import { labelText } from "./wording.js"

export class Rail {
  #choose
  #list = h("div", { class: "pl-rail-list" })
  #select = h("select", { class: "pl-select", "aria-label": "Class shown", onchange: () => this.#choose(this.#select.value) })

  element = h(
    "nav",
    { class: "pl-rail", "aria-label": "Classes" },
    h("h2", { class: "pl-heading" }, "Proposed as"),
    this.#list,
    this.#select,
  )

  /** @param {(label: string) => void} choose show another class */
  constructor(choose) {
    this.#choose = choose
  }

  render({ deck: { answer, label, several }, keymap }) {
    if (!answer) return
    const codes = new Map(answer.classes.map(({ name, code }) => [name, code]))
    const own = (name) => (name === NONE ? keymap.cap("none") : (keymap.keyOfClass(name) ?? codeText(codes.get(name) ?? "")))
    const ofSeveral = several ? [] : [SUREST, ...(label === AT_RANDOM ? [label] : [])].map((name) => ({ label: name, waiting: null }))
    const rows = [...ofSeveral, ...answer.labels].map(({ label: name, waiting }) => ({ name, waiting, code: own(name), shown: name === label }))
    redraw(this.#list, rows, () => rows.map((row) => this.#row(row)))
    redraw(this.#select, rows, () =>
      rows.map(({ name, waiting, shown }) => h("option", { value: name, selected: shown }, waiting === null ? labelText(name) : `${labelText(name)} (${waiting.toLocaleString("en")})`)),
    )
  }

  #row({ name, waiting, code, shown }) {
    return h(
      "button",
      {
        type: "button",
        class: waiting === 0 ? "pl-rail-row pl-quiet" : "pl-rail-row",
        "data-label": name,
        "data-testid": isOfSeveral(name) ? `grid-${name === SUREST ? "surest" : "at-random"}` : "grid-class",
        "aria-current": shown ? "true" : null,
        onclick: () => this.#choose(name),
      },
      code ? keycap(code) : null,
      h("span", { class: "pl-name" }, labelText(name)),
      waiting === null ? null : h("span", { class: "pl-count" }, waiting.toLocaleString("en")),
    )
  }
}
