// Codes of classes as hands type them: a digit, or a digit and one more stroke. The first of two
// strokes waits, is shown, and is forgotten after a while; it never labels by itself.

const WAIT_MS = 4_000

export class CodeEntry {
  #labels = new Map() // code → label
  #onChange
  #timer = null

  /** What has been typed of a code, "" while nothing waits. */
  pending = ""

  /** @param {(pending: string) => void} onChange whenever what waits has changed */
  constructor(onChange) {
    this.#onChange = onChange
  }

  /** @param {{ name: string, code?: string | null }[]} classes of the project */
  set classes(classes) {
    this.#labels = new Map(classes.filter(({ code }) => code).map(({ name, code }) => [code, name]))
  }

  /** Whether a key (keystroke.js) goes on, or begins, a code. */
  takes(key) {
    const stroke = strokeOf(key)
    return stroke !== null && (this.pending !== "" || /^[1-9]$/.test(stroke))
  }

  /**
   * Type a stroke.
   * @returns {{ label: string } | { unknown: string } | null} null: a second stroke is awaited
   */
  type(key) {
    const code = this.pending + strokeOf(key)
    this.clear()
    const label = this.#labels.get(code)
    if (label !== undefined) return { label }
    if (![...this.#labels.keys()].some((one) => one.startsWith(code))) return { unknown: code }
    this.pending = code
    this.#timer = setTimeout(() => this.clear(), WAIT_MS)
    this.#onChange(code)
    return null
  }

  /** Forget what waits; true where something did. */
  clear() {
    if (!this.pending) return false
    clearTimeout(this.#timer)
    this.pending = ""
    this.#onChange("")
    return true
  }
}

/** A code as it is read aloud and printed: "1", "1 2", "1 a", "1 ⇧A". */
export function codeText(code) {
  return [...code].map((stroke) => (/[A-Z]/.test(stroke) ? `⇧${stroke}` : stroke)).join(" ")
}

function strokeOf(key) {
  const stroke = /^(?:Shift\+([A-Z])|([a-z0-9]))$/.exec(key)
  return stroke && (stroke[1] ?? stroke[2])
}
