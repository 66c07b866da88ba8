// The dialog that shows every key, and where a person gives commands and classes other ones.

import { codeText } from "./codes.js"
import { h, keycap } from "./dom.js"
import { classCommand } from "./keymap.js"
import { keyOf, keyText } from "./keystroke.js"

const CHARACTERS = [
  ["all", "All keys work"],
  ["digits", "No single letters and signs: digits, Enter, arrows and keys with Ctrl only"],
  ["none", "No letters, signs or digits"],
]
const SWITCHES = { all: {}, digits: { noLetters: true }, none: { noCharacters: true } }

export class KeysDialog {
  #dialogs
  #page
  #waiting = null // the name of the command that waits for its new key
  #said = ""

  /**
   * @param {import("./dialogs.js").Dialogs} dialogs
   * @param {object} page keymap; classes: { name, code? }[]; fixed: [key, text][] that can't be
   *   changed; save(own): Promise, stores the keys and puts them to use
   */
  constructor(dialogs, page) {
    this.#dialogs = dialogs
    this.#page = page
  }

  open() {
    const { keymap, fixed } = this.#page
    const commands = keymap.commands.filter(({ does }) => does)
    const box = this.#dialogs.show(
      "Keys",
      h("p", { class: "pl-said", role: "status", "data-testid": "keys-said" }, this.#said),
      h(
        "table",
        { class: "pl-keys" },
        h("tbody", {}, fixed.map(([key, text]) => row([keycap(key, true)], text)), commands.map((one) => this.#command(one))),
      ),
      h("h3", { class: "pl-heading" }, "Classes with a key of their own"),
      this.#classes(),
      h("h3", { class: "pl-heading" }, "Keys that type a character"),
      this.#characters(),
      h("button", { type: "button", class: "pl-small pl-reset", onclick: () => this.#store({}) }, "All keys as they came"),
    )
    box.classList.add("pl-wide")
    if (this.#waiting) this.#listen(box)
  }

  #command({ name, title, does }) {
    const { keymap } = this.#page
    const caps = keymap.keysOf(name).map((key) => keycap(keyText(key), true))
    const changed = keymap.own[name] !== undefined
    return row(
      caps.length ? caps : [h("span", { class: "pl-quiet" }, "none")],
      [h("strong", {}, title), ` ${does}`],
      [this.#changer(name, title), changed ? this.#button("As it came", () => this.#remove(name), `Give ${title} its usual key again`) : null],
    )
  }

  #changer(name, title) {
    if (this.#waiting === name) return h("span", { class: "pl-pressnow", "data-testid": "press-now" }, "Press the new key … Esc keeps the old one")
    return this.#button("Change", () => this.#ask(name), `Change the key of ${title}`)
  }

  #classes() {
    const { keymap, classes } = this.#page
    const names = new Set(classes.map(({ name }) => name).filter((name) => keymap.keyOfClass(name)))
    if (this.#waiting?.startsWith("class:")) names.add(keymap.titleOf(this.#waiting))
    const codes = new Map(classes.map(({ name, code }) => [name, code]))
    const rows = [...names].map((name) => {
      const key = keymap.keyOfClass(name)
      const code = codes.get(name)
      return row(
        [key ? keycap(keyText(key), true) : h("span", { class: "pl-quiet" }, "none")],
        [h("strong", {}, name), code ? ` code ${codeText(code)}` : ""],
        [this.#changer(classCommand(name), name), key ? this.#button("Remove", () => this.#remove(classCommand(name)), `Remove the key of ${name}`) : null],
      )
    })
    const choose = () => this.#dialogs.search(classes, (name) => this.#ask(classCommand(name)), "Which class gets a key of its own?")
    return h("div", {}, rows.length ? h("table", { class: "pl-keys" }, h("tbody", {}, rows)) : null, this.#button("Give a class a key …", choose))
  }

  #characters() {
    const now = this.#page.keymap.characters
    return h(
      "fieldset",
      { class: "pl-choices" },
      CHARACTERS.map(([value, text]) =>
        h("label", {}, h("input", { type: "radio", name: "pl-characters", value, checked: value === now, onchange: () => this.#switch(value) }), text),
      ),
    )
  }

  #ask(name) {
    this.#waiting = name
    this.#said = ""
    this.open()
  }

  #listen(box) {
    const done = (said = "") => {
      this.#waiting = null
      this.#said = said
      this.open()
    }
    this.#dialogs.onEscape = () => done()
    box.focus()
    box.addEventListener("keydown", (event) => {
      const key = keyOf(event)
      if (!key || event.repeat || key === "Tab" || key === "Shift+Tab") return
      event.preventDefault()
      event.stopPropagation()
      const name = this.#waiting
      const refusal = this.#page.keymap.refusal(name, key)
      if (refusal) return done(`✗ ${refusal}`)
      this.#waiting = null
      this.#store({ ...this.#page.keymap.own, [name]: key })
    })
  }

  #remove(name) {
    const { [name]: _removed, ...own } = this.#page.keymap.own
    const refusal = this.#page.keymap.usualKeys(name).map((key) => this.#page.keymap.refusal(name, key)).find(Boolean)
    if (!refusal) return this.#store(own)
    this.#said = `✗ ${refusal}`
    this.open()
  }

  #switch(value) {
    const { noLetters, noCharacters, ...own } = this.#page.keymap.own
    this.#store({ ...own, ...SWITCHES[value] })
  }

  async #store(own) {
    try {
      await this.#page.save(own)
      this.#said = "✓ Kept, for every browser you work in"
    } catch (error) {
      this.#said = `✗ Not kept: ${error.message}${error.fix ? ` ${error.fix}` : ""}`
    }
    if (this.#dialogs.open) this.open()
  }

  #button(text, onclick, label = null) {
    return h("button", { type: "button", class: "pl-small", "aria-label": label, onclick }, text)
  }
}

function row(caps, text, more = []) {
  return h("tr", {}, h("th", { scope: "row" }, caps), h("td", {}, text), h("td", { class: "pl-do" }, more))
}
