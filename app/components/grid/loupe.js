// The picture under the pointer, large, while the key is down or the finger stays.

import { fill, h } from "../shared/dom.js"
import { Pictures, isTiny, LARGEST_CRISP_SCALE } from "../shared/pictures.js"

const FEW = 3

export class Loupe {
  #pictures = new Pictures()
  #asked = null

  element = h("div", { class: "pl-loupe", "data-testid": "loupe", role: "img", hidden: true })

  get open() {
    return !this.element.hidden
  }

  async show(tile) {
    if (this.#asked === tile) return
    this.#asked = tile
    const image = this.#pictures.ready(tile.sha) ?? (await this.#pictures.get(tile.sha).catch(() => null))
    if (this.#asked !== tile) return
    this.element.setAttribute("aria-label", `Picture ${tile.source ?? tile.sha.slice(0, 8)}, large`)
    fill(this.element, image ? fitted(image) : h("p", {}, "This picture can't be shown"), caption(tile))
    this.element.hidden = false
  }

  hide() {
    this.#asked = null
    this.element.hidden = true
  }
}

function fitted(image) {
  const { naturalWidth: width, naturalHeight: height } = image
  const tiny = isTiny({ width, height })
  const scale = Math.min((innerWidth * 0.6) / width, (innerHeight * 0.6) / height, tiny ? LARGEST_CRISP_SCALE : Infinity)
  image.alt = ""
  image.classList.toggle("pl-crisp", tiny)
  image.style.width = `${Math.round(width * scale)}px`
  image.style.height = `${Math.round(height * scale)}px`
  return image
}

function caption({ source, proposals = [], score, of, width, height }) {
  const best = proposals.slice(0, FEW).map((one) => `${one.label} ${one.score.toFixed(2)}`)
  return h(
    "p",
    { class: "pl-loupe-text" },
    h("span", {}, best.length ? best.join(" · ") : `score ${score.toFixed(2)}`),
    h("span", { class: "pl-quiet" }, [source?.split("/").at(-1), of ? "in a stack" : `${width} × ${height}`].filter(Boolean).join(" · ")),
  )
}
