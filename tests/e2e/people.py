"""Several people at one server, each in a browser context of their own."""

import os
import signal

from playwright.sync_api import Browser, BrowserContext

from app.routes.guard import SESSION_COOKIE
from labeling.workflows import logins, people
from labeling.workspace import Workspace
from tests.e2e.server import Server


def log_in_people(ws: Workspace, count: int) -> list[str]:
    """Make an admin and ``count`` annotators; the annotators' login tokens."""
    people.add(ws, "admin", "admin", password="correct horse battery")
    added = [people.add(ws, f"person{number:02d}", "annotator") for number in range(count)]
    return [logins.begin(ws, person["id"]) for person in added]


def context_of(browser: Browser, server: Server, token: str) -> BrowserContext:
    """A context in which somebody is logged in."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": server.url}])
    return context


def kill(browser: Browser) -> None:
    """End a browser as a power cut would: no page of it has time to say anything."""
    processes = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")
    [pid] = [one["id"] for one in processes["processInfo"] if one["type"] == "browser"]
    os.kill(pid, signal.SIGKILL)
