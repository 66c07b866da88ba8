// What opens over the page: the keys, the search over all classes, the refused decisions. While
// one is open no key decides anything.

import { fill, h, keycap, thumbnail } from "./dom.js"
import { answerText } from "./words.js"
import { isTiny } from "./pictures.js"

export class Dialogs {
  #onClose
  element = h("div", { class: "pl-dialogs" })

  #keys

  /**
   * @param {() => void} onClose gives the focus back
   * @param {[string, string][]} keys each key of the page with what it does
   */
  constructor(onClose, keys) {
    this.#onClose = onClose
    this.#keys = keys
  }

  get open() {
    return this.element.childElementCount > 0
  }

  close() {
    this.element.replaceChildren()
    this.#onClose()
  }

  keys() {
    const rows = this.#keys.map(([key, text]) => h("tr", {}, h("th", { scope: "row" }, keycap(key)), h("td", {}, text)))
    this.#show("Keys", h("table", { class: "pl-keys" }, h("tbody", {}, rows)))
  }

  /** Decisions that the server did not take: each stays here until somebody has dealt with it. */
  refused(outbox) {
    const refused = outbox.refused
    if (!refused.length) return this.close()
    const again = () => this.refused(outbox)
    this.#show(
      "Refused decisions",
      h("p", {}, "The server did not take these decisions. They are kept on this machine until you deal with them."),
      h("ul", { class: "pl-refusals" }, refused.map((refusal) => refusalRow(refusal, outbox, again))),
    )
  }

  /** Search the classes by name or display text; calls `choose` with the name of the one taken. */
  search(classes, choose) {
    const list = h("div", { class: "pl-results", role: "listbox", id: "pl-results" })
    const input = h("input", {
      class: "pl-search",
      type: "text",
      autocomplete: "off",
      spellcheck: "false",
      placeholder: "Type a class name",
      role: "combobox",
      "aria-expanded": "true",
      "aria-controls": "pl-results",
      "aria-label": "Class",
      "data-testid": "class-search",
    })
    const take = (name) => {
      this.close()
      choose(name)
    }
    new Search(input, list, classes, take).attach(() => this.close())
    this.#show("Choose a class", input, list)
    input.focus()
  }

  #show(title, ...content) {
    const close = h("button", { type: "button", class: "pl-small", onclick: () => this.close() }, "Close")
    const box = h(
      "div",
      { class: "pl-dialog", role: "dialog", "aria-modal": "true", "aria-label": title, tabindex: "-1" },
      h("div", { class: "pl-dialog-head" }, h("h2", { class: "pl-title" }, title), close),
      ...content,
    )
    const veil = h("div", { class: "pl-veil" }, box)
    veil.addEventListener("pointerdown", (event) => event.target === veil && this.close())
    fill(this.element, veil)
    box.focus()
  }
}

class Search {
  #found = []
  #at = 0

  constructor(input, list, classes, take) {
    Object.assign(this, { input, list, classes, take })
  }

  attach(close) {
    this.input.addEventListener("input", () => this.#refresh())
    this.input.addEventListener("keydown", (event) => {
      if (event.isComposing) return
      const act = {
        Enter: () => this.#found[this.#at] && !event.repeat && this.take(this.#found[this.#at].name),
        Escape: close,
        ArrowDown: () => this.#move(1),
        ArrowUp: () => this.#move(-1),
      }[event.key]
      if (!act) return
      event.preventDefault()
      event.stopPropagation()
      act()
    })
    this.#refresh()
  }

  #refresh() {
    this.#found = matching(this.classes, this.input.value)
    this.#at = 0
    fill(
      this.list,
      this.#found.length
        ? this.#found.map((one) => this.#option(one))
        : h("p", { class: "pl-quiet" }, "No class of this project matches"),
    )
    this.#move(0)
  }

  #option({ name, display }) {
    const note = display && display !== name ? h("small", {}, display) : null
    return h("div", { class: "pl-option", role: "option", "data-label": name, onclick: () => this.take(name) }, name, note)
  }

  #move(by) {
    const options = this.list.querySelectorAll("[role=option]")
    if (!options.length) return
    this.#at = (this.#at + by + options.length) % options.length
    options.forEach((option, index) => option.setAttribute("aria-selected", String(index === this.#at)))
    options[this.#at].scrollIntoView({ block: "nearest" })
  }
}

/** Classes whose name, display text or aliases hold every word typed; those that begin with it first. */
function matching(classes, typed) {
  const wanted = typed.trim().toLowerCase()
  const words = wanted.split(/\s+/)
  const text = ({ name, display, aliases = [] }) => [name, display ?? "", ...aliases].join(" ").toLowerCase()
  const found = classes.filter((one) => words.every((word) => text(one).includes(word)))
  const rank = ({ name }) => (name.toLowerCase() === wanted ? 0 : name.toLowerCase().startsWith(wanted) ? 1 : 2)
  return found.map((one, index) => [rank(one), index, one]).sort((a, b) => a[0] - b[0] || a[1] - b[1]).map(([, , one]) => one)
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
