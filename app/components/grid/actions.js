// Below the thumbnails: what the marked ones become, and the one button that confirms the rest.

import { codeText } from "../shared/codes.js"
import { counted, h, keycap, redraw } from "../shared/dom.js"
import { countOf } from "./page.js"
import { labelText } from "./wording.js"

const FOR_MARKED = ["search", "none", "skip", "flag", "ask"]

export class Actions {
  #commands
  #marked = h("div", { class: "pl-for-marked", role: "group", "aria-label": "The marked pictures" })
  #main = h("div", { class: "pl-confirm" })

  element = h("footer", { class: "pl-actions" }, this.#marked, this.#main)

  /** @param commands what the buttons do, by name */
  constructor(commands) {
    this.#commands = commands
  }

  render(grid) {
    const { keymap, canUndo, page, codes, marking } = grid
    const state = { marked: marking.count, stackAt: marking.stackAt, pending: codes.pending, own: keymap.own }
    this.element.hidden = !page || !grid.mayDecide
    redraw(this.#marked, state, () => this.#forMarked(keymap, state))
    this.#marked.classList.toggle("pl-none", !state.marked)
    const rest = countOf(marking.rest)
    const text = rest.pictures ? confirmText(rest, page) : "Nothing to confirm: next page"
    redraw(this.#main, [text, canUndo, keymap.own], () => [
      this.#button(keymap, "undo", "Undo", { disabled: !canUndo }),
      this.#button(keymap, "leave", "Leave page"),
      this.#button(keymap, "accept", text, { class: "pl-action pl-main", "data-testid": "grid-confirm" }),
    ])
  }

  #forMarked(keymap, { marked, stackAt, pending }) {
    const says = marked ? `${marked} marked` : "None marked"
    const typed = pending ? h("span", { class: "pl-pending" }, keycap(codeText(pending), true), " …") : null
    const titles = Object.fromEntries(keymap.commands.map(({ name, title }) => [name, title]))
    return [
      h("span", { class: "pl-says", role: "status", "data-testid": "grid-marked" }, says),
      typed,
      ...FOR_MARKED.map((name) => this.#button(keymap, name, titles[name], { disabled: name !== "search" && !marked })),
      stackAt ? this.#button(keymap, "stack", stackAt) : null,
    ].filter(Boolean)
  }

  #button(keymap, name, text, look = {}) {
    const key = keymap.cap(name)
    return h(
      "button",
      { type: "button", class: "pl-action", "data-testid": `grid-${name}`, ...look, onclick: () => this.#commands[name]() },
      key ? keycap(key) : null,
      h("span", { class: "pl-name" }, text),
    )
  }
}

function confirmText({ pictures, grouped }, { label, ofSeveral }) {
  const stacked = grouped ? ` (${grouped.toLocaleString("en")} by stack)` : ""
  return `Confirm ${counted(pictures, "picture")} as ${ofSeveral ? "proposed" : labelText(label)}${stacked}`
}
