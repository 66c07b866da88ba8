// Acts: decisions that were taken with one key, and are undone with one.

import { uuid7 } from "../shared/uuid7.js"
import { decidedBy, labelOf } from "./page.js"

export class Acts {
  #outbox
  #past = [] // acts that can be undone, oldest first

  /** @param {{ addAll(decisions: object[]): void }} outbox */
  constructor(outbox) {
    this.#outbox = outbox
  }

  get length() {
    return this.#past.length
  }

  get last() {
    return this.#past.at(-1) ?? null
  }

  /**
   * Decide all pictures that some tiles stand for in one act.
   * @param {object} page the page they are on
   * @param {object[]} tiles
   * @param {{ kind: string, labels?: (tile) => string[], word?: string, more?: object }} answer
   *   `kind` "label": confirm where that is proposed, correct where it is not; else a kind as the
   *   server knows it. `word`: what the tile says, where that is not the kind
   * @param {{ seconds: number, looked: number }} time for this act alone, and since the page was painted
   */
  decide(page, tiles, answer, { seconds, looked }) {
    const act = uuid7()
    const pictures = tiles.flatMap((tile) => decidedBy(tile).map((picture) => ({ tile, picture })))
    const each = Math.round((1000 * seconds) / pictures.length) / 1000
    const chosen = new Map(tiles.map((tile) => [tile, answer.labels?.(tile) ?? []]))
    const decisions = pictures.map(({ tile, picture }) => ({
      ...decisionOn(picture, tile, answer, chosen.get(tile)),
      page: page.ofSeveral ? page.label : null,
      act_id: act,
      seconds: each,
      looked,
    }))
    const before = tiles.map((tile) => ({ tile, answer: tile.answer }))
    const ids = new Map(decisions.map(({ item, id }) => [item, id]))
    for (const [tile, labels] of chosen) tile.answer = { kind: answer.word ?? answer.kind, labels, ids }
    this.#past.push({ act, page, before, done: decisions.map(doneOf) })
    this.#outbox.addAll(decisions)
    return decisions.length
  }

  /**
   * Make sure that all decisions of the last act are known.
   * @param {(act: string) => Promise<object[]>} fetch all decisions of an act, newest first
   */
  async fill(fetch) {
    const { last } = this
    if (!last || last.page) return
    const ours = new Set(last.done.map(({ id }) => id))
    const others = (await fetch(last.act)).filter(({ id, undone }) => !undone && !ours.has(id))
    last.done = [...others.reverse(), ...last.done]
  }

  /** Take the last act back, whole; the act, null where there is none. */
  undo() {
    const act = this.#past.pop()
    if (!act) return null
    const id = uuid7()
    this.#outbox.addAll(act.done.map((done) => undoOf(done, id)))
    for (const { tile, answer } of act.before) tile.answer = answer
    return act
  }

  /**
   * Know the acts of before the page was loaded.
   * @param {object[]} decisions the person's own, newest first (GET /api/history)
   * @param {object[]} unsent decisions still in the outbox, oldest first
   */
  restore(decisions, unsent) {
    const undone = new Set(unsent.filter(({ kind }) => kind === "undo").map(({ supersedes }) => supersedes))
    const kept = unsent.map(({ shown, ...decision }) => ({ ...shown, ...decision }))
    const known = new Set(kept.map(({ id }) => id))
    const log = [...[...decisions].reverse().filter(({ id }) => !known.has(id)), ...kept]
    const acts = new Map()
    for (const one of log) {
      if (one.kind === "undo" || one.undone || undone.has(one.id)) continue
      if (one.view !== "grid" && one.view !== "group") {
        acts.clear() // the last thing done was in the other view: undone there
        continue
      }
      const of = one.act_id ?? one.id
      acts.set(of, [...(acts.get(of) ?? []), one])
    }
    const earlier = [...acts].map(([act, all]) => ({ act, page: null, before: [], done: all }))
    this.#past = [...earlier, ...this.#past]
  }
}

/** The decision on one picture, without its act. */
function decisionOn(picture, tile, { kind, more = {} }, labels) {
  return {
    id: uuid7(),
    item: picture.item,
    kind: kind === "label" ? kindOf(labels, picture.labels) : kind,
    labels,
    revision: tile.revision,
    view: picture === tile ? "grid" : "group",
    run: picture.run ?? null,
    shown_proposal: picture.labels[0] ?? null,
    supersedes: supersededBy(picture, tile),
    reason: null,
    ...more,
    shown: shownOf(picture),
  }
}

function kindOf(labels, proposed) {
  if (!labels.length) return "none_of_these"
  return labelOf([...labels].sort()) === labelOf([...proposed].sort()) ? "confirm" : "correct"
}

/** The decision in force that a new answer replaces: one of our own, of this page. */
function supersededBy(picture, { answer }) {
  return answer?.kind === "label" ? (answer.ids.get(picture.item) ?? null) : null
}

function undoOf({ id, item, shown }, act) {
  return {
    id: uuid7(),
    act_id: act,
    item,
    kind: "undo",
    labels: [],
    view: "grid",
    supersedes: id,
    seconds: 0,
    reason: null,
    shown,
  }
}

/** What an act remembers of a decision: enough to undo it and to show its picture again. */
function doneOf({ id, item, shown }) {
  return { ...shown, id, item, shown }
}

/** What the outbox keeps of a picture, for the lists of this page. */
function shownOf({ sha, width, height, source, proposals, labels, score }) {
  return { sha, width, height, source, proposals: proposals ?? [], proposal: labels[0] ?? null, none_proposed: !labels.length, score }
}
