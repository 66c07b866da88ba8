// UUIDv7 (RFC 9562): ids made later sort later, also within one millisecond and when the clock
// steps back.

let lastTime = 0
let counter = 0

export function uuid7() {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  const now = Date.now()
  if (now > lastTime) {
    lastTime = now
    counter = ((bytes[6] & 0x07) << 8) | bytes[7] // starts in the lower half, room to count up
  } else if (++counter > 0xfff) {
    lastTime += 1
    counter = 0
  }
  const view = new DataView(bytes.buffer)
  view.setUint32(0, Math.floor(lastTime / 0x10000))
  view.setUint16(4, lastTime % 0x10000)
  view.setUint16(6, 0x7000 | counter)
  bytes[8] = 0x80 | (bytes[8] & 0x3f)
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5")
}
