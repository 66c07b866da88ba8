// The single view, put together.

import { commandsOf } from "./commands.js"
import { Reviewer } from "./reviewer.js"
import { Screen } from "./screen.js"
import { Strokes } from "./strokes.js"

/**
 * @param {{ project: string, user: string, said?: string }} config `said`: by the grid as it gave way
 * @returns a view for `shown` (shared/mount.js); `otherView` asks for the grid, with the page that
 *   is advised where one is named: { advised: { label, pictures } }
 */
export function build({ project, user, said }, otherView) {
  const commands = {}
  const screen = new Screen(project, commands, otherView)
  const reviewer = new Reviewer({ project, user }, screen)
  const strokes = new Strokes(reviewer, commands, (pending) => screen.showPending(pending, reviewer.classes))
  Object.assign(commands, commandsOf(reviewer, screen))
  if (said) screen.say(said)
  return {
    screen,
    model: reviewer,
    act(key, repeated, at) {
      reviewer.ahead.stroke(at)
      return strokes.act(key, repeated)
    },
    leave: () => reviewer.leave(),
  }
}
