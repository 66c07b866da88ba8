// A view in its place on Streamlit's page: what listens while it is there, and who gets a key first.

import { isBusyWith, keyOf } from "./keystroke.js"
import { keepWorkableInOutages } from "./outage.js"

const STREAMLIT_KEYS = new Set(["c", "r", "Shift+C", "Shift+R"])

/**
 * Put a view on the page.
 * @returns {(next: string | null) => Promise} takes it away again, for the view that comes `next`;
 *   resolves once the server knows what it gave back
 * @param {(signal: AbortSignal) => object} build makes a view: screen; model, with start() and
 *   stop(next), which returns that promise; act(key, repeated, at), what to do for a key
 *   pressed `at` (in the time of performance.now()), null where it is none of ours; leave(), called
 *   when the page goes. `signal` ends the listeners of its own
 * @param {Element} parent
 */
export function shown(build, parent) {
  const listeners = new AbortController()
  const { signal } = listeners
  const view = build(signal)
  const { screen, model } = view
  addEventListener("keydown", (event) => obey(event, view), { capture: true, signal })
  addEventListener("pagehide", () => view.leave(), { signal })
  addEventListener("pageshow", ({ persisted }) => persisted && location.reload(), { signal })
  const letOutagesBe = keepWorkableInOutages()
  parent.append(screen.element)
  screen.attach(model)
  model.start()
  return (next) => {
    listeners.abort()
    letOutagesBe()
    const left = model.stop(next)
    screen.stop()
    screen.element.remove()
    return left
  }
}

function obey(event, view) {
  const act = actOf(event, view)
  if (!act) return
  event.preventDefault()
  event.stopImmediatePropagation()
  act()
}

/** What to do for a keydown; null where the key is not ours. */
function actOf(event, { screen: { dialogs }, act }) {
  const key = keyOf(event)
  if (!key) return null
  if (dialogs.open && key === "Escape") return () => event.repeat || dialogs.escape()
  if (isBusyWith(event.composedPath()[0], key)) return null
  // On this page a slip of the finger must not run Streamlit's script again, or open its cache.
  const harmless = STREAMLIT_KEYS.has(key) ? () => {} : null
  return (dialogs.open ? null : act(key, event.repeat, event.timeStamp)) ?? harmless
}
