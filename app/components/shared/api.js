// Calls to our own routes. Every failure has a kind, because the callers act on it:
//   away     no answer: the server or the network is down; try again
//   busy     the server can't now (5xx, 429); try again
//   ended    the session is over or belongs to somebody else; only a reload helps
//   refused  the request itself is at fault (4xx); the same again would fail again

const TIMEOUT_MS = 20_000

export class ApiError extends Error {
  constructor(kind, what, fix = null, status = 0) {
    super(what)
    this.kind = kind
    this.fix = fix
    this.status = status
  }
}

export class Api {
  #user
  #token = null

  /** @param {string} user id of the person this page was drawn for */
  constructor(user) {
    this.#user = user
  }

  async get(path, query = {}) {
    const address = new URL(path, document.baseURI)
    for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value)
    return this.#answer(await request(address, {}))
  }

  async send(method, path, body) {
    return this.#answer(await this.#withToken(path, method, body))
  }

  /** Send JSON and take the bytes of the answer. */
  async bytes(path, body) {
    const response = await this.#withToken(path, "POST", body)
    if (!response.ok) return this.#answer(response)
    return response.arrayBuffer().catch(() => {
      throw new ApiError("away", "The answer of the server broke off")
    })
  }

  /**
   * Send JSON that goes out even when the page is closed right after. Resolves once there is an
   * answer, whatever it says, or none is to be had.
   */
  async sendLast(path, body) {
    if (!this.#token) return
    const headers = { "content-type": "application/json", "x-prelabel-token": this.#token }
    const options = { method: "POST", body: JSON.stringify(body), headers, credentials: "same-origin", keepalive: true }
    await fetch(new URL(path, document.baseURI), options).catch(() => {})
  }

  /** The token that requests which change something must carry. */
  async token() {
    this.#token ??= await this.#newToken()
    return this.#token
  }

  /** Ask for a new token the next time: the old one was refused. */
  forgetToken() {
    this.#token = null
  }

  async #withToken(path, method, body) {
    const options = { method, body: JSON.stringify(body) }
    for (const attempt of [1, 2]) {
      options.headers = { "content-type": "application/json", "x-prelabel-token": await this.token() }
      const response = await request(new URL(path, document.baseURI), options)
      if (response.status !== 403 || attempt === 2) return response
      this.forgetToken() // the cookie changed under us: one new token, one more try
    }
  }

  async #newToken() {
    const session = await this.get("/api/session")
    if (session.user !== this.#user) {
      throw new ApiError("ended", "Somebody else is logged in in this browser", "Reload the page.", 401)
    }
    return session.token
  }

  async #answer(response) {
    const body = await response.json().catch(() => null)
    if (response.ok && body !== null) return body
    throw errorOf(response.status, body)
  }
}

/** The error in an answer that is none of 2xx. */
export function errorOf(status, body) {
  const { what, fix } = body?.error ?? { what: `The server answered ${status}` }
  return new ApiError(kindOf(status), what, fix, status)
}

function kindOf(status) {
  if (status === 401 || status === 403) return "ended"
  if (status === 429 || status === 409 || status >= 500 || status < 400) return "busy"
  return "refused"
}

async function request(address, options) {
  try {
    return await fetch(address, {
      ...options,
      credentials: "same-origin",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
  } catch {
    throw new ApiError("away", "The server does not answer")
  }
}
