// Building elements. Every text goes in as text: class names and file names are never markup.

export const TINY = 64 // px: smaller pictures are shown pixel by pixel

/** Make an element: h("p", { class: "note", onclick: f, hidden: true }, "text", child, …). */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value)
    else element.setAttribute(name, value === true ? "" : String(value))
  }
  element.append(...present(children))
  return element
}

/** Replace all children. */
export function fill(element, ...children) {
  element.replaceChildren(...present(children))
}

function present(children) {
  return children.flat().filter((child) => child !== null && child !== undefined)
}

const drawn = new WeakMap()

/**
 * Replace all children by what `build` makes, if `state` differs from the last time. What is
 * replaced between the press and the release of the mouse loses its click.
 */
export function redraw(element, state, build) {
  const key = JSON.stringify(state)
  if (drawn.get(element) === key) return
  drawn.set(element, key)
  fill(element, build())
}

/** A key as it is printed on the keyboard, on the button that it presses; `spoken` where it tells something of its own. */
export function keycap(text, spoken = false) {
  return h("kbd", { class: "pl-key", "aria-hidden": spoken ? null : "true" }, text)
}

/**
 * The small picture of an item; nothing is to be seen where it can't be fetched.
 * @param {boolean | null} crisp whether its pixels are shown as they are; null: as its size tells
 */
export function thumbnail(sha, crisp = null) {
  return h("img", {
    class: crisp ? "pl-thumb pl-crisp" : "pl-thumb",
    src: `/media/thumb/${sha}`,
    alt: "",
    loading: "lazy",
    onload: ({ target }) => crisp ?? target.classList.toggle("pl-crisp", Math.max(target.naturalWidth, target.naturalHeight) < TINY),
    onerror: ({ target }) => (target.style.visibility = "hidden"),
  })
}

/** "1 picture", "1,204 pictures". */
export function counted(number, one, many = `${one}s`) {
  return `${number.toLocaleString("en")} ${number === 1 ? one : many}`
}
