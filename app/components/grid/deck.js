// The pages of the grid: which class is shown, in which order, and which page is on screen.

import { LIMITS, remember, remembered } from "./choices.js"
import { Thumbs, unpack } from "./pack.js"
import { NONE, Page, decidedBy, itemOf, labelOf, picturesOf, questionOf, waitingIn } from "./page.js"
import { Sheet } from "./sheet.js"
import { Shelf } from "./shelf.js"

export class Deck {
  #client
  #busyItems
  #isSettled
  #display
  #onChange
  #shelf
  #loaded = null // { page, sheet } on screen
  #aside = new Set() // items left out on earlier pages of this class
  #turn = 0
  #told = null // { counts, at }: what the server last answered to decisions
  #counted = [] // what was counted since the newest answer was asked for
  #room // pictures that the page asked for must have room for

  choices = remembered()
  /** The newest answer of GET /api/grid, null before the first. */
  answer = null
  /** Why there is no page (ApiError), null where there is one. */
  refusal = null
  /** Whether the thumbnails on screen are painted: nothing is decided before. */
  ready = false

  /**
   * @param {import("./project_api.js").ProjectApi} api
   * @param {string | null} label the class to begin with, null: the one that most waits of
   * @param {number} pictures how many its page has at least, where there are so many
   * @param {() => string} client the name of this tab
   * @param {() => Set<string>} busyItems items with a decision under way, in any tab
   * @param {() => boolean} isSettled whether the server knows all that was done here, undone too
   * @param {(page, sheet) => Promise<boolean>} display show a page; whether it came to be painted
   * @param {() => void} onChange
   */
  constructor({ api, label, pictures = 0, client, busyItems, isSettled, display, onChange }) {
    this.label = label
    this.#room = pictures
    this.#client = client
    this.#busyItems = busyItems
    this.#isSettled = isSettled
    this.#display = display
    this.#onChange = onChange
    this.#shelf = new Shelf({
      api,
      held: () => this.#held(),
      make: (answer, pack, page) => this.#make(answer, pack, page),
      onChange,
    })
  }

  stop() {
    this.#turn++
    this.#shelf.stop()
    this.#shelf.drop()
  }

  get page() {
    return this.#loaded?.page ?? null
  }

  get sheet() {
    return this.#loaded?.sheet ?? null
  }

  get problem() {
    return this.#shelf.problem
  }

  /** How many items were left out on earlier pages. */
  get aside() {
    return this.#aside.size
  }

  /** The class with the most pictures waiting, other than the one shown; null where there is none. */
  get elsewhere() {
    const others = (this.answer?.labels ?? []).filter(({ label, waiting }) => waiting && label !== this.label)
    return others.sort((a, b) => b.waiting - a.waiting)[0]?.label ?? null
  }

  /** Show another class. */
  show(label) {
    this.label = label
    this.#room = 0
    return this.afresh()
  }

  /** Change order, number or size of the thumbnails. */
  like(choices) {
    if ("limit" in choices) this.#room = 0
    Object.assign(this.choices, choices)
    remember(this.choices)
    return "size" in choices ? this.#onChange() : this.afresh()
  }

  /** Begin the class again, with what was left out. */
  afresh() {
    this.#aside.clear()
    this.#shelf.drop()
    return this.next()
  }

  /** Go on; what was not decided on this page stays out of the grid until the class begins again. */
  leave() {
    const left = this.page?.tiles.filter(({ answer }) => !answer) ?? []
    for (const { item } of left.flatMap(picturesOf)) this.#aside.add(item)
    return this.next()
  }

  async next() {
    const turn = ++this.#turn
    const unseen = this.page?.tiles.some((tile) => tile.answer && waitingIn(tile).length)
    this.ready = false
    this.refusal = null
    this.#onChange()
    try {
      let loaded = await this.#shelf.take(this.#query)
      // fetched while this page still held what is in its unopened stacks
      if (unseen && !loaded.page.tiles.length) loaded = await this.#shelf.take(this.#query)
      if (turn !== this.#turn) return
      await this.#put(loaded, turn)
    } catch (error) {
      if (turn !== this.#turn) return
      if (!error.kind) throw error
      this.refusal = error
      this.#loaded = null
      this.#onChange()
    }
  }

  /** Show the page of an act that was taken back; the one on screen comes after it. */
  async bringBack(act) {
    const turn = ++this.#turn
    if (this.page?.tiles.length) this.#shelf.putBack(this.#query, this.#loaded)
    this.ready = false
    const page = act.page ?? this.#pageOf(act)
    if (page.label !== this.label) this.#aside.clear()
    this.label = page.label
    for (const item of page.items) this.#aside.delete(item)
    const loaded = await this.#shelf.revive({ ...this.answer, items: page.tiles }, page)
    if (turn === this.#turn) await this.#put(loaded, turn)
  }

  /** Fetch the page after this one, once the server knows all that was decided and counts right. */
  prepare() {
    if (!this.ready || !this.page.tiles.length || !this.#isSettled() || this.#busyItems().size) return
    this.#shelf.prepare(this.#query)
  }

  /** Count the pictures of some tiles on screen as decided before the server says so. */
  count(tiles) {
    const pictures = tiles.flatMap(decidedBy)
    if (!this.page.ofSeveral) return this.#count(this.label, pictures.length)
    for (const { labels } of pictures) this.#count(labelOf(labels), 1)
  }

  /** Count the pictures of an act that is taken back as waiting again. */
  uncount(act) {
    const { label, ofSeveral } = act.page ?? this.#pageOf(act)
    if (!ofSeveral) return this.#count(label, -act.done.length)
    for (const { proposal } of act.done) this.#count(proposal ?? NONE, -1)
  }

  /** Know the counts of the project that came with an answer to decisions. */
  tell(counts) {
    this.#told = { counts, at: performance.now() }
  }

  /** The newest counts of the project: a page that was asked for earlier has older ones. */
  get counts() {
    const told = this.#told?.at > (this.answer?.asked ?? 0) ? this.#told : this.answer
    return told?.counts ?? null
  }

  get several() {
    return this.answer?.mode === "multi"
  }

  /** Thumbnails on a page. */
  get limit() {
    const { limit } = this.choices
    return this.#room > limit ? (LIMITS.find((one) => one >= this.#room) ?? LIMITS.at(-1)) : limit
  }

  /** How many pictures wait for what is shown. */
  get waiting() {
    return this.answer?.labels.find(({ label }) => label === this.label)?.waiting ?? 0
  }

  #pageOf({ done }) {
    const items = done.map((one) => itemOf(one, this.several))
    return new Page(questionOf(items), items, this.answer?.revision)
  }

  get #query() {
    const { order } = this.choices
    const label = this.label === null ? {} : { label: this.label }
    return { ...label, order, limit: this.limit, client: this.#client() }
  }

  #held() {
    const here = this.ready ? this.page.tiles.flatMap(waitingIn) : []
    return [...here.map(({ item }) => item), ...this.#shelf.items, ...this.#aside, ...this.#busyItems()]
  }

  #count(label, pictures) {
    this.#counted.push({ label, pictures, at: performance.now() })
    this.#subtract(label, pictures)
  }

  #subtract(label, pictures) {
    const row = this.answer?.labels.find((one) => one.label === label)
    if (row) row.waiting = Math.max(0, row.waiting - pictures)
  }

  #make(answer, pack, known) {
    if (!known) {
      this.answer = { ...answer, items: undefined }
      this.#counted = this.#counted.filter(({ at }) => at > answer.asked)
      for (const { label, pictures } of this.#counted) this.#subtract(label, pictures)
    }
    const page = known ?? new Page(answer.label, answer.items, answer.revision)
    const thumbs = new Thumbs(page.tiles.map(({ sha }) => sha), pack ? unpack(pack) : [])
    return { page, sheet: new Sheet(page, thumbs) }
  }

  async #put(loaded, turn) {
    this.#loaded = loaded
    this.label = loaded.page.label
    const painted = await this.#display(loaded.page, loaded.sheet)
    if (!painted || turn !== this.#turn) return
    this.ready = true
    this.#onChange()
    this.prepare()
  }
}
