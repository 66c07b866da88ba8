// Sends files one by one, a few at a time, and goes on after any failure with what is missing.

import { Api, ApiError, errorOf } from "../shared/api.js"
import { backoff } from "../shared/backoff.js"

const AT_ONCE = 4
const LONGEST_DELAY_MS = 10_000

export class Uploader {
  #api
  #project
  #key
  #onChange
  #running = new Map() // name → XMLHttpRequest
  #stopped = true

  /** idle, sending, waiting (for the server), stopped (by a failure or a reload), done */
  state = "idle"
  problem = null
  arrived = new Map() // name → bytes
  refused = [] // { name, why }: the rest goes on without them
  inFlight = new Map() // name → bytes sent so far

  /** The token of a file of labels that goes with the pictures, null without one. */
  labels = null

  constructor({ project, user, labels }, onChange) {
    this.#api = new Api(user)
    this.#project = project
    this.labels = labels
    this.#onChange = onChange
    this.#key = `prelabel/${encodeURIComponent(user)}/${encodeURIComponent(project)}/upload`
  }

  get id() {
    return localStorage.getItem(this.#key)
  }

  /** Look whether an earlier upload was interrupted. */
  async recall() {
    if (!this.id) return
    await this.#askWhatArrived()
    if (this.arrived.size) this.#become("stopped")
  }

  /** Send what is not there yet, then start the import; returns its job, null when stopped. */
  async send(files) {
    if (!this.#stopped) return null
    this.#stopped = false
    this.refused = []
    if (!this.id) localStorage.setItem(this.#key, crypto.getRandomValues(new Uint32Array(4)).join("-"))
    this.#become("sending")
    try {
      await this.#untilAnswered(() => this.#askWhatArrived())
      const queue = files.values() // one iterator, so that no two lanes take the same file
      await Promise.all(Array.from({ length: AT_ONCE }, () => this.#sendFrom(queue)))
      return this.#stopped ? null : await this.finish()
    } catch (error) {
      this.#halt()
      if (error.name !== "AbortError") this.#become("stopped", error)
      return null
    }
  }

  /** Start the import of what has arrived. */
  async finish() {
    const path = `/api/upload/${this.id}/done`
    const body = { project: this.#project, files: this.arrived.size, labels: this.labels }
    const { job } = await this.#untilAnswered(() => this.#api.send("POST", path, body))
    localStorage.removeItem(this.#key)
    this.#halt()
    this.#become("done")
    return job
  }

  /** Stop; what has arrived stays for another try. */
  stop() {
    this.#halt()
    this.#become("stopped")
  }

  /** Throw away what has arrived, where the server can be reached, and begin anew. */
  async discard() {
    this.#halt()
    if (this.id) await this.#api.send("DELETE", `/api/upload/${this.id}`, {}).catch(() => {})
    localStorage.removeItem(this.#key)
    this.arrived.clear()
    this.refused = []
    this.#become("idle")
  }

  #become(state, problem = null) {
    this.state = state
    this.problem = problem
    this.#onChange()
  }

  #halt() {
    this.#stopped = true
    for (const request of this.#running.values()) request.abort()
    this.#running.clear()
    this.inFlight.clear()
  }

  async #askWhatArrived() {
    const { files } = await this.#api.get(`/api/upload/${this.id}`)
    this.arrived = new Map(Object.entries(files))
    this.#onChange()
  }

  async #sendFrom(queue) {
    for (const next of queue) {
      if (this.#stopped) return
      if (this.arrived.get(next.name) === next.file.size) continue
      this.inFlight.set(next.name, 0)
      try {
        await this.#untilAnswered(() => this.#sendOne(next))
        this.arrived.set(next.name, next.file.size)
      } catch (error) {
        if (error.kind !== "refused") throw error
        this.refused.push({ name: next.name, why: error.message })
      }
      this.inFlight.delete(next.name)
      this.#onChange()
    }
  }

  /** Try again while the server is away; any other failure is the caller's. */
  async #untilAnswered(attempt) {
    for (let failures = 0; ; failures++) {
      try {
        const answer = await attempt()
        if (this.state === "waiting") this.#become("sending")
        return answer
      } catch (error) {
        if (this.#stopped || !(error instanceof ApiError) || !isPassing(error)) throw error
        this.#become("waiting", error)
        await new Promise((resolve) => setTimeout(resolve, backoff(failures, LONGEST_DELAY_MS)))
      }
    }
  }

  async #sendOne({ name, file }) {
    const token = await this.#api.token()
    const path = `/api/upload/${this.id}/${name.split("/").map(encodeURIComponent).join("/")}`
    const request = new XMLHttpRequest() // fetch tells nothing about the bytes sent so far
    this.#running.set(name, request)
    try {
      await put(request, new URL(path, document.baseURI), file, token, (bytes) => {
        this.inFlight.set(name, bytes)
        this.#onChange()
      })
    } catch (error) {
      if (error.status === 403) this.#api.forgetToken()
      throw error
    } finally {
      this.#running.delete(name)
    }
  }
}

/** A new token or a server that is back will do; a full disk or a foreign session will not. */
function isPassing({ kind, status }) {
  return kind === "away" || status === 403 || (kind === "busy" && status !== 409)
}

function put(request, address, file, token, onProgress) {
  return new Promise((resolve, reject) => {
    request.open("PUT", address)
    request.setRequestHeader("x-prelabel-token", token)
    request.responseType = "json"
    request.upload.onprogress = ({ loaded }) => onProgress(loaded)
    request.onerror = () => reject(new ApiError("away", "The server does not answer"))
    request.onabort = () => reject(new DOMException("stopped", "AbortError"))
    request.onload = () =>
      request.status === 200 ? resolve() : reject(errorOf(request.status, request.response))
    request.send(file)
  })
}
