// The grid: what is decided on its pages, and taken back.

import { CodeEntry } from "../shared/codes.js"
import { Keymap } from "../shared/keymap.js"
import { Outbox } from "../shared/outbox.js"
import { Rest } from "../shared/rest.js"
import { Stopwatch } from "../shared/stopwatch.js"
import { Acts } from "./acts.js"
import { COMMANDS } from "./keys.js"
import { COMMANDS as OF_SINGLE } from "../review/keys.js"
import { Deck } from "./deck.js"
import { Marking } from "./marking.js"
import { countOf, unseenIn } from "./page.js"
import { ProjectApi } from "./project_api.js"
import { labelText, leftText, picturesText } from "./wording.js"

const HISTORY = 100 // decisions: enough to know the last acts
const BATCH = 250

export class Grid {
  #screen
  #acts
  #stopwatch = new Stopwatch() // since the last act
  #onPage = new Stopwatch()
  #known = null // the answer whose codes and keys are in use

  #undoing = Promise.resolve()
  #advised // the page that is done with in one go: { label, back }, null: none

  rest
  keymap = new Keymap(COMMANDS, OF_SINGLE)
  /** Viewing time (s) of a page below which confirming does not count. */
  shortest = 0

  /**
   * @param {{ project: string, user: string, label: string | null, pictures?: number,
   *   back?: (told: { said: string }) => void }} config `pictures`: how many the first page should
   *   have; `back` asks for the view in which that page was advised, once it is done with
   * @param {import("./screen.js").Screen} screen
   */
  constructor({ project, user, label, pictures = 0, back = null }, screen) {
    this.#advised = back && { label, back }
    this.project = project
    this.rest = new Rest(user)
    this.#screen = screen
    this.api = new ProjectApi({ user, project })
    this.outbox = new Outbox({
      user,
      project,
      batch: BATCH,
      send: (decisions) => this.api.decide(decisions),
      onChange: (event) => this.#sent(event),
    })
    this.#acts = new Acts(this.outbox)
    this.codes = new CodeEntry(() => screen.render())
    this.deck = new Deck({
      api: this.api,
      label,
      pictures,
      client: () => this.outbox.tab,
      busyItems: () => this.outbox.heldItems(),
      isSettled: () => !this.outbox.pending,
      display: (page, sheet) => this.#display(page, sheet),
      onChange: () => this.#changed(),
    })
    this.marking = new Marking(project, this.deck, screen)
  }

  async start() {
    this.api.prepare()
    const unsent = await this.outbox.start()
    await this.deck.next()
    await this.#remember(unsent)
  }

  stop() {
    const left = this.release()
    this.outbox.stop()
    this.deck.stop()
    this.#stopwatch.stop()
    this.#onPage.stop()
    return left
  }

  get page() {
    return this.deck.page
  }

  /** What the status line asks for. */
  get supply() {
    return this.deck
  }

  get counts() {
    return this.deck.counts
  }

  get mayDecide() {
    return this.deck.answer?.role !== "guest"
  }

  get canUndo() {
    return this.#acts.length > 0
  }

  /** Confirm the rest and go on; with nothing on the page, go to the class that has the most. */
  accept() {
    if (this.page && !this.page.tiles.length) return this.deck.elsewhere && this.deck.show(this.deck.elsewhere)
    if (!this.deck.ready || !this.mayDecide) return
    const { page } = this
    if (this.marking.rest.length && this.#isTooSoon()) return
    const count = this.#decide(this.marking.rest, { kind: "label", labels: (tile) => tile.labels })
    const left = page.tiles.filter(({ answer }) => !answer).length
    const unseen = unseenOf(page.tiles.filter(({ answer }) => answer))
    const said = count ? `${picturesText(count)} confirmed ${confirmedAs(page)}` : "Nothing confirmed"
    this.#screen.say(left || unseen ? `${said}; ${leftText(left, unseen)}` : said)
    this.#goOn(count ? `${said}. Undo it in the grid` : "")
  }

  /** Go to the next page and decide nothing. */
  leave() {
    if (this.deck.ready) this.#goOn("")
  }

  /** Give the marked pictures a class; where a picture may have several, give it or take it away. */
  choose(label) {
    if (!this.deck.several) {
      if (label === this.page?.label && this.marking.count && this.#isTooSoon()) return
      return this.#decideMarked({ kind: "label", labels: () => [label] }, label)
    }
    const labels = (tile) => toggled(tile.answer?.labels ?? tile.labels, label)
    this.#decideMarked({ kind: "label", labels }, `${label} given or taken`)
  }

  none() {
    this.#decideMarked({ kind: "label", labels: () => [] }, "none of these")
  }

  /** Put the marked pictures at the end of the queue, or hand them to somebody. */
  skip({ reason = null, to = null } = {}) {
    this.#decideMarked({ kind: "skip", more: { reason, to } }, to ? `handed to ${to}` : "skipped")
  }

  /** Ask for a second look at the marked pictures; `ask`: it is a question to the lead. */
  flag({ reason, ask }) {
    this.#decideMarked({ kind: "flag", word: ask ? "ask" : "flag", more: { reason, ask } }, ask ? "the lead is asked" : "flagged")
  }

  /** Take the last act back, whole; one after the other, however fast they are asked for. */
  undo() {
    this.#undoing = this.#undoing.then(() => this.#undo())
  }

  /** A digit or letter of the code of a class. */
  type(key) {
    if (!this.hasMarked()) return
    const typed = this.codes.type(key)
    if (typed?.label !== undefined) this.choose(typed.label)
    else if (typed) this.#screen.say(`No class has the code ${typed.unknown}`)
  }

  /** The person has read the reminder to rest. */
  rested() {
    this.rest.dismiss()
    this.#screen.render()
  }

  /** Whether anything is marked; says so where nothing is. */
  hasMarked() {
    if (this.marking.count) return true
    this.#screen.say("Nothing is marked: click what is wrong, then choose")
    return false
  }

  /** Keep the keys that the person wants, and put them to use. */
  async saveKeys(value) {
    await this.api.saveKeys(value)
    this.keymap.own = value
    this.#screen.render()
  }

  /**
   * Give back what was fetched and not decided; what the outbox still holds stays ours. Resolves
   * once the server has taken it, or does not answer.
   */
  async release() {
    const { tab } = this.outbox
    if (tab) await this.api.release(tab, [...this.outbox.heldItems()])
  }

  /** Whether the page was looked at for less than the project asks for; says so. */
  #isTooSoon() {
    if (this.#onPage.seconds >= this.shortest) return false
    this.#screen.say(`Not counted: look at a page for at least ${this.shortest} s before you confirm it`)
    return true
  }

  async #undo() {
    try {
      await this.#acts.fill((act) => this.api.act(act))
    } catch {
      return this.#screen.say("The server does not answer: what was done before the page was loaded can't be undone now")
    }
    const act = this.#acts.undo()
    if (!act) return this.#screen.say("Nothing to undo")
    this.deck.uncount(act)
    this.#screen.say(`Undone: ${picturesText({ pictures: act.done.length, grouped: 0 })}`)
    if (!act.page || act.page !== this.page) return this.deck.bringBack(act)
    this.marking.draw(act.before.map(({ tile }) => tile).filter((tile) => this.page.tiles.includes(tile)))
  }

  #decideMarked(answer, said) {
    if (!this.hasMarked()) return
    const { marked } = this.page
    const count = this.#decide(marked, answer)
    if (!count) return
    if (!this.deck.several) this.marking.done(marked)
    this.marking.draw(marked)
    const unseen = unseenOf(marked)
    this.#screen.say(`${picturesText(count)}: ${said}${unseen ? `; ${leftText(0, unseen)}` : ""}`)
  }

  /** Decide some tiles in one act; how many pictures, null where nothing was decided. */
  #decide(tiles, answer) {
    if (!tiles.length || !this.deck.ready || !this.mayDecide) return null
    const count = countOf(tiles)
    const waiting = tiles.filter(({ answer: earlier }) => !earlier)
    const { seconds } = this.#stopwatch
    this.#stopwatch.restart()
    this.#acts.decide(this.page, tiles, answer, { seconds, looked: this.#onPage.seconds })
    this.rest.note(seconds)
    this.deck.count(waiting)
    return count
  }

  /** The page is done with: the next one comes, or the view in which it was advised, which says so. */
  #goOn(said) {
    const advised = this.#advised
    this.#advised = null
    if (advised && advised.label === this.page.label) advised.back({ said })
    else this.deck.leave()
  }

  async #display(page, sheet) {
    nameInAddress(page.label)
    this.marking.begin(page)
    sheet.draw(page.tiles, this.marking.threshold)
    const painted = await this.#screen.show(page, sheet)
    this.#stopwatch.restart()
    this.#onPage.restart()
    return painted
  }

  #changed() {
    const { answer } = this.deck
    if (answer && answer !== this.#known) {
      this.#known = answer
      this.codes.classes = answer.classes
      this.keymap.own = answer.keys ?? {}
      this.shortest = answer.settings?.shortest_seconds ?? 0
      this.rest.minutes = answer.settings?.rest_minutes ?? 0
    }
    this.#screen.render()
  }

  #sent({ counts, settled }) {
    if (counts) this.deck.tell(counts)
    if (settled && !this.outbox.pending) this.#settled()
    this.#screen.render()
  }

  /** The server knows everything: it can count, and tell what was done before the acts known here. */
  #settled() {
    this.deck.prepare()
    if (!this.#acts.length) this.#remember([])
  }

  async #remember(unsent) {
    try {
      this.#acts.restore(await this.api.history(HISTORY), unsent)
      this.#screen.render()
    } catch {
      // what was done before the page was loaded can't be undone then; the status line tells of the outage
    }
  }
}

/** A reload comes back to the same class. */
function nameInAddress(label) {
  const address = new URL(location.href)
  address.searchParams.set("label", label)
  if (address.href !== location.href) history.replaceState(history.state, "", address)
}

/** How many pictures of closed stacks nobody has looked at: they are decided with none of these tiles. */
function unseenOf(tiles) {
  return tiles.reduce((sum, tile) => sum + unseenIn(tile), 0)
}

function confirmedAs(page) {
  return page.ofSeveral ? "as proposed" : `as ${labelText(page.label)}`
}

function toggled(labels, label) {
  return labels.includes(label) ? labels.filter((one) => one !== label) : [...labels, label]
}
