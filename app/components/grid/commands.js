// Every command of the page by its name; keys and buttons call the same ones.

import { counted } from "../shared/dom.js"
import { Guidelines } from "../shared/guidelines.js"
import { KeysDialog } from "../shared/keys_dialog.js"
import { askReason } from "../shared/reason.js"
import { askSkip, askSkipTo } from "../shared/skip.js"
import { FIXED } from "./keys.js"

/** @returns {Record<string, Function>} */
export function commandsOf(grid, screen) {
  const { dialogs } = screen
  return { ...ofPage(grid, screen), ...ofMarks(grid, screen), ...ofMarked(grid, dialogs), ...ofDialogs(grid, dialogs) }
}

function ofPage(grid) {
  const { deck } = grid
  return {
    accept: () => grid.accept(),
    leave: () => grid.leave(),
    undo: () => grid.undo(),
    show: (label) => label !== deck.label && deck.show(label),
    afresh: () => deck.afresh(),
    order: (order) => deck.like({ order }),
    limit: (limit) => deck.like({ limit }),
    size: (size) => deck.like({ size }),
    threshold: (value) => grid.marking.limitTo(value),
  }
}

function ofMarks({ marking, codes }, screen) {
  const row = () => screen.board.columns
  return {
    mark: () => marking.toggle(),
    all: () => marking.all(),
    stack: () => marking.stack(),
    left: (extend) => marking.move(-1, extend),
    right: (extend) => marking.move(1, extend),
    up: (extend) => marking.move(-row(), extend),
    down: (extend) => marking.move(row(), extend),
    magnify: () => screen.magnify(),
    escape: () => codes.clear() || marking.clear(),
  }
}

/** What becomes of the marked pictures. */
function ofMarked(grid, dialogs) {
  const askMarked = (ask, send) => grid.hasMarked() && askReason(dialogs, ask(), send)
  return {
    type: (key) => grid.type(key),
    label: (label) => grid.choose(label),
    none: () => grid.none(),
    skip: () => grid.hasMarked() && skipping(grid, dialogs),
    skipTo: () => grid.hasMarked() && skippingTo(grid, dialogs),
    flag: () => askMarked(() => FLAG, ({ reason }) => grid.flag({ reason, ask: false })),
    ask: () => askMarked(() => ASK, ({ reason }) => grid.flag({ reason, ask: true })),
  }
}

const FLAG = { title: "Flag the marked pictures for a second look", label: "What is the matter (a reviewer reads it)", button: "Flag" }
const ASK = { title: "Not sure: ask the lead about the marked pictures", label: "Your question", button: "Ask" }

function skipping(grid, dialogs) {
  const { keymap, deck, marking } = grid
  const title = `Skip ${counted(marking.count, "marked picture")}`
  const what = { keymap, several: deck.several, title }
  askSkip(dialogs, what, { skip: (reason) => grid.skip({ reason }), hand: () => skippingTo(grid, dialogs) })
}

function skippingTo(grid, dialogs) {
  const fetch = (path) => grid.api.get(path)
  const what = { title: "Skip the marked pictures", fetch, anyone: "whoever comes to them at the end of the queue" }
  askSkipTo(dialogs, what, (answer) => grid.skip(answer))
}

function ofDialogs(grid, dialogs) {
  const guidelines = new Guidelines(() => grid.api.get("/api/guidelines"))
  return {
    search: () => search(grid, dialogs),
    guidelines: () => guidelines.open(dialogs, grid.deck.answer?.guideline_revision, grid.marking.cursor?.labels[0] ?? null),
    help: () => keysDialog(grid, dialogs).open(),
    rested: () => grid.rested(),
    refused: () => dialogs.refused(grid.outbox),
  }
}

/** Search all classes: for the marked pictures, else the one to show. */
function search(grid, dialogs) {
  const { deck, marking } = grid
  const classes = deck.answer?.classes ?? []
  if (marking.count) return dialogs.search(classes, (label) => grid.choose(label), "Which class are the marked pictures?")
  dialogs.search(classes, (label) => deck.show(label), "Show pictures proposed as")
}

function keysDialog(grid, dialogs) {
  const { keymap, deck } = grid
  return new KeysDialog(dialogs, { keymap, classes: deck.answer?.classes ?? [], fixed: FIXED, save: (own) => grid.saveKeys(own) })
}
