// Pictures decoded ahead, so that the next one is painted in the frame after the key.

import { TINY } from "./dom.js"

export const LARGEST_CRISP_SCALE = 16 // of a tiny picture
const POOL = 12

/** Whether a picture is so small that its pixels are shown as they are, not smoothed. */
export function isTiny({ width, height }) {
  return Math.max(width, height) < TINY
}

export class Pictures {
  #pool = new Map() // sha → { image, decoded: Promise, ready: boolean }, oldest use first

  /** The decoded picture if it is here, else null. */
  ready(sha) {
    const entry = this.#pool.get(sha)
    return entry?.ready ? entry.image : null
  }

  /** The picture, decoded. Rejects where it can't be loaded; the next call tries again. */
  async get(sha) {
    const entry = this.#load(sha)
    try {
      await entry.decoded
    } catch (error) {
      this.#pool.delete(sha)
      throw error
    }
    return entry.image
  }

  /** Load what comes next, nearest first; what was used longest ago makes room. */
  prepare(shas) {
    for (const sha of shas.slice(0, POOL - 2).reverse()) {
      this.#load(sha).decoded.catch(() => this.#pool.delete(sha))
    }
    for (const sha of [...this.#pool.keys()].slice(0, Math.max(0, this.#pool.size - POOL))) {
      if (!this.#pool.get(sha).image.isConnected) this.#pool.delete(sha)
    }
  }

  #load(sha) {
    const entry = this.#pool.get(sha) ?? start(sha)
    this.#pool.delete(sha)
    this.#pool.set(sha, entry)
    return entry
  }
}

function start(sha) {
  const image = new Image()
  image.decoding = "sync"
  image.draggable = false
  image.src = new URL(`/media/screen/${sha}`, document.baseURI).href
  const entry = { image, ready: false }
  entry.decoded = image.decode().then(() => (entry.ready = true))
  return entry
}
