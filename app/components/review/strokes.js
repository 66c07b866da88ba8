// What a key means here: digits choose proposals by rank or classes by code, other keys are commands.

import { CodeEntry } from "../shared/codes.js"

const DIGIT = /^[1-9]$/
const REPEATABLE = new Set(["zoomIn", "zoomOut", "panLeft", "panRight", "panUp", "panDown"])

export class Strokes {
  #reviewer
  #commands
  #codes

  /**
   * @param reviewer its classes, its keymap and what its digits mean
   * @param commands what the page can do, by name
   * @param {(pending: string) => void} onPending whenever the first stroke of a code waits, or no longer
   */
  constructor(reviewer, commands, onPending) {
    this.#reviewer = reviewer
    this.#commands = commands
    this.#codes = new CodeEntry(onPending)
  }

  /**
   * What to do for a key (keystroke.js); null where it is none of ours.
   * @param {boolean} repeated the key is held: only moving the picture goes on
   * @returns {(() => void) | null}
   */
  act(key, repeated) {
    const waiting = this.#codes.pending !== ""
    const code = this.#reviewer.digits === "code"
    if (this.#reviewer.keymap.digitsWork && ((waiting && this.#codes.takes(key)) || DIGIT.test(key))) {
      if (repeated) return () => {}
      return waiting || code ? () => this.#type(key) : () => this.#commands.rank(Number(key) - 1)
    }
    if (waiting) this.#codes.clear()
    if (key === "Escape") return waiting || repeated ? () => {} : () => this.#commands.escape()
    const target = this.#reviewer.keymap.targetOf(key)
    if (!target) return null
    if (repeated && !REPEATABLE.has(target.name)) return () => {}
    return target.name ? () => this.#commands[target.name]() : () => this.#commands.label(target.label)
  }

  #type(key) {
    this.#codes.classes = this.#reviewer.classes
    const typed = this.#codes.type(key)
    if (typed?.label !== undefined) this.#commands.label(typed.label)
    else if (typed) this.#commands.unknownCode(typed.unknown)
  }
}
