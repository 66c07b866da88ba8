// Which key does what: the commands of a view with their usual keys, changed by what the person
// prefers. Kept as one object: command → key (null: none), "class:NAME" → the own key of a class,
// and two switches, noLetters and noCharacters, for who can't have single letters do things.

import { isCharacter, keyText } from "./keystroke.js"

const CLASS = "class:"
const FIXED = { Escape: "closing things", Tab: "moving the focus", "Shift+Tab": "moving the focus" }

export class Keymap {
  #commands
  #elsewhere
  #own = {}
  #targets = new Map()

  /**
   * @param {{ name: string, keys: string[], does: string, title: string }[]} commands of the view
   * @param {object[]} elsewhere those of the other view: what has the same name has the same key there
   */
  constructor(commands, elsewhere = []) {
    this.#commands = commands
    this.#elsewhere = elsewhere
    this.#build()
  }

  get commands() {
    return this.#commands
  }

  /** What the person has changed; the same object as long as nothing changes. */
  get own() {
    return this.#own
  }

  set own(own) {
    this.#own = Object.freeze({ ...own })
    this.#build()
  }

  /** Which keys that type a character do anything: "all", "digits" or "none" of them. */
  get characters() {
    if (this.#own.noCharacters) return "none"
    return this.#own.noLetters ? "digits" : "all"
  }

  /** The keys of a command, or of a class by its "class:NAME", that work. */
  keysOf(name) {
    return this.#given(name).filter((key) => this.#works(key))
  }

  /** The keys that a command has before anybody changes them. */
  usualKeys(name) {
    return this.#command(name)?.keys ?? []
  }

  keyOfClass(label) {
    return this.keysOf(CLASS + label)[0] ?? null
  }

  /** What is printed on a command's button: its first key, "" where it has none. */
  cap(name) {
    const [key] = this.keysOf(name)
    return key ? keyText(key) : ""
  }

  /** What a key means: a command, the label of a class, or nothing of ours. */
  targetOf(key) {
    return this.#targets.get(key) ?? null
  }

  /** Whether a digit may choose anything. */
  get digitsWork() {
    return this.characters !== "none"
  }

  /** Why a key can't be that of a command or class, null where it can. */
  refusal(name, key) {
    if (FIXED[key]) return `${keyText(key)} is for ${FIXED[key]}.`
    if (/^[1-9]$/.test(key)) return "The digits 1 to 9 choose classes."
    const other = this.#rivals(name).find((one) => this.#given(one).includes(key))
    if (!other) return null
    const here = other.startsWith(CLASS) || this.#commands.some((one) => one.name === other)
    return `${keyText(key)} is the key of “${this.titleOf(other)}”${here ? "" : " in the other view"}. Give that another key first.`
  }

  titleOf(name) {
    if (name.startsWith(CLASS)) return name.slice(CLASS.length)
    return this.#command(name)?.title ?? name
  }

  #command(name) {
    return [...this.#commands, ...this.#elsewhere].find((one) => one.name === name)
  }

  #works(key) {
    if (!isCharacter(key) || this.characters === "all") return true
    return this.characters === "digits" && /^[0-9]$/.test(key)
  }

  /** Every command, and every class with a key of its own. */
  #names() {
    return [...this.#commands.map(({ name }) => name), ...this.#classes()]
  }

  #classes() {
    return Object.keys(this.#own).filter((name) => name.startsWith(CLASS))
  }

  /** What else can be pressed in any view that has a command or class. */
  #rivals(name) {
    const views = [this.#commands, this.#elsewhere].filter((view) => name.startsWith(CLASS) || view.some((one) => one.name === name))
    const names = new Set([...views.flat().map((one) => one.name), ...this.#classes()])
    names.delete(name)
    return [...names]
  }

  /** The keys that a command has, whether or not they are switched off. */
  #given(name) {
    const own = this.#own[name]
    return own === undefined ? this.usualKeys(name) : [own].filter(Boolean)
  }

  #build() {
    this.#targets = new Map()
    for (const name of this.#names()) {
      const target = name.startsWith(CLASS) ? { label: name.slice(CLASS.length) } : { name }
      for (const key of this.keysOf(name)) this.#targets.set(key, target)
    }
  }
}

/** The name under which the own key of a class is kept. */
export function classCommand(label) {
  return CLASS + label
}
