// The reviewer: which picture is on screen and what a command does to it.

import { Api } from "../shared/api.js"
import { Outbox } from "../shared/outbox.js"
import { decisionOf, kindOf, proposedLabels } from "./answers.js"
import { Rest } from "../shared/rest.js"
import { Setup } from "./setup.js"
import { Supply } from "./supply.js"
import { Timeline } from "./timeline.js"
import { TypeAhead } from "./type_ahead.js"
import { Viewer } from "./viewer.js"

const HISTORY = 200
const AHEAD = 9

export class Reviewer {
  #api
  #screen
  #waiting = null // the item of the present, null while there is none
  #looked = false // at the surest pictures of each class
  #undone = new Map() // id of an undo that is on its way → the entry that it takes back

  rest
  timeline = new Timeline()
  ahead = new TypeAhead()
  /** Labels marked on the picture on screen (projects with several labels a picture). */
  chosen = new Set()

  /**
   * @param {{ project: string, user: string }} config
   * @param {{ show(item, image): Promise<void>, render(): void, say(text: string): void }} screen
   */
  constructor({ project, user }, screen) {
    this.project = project
    this.#screen = screen
    this.rest = new Rest(user)
    this.viewer = new Viewer(screen, () => this.ahead.run(() => this.viewer.painted))
    this.#api = new Api(user)
    this.setup = new Setup((value) => this.#api.send("PUT", "/api/preferences", { project, name: "keys", value }))
    this.outbox = new Outbox({
      user,
      project,
      send: (decisions) => this.#api.send("POST", "/api/decisions", { project, decisions }),
      onChange: (event) => this.#sent(event),
    })
    this.supply = new Supply({
      fetch: (limit, held) => this.#fetch(limit, held),
      held: () => this.#held(),
      onChange: (answer) => this.#supplied(answer),
    })
  }

  async start() {
    const unsent = await this.outbox.start()
    this.timeline.restore([], unsent)
    this.supply.refill()
    this.#api.token().catch(() => {}) // asked for now, so that `leave` has one
    await this.#remember(unsent)
  }

  /**
   * Give back what was fetched and not decided; what the outbox still holds stays ours. Resolves
   * once the server has taken it, or does not answer.
   */
  async leave() {
    const { tab: client } = this.outbox
    if (!client) return
    const held = [...this.outbox.heldItems()]
    await this.#api.sendLast("/api/leases/release", { project: this.project, client, held })
  }

  /** @param {string | null} next the view that comes: the grid gives back what it does not take */
  stop(next) {
    const left = next === "grid" ? null : this.leave()
    this.outbox.stop()
    this.supply.stop()
    this.viewer.stop()
    return left
  }

  /** The item on screen or about to be: one looked back at, or the present one. */
  get item() {
    return this.timeline.shown?.item ?? this.#waiting
  }

  get several() {
    return this.setup.mode === "multi"
  }

  get counts() {
    return this.setup.counts
  }

  get classes() {
    return this.setup.classes
  }

  get keymap() {
    return this.setup.keymap
  }

  /** The name that Enter would accept, null where none is proposed. */
  get proposal() {
    return this.item?.proposal ?? null
  }

  /** What digits mean for the picture on screen: "rank", or "code" of a class. */
  get digits() {
    return this.item?.blind ? "code" : this.setup.digits
  }

  /** Choose a label: decides at once, or marks it where a picture has several. */
  choose(label) {
    this.#onceOnScreen(() => this.#choose(label))
  }

  chooseRank(rank) {
    this.#onceOnScreen(() => {
      const proposal = this.item.proposals[rank]
      if (proposal) this.#choose(proposal.label)
      else this.#screen.say(`No proposal has rank ${rank + 1}: / searches all classes`)
    })
  }

  accept() {
    this.#onceOnScreen(() => this.#accept())
  }

  none() {
    this.#onceOnScreen(() => this.#decide("none_of_these", []))
  }

  /** @param {{ reason?: string | null, to?: string | null }} more why, and to whom it goes */
  skip(more = {}) {
    this.#onceOnScreen(() => this.#decide("skip", [], more))
  }

  /** @param {{ reason: string | null, ask: boolean }} more for a second look, or a question to the lead */
  flag(more) {
    this.#decide("flag", [], more)
  }

  /** Take back the decision on screen, or the last one; its picture comes back. */
  undo() {
    const entry = this.timeline.shown ?? this.timeline.last
    if (!entry) return this.#screen.say("Nothing to undo")
    const undo = this.#post(entry.item, { kind: "undo", supersedes: entry.decision.id })
    this.#undone.set(undo.id, entry)
    this.timeline.remove(entry.decision.id)
    this.timeline.back = 0
    if (this.#waiting) this.supply.putBack(this.#waiting)
    this.supply.remove(entry.item.item)
    this.#waiting = entry.item
    this.#screen.say("Undone")
    this.#turn()
  }

  back() {
    if (this.timeline.step(1)) this.#turn()
    else this.#screen.say(this.timeline.length ? "This is the first one" : "Nothing decided yet")
  }

  forth() {
    if (this.timeline.step(-1)) this.#turn()
  }

  toPresent() {
    if (!this.timeline.back) return
    this.timeline.back = 0
    this.#turn()
  }

  /** GET one of our routes for this project. */
  fetch(path) {
    return this.#api.get(path, { project: this.project })
  }

  async saveKeys(own) {
    await this.setup.saveKeys(own)
    this.#screen.render()
  }

  async switchDigits() {
    const kept = this.setup.switchDigits()
    this.#screen.say(this.digits === "code" ? "Digits choose classes by their code" : "Digits choose proposals by rank")
    this.#screen.render()
    await kept.catch((error) => this.#screen.say(`For now only: ${error.message}`))
  }

  /** The person has read the reminder to rest. */
  rested() {
    this.rest.dismiss()
    this.#screen.render()
  }

  lookAt(decisionId) {
    this.timeline.show(decisionId)
    this.#turn()
  }

  /** Put the item in question on screen; at once where its picture is decoded. */
  show() {
    this.viewer.begin()
    if (!this.timeline.back) this.#waiting ??= this.supply.take()
    const item = this.item
    this.chosen = new Set(this.timeline.shown?.decision.labels ?? proposedLabels(item))
    this.#screen.render()
    if (item) this.viewer.show(item, this.supply.peek(AHEAD))
  }

  /** Show another picture than the one that keys were pressed ahead for. */
  #turn() {
    this.ahead.clear()
    this.show()
  }

  /** Do at once what is meant for the picture on screen; for the one that is about to be, then. */
  #onceOnScreen(act) {
    const seen = this.viewer.painted ?? this.viewer.broken
    if (seen && !this.ahead.length) act()
    else if (this.item) this.ahead.keep(act)
  }

  #choose(label) {
    if (!this.several) return this.#decide(kindOf(this.item, [label], false), [label])
    if (!this.viewer.painted) return
    if (!this.chosen.delete(label)) this.chosen.add(label)
    this.#screen.render()
  }

  #accept() {
    if (!this.several) {
      if (this.proposal !== null) return this.#decide("confirm", [this.proposal])
      if (this.item.none_proposed) return this.#decide("none_of_these", [])
      return this.#screen.say(this.item.blind ? "Blind: choose a class" : "No proposal to accept: choose a class")
    }
    if (!this.chosen.size) return this.#screen.say("Nothing is marked: choose classes, or none of these")
    const labels = [...this.chosen]
    this.#decide(kindOf(this.item, labels, true), labels)
  }

  #decide(kind, labels, more = {}) {
    const item = this.viewer.painted ?? (kind === "skip" ? this.viewer.broken : null)
    if (!item) return
    const { seconds } = this.viewer
    if (kind === "confirm" && seconds < this.setup.shortest) {
      return this.#screen.say(`Not counted: look for at least ${this.setup.shortest} s before you accept`)
    }
    const supersedes = this.timeline.shown?.decision.id ?? null
    const decision = this.#post(item, { kind, labels, supersedes, seconds, ...more })
    this.timeline.add(item, decision)
    this.rest.note(seconds)
    if (this.timeline.back) this.timeline.step(-1)
    else {
      this.supply.notePace(seconds)
      this.#waiting = null
    }
    this.show()
  }

  #post(item, given) {
    const decision = decisionOf(item, given)
    this.outbox.add(decision)
    return decision
  }

  #held() {
    const held = this.outbox.heldItems()
    if (this.#waiting) held.add(this.#waiting.item)
    return held
  }

  /** The next items; an answer that was under way while decisions were stored tells older counts. */
  async #fetch(limit, held) {
    const before = this.setup.counts
    const query = { project: this.project, limit, client: this.outbox.tab, held: held.join(",") }
    const answer = await this.#api.get("/api/queue", query)
    return this.setup.counts === before ? answer : { ...answer, counts: this.setup.counts }
  }

  #sent({ counts, settled, refused = [] }) {
    if (counts) this.setup.counts = counts
    for (const one of refused) this.#refused(one)
    for (const { id } of settled ?? []) this.#undone.delete(id)
    if (settled) this.supply?.stir()
    this.#screen.render()
  }

  /** Say why; a refused undo is over with that, and its decision stands again. */
  #refused({ decision, why }) {
    this.#screen.say(`Refused: ${why}`)
    if (decision.kind !== "undo") return
    this.outbox.dismiss(decision.id)
    const entry = this.#undone.get(decision.id)
    if (!entry || this.timeline.has(decision.item)) return
    this.timeline.add(entry.item, entry.decision)
    if (this.#waiting?.item === decision.item) this.#waiting = null
    this.#turn()
  }

  #supplied(answer) {
    if (answer) {
      const news = this.setup.take(answer)
      if (news) this.#screen.say(news)
      this.rest.minutes = this.setup.restMinutes
      this.#lookAtSurest()
    }
    if (!this.#waiting && !this.timeline.back && this.supply.length) this.show()
    else this.#screen.render()
    this.viewer.pictures.prepare(this.supply.peek(AHEAD).map(({ sha }) => sha))
  }

  /** Show the surest pictures of each class until the first refit; asked for once. */
  async #lookAtSurest() {
    if (this.#looked || !this.setup.begins) return
    this.#looked = true
    try {
      this.setup.opening = await this.fetch("/api/grid/opening")
      this.#screen.render()
    } catch {
      // work can begin without it; the status line tells of the outage
    }
  }

  async #remember(unsent) {
    try {
      const { decisions } = await this.#api.get("/api/history", { project: this.project, limit: HISTORY })
      this.timeline.restore(decisions, unsent)
      this.#screen.render()
    } catch {
      // without its past the page works all the same; the status line tells of the outage
    }
  }
}
