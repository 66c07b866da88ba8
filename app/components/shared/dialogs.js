// What opens over the page: one thing at a time. While it is open no key decides anything.

import { fill, h, thumbnail } from "./dom.js"
import { isTiny } from "./pictures.js"
import { search } from "./search.js"
import { answerText } from "./words.js"

const FOCUSABLE = "button, input, select, textarea, a[href], summary, [tabindex='0']"

export class Dialogs {
  #onClose
  element = h("div", { class: "pl-dialogs" })

  /** What Escape does instead of closing, null where it closes. */
  onEscape = null

  /** @param {() => void} onClose gives the focus back */
  constructor(onClose) {
    this.#onClose = onClose
  }

  get open() {
    return this.element.childElementCount > 0
  }

  close() {
    this.onEscape = null
    this.element.replaceChildren()
    this.#onClose()
  }

  escape() {
    if (this.onEscape) this.onEscape()
    else this.close()
  }

  /** Decisions that the server did not take: each stays here until somebody has dealt with it. */
  refused(outbox) {
    const refused = outbox.refused
    if (!refused.length) return this.close()
    const again = () => this.refused(outbox)
    this.show(
      "Refused decisions",
      h("p", {}, "The server did not take these decisions. They are kept on this machine until you deal with them."),
      h("ul", { class: "pl-refusals" }, refused.map((refusal) => refusalRow(refusal, outbox, again))),
    )
  }

  /** Search the classes; calls `choose` with the name of the one taken. */
  search(classes, choose, title = "Choose a class") {
    const take = (name) => {
      this.close()
      choose(name)
    }
    const { input, list } = search(classes, take)
    this.show(title, input, list)
    input.focus()
  }

  /** Open a box with a title over the page; what was open is replaced. */
  show(title, ...content) {
    this.onEscape = null
    const close = h("button", { type: "button", class: "pl-small", onclick: () => this.close() }, "Close")
    const box = h(
      "div",
      { class: "pl-dialog", role: "dialog", "aria-modal": "true", "aria-label": title, tabindex: "-1" },
      h("div", { class: "pl-dialog-head" }, h("h2", { class: "pl-title" }, title), close),
      ...content,
    )
    const veil = h("div", { class: "pl-veil", popover: "manual" }, box)
    veil.addEventListener("pointerdown", (event) => event.target === veil && this.close())
    box.addEventListener("keydown", (event) => keepFocus(event, box))
    fill(this.element, veil)
    veil.showPopover() // above Streamlit's side bar
    box.focus()
    return box
  }
}

/** Tab goes round within the box. */
function keepFocus(event, box) {
  if (event.key !== "Tab") return
  const places = [...box.querySelectorAll(FOCUSABLE)].filter((one) => !one.disabled && one.offsetParent)
  const [from, to] = event.shiftKey ? [places[0], places.at(-1)] : [places.at(-1), places[0]]
  const here = box.contains(document.activeElement) ? document.activeElement : null
  if (here !== from && here !== box && here) return
  if (here === box && !event.shiftKey) return
  event.preventDefault()
  to?.focus()
}

function refusalRow({ decision, why }, outbox, again) {
  const act = (text, method) =>
    h("button", { type: "button", class: "pl-small", onclick: () => (outbox[method](decision.id), again()) }, text)
  return h(
    "li",
    {},
    thumbnail(decision.shown.sha, isTiny(decision.shown)),
    h("span", { class: "pl-name" }, decision.kind === "undo" ? "Undo" : answerText(decision), h("small", {}, why)),
    act("Send again", "resend"),
    act("Discard", "dismiss"),
  )
}
