// What a keydown says, as one text: "n", "Shift+S", "Ctrl+z", "7", "ArrowLeft", "Enter", "?".
// Digits go by their place on the keyboard (AZERTY types them with Shift, a number pad without
// NumLock types arrows), letters and signs by what they type.

const TEXT_FIELDS =
  "input:not([type=button],[type=checkbox],[type=radio],[type=range]), textarea, select, [contenteditable]:not([contenteditable=false])"
const PRESSABLE = "button, a[href], summary, [role=button], [role=option], [role=tab], [role=menuitem]"
const ELSEWHERE = "[role=dialog], [role=listbox], [role=menu]"
const MODIFIERS = new Set(["Shift", "Control", "Alt", "AltGraph", "Meta", "CapsLock", "NumLock", "Dead"])
const SAID = { ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", Escape: "Esc", "-": "−" }

/** The key of a keydown, null where it is none by itself or an input method is at work. */
export function keyOf(event) {
  if (event.isComposing || event.keyCode === 229 || MODIFIERS.has(event.key)) return null
  const held = (event.ctrlKey || event.metaKey ? "Ctrl+" : "") + (event.altKey ? "Alt+" : "")
  const digit = /^(?:Digit|Numpad)([0-9])$/.exec(event.code)
  if (digit && event.key !== "/" && event.key !== "?") return held + digit[1]
  if (event.key === " ") return `${held}Space`
  if (event.key.length > 1) return held + (event.shiftKey ? "Shift+" : "") + event.key
  const typed = letterOf(event)
  if (typed.toLowerCase() === typed.toUpperCase()) return held + typed
  return held + (event.shiftKey ? `Shift+${typed.toUpperCase()}` : typed.toLowerCase())
}

/** Whether what has the focus needs this key itself. */
export function isBusyWith(target, key) {
  if (!(target instanceof Element)) return false
  if (target.closest(TEXT_FIELDS)) return true
  if (target.closest(ELSEWHERE) && key !== "Escape") return true
  if (target.matches("input")) return key.startsWith("Arrow") || key === "Space"
  return (key === "Enter" || key === "Space") && target.closest(PRESSABLE) !== null
}

/** A key that types a letter, a digit or a sign (WCAG 2.1.4 lets people switch such keys off). */
export function isCharacter(key) {
  return key.length === 1 || /^Shift\+.$/u.test(key)
}

/** A key as it is printed on the keyboard: "N", "Shift+S", "←". */
export function keyText(key) {
  const parts = key === "+" ? ["+"] : key.split("+")
  const last = parts.pop() || "+"
  return [...parts.filter(Boolean), SAID[last] ?? (last.length === 1 ? last.toUpperCase() : last)].join("+")
}

/** The letter typed; on a keyboard of another script the one that a Latin keyboard has there. */
function letterOf({ key, code }) {
  return key.charCodeAt(0) > 0x24f && /^Key[A-Z]$/.test(code) ? code.slice(3) : key
}
