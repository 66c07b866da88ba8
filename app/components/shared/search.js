// Type-ahead over hundreds of classes: by name, display text, alias or code, with examples.

import { codeText } from "./codes.js"
import { fill, h, thumbnail } from "./dom.js"

const MOST = 60
const EXAMPLES = 4

/**
 * The field and the list of a search.
 * @param {object[]} classes { name, display, aliases?, code?, examples?: sha[] }
 * @param {(name: string) => void} take called with the class taken
 * @returns {{ input: HTMLInputElement, list: HTMLElement }}
 */
export function search(classes, take) {
  const list = h("div", { class: "pl-results", role: "listbox", id: "pl-results", "aria-label": "Classes" })
  const input = h("input", {
    class: "pl-search",
    type: "text",
    autocomplete: "off",
    spellcheck: "false",
    placeholder: "Name, alias or code of a class",
    role: "combobox",
    "aria-expanded": "true",
    "aria-controls": "pl-results",
    "aria-label": "Class",
    "data-testid": "class-search",
  })
  new Search(input, list, classes, take)
  return { input, list }
}

class Search {
  #input
  #list
  #classes
  #take
  #found = []
  #at = 0

  constructor(input, list, classes, take) {
    this.#input = input
    this.#list = list
    this.#classes = classes
    this.#take = take
    input.addEventListener("input", () => this.#refresh())
    input.addEventListener("keydown", (event) => this.#obey(event))
    this.#refresh()
  }

  #obey(event) {
    if (event.isComposing) return
    const act = {
      Enter: () => this.#found[this.#at] && !event.repeat && this.#take(this.#found[this.#at].name),
      ArrowDown: () => this.#move(1),
      ArrowUp: () => this.#move(-1),
    }[event.key]
    if (!act) return
    event.preventDefault()
    event.stopPropagation()
    act()
  }

  #refresh() {
    const found = matching(this.#classes, this.#input.value)
    this.#found = found.slice(0, MOST)
    this.#at = 0
    const more = found.length - this.#found.length
    fill(
      this.#list,
      this.#found.length
        ? this.#found.map((one, at) => this.#option(one, at))
        : h("p", { class: "pl-quiet" }, "No class of this project matches"),
      more ? h("p", { class: "pl-quiet" }, `… and ${more} more: type on`) : null,
    )
    this.#move(0)
  }

  #option({ name, display, aliases = [], code, examples = [] }, at) {
    const notes = [display && display !== name ? display : null, ...aliases].filter(Boolean)
    return h(
      "div",
      { class: "pl-option", role: "option", id: `pl-option-${at}`, "data-label": name, onclick: () => this.#take(name) },
      h("span", { class: "pl-name" }, name, notes.length ? h("small", {}, notes.join(", ")) : null),
      h("span", { class: "pl-examples" }, examples.slice(0, EXAMPLES).map((sha) => thumbnail(sha))),
      code ? h("span", { class: "pl-code" }, codeText(code)) : null,
    )
  }

  #move(by) {
    const options = this.#list.querySelectorAll("[role=option]")
    if (!options.length) return this.#input.removeAttribute("aria-activedescendant")
    options[this.#at]?.setAttribute("aria-selected", "false")
    this.#at = (this.#at + by + options.length) % options.length
    options[this.#at].setAttribute("aria-selected", "true")
    options[this.#at].scrollIntoView({ block: "nearest" })
    this.#input.setAttribute("aria-activedescendant", options[this.#at].id)
  }
}

/** Classes that match every word typed; those with just this code or name first, then beginnings. */
function matching(classes, typed) {
  const exact = typed.trim()
  const wanted = exact.toLowerCase()
  const words = wanted.split(/\s+/)
  const text = ({ name, display, aliases = [] }) => [name, display ?? "", ...aliases].join(" ").toLowerCase()
  const rank = ({ name, code }) => {
    if (name.toLowerCase() === wanted) return 0
    if (exact && code === exact) return 1
    return name.toLowerCase().startsWith(wanted) ? 2 : 3
  }
  const fits = (one) => (exact && one.code === exact) || words.every((word) => text(one).includes(word))
  return classes
    .filter(fits)
    .map((one, index) => [rank(one), index, one])
    .sort((a, b) => a[0] - b[0] || a[1] - b[1])
    .map(([, , one]) => one)
}
