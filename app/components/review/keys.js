// From a key to a command. Digits go by their place on the keyboard (AZERTY types them with Shift,
// a number pad without NumLock types arrows), letters and signs by what they type.

export const RANKS = 5

/** Every key with what it does, as the page tells it. */
export const KEYS = [
  ["Enter", "Accept the highlighted proposal; with several labels: confirm what is marked"],
  ["1 – 5", "Choose a proposal (top row or number pad); with several labels: mark it"],
  ["/", "Search all classes"],
  ["N", "None of these classes"],
  ["S", "Skip: the picture goes to the end of the queue"],
  ["U", "Undo the last decision, or the one on screen"],
  ["←  →", "Look back at what you decided, and forth again"],
  ["Esc", "Close this, or return to the present picture"],
  ["?", "These keys"],
]

const LETTERS = { n: "none", s: "skip", u: "undo", c: "ignore", r: "ignore" }
const NAMED = {
  Enter: "accept",
  ArrowLeft: "back",
  ArrowRight: "forth",
  Escape: "escape",
  "/": "search",
  "?": "help",
}
const TEXT_FIELDS = "input:not([type=button],[type=checkbox],[type=radio],[type=range]), textarea, select, [contenteditable]:not([contenteditable=false])"
const PRESSABLE = "button, a[href], summary, [role=button], [role=option], [role=tab], [role=menuitem]"
const ELSEWHERE = "[role=dialog], [role=listbox], [role=menu]"

/**
 * The command of a keydown, null where the key is not ours. Streamlit's own shortcuts C and R come
 * back as "ignore": on this page a slip of the finger must not run the script again.
 * @returns {{ name: string, rank?: number } | null}
 */
export function commandOf(event) {
  if (event.ctrlKey || event.altKey || event.metaKey) return null
  if (event.isComposing || event.keyCode === 229) return null
  const target = event.composedPath()[0]
  if (target instanceof Element && isBusyWith(target, event.key)) return null
  const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code)
  if (digit && event.key !== "/" && event.key !== "?") {
    const rank = Number(digit[1]) - 1
    return rank < RANKS ? { name: "rank", rank } : null
  }
  const name = NAMED[event.key] ?? LETTERS[letterOf(event)]
  return name ? { name } : null
}

function isBusyWith(target, key) {
  if (target.closest(TEXT_FIELDS)) return true
  if (target.closest(ELSEWHERE) && key !== "Escape") return true
  return (key === "Enter" || key === " ") && target.closest(PRESSABLE) !== null
}

/** The letter typed; on a keyboard of another script the one that a Latin keyboard has there. */
function letterOf(event) {
  const typed = event.key.length === 1 && event.key.charCodeAt(0) > 0x24f
  return typed ? event.code.replace(/^Key/, "").toLowerCase() : event.key.toLowerCase()
}
