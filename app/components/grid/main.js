// Entry of the component. Streamlit calls `mount` again at every change of its data and cleans up
// only when the component leaves the page, so there is one instance a root element.

import { isBusyWith, keyOf } from "../shared/keystroke.js"
import { keepWorkableInOutages } from "../shared/outage.js"
import { commandsOf } from "./commands.js"
import { Grid } from "./grid.js"
import { Screen } from "./screen.js"

const STREAMLIT_KEYS = new Set(["c", "r", "Shift+C", "Shift+R"])
const instances = new WeakMap()

export function mount({ data, parentElement, setTriggerValue }) {
  const running = instances.get(parentElement)
  if (running?.project === data.project && running.user === data.user) return running.unmount
  running?.unmount()
  const instance = begin(data, parentElement, () => setTriggerValue("view", "single"))
  instances.set(parentElement, instance)
  return instance.unmount
}

function begin({ project, user, label }, parent, otherView) {
  const commands = {}
  const screen = new Screen(project, commands, otherView)
  const grid = new Grid({ project, user, label: label ?? null }, screen)
  Object.assign(commands, commandsOf(grid, screen))
  const listeners = new AbortController()
  const { signal } = listeners
  addEventListener("keydown", (event) => obey(event, commands, grid, screen), { capture: true, signal })
  addEventListener("keyup", () => screen.loupe.hide(), { capture: true, signal })
  addEventListener("pagehide", () => grid.release(), { signal })
  addEventListener("pageshow", ({ persisted }) => persisted && location.reload(), { signal })
  const letOutagesBe = keepWorkableInOutages()
  parent.append(screen.element)
  screen.attach(grid)
  grid.start()
  const unmount = () => {
    listeners.abort()
    letOutagesBe()
    grid.stop()
    screen.stop()
    screen.element.remove()
    instances.delete(parent)
  }
  return { project, user, unmount }
}

function obey(event, commands, grid, screen) {
  const key = keyOf(event)
  const act = key && actOf(key, event, commands, grid, screen)
  if (!act) return
  event.preventDefault()
  event.stopImmediatePropagation()
  if (!event.repeat || key.includes("Arrow")) act()
}

/** What to do for a key; null where it is not ours. */
function actOf(key, event, commands, grid, { dialogs }) {
  if (dialogs.open && key === "Escape") return () => dialogs.escape()
  if (isBusyWith(event.composedPath()[0], key)) return null
  // On this page a slip of the finger must not run Streamlit's script again, or open its cache.
  const harmless = STREAMLIT_KEYS.has(key) ? () => {} : null
  return (dialogs.open ? null : meaningOf(key, commands, grid)) ?? harmless
}

function meaningOf(key, commands, { codes, keymap }) {
  if (key === "Escape") return commands.escape
  if (keymap.digitsWork && codes.takes(key)) return () => commands.type(key)
  codes.clear()
  const target = keymap.targetOf(key)
  if (target) return target.name ? () => commands[target.name]() : () => commands.label(target.label)
  const moved = key.startsWith("Shift+Arrow") ? keymap.targetOf(key.slice("Shift+".length)) : null
  return moved?.name ? () => commands[moved.name](true) : null
}
