// Entry of the component. Streamlit calls `mount` again at every change of its data and cleans up
// only when the component leaves the page, so there is one instance a root element.

import { isBusyWith, keyOf } from "../shared/keystroke.js"
import { keepWorkableInOutages } from "../shared/outage.js"
import { commandsOf } from "./commands.js"
import { Reviewer } from "./reviewer.js"
import { Screen } from "./screen.js"
import { Strokes } from "./strokes.js"

const STREAMLIT_KEYS = new Set(["c", "r", "Shift+C", "Shift+R"])
const instances = new WeakMap()

export function mount({ data, parentElement, setTriggerValue }) {
  const running = instances.get(parentElement)
  if (running?.project === data.project && running.user === data.user) return running.unmount
  running?.unmount()
  const instance = begin(data, parentElement, () => setTriggerValue("view", "grid"))
  instances.set(parentElement, instance)
  return instance.unmount
}

function begin({ project, user }, parent, otherView) {
  const commands = {}
  const screen = new Screen(project, commands, otherView)
  const reviewer = new Reviewer({ project, user }, screen)
  const strokes = new Strokes(reviewer, commands, (pending) => screen.showPending(pending, reviewer.classes))
  Object.assign(commands, commandsOf(reviewer, screen))
  const listeners = new AbortController()
  const { signal } = listeners
  addEventListener("keydown", (event) => obey(event, strokes, screen), { capture: true, signal })
  addEventListener("pagehide", () => reviewer.leave(), { signal })
  addEventListener("pageshow", ({ persisted }) => persisted && location.reload(), { signal })
  const letOutagesBe = keepWorkableInOutages()
  parent.append(screen.element)
  screen.attach(reviewer)
  reviewer.start()
  const unmount = () => {
    listeners.abort()
    letOutagesBe()
    reviewer.stop()
    screen.stop()
    screen.element.remove()
    instances.delete(parent)
  }
  return { project, user, unmount }
}

function obey(event, strokes, screen) {
  const act = actOf(event, strokes, screen)
  if (!act) return
  event.preventDefault()
  event.stopImmediatePropagation()
  act()
}

/** What to do for a keydown; null where the key is not ours. */
function actOf(event, strokes, screen) {
  const key = keyOf(event)
  if (!key) return null
  const { dialogs } = screen
  if (dialogs.open && key === "Escape") return () => event.repeat || dialogs.escape()
  if (isBusyWith(event.composedPath()[0], key)) return null
  // On this page a slip of the finger must not run Streamlit's script again, or open its cache.
  const harmless = STREAMLIT_KEYS.has(key) ? () => {} : null
  return (dialogs.open ? null : strokes.act(key, event.repeat)) ?? harmless
}
