// The grid, put together.

import { commandsOf } from "./commands.js"
import { Grid } from "./grid.js"
import { Screen } from "./screen.js"

/**
 * @param {{ project: string, user: string, advised?: { label: string, pictures: number } }} config
 *   `advised` is the page to begin with, else that of the class in the address; once it is done
 *   with, the single view comes back
 * @returns a view for `shown` (shared/mount.js); `otherView` asks for the single view.
 */
export function build({ project, user, advised }, otherView, signal) {
  const commands = {}
  const screen = new Screen(project, commands, () => otherView())
  const first = advised ? { ...advised, back: otherView } : { label: labelInAddress() }
  const grid = new Grid({ project, user, ...first }, screen)
  Object.assign(commands, commandsOf(grid, screen))
  addEventListener("keyup", () => screen.loupe.hide(), { capture: true, signal })
  return {
    screen,
    model: grid,
    act: (key, repeated) => actOf(key, repeated, commands, grid),
    leave: () => grid.release(),
  }
}

function labelInAddress() {
  return new URL(location.href).searchParams.get("label")
}

/** What to do for a key, null where it is not ours; held down only moving goes on. */
function actOf(key, repeated, commands, grid) {
  const act = meaningOf(key, commands, grid)
  return act && repeated && !key.includes("Arrow") ? () => {} : act
}

function meaningOf(key, commands, { codes, keymap }) {
  if (key === "Escape") return commands.escape
  if (keymap.digitsWork && codes.takes(key)) return () => commands.type(key)
  codes.clear()
  const target = keymap.targetOf(key)
  if (target) return target.name ? () => commands[target.name]() : () => commands.label(target.label)
  const moved = key.startsWith("Shift+Arrow") ? keymap.targetOf(key.slice("Shift+".length)) : null
  return moved?.name ? () => commands[moved.name](true) : null
}
