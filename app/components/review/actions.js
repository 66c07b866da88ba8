// The answers beside the proposals, each a button with its key.

import { h, keycap, redraw } from "../shared/dom.js"

const SHOWN = ["search", "none", "skip", "skipTo", "flag", "ask", "undo", "guidelines"]

export class Actions {
  #commands
  #accept = h("span", { class: "pl-name" })
  #main = null
  element = h("div", { class: "pl-others", role: "group", "aria-label": "Other answers" })

  /** @param commands the reviewer's commands by name, as keys.js names them */
  constructor(commands) {
    this.#commands = commands
  }

  render(reviewer, item) {
    const { keymap } = reviewer
    const caps = ["accept", ...SHOWN].map((name) => keymap.cap(name))
    redraw(this.element, caps, () => {
      this.#main = this.#action("accept", caps[0], this.#accept, "pl-action pl-main")
      return [this.#main, ...SHOWN.map((name, at) => this.#action(name, caps[at + 1], keymap.titleOf(name)))]
    })
    this.#accept.textContent = acceptText(reviewer, item)
    this.#main.setAttribute("aria-disabled", String(!canAccept(reviewer, item)))
  }

  #action(name, cap, text, look = "pl-action") {
    const said = text instanceof Element ? text : h("span", { class: "pl-name" }, text)
    return h(
      "button",
      { type: "button", class: look, "data-testid": name, onclick: () => this.#commands[name]() },
      cap ? keycap(cap) : null,
      said,
    )
  }
}

function canAccept({ several, chosen }, item) {
  return Boolean(several ? chosen.size : item && (item.proposal !== null || item.none_proposed))
}

function acceptText({ several, chosen }, item) {
  if (several) return chosen.size ? `Confirm ${[...chosen].join(", ")}` : "Confirm what is marked"
  if (item?.blind) return "Blind: choose a class"
  if (item?.none_proposed) return "Accept: none of these"
  return item?.proposal ? `Accept ${item.proposal}` : "No proposal to accept"
}
