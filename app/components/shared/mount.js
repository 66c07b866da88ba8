// A view in its place on Streamlit's page: what listens while it is there, and who gets a key first.

import { isBusyWith, keyOf } from "./keystroke.js"
import { keepWorkableInOutages } from "./outage.js"

const STREAMLIT_KEYS = new Set(["c", "r", "Shift+C", "Shift+R"])

/**
 * The entry of a component. Streamlit calls it again at every change of its data and cleans up
 * only when the component leaves the page, so there is one instance a root element.
 * @param {string} other the view that somebody may ask for instead
 * @param {(data: object, otherView: () => void, signal: AbortSignal) => object} build a view:
 *   screen; model, with start() and stop(); act(key, repeated), what to do for a key, null where it
 *   is none of ours; leave(), called when the page goes. `signal` ends its own listeners
 */
export function mounting(other, build) {
  const instances = new WeakMap()
  return ({ data: { project, user, ...data }, parentElement, setTriggerValue }) => {
    const running = instances.get(parentElement)
    if (running?.project === project && running.user === user) return running.unmount
    running?.unmount()
    const listeners = new AbortController()
    const view = build({ project, user, ...data }, () => setTriggerValue("view", other), listeners.signal)
    const end = begin(view, parentElement, listeners)
    const unmount = () => {
      end()
      instances.delete(parentElement)
    }
    instances.set(parentElement, { project, user, unmount })
    return unmount
  }
}

/** Put a view on the page; returns what takes it away again. */
function begin(view, parent, listeners) {
  const { screen, model } = view
  const { signal } = listeners
  addEventListener("keydown", (event) => obey(event, view), { capture: true, signal })
  addEventListener("pagehide", () => view.leave(), { signal })
  addEventListener("pageshow", ({ persisted }) => persisted && location.reload(), { signal })
  const letOutagesBe = keepWorkableInOutages()
  parent.append(screen.element)
  screen.attach(model)
  model.start()
  return () => {
    listeners.abort()
    letOutagesBe()
    model.stop()
    screen.stop()
    screen.element.remove()
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
  return (dialogs.open ? null : act(key, event.repeat)) ?? harmless
}
