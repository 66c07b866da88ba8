// From what somebody dropped or chose to a list of files with unique relative names.

const JUNK = /^(\..*|__MACOSX|Thumbs\.db|desktop\.ini)$/i

export class FileList {
  #byName = new Map() // name → { name, file }
  /** Files left out: hidden ones and what operating systems leave lying about. */
  left = 0

  get files() {
    return [...this.#byName.values()]
  }

  get size() {
    return this.#byName.size
  }

  get bytes() {
    return this.files.reduce((sum, { file }) => sum + file.size, 0)
  }

  /** Add a file; the same one again adds nothing, another one of that name gets a number. */
  add(name, file) {
    if (name.split("/").some((part) => JUNK.test(part))) return void this.left++
    for (let number = 1; ; number++) {
      const free = number === 1 ? name : name.replace(/(\.[^./]*)?$/, ` (${number})$1`)
      const there = this.#byName.get(free)
      if (there && !isSame(there.file, file)) continue
      if (!there) this.#byName.set(free, { name: free, file })
      return
    }
  }

  /** Add the files of an <input>; a chosen folder gives its paths. */
  addChosen(chosen) {
    for (const file of chosen) this.add(file.webkitRelativePath || file.name, file)
  }

  /** Add what was dropped, folders with everything below them. */
  async addDropped(transfer) {
    const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean)
    const loose = entries.length ? [] : [...transfer.files]
    for (const file of loose) this.add(file.name, file)
    for (const entry of entries) await this.#walk(entry)
  }

  async #walk(entry) {
    if (entry.isFile) {
      const file = await new Promise((resolve, reject) => entry.file(resolve, reject))
      return this.add(entry.fullPath.replace(/^\//, ""), file)
    }
    const reader = entry.createReader()
    for (;;) {
      // A reader gives at most a hundred entries at a time, and none at the end.
      const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject))
      if (!some.length) return
      for (const child of some) await this.#walk(child)
    }
  }
}

function isSame(one, other) {
  return one.size === other.size && one.lastModified === other.lastModified
}
