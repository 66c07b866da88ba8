// Entry of the component. Streamlit calls `mount` again at every change of its data and cleans up
// only when the component leaves the page, so there is one instance a root element.

import { isBusyWith, keyOf } from "../shared/keystroke.js"
import { keepWorkableInOutages } from "../shared/outage.js"
import { Grid } from "./grid.js"
import { Screen } from "./screen.js"

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
  const options = { capture: true, signal: listeners.signal }
  addEventListener("keydown", (event) => obey(event, commands, grid, screen), options)
  addEventListener("keyup", () => screen.loupe.hide(), options)
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

function commandsOf(grid, screen) {
  const { deck } = grid
  const row = () => screen.board.columns
  const methods = ["accept", "leave", "mark", "all", "none", "skip", "flag", "ask", "undo", "stack"]
  return {
    ...Object.fromEntries(methods.map((name) => [name, () => grid[name]()])),
    left: (extend) => grid.move(-1, extend),
    right: (extend) => grid.move(1, extend),
    up: (extend) => grid.move(-row(), extend),
    down: (extend) => grid.move(row(), extend),
    magnify: () => screen.magnify(),
    search: () => search(grid, screen),
    show: (label) => label !== deck.label && deck.show(label),
    afresh: () => deck.afresh(),
    order: (order) => deck.like({ order }),
    limit: (limit) => deck.like({ limit }),
    size: (size) => deck.like({ size }),
    threshold: (value) => grid.limitTo(value),
    help: () => screen.dialogs.keys(),
    refused: () => screen.dialogs.refused(grid.outbox),
    guidelines: () => {},
    ignore: () => {},
  }
}

/** Search all classes: for the marked pictures, else the one to show. */
function search(grid, screen) {
  const classes = grid.deck.answer?.classes ?? []
  screen.dialogs.search(classes, (label) => (grid.marked ? grid.choose(label) : grid.deck.show(label)))
}

function obey(event, commands, grid, screen) {
  const key = keyOf(event)
  if (!key || isBusyWith(event.composedPath()[0], key)) return
  const act = actOf(key, commands, grid, screen)
  if (!act) return
  event.preventDefault()
  event.stopImmediatePropagation()
  if (!event.repeat || key.includes("Arrow")) act()
}

/** What a key does now, null where it is not ours. */
function actOf(key, commands, grid, screen) {
  if (screen.dialogs.open) return key === "Escape" ? () => screen.dialogs.close() : null
  if (key === "Escape") return () => grid.codes.clear() || grid.clear()
  if (grid.keymap.digitsWork && grid.codes.takes(key)) return () => grid.type(key)
  const target = grid.keymap.targetOf(key)
  if (target?.label !== undefined) return () => grid.choose(target.label)
  if (target) return () => commands[target.name](false)
  const extended = key.startsWith("Shift+Arrow") && grid.keymap.targetOf(key.slice("Shift+".length))
  return extended ? () => commands[extended.name](true) : null
}
