// The name of a browser tab. It survives a reload (sessionStorage) and belongs to one tab alone: a
// duplicated tab, which copies sessionStorage, finds the name's Web Lock taken and makes its own.
// Over plain HTTP there are no Web Locks; then every tab counts as dead, which costs a decision
// sent twice and nothing more.
// The other view of a page takes the name over as it is.

const KEY = "prelabel/tab"
const TRIES = 5
const TRY_EVERY_MS = 60
const HANDED_OVER_MS = 2_000 // that a name which was released stays with its page

let released = null // { name, unlock, timer }

/** @returns {Promise<{ name: string, release: () => void }>} */
export async function claimTab() {
  const { name, unlock } = takeOver() ?? (await claim())
  return { name, release: () => letGo(name, unlock) }
}

function takeOver() {
  const mine = released
  released = null
  clearTimeout(mine?.timer)
  return mine
}

function letGo(name, unlock) {
  const timer = setTimeout(() => {
    released = null
    unlock()
  }, HANDED_OVER_MS)
  released = { name, unlock, timer }
}

async function claim() {
  const earlier = remembered()
  // The page before a reload may hold the lock for a moment longer.
  for (let attempt = 0; earlier && attempt < TRIES; attempt++) {
    const unlock = await hold(earlier)
    if (unlock) return { name: earlier, unlock }
    await new Promise((resolve) => setTimeout(resolve, TRY_EVERY_MS))
  }
  const name = crypto.getRandomValues(new Uint32Array(2)).join("-")
  remember(name)
  return { name, unlock: await hold(name) }
}

export function lockName(tab) {
  return `prelabel-tab-${tab}`
}

/** The locks of all tabs that are open. */
export async function livingTabs() {
  const { held = [] } = (await navigator.locks?.query()) ?? {}
  return new Set(held.map(({ name }) => name))
}

/** Take a tab's lock until it is released; null where another tab has it. */
function hold(tab) {
  if (!navigator.locks) return () => {}
  return new Promise((resolve) => {
    navigator.locks.request(lockName(tab), { ifAvailable: true }, (lock) => {
      if (!lock) return resolve(null)
      return new Promise((release) => resolve(release))
    })
  })
}

function remembered() {
  try {
    return sessionStorage.getItem(KEY)
  } catch {
    return null
  }
}

function remember(name) {
  try {
    sessionStorage.setItem(KEY, name)
  } catch {
    // without it the tab has a new name after a reload
  }
}
