// The reviewer: which picture is on screen and what a command does to it.

import { Api } from "../shared/api.js"
import { uuid7 } from "../shared/uuid7.js"
import { Outbox } from "../shared/outbox.js"
import { Pictures } from "../shared/pictures.js"
import { Stopwatch } from "../shared/stopwatch.js"
import { Supply } from "./supply.js"
import { Timeline } from "./timeline.js"

const HISTORY = 200
const CHOSEN_FROM = 0.5
const AHEAD = 9
const RELOAD_MS = 2_000

export class Reviewer {
  #api
  #stopwatch = new Stopwatch()
  #screen
  #waiting = null // the item of the present, null while there is none
  #painted = null // the item that is on screen, null until its picture is painted
  #asked = 0

  pictures = new Pictures()
  timeline = new Timeline()
  mode = "single"
  classes = []
  counts = null
  /** Whether the model has looked at the project's pictures at all. */
  prelabeled = true
  /** Labels marked on the picture on screen (projects with several labels a picture). */
  chosen = new Set()
  /** The picture that could not be loaded, null while all is well. */
  broken = null

  /**
   * @param {{ project: string, user: string }} config
   * @param {{ show(item, image): Promise<void>, render(): void, say(text: string): void }} screen
   */
  constructor({ project, user }, screen) {
    this.project = project
    this.#screen = screen
    this.#api = new Api(user)
    this.outbox = new Outbox({
      user,
      project,
      send: (decisions) => this.#api.send("POST", "/api/decisions", { project, decisions }),
      onChange: (event) => this.#sent(event),
    })
    this.supply = new Supply({
      fetch: (limit, held) =>
        this.#api.get("/api/queue", { project, limit, client: this.outbox.tab, held: held.join(",") }),
      held: () => this.#held(),
      onChange: (answer) => this.#supplied(answer),
    })
  }

  async start() {
    const unsent = await this.outbox.start()
    this.timeline.restore([], unsent)
    this.supply.refill()
    await this.#remember(unsent)
  }

  stop() {
    this.outbox.stop()
    this.supply.stop()
    this.#stopwatch.stop()
  }

  /** The item on screen or about to be: one looked back at, or the present one. */
  get item() {
    return this.timeline.shown?.item ?? this.#waiting
  }

  /** The item whose picture is painted; decisions are taken for this one only. */
  get painted() {
    return this.#painted
  }

  get several() {
    return this.mode === "multi"
  }

  /** The name that Enter would accept, null where the model proposes none of them. */
  get proposal() {
    return this.item?.proposal ?? null
  }

  /** Choose a label: decides at once, or marks it where a picture has several. */
  choose(label) {
    if (!this.several) return this.#decide(label === this.proposal ? "confirm" : "correct", [label])
    if (!this.#painted) return
    if (!this.chosen.delete(label)) this.chosen.add(label)
    this.#screen.render()
  }

  chooseRank(rank) {
    const proposal = this.item?.proposals[rank]
    if (proposal) this.choose(proposal.label)
  }

  accept() {
    if (!this.several) {
      if (this.proposal !== null) return this.#decide("confirm", [this.proposal])
      if (this.item?.none_proposed) return this.none()
      return this.#screen.say("No proposal to accept: press / and choose a class")
    }
    if (!this.chosen.size) return this.#screen.say("Nothing is marked: press N for none of these")
    const proposed = proposedLabels(this.item)
    const same = this.chosen.size === proposed.length && proposed.every((label) => this.chosen.has(label))
    this.#decide(same ? "confirm" : "correct", [...this.chosen])
  }

  none() {
    this.#decide("none_of_these", [])
  }

  skip() {
    this.#decide("skip", [])
  }

  /** Take back the decision on screen, or the last one; its picture comes back. */
  undo() {
    const entry = this.timeline.shown ?? this.timeline.last
    if (!entry) return this.#screen.say("Nothing to undo")
    this.#post(entry.item, { kind: "undo", labels: [], supersedes: entry.decision.id, seconds: 0 })
    this.timeline.remove(entry.decision.id)
    this.timeline.back = 0
    if (this.#waiting) this.supply.putBack(this.#waiting)
    this.supply.remove(entry.item.item)
    this.#waiting = entry.item
    this.#screen.say("Undone")
    this.show()
  }

  back() {
    if (this.timeline.step(1)) this.show()
    else this.#screen.say(this.timeline.length ? "This is the first one" : "Nothing decided yet")
  }

  forth() {
    if (this.timeline.step(-1)) this.show()
  }

  toPresent() {
    if (!this.timeline.back) return
    this.timeline.back = 0
    this.show()
  }

  lookAt(decisionId) {
    this.timeline.show(decisionId)
    this.show()
  }

  /** Put the item in question on screen; at once where its picture is decoded. */
  show() {
    this.#painted = this.broken = null
    const asked = ++this.#asked
    if (!this.timeline.back) this.#waiting ??= this.supply.take()
    const item = this.item
    this.chosen = new Set(this.timeline.shown?.decision.labels ?? proposedLabels(item))
    this.#screen.render()
    if (!item) return
    this.pictures.prepare([item.sha, ...this.supply.peek(AHEAD).map(({ sha }) => sha)])
    const image = this.pictures.ready(item.sha)
    if (image) this.#paint(asked, item, image)
    else this.#load(asked, item)
  }

  async #load(asked, item) {
    try {
      const image = await this.pictures.get(item.sha)
      if (asked === this.#asked) this.#paint(asked, item, image)
    } catch {
      if (asked !== this.#asked) return
      this.broken = item
      this.#screen.render()
      setTimeout(() => asked === this.#asked && this.#load(asked, item), RELOAD_MS)
    }
  }

  async #paint(asked, item, image) {
    if (this.broken) {
      this.broken = null
      this.#screen.render()
    }
    await this.#screen.show(item, image)
    if (asked !== this.#asked) return
    this.#painted = item
    this.#stopwatch.restart()
  }

  #decide(kind, labels) {
    const item = this.#painted ?? (kind === "skip" ? this.broken : null)
    if (!item) return
    const seconds = this.#stopwatch.seconds
    const supersedes = this.timeline.shown?.decision.id ?? null
    const decision = this.#post(item, { kind, labels, supersedes, seconds })
    this.timeline.add(item, decision)
    if (this.timeline.back) this.timeline.step(-1)
    else {
      this.supply.notePace(seconds)
      this.#waiting = null
    }
    this.show()
  }

  #post(item, { kind, labels, supersedes, seconds }) {
    const { item: id, reason, state, ...shown } = item
    const decision = {
      id: uuid7(),
      item: id,
      kind,
      labels,
      revision: item.revision,
      view: "single",
      shown_proposal: item.proposal,
      seconds,
      supersedes,
      reason: null,
      shown,
    }
    this.outbox.add(decision)
    return decision
  }

  #held() {
    const held = this.outbox.heldItems()
    if (this.#waiting) held.add(this.#waiting.item)
    return held
  }

  #sent({ counts, settled }) {
    if (counts) this.counts = counts
    if (settled) this.supply?.stir()
    this.#screen.render()
  }

  #supplied(answer) {
    if (answer) {
      this.mode = answer.mode
      this.classes = answer.classes
      this.counts = answer.counts
      this.prelabeled = answer.prelabeled
    }
    if (!this.#waiting && !this.timeline.back && this.supply.length) this.show()
    else this.#screen.render()
    this.pictures.prepare(this.supply.peek(AHEAD).map(({ sha }) => sha))
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

/** The labels that are marked from the start where a picture has several. */
function proposedLabels(item) {
  return (item?.proposals ?? []).filter(({ score }) => score >= CHOSEN_FROM).map(({ label }) => label)
}
