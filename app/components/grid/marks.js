// Marks survive a reload of the page: kept in this tab until they are decided.

const KEY = "prelabel/grid/marks"

export function keepMarks(project, tiles) {
  try {
    sessionStorage.setItem(`${KEY}/${project}`, JSON.stringify(tiles.map(({ item }) => item)))
  } catch {
    // a browser that keeps nothing
  }
}

/** Items that were marked before the reload. */
export function keptMarks(project) {
  try {
    return new Set(JSON.parse(sessionStorage.getItem(`${KEY}/${project}`)) ?? [])
  } catch {
    return new Set()
  }
}
