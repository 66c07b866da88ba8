// Many thumbnails in one answer (POST /api/pack): "PLP1", a count, then for each picture whether
// it is there, its type, its length and its bytes, little-endian.

const TYPES = ["image/webp", "image/png", "image/jpeg", "image/gif", "image/bmp", "image/avif"]
const AT_ONCE = 8_192 // bytes: arguments of one call
const MAGIC = 0x31504c50 // "PLP1"

/**
 * The pictures of a pack, in its order, as addresses that hold the picture itself: that of a Blob is
 * looked up in another process, which takes twice as long until 240 are painted.
 * @param {ArrayBuffer} buffer
 * @returns {(string | null)[]} null where the server had no picture
 */
export function unpack(buffer) {
  const view = new DataView(buffer)
  if (view.getUint32(0, true) !== MAGIC) throw new Error("This is no pack of pictures")
  const addresses = []
  let at = 8
  for (let left = view.getUint32(4, true); left > 0; left--) {
    const [ok, type, length] = [view.getUint8(at), view.getUint8(at + 1), view.getUint32(at + 2, true)]
    at += 6
    addresses.push(ok ? `data:${TYPES[type]};base64,${base64(new Uint8Array(buffer, at, length))}` : null)
    at += length
  }
  return addresses
}

/** The addresses of the thumbnails of a page. */
export class Thumbs {
  #packed

  /** @param {string[]} shas @param {(string | null)[]} addresses in the same order */
  constructor(shas, addresses) {
    this.#packed = new Map(addresses.map((address, index) => [shas[index], address]))
  }

  /** The address of a thumbnail; one that was not in the pack is fetched by itself. */
  url(sha) {
    return this.#packed.get(sha) ?? new URL(`/media/thumb/${sha}`, document.baseURI).href
  }
}

function base64(bytes) {
  if (bytes.toBase64) return bytes.toBase64()
  let text = ""
  for (let at = 0; at < bytes.length; at += AT_ONCE) {
    text += String.fromCharCode(...bytes.subarray(at, at + AT_ONCE))
  }
  return btoa(text)
}
