// Many thumbnails in one answer (POST /api/pack): "PLP1", a count, then for each picture whether
// it is there, its type, its length and its bytes, little-endian.

const TYPES = ["image/webp", "image/png", "image/jpeg", "image/gif", "image/bmp", "image/avif"]
const MAGIC = 0x31504c50 // "PLP1"

/**
 * The pictures of a pack, in its order.
 * @param {ArrayBuffer} buffer
 * @returns {(Blob | null)[]} null where the server had no picture
 */
export function unpack(buffer) {
  const view = new DataView(buffer)
  if (view.getUint32(0, true) !== MAGIC) throw new Error("This is no pack of pictures")
  const blobs = []
  let at = 8
  for (let left = view.getUint32(4, true); left > 0; left--) {
    const [ok, type, length] = [view.getUint8(at), view.getUint8(at + 1), view.getUint32(at + 2, true)]
    at += 6
    blobs.push(ok ? new Blob([new Uint8Array(buffer, at, length)], { type: TYPES[type] }) : null)
    at += length
  }
  return blobs
}

/** Addresses of thumbnails, made once for a page and given back when it leaves. */
export class Thumbs {
  #urls = new Map()

  /** @param {string[]} shas @param {(Blob | null)[]} blobs in the same order */
  constructor(shas, blobs) {
    blobs.forEach((blob, index) => blob && this.#urls.set(shas[index], URL.createObjectURL(blob)))
  }

  /** The address of a thumbnail; one that was not in the pack is fetched by itself. */
  url(sha) {
    return this.#urls.get(sha) ?? new URL(`/media/thumb/${sha}`, document.baseURI).href
  }

  release() {
    for (const url of this.#urls.values()) URL.revokeObjectURL(url)
    this.#urls.clear()
  }
}
