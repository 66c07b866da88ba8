// How somebody likes the grid: remembered in this browser.

const KEY = "prelabel/grid"
export const LIMITS = [24, 48, 60, 100, 120, 180, 200, 240]
export const SIZES = { s: "Small", m: "Medium", l: "Large" }
export const ORDERS = { certain: "Most certain first", suspicious: "Most suspicious first" }
const USUAL = { order: "certain", limit: 60, size: "m" }

/** What is remembered, with what is usual for the rest. */
export function remembered() {
  const kept = read() ?? {}
  return {
    order: kept.order in ORDERS ? kept.order : USUAL.order,
    limit: LIMITS.includes(kept.limit) ? kept.limit : USUAL.limit,
    size: kept.size in SIZES ? kept.size : USUAL.size,
  }
}

export function remember(choices) {
  try {
    localStorage.setItem(KEY, JSON.stringify(choices))
  } catch {
    // a browser that keeps nothing: the usual ones the next time
  }
}

function read() {
  try {
    return JSON.parse(localStorage.getItem(KEY))
  } catch {
    return null
  }
}
