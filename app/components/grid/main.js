// Entry of the component: the grid.

import { mounting } from "../shared/mount.js"
import { commandsOf } from "./commands.js"
import { Grid } from "./grid.js"
import { Screen } from "./screen.js"

export const mount = mounting("single", ({ project, user, label }, otherView, signal) => {
  const commands = {}
  const screen = new Screen(project, commands, otherView)
  const grid = new Grid({ project, user, label: label ?? null }, screen)
  Object.assign(commands, commandsOf(grid, screen))
  addEventListener("keyup", () => screen.loupe.hide(), { capture: true, signal })
  return {
    screen,
    model: grid,
    act: (key, repeated) => actOf(key, repeated, commands, grid),
    leave: () => grid.release(),
  }
})

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
