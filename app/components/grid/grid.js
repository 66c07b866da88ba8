// The grid: what is marked on the page, and what a command does.

import { Api } from "../shared/api.js"
import { CodeEntry } from "../shared/codes.js"
import { Keymap } from "../shared/keymap.js"
import { Outbox } from "../shared/outbox.js"
import { Stopwatch } from "../shared/stopwatch.js"
import { Acts } from "./acts.js"
import { COMMANDS } from "./commands.js"
import { Deck } from "./deck.js"
import { Marker } from "./marker.js"
import { keepMarks, keptMarks } from "./marks.js"
import { countOf, expectedError } from "./page.js"
import { labelText, picturesText } from "./wording.js"

const HISTORY = 500
const BATCH = 250

export class Grid {
  #api
  #screen
  #acts
  #stopwatch = new Stopwatch()
  #marker = null
  #known = null // the answer whose codes and keys are in use

  keymap = new Keymap(COMMANDS)
  /** Scores below it are left out. */
  threshold = 0

  /**
   * @param {{ project: string, user: string, label: string | null }} config
   * @param {import("./screen.js").Screen} screen
   */
  constructor({ project, user, label }, screen) {
    this.project = project
    this.#screen = screen
    this.#api = new Api(user)
    this.outbox = new Outbox({
      user,
      project,
      batch: BATCH,
      send: (decisions) => this.#api.send("POST", "/api/decisions", { project, decisions }),
      onChange: (event) => this.#sent(event),
    })
    this.#acts = new Acts(this.outbox)
    this.codes = new CodeEntry(() => screen.render())
    this.deck = new Deck({
      api: this.#api,
      project,
      label,
      client: () => this.outbox.tab,
      busyItems: () => this.outbox.heldItems(),
      display: (page, sheet) => this.#display(page, sheet),
      onChange: () => this.#changed(),
    })
  }

  async start() {
    this.#api.token().catch(() => null) // the pack will need it: asked for meanwhile
    const unsent = await this.outbox.start()
    await Promise.all([this.deck.next(), this.#remember(unsent)])
  }

  stop() {
    this.outbox.stop()
    this.deck.stop()
    this.#stopwatch.stop()
  }

  get page() {
    return this.deck.page
  }

  /** What the status line asks for. */
  get supply() {
    return this.deck
  }

  get counts() {
    return this.deck.answer?.counts ?? null
  }

  get mayDecide() {
    return this.deck.answer?.role !== "guest"
  }

  get cursor() {
    return this.#marker?.cursor ?? null
  }

  get marked() {
    return countOf(this.page?.marked ?? []).pictures
  }

  get rest() {
    return this.page?.rest(this.threshold) ?? []
  }

  get error() {
    return expectedError(this.rest)
  }

  get canUndo() {
    return this.#acts.length > 0
  }

  /** What could be done with the stack under the frame, null where there is none. */
  get stackAt() {
    const { cursor } = this
    if (cursor?.stack.length) return `Open the stack of ${cursor.stack.length + 1}`
    return cursor?.opened || cursor?.of ? "Close the stack" : null
  }

  limitTo(threshold) {
    this.threshold = threshold
    this.#draw(this.page?.tiles ?? [])
  }

  mark(tile = this.cursor) {
    if (tile) this.#mark(() => this.#marker.toggle(tile))
  }

  markTo(tile) {
    this.#mark(() => this.#marker.rangeTo(tile))
  }

  markMany(tiles, unmark) {
    this.#mark(() => this.page.mark(tiles, !unmark))
  }

  all() {
    this.#mark(() => this.#marker.all())
  }

  clear() {
    this.#mark(() => this.#marker.clear())
  }

  /** Move the frame by some tiles; `extend` marks on the way. */
  move(by, extend) {
    if (this.page?.tiles.length) this.#mark(() => this.#marker.move(by, extend), true)
  }

  /** Open the stack of a tile, or close it. */
  stack(tile = this.cursor) {
    if (!tile || !this.deck.ready) return
    const first = tile.of ?? tile
    if (first.stack.length) this.deck.sheet.insert(this.page.open(first), first)
    else if (first.opened) this.deck.sheet.remove(this.page.close(first))
    else return this.#screen.say("No stack here: put the frame on a picture with ×")
    this.#mark(() => (this.#marker.stand(first), []))
    this.#draw(this.page.tiles.filter((one) => one === first || one.of === first))
  }

  /** Confirm the rest and go on; with nothing on the page, go to the class that has the most. */
  accept() {
    if (this.page && !this.page.tiles.length) return this.deck.elsewhere && this.deck.show(this.deck.elsewhere)
    if (!this.deck.ready || !this.mayDecide) return
    const { rest, page } = this
    const count = this.#decide(rest, { kind: "label", labels: () => page.labels })
    const left = page.tiles.filter(({ answer }) => !answer).length
    const said = count ? `${picturesText(count)} confirmed as ${labelText(page.label)}` : "Nothing confirmed"
    this.#screen.say(left ? `${said}; ${left} left for later` : said)
    this.deck.leave()
  }

  /** Go to the next page and decide nothing. */
  leave() {
    if (this.deck.ready) this.deck.leave()
  }

  /** Give the marked pictures a class; where a picture may have several, give it or take it away. */
  choose(label) {
    if (!this.deck.several) return this.#decideMarked({ kind: "label", labels: () => [label] }, label)
    const labels = (tile) => toggled(tile.answer?.labels ?? tile.labels, label)
    this.#decideMarked({ kind: "label", labels }, `${label} given or taken`)
  }

  none() {
    this.#decideMarked({ kind: "label", labels: () => [] }, "none of these")
  }

  skip() {
    this.#decideMarked({ kind: "skip" }, "skipped")
  }

  flag() {
    this.#decideMarked({ kind: "flag", more: { ask: false, to: null } }, "flagged")
  }

  ask() {
    this.#decideMarked({ kind: "flag", word: "ask", more: { ask: true, to: null } }, "the lead is asked")
  }

  /** Take the last act back, whole. */
  undo() {
    const act = this.#acts.undo()
    if (!act) return this.#screen.say("Nothing to undo")
    this.deck.count(act.label, -act.done.length)
    this.#screen.say(`Undone: ${picturesText({ pictures: act.done.length, grouped: 0 })}`)
    if (!act.page || act.page !== this.page) return this.deck.bringBack(act)
    this.#draw(act.before.map(({ tile }) => tile))
  }

  /** A digit or letter of the code of a class. */
  type(key) {
    if (!this.marked) return this.#screen.say("Nothing is marked: mark pictures first, then type their class")
    const typed = this.codes.type(key)
    if (typed?.label !== undefined) this.choose(typed.label)
    else if (typed) this.#screen.say(`No class has the code ${typed.unknown}`)
  }

  #mark(change, focus = false) {
    if (!this.deck.ready) return
    const before = this.cursor
    const changed = change()
    if (this.cursor && this.cursor !== before) this.#screen.frame(this.cursor, focus)
    this.#draw(changed)
    if (changed.length) keepMarks(this.project, this.page.marked)
  }

  #decideMarked(answer, said) {
    const marked = this.page?.marked ?? []
    if (!marked.length) return this.#screen.say("Nothing is marked: click what is wrong, or press X")
    const count = this.#decide(marked, answer)
    if (!count) return
    if (!this.deck.several) this.page.mark(marked, false)
    this.#draw(marked)
    keepMarks(this.project, this.page.marked)
    this.#screen.say(`${picturesText(count)}: ${said}`)
  }

  /** Decide some tiles in one act; how many pictures, null where nothing was decided. */
  #decide(tiles, answer) {
    if (!tiles.length || !this.deck.ready || !this.mayDecide) return null
    const count = countOf(tiles)
    const waiting = countOf(tiles.filter(({ answer: earlier }) => !earlier)).pictures
    this.#acts.decide(this.page, tiles, answer, this.#stopwatch.seconds)
    this.#stopwatch.restart()
    this.deck.count(this.page.label, waiting)
    return count
  }

  #draw(tiles) {
    this.deck.sheet?.draw(tiles, this.threshold)
    this.#screen.render()
  }

  async #display(page, sheet) {
    this.#marker = new Marker(page)
    const kept = keptMarks(this.project)
    page.mark(page.tiles.filter(({ item }) => kept.has(item)), true)
    this.#draw(page.tiles)
    const painted = await this.#screen.show(page, sheet)
    this.#stopwatch.restart()
    return painted
  }

  #changed() {
    const { answer } = this.deck
    if (answer && answer !== this.#known) {
      this.#known = answer
      this.codes.classes = answer.classes
      this.keymap.own = answer.keys ?? {}
    }
    this.#screen.render()
  }

  #sent({ counts, settled }) {
    if (counts && this.deck.answer) this.deck.answer.counts = counts
    if (settled && !this.outbox.pending) this.deck.prepare()
    this.#screen.render()
  }

  async #remember(unsent) {
    try {
      const { decisions } = await this.#api.get("/api/history", { project: this.project, limit: HISTORY })
      this.#acts.restore(decisions, unsent)
      this.#screen.render()
    } catch {
      // what was done before the page was loaded can't be undone then; the status line tells of the outage
    }
  }
}

function toggled(labels, label) {
  return labels.includes(label) ? labels.filter((one) => one !== label) : [...labels, label]
}
