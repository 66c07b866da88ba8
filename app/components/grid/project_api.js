// What the grid asks the server about its project.

import { Api } from "../shared/api.js"

const WHOLE = 1_000 // decisions an act has at most
const MOST_IN_ADDRESS = 100 // ids; more of them travel in a body

export class ProjectApi {
  #api
  #project

  constructor({ user, project }) {
    this.#api = new Api(user)
    this.#project = project
  }

  /** Ask for the token that the first pack will need, ahead of time. */
  prepare() {
    this.#api.token().catch(() => null)
  }

  get(path, query = {}) {
    return this.#api.get(path, { project: this.#project, ...query })
  }

  /** The thumbnails of pictures in one binary answer. */
  pack(shas) {
    return this.#api.bytes("/api/pack", { shas, size: "thumb" })
  }

  /** A page; what is held travels in the body where it is too much for an address. */
  page(query, held) {
    if (held.length <= MOST_IN_ADDRESS) return this.get("/api/grid", { ...query, held: held.join(",") })
    return this.#send("POST", "/api/grid", { ...query, held })
  }

  decide(decisions) {
    return this.#send("POST", "/api/decisions", { decisions })
  }

  /** The person's own newest decisions, newest first. */
  async history(limit) {
    return (await this.get("/api/history", { limit })).decisions
  }

  /** All decisions of one act, newest first. */
  async act(act) {
    return (await this.get("/api/history", { act, limit: WHOLE })).decisions
  }

  saveKeys(value) {
    return this.#send("PUT", "/api/preferences", { name: "keys", value })
  }

  /** Return what the tab was offered, but for what it still holds. */
  release(client, held) {
    return this.#api.sendLast("/api/leases/release", { project: this.#project, client, held })
  }

  #send(method, path, body) {
    return this.#api.send(method, path, { project: this.#project, ...body })
  }
}
