// Which key does what: the commands of a view with their usual keys, changed by what the person
// prefers. Kept as one object, command → key; "class:NAME" is the own key of a class, "" no key.

import { isCharacter, keyText } from "./keystroke.js"

const CLASS = "class:"
const CHARACTERS = "characters"
const FIXED = { Escape: "closing things", Tab: "moving the focus", "Shift+Tab": "moving the focus" }

export class Keymap {
  #commands
  #own = {}
  #targets = new Map()

  /** @param {{ name: string, keys: string[], does: string, title: string }[]} commands of the view */
  constructor(commands) {
    this.#commands = commands
    this.#build()
  }

  get commands() {
    return this.#commands
  }

  /** What the person has changed. */
  get own() {
    return { ...this.#own }
  }

  set own(own) {
    this.#own = { ...own }
    this.#build()
  }

  /** Whether keys that type a character do anything: "all", "digits" (no letters, no signs) or "none". */
  get characters() {
    return this.#own[CHARACTERS] ?? "all"
  }

  keysOf(name) {
    const own = this.#own[name]
    const keys = own === undefined ? (this.#commands.find((one) => one.name === name)?.keys ?? []) : [own]
    return keys.filter((key) => key && this.#works(key))
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
    const taken = this.#targets.get(key)
    if (!taken || nameOf(taken) === name) return null
    return `${keyText(key)} is the key of “${this.titleOf(nameOf(taken))}”. Give that another key first.`
  }

  titleOf(name) {
    if (name.startsWith(CLASS)) return name.slice(CLASS.length)
    return this.#commands.find((one) => one.name === name)?.title ?? name
  }

  #works(key) {
    if (!isCharacter(key) || this.characters === "all") return true
    return this.characters === "digits" && /^[0-9]$/.test(key)
  }

  #build() {
    this.#targets = new Map()
    const classes = Object.keys(this.#own).filter((name) => name.startsWith(CLASS))
    for (const { name } of this.#commands) {
      for (const key of this.keysOf(name)) this.#targets.set(key, { name })
    }
    for (const name of classes) {
      for (const key of this.keysOf(name)) this.#targets.set(key, { label: name.slice(CLASS.length) })
    }
  }
}

/** The name under which the own key of a class is kept. */
export function classCommand(label) {
  return CLASS + label
}

function nameOf({ name, label }) {
  return name ?? CLASS + label
}
