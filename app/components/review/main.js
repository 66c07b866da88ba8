// Entry of the component. Streamlit calls `mount` again at every change of its data and cleans up
// only when the component leaves the page, so there is one instance a root element.

import { commandOf } from "./keys.js"
import { keepWorkableInOutages } from "../shared/outage.js"
import { Reviewer } from "./reviewer.js"
import { Screen } from "./screen.js"

const instances = new WeakMap()

export function mount({ data, parentElement }) {
  const running = instances.get(parentElement)
  if (running?.project === data.project && running.user === data.user) return running.unmount
  running?.unmount()
  const instance = begin(data, parentElement)
  instances.set(parentElement, instance)
  return instance.unmount
}

function begin({ project, user }, parent) {
  const commands = {}
  const screen = new Screen(project, commands)
  const reviewer = new Reviewer({ project, user }, screen)
  Object.assign(commands, commandsOf(reviewer, screen))
  const listeners = new AbortController()
  addEventListener("keydown", (event) => obey(event, commands, screen), {
    capture: true,
    signal: listeners.signal,
  })
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

function commandsOf(reviewer, screen) {
  return {
    rank: (rank) => reviewer.chooseRank(rank),
    label: (label) => reviewer.choose(label),
    accept: () => reviewer.accept(),
    none: () => reviewer.none(),
    skip: () => reviewer.skip(),
    undo: () => reviewer.undo(),
    back: () => reviewer.back(),
    forth: () => reviewer.forth(),
    escape: () => reviewer.toPresent(),
    lookAt: (id) => reviewer.lookAt(id),
    search: () => screen.dialogs.search(reviewer.classes, (label) => reviewer.choose(label)),
    help: () => screen.dialogs.keys(),
    refused: () => screen.dialogs.refused(reviewer.outbox),
    ignore: () => {},
  }
}

function obey(event, commands, screen) {
  const command = commandOf(event)
  if (!command) return
  if (screen.dialogs.open && command.name !== "escape") return
  event.preventDefault()
  event.stopImmediatePropagation()
  if (event.repeat) return
  if (screen.dialogs.open) screen.dialogs.close()
  else commands[command.name](command.rank)
}
