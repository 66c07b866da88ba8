// Every class with its code, in the order of the project, always at the same place: where digits
// mean codes, and where the proposals are hidden.

import { codeText } from "../shared/codes.js"
import { h, keycap, redraw } from "../shared/dom.js"
import { keyText } from "../shared/keystroke.js"

export class ClassList {
  #commands
  #buttons = new Map() // label → its button
  #marked = new Set()
  element = h("div", { class: "pl-classes", role: "group", "aria-label": "Classes", "data-testid": "classes" })

  /** @param commands the reviewer's commands by name, as keys.js names them */
  constructor(commands) {
    this.#commands = commands
  }

  /** @param {Set<string>} marked labels of the answer so far */
  render({ classes, keymap, several }, marked) {
    const rows = classes.map(({ name, code }) => [name, capOf(name, code, keymap)])
    redraw(this.element, [rows, several], () => {
      const longest = Math.max(...rows.map(([name]) => name.length), 0)
      this.element.style.setProperty("--pl-class-width", `calc(${Math.min(longest, 22)}ch + 62px)`)
      this.#marked = new Set()
      this.#buttons = new Map(rows.map(([name, cap]) => [name, this.#button(name, cap, several)]))
      return [...this.#buttons.values()]
    })
    for (const label of new Set([...this.#marked, ...marked])) this.#mark(label, marked.has(label), several)
    this.#marked = new Set(marked)
  }

  #button(name, cap, several) {
    return h(
      "button",
      {
        type: "button",
        class: "pl-class",
        title: name,
        "aria-pressed": several ? "false" : null,
        "data-label": name,
        onclick: () => this.#commands.label(name),
      },
      keycap(cap),
      h("span", { class: "pl-name" }, name),
      h("span", { class: "pl-chosen", hidden: true }, "✓"),
    )
  }

  #mark(label, marked, several) {
    const button = this.#buttons.get(label)
    if (!button) return
    button.toggleAttribute("data-marked", marked)
    if (several) button.setAttribute("aria-pressed", String(marked))
    button.lastElementChild.hidden = !marked
  }
}

function capOf(name, code, keymap) {
  const own = keymap.keyOfClass(name)
  if (own) return keyText(own)
  return code && keymap.digitsWork ? codeText(code) : ""
}
