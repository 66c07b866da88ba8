// The picture, fitted and crisp, its zoom, and the lines that say what it is and why it is here.

import { h, redraw, thumbnail } from "../shared/dom.js"
import { painted } from "../shared/frames.js"
import { isTiny, LARGEST_CRISP_SCALE } from "../shared/pictures.js"
import { Gestures } from "./gestures.js"
import { Light } from "./light.js"
import { Tools } from "./tools.js"
import { Zoom } from "./zoom.js"

const MARKS = ["testid", "sha", "item", "proposal"]
const MARGIN = 16 // px
const LARGEST_SCALE = 4
const SCREEN_EDGE = 1280 // px, of the pictures that the server makes for the screen

export class Stage {
  #frame = h("div", { class: "pl-frame" })
  #notice = h("div", { class: "pl-notice", hidden: true })
  #banner = h("div", { class: "pl-banners" })
  #path = h("bdi", { dir: "ltr" })
  #source = h("span", { class: "pl-source" }, this.#path)
  #size = h("span", { class: "pl-size" })
  #reason = h("span", { class: "pl-reason", "data-testid": "reason" })
  #shown = null
  #original = null // { sha, image } of the picture in all its pixels, once somebody has zoomed
  #room = { width: 0, height: 0 }
  #sizes = new ResizeObserver(([entry]) => this.#resize(entry.contentRect))
  #tools
  zoom = new Zoom(() => this.#place())
  light = new Light(this.#frame, () => this.#tools.render(this.zoom, this.light))

  /** @param commands the reviewer's commands by name, as keys.js names them */
  constructor(commands) {
    this.#tools = new Tools(commands)
    new Gestures(this.#frame, this.zoom, (direction) => commands[direction === "right" ? "back" : "forth"]())
    this.element = h(
      "section",
      { class: "pl-stage", "aria-label": "Picture" },
      this.#banner,
      this.#frame,
      this.#notice,
      h(
        "div",
        { class: "pl-foot" },
        this.light.element,
        h("p", { class: "pl-caption" }, this.#reason, h("span", { class: "pl-origin" }, this.#source, this.#size)),
        this.#tools.element,
      ),
    )
    this.#sizes.observe(this.#frame)
  }

  stop() {
    this.#sizes.disconnect()
  }

  /** Show the keys on the buttons as they are now. */
  useKeys(keymap) {
    this.#tools.useKeys(keymap)
    this.#tools.render(this.zoom, this.light)
  }

  /**
   * Put a decoded picture on screen; resolves once a frame with it has been painted. Only then do
   * the attributes move over, so that whoever reads them reads what is really to be seen.
   */
  async show(item, image) {
    const before = this.#shown
    image.alt = `Picture ${item.source ?? item.sha.slice(0, 8)}`
    image.classList.toggle("pl-crisp", isTiny(item))
    this.#shown = { item, image }
    if (before?.item.item !== item.item) this.zoom.begin()
    this.#fit()
    this.#frame.prepend(image)
    if (before && before.image !== image) before.image.classList.add("pl-leaving")
    image.classList.remove("pl-leaving")
    this.#dropOriginal(item.sha)
    this.#place()
    await painted()
    if (this.#shown?.image !== image) return
    this.#mark(item, image)
  }

  /** Show no picture: the reason stands in its place. */
  clear() {
    this.#shown = null
    this.#dropOriginal(null)
    this.#keepOnly(null)
  }

  /** Say something in the place of the picture: `build` makes it whenever `state` changes. */
  notice(state, build) {
    this.#frame.hidden = true
    this.#notice.hidden = false
    redraw(this.#notice, state, build)
  }

  /** Give the place back to the picture. */
  unnotice() {
    this.#frame.hidden = false
    this.#notice.hidden = true
  }

  /** @param {object[]} banners lines above the picture: { text, testid?, link? } */
  describe(item, banners) {
    say(this.#size, item ? `${item.width} × ${item.height}` : "")
    say(this.#path, item?.source?.split("/").slice(-2).join("/") ?? "")
    if (this.#source.title !== (item?.source ?? "")) this.#source.title = item?.source ?? ""
    say(this.#reason, item?.reason ? `Shown because: ${item.reason}` : "")
    redraw(this.#banner, banners, () =>
      banners.map(({ text, sign, testid, shown = [], link }) =>
        h(
          "p",
          { class: "pl-banner", "data-testid": testid },
          sign ? h("span", { class: "pl-sign", "aria-hidden": "true" }, sign) : null,
          h("span", {}, text),
          link ? h("a", { href: link.href, onclick: link.follow }, link.text) : null,
          shown.length ? h("span", { class: "pl-glance" }, shown.map(glance)) : null,
        ),
      ),
    )
  }

  #mark(item, image) {
    this.#keepOnly(image)
    image.dataset.testid = "review-image"
    image.dataset.sha = item.sha
    image.dataset.item = item.item
    image.dataset.proposal = item.none_proposed ? "none_of_these" : (item.proposal ?? "")
  }

  /** Take out the others; they go back to the pool without the marks of a picture on screen. */
  #keepOnly(image) {
    for (const other of [...this.#frame.children]) {
      if (other === image || other === this.#original?.image) continue
      for (const mark of MARKS) delete other.dataset[mark]
      other.style.transform = ""
      other.remove()
    }
  }

  #resize({ width, height }) {
    this.#room = { width, height }
    this.#fit()
    this.#place()
  }

  #fit() {
    if (!this.#shown) return
    const { item, image } = this.#shown
    if (!this.#room.width) this.#room = this.#frame.getBoundingClientRect()
    const { width, height } = this.#room
    const largest = image.classList.contains("pl-crisp") ? LARGEST_CRISP_SCALE : LARGEST_SCALE
    const scale = Math.min((width - 2 * MARGIN) / item.width, (height - 2 * MARGIN) / item.height, largest)
    if (!(scale > 0)) return
    const size = {
      width: Math.max(1, Math.floor(item.width * scale)),
      height: Math.max(1, Math.floor(item.height * scale)),
    }
    image.style.width = `${size.width}px`
    image.style.height = `${size.height}px`
    this.zoom.fit(size, this.#room, 1 / scale)
  }

  /** Draw the picture where zoom and pan have it. */
  #place() {
    this.#tools.render(this.zoom, this.light)
    this.#frame.classList.toggle("pl-zoomed", this.zoom.on)
    if (!this.#shown) return
    const { image } = this.#shown
    const { transform } = this.zoom
    if (image.style.transform !== transform) image.style.transform = transform
    if (this.zoom.on) this.#showOriginal()
    const original = this.#original?.image
    if (!original) return
    original.style.cssText = image.style.cssText
  }

  /** Lay all pixels of the picture over the smaller one, as soon as they are here. */
  async #showOriginal() {
    const { item } = this.#shown
    if (Math.max(item.width, item.height) <= SCREEN_EDGE || this.#original?.sha === item.sha) return
    const image = h("img", { class: "pl-original", alt: "", "aria-hidden": "true", draggable: "false" })
    this.#original = { sha: item.sha, image }
    image.src = new URL(`/media/original/${item.sha}`, document.baseURI).href
    try {
      await image.decode()
    } catch {
      return // a format that this browser can't show: the smaller picture stays
    }
    if (this.#original?.image !== image) return
    image.style.cssText = this.#shown.image.style.cssText
    this.#frame.append(image)
  }

  #dropOriginal(sha) {
    if (!this.#original || this.#original.sha === sha) return
    this.#original.image.remove()
    this.#original = null
  }
}

/** A small picture with what is proposed for it. */
function glance({ sha, label }) {
  return h("span", { class: "pl-glanced" }, thumbnail(sha), h("small", {}, label))
}

function say(element, text) {
  if (element.textContent !== text) element.textContent = text
}
