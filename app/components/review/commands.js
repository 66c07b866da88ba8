// Every command of the page by its name; keys and buttons call the same ones.

import { Guidelines } from "../shared/guidelines.js"
import { KeysDialog } from "../shared/keys_dialog.js"
import { askReason } from "../shared/reason.js"
import { askSkip, askSkipTo } from "../shared/skip.js"

const FIXED = [
  ["1 – 9", "Choose a proposal by rank, or a class by its code (one or two strokes); also on the number pad. With several labels: mark it"],
  ["Esc", "Close this, forget a first stroke, or return to the present picture"],
]

/** @returns {Record<string, Function>} */
export function commandsOf(reviewer, screen) {
  const { dialogs, stage } = screen
  const { zoom } = stage
  const guidelines = new Guidelines(() => reviewer.fetch("/api/guidelines"))
  const choose = (label) => reviewer.choose(label)
  return {
    rank: (rank) => reviewer.chooseRank(rank),
    label: choose,
    unknownCode: (code) => screen.say(`No class has the code ${code}`),
    accept: () => reviewer.accept(),
    none: () => reviewer.none(),
    skip: () => reviewer.item && skipping(reviewer, dialogs),
    skipTo: () => reviewer.item && skippingTo(reviewer, dialogs),
    flag: () => reviewer.viewer.painted && askFlag(reviewer, dialogs),
    ask: () => reviewer.viewer.painted && askLead(reviewer, dialogs),
    undo: () => reviewer.undo(),
    back: () => reviewer.back(),
    forth: () => reviewer.forth(),
    escape: () => stage.light.close() || zoom.reset() || reviewer.toPresent(),
    lookAt: (id) => reviewer.lookAt(id),
    search: () => dialogs.search(reviewer.classes, choose),
    guidelines: () => guidelines.open(dialogs, reviewer.setup.guidelineRevision, reviewer.proposal),
    digits: () => reviewer.switchDigits(),
    zoomIn: () => zoom.step(1),
    zoomOut: () => zoom.step(-1),
    zoomReset: () => zoom.reset(),
    lockZoom: () => zoom.toggleLock(),
    panLeft: () => zoom.stepPan(-1, 0),
    panRight: () => zoom.stepPan(1, 0),
    panUp: () => zoom.stepPan(0, -1),
    panDown: () => zoom.stepPan(0, 1),
    light: () => stage.light.toggle(),
    help: () => keysDialog(reviewer, dialogs).open(),
    refused: () => dialogs.refused(reviewer.outbox),
    rested: () => reviewer.rested(),
  }
}

function keysDialog(reviewer, dialogs) {
  const { keymap, classes } = reviewer
  return new KeysDialog(dialogs, { keymap, classes, fixed: FIXED, save: (own) => reviewer.saveKeys(own) })
}

/** The picture need not be on screen yet, so that no key typed on becomes an answer: `skip` waits for it. */
function skipping(reviewer, dialogs) {
  const { keymap, several } = reviewer
  const what = { keymap, several, title: "Skip this picture" }
  askSkip(dialogs, what, { skip: (reason) => reviewer.skip({ reason }), hand: () => skippingTo(reviewer, dialogs) })
}

function skippingTo(reviewer, dialogs) {
  const fetch = (path) => reviewer.fetch(path)
  const what = { title: "Skip this picture", fetch, anyone: "whoever comes to it at the end of the queue" }
  askSkipTo(dialogs, what, (answer) => reviewer.skip(answer))
}

function askFlag(reviewer, dialogs) {
  const ask = { title: "Flag for a second look", label: "What is the matter (a reviewer reads it)", button: "Flag" }
  askReason(dialogs, ask, ({ reason }) => reviewer.flag({ reason, ask: false }))
}

function askLead(reviewer, dialogs) {
  const ask = { title: "Not sure: ask the lead", label: "Your question", button: "Ask" }
  askReason(dialogs, ask, ({ reason }) => reviewer.flag({ reason, ask: true }))
}
