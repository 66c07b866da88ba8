"""The pages outside of Streamlit: log in, and one's own account. No script runs in them."""

import base64
import hashlib
from html import escape
from urllib.parse import urlencode

from starlette.responses import HTMLResponse

_STYLE = """
:root { color-scheme: light dark; --ink: #1b2330; --page: #f2f4f7; --card: #fff; --line: #68717f;
  --main: #1f5fc4; --bad: #a4161a; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e8ee; --page: #14181f; --card: #1f2530;
  --line: #8a94a3; --main: #3a6fcb; --bad: #ff9c9c; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem;
  background: var(--page); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { width: min(24rem, 100%); padding: 1.5rem; border-radius: 8px; background: var(--card); }
h1 { margin: 0 0 1rem; font-size: 1.375rem; } h2 { margin: 1.5rem 0 .5rem; font-size: 1.125rem; }
label { display: block; margin-top: .75rem; font-weight: 600; }
input { width: 100%; min-height: 44px; padding: .5rem; border: 1px solid var(--line);
  border-radius: 6px; background: var(--card); color: inherit; font: inherit; }
button, .button { display: block; width: 100%; min-height: 44px; margin-top: 1rem; padding: .6rem;
  border: 1px solid var(--main); border-radius: 6px; background: var(--main); color: #fff;
  font: inherit; font-weight: 600; text-align: center; text-decoration: none; cursor: pointer; }
.plain { background: transparent; color: inherit; border-color: var(--line); }
a { color: inherit; } :focus-visible { outline: 3px solid var(--main); outline-offset: 2px; }
[role=alert] { padding: .6rem .75rem; border-left: 4px solid var(--bad); color: var(--bad); }
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "referrer-policy": "same-origin",
}


def login_page(
    *, token: str, next_page: str, name: str = "", problem: str = "", provider: str = "",
    with_passwords: bool = True, status: int = 200,
) -> HTMLResponse:  # fmt: skip
    """Return the login page.

    Args:
        token: what the form must bring back.
        next_page: path on this server to go to afterwards.
        name: what the person typed the last time.
        problem: why they are not logged in yet.
        provider: what to call the identity provider; empty: there is none.
        with_passwords: whether anybody logs in with a password.
        status: of the answer.
    """
    parts = ["<h1>Log in to Prelabel</h1>", _note(problem)]
    if provider:
        parts.append(
            f'<a class="button" href="/login/oidc?{urlencode({"next": next_page})}">'
            f"Log in with {escape(provider)}</a>"
        )
    if with_passwords:
        parts.append(
            f'<form action="/login" method="post">{_hidden(token, next_page)}'
            '<label for="name">Name</label>'
            f'<input id="name" name="name" value="{escape(name)}" autocomplete="username" '
            'autocapitalize="none" spellcheck="false" required autofocus>'
            '<label for="password">Password</label>'
            '<input id="password" name="password" type="password" '
            'autocomplete="current-password" required>'
            "<button>Log in</button></form>"
        )
    return _page("Log in", parts, status)


def account_page(
    *, token: str, name: str, with_password: bool, problem: str = "", status: int = 200
) -> HTMLResponse:
    """Return the page of one's own account: log out, here or everywhere, and change the password.

    Args:
        token: what the forms must bring back.
        name: who is logged in.
        with_password: whether they log in with a password, so that it can be changed.
        problem: why the last thing asked for was not done.
        status: of the answer.
    """
    parts = [f"<h1>{escape(name)}</h1>", _note(problem)]
    parts += [
        f'<form action="/logout" method="post">{_hidden(token)}<button>Log out</button></form>',
        f'<form action="/logout" method="post">{_hidden(token)}'
        '<button class="plain" name="everywhere" value="yes">Log out everywhere</button></form>',
        '<a class="button plain" href="/">Back to Prelabel</a>',
    ]
    if with_password:
        parts.append(
            f'<h2>Change the password</h2><form action="/account" method="post">{_hidden(token)}'
            '<label for="old">Old password</label><input id="old" name="old" type="password" '
            'autocomplete="current-password" required>'
            '<label for="new">New password, 10 characters or more</label><input id="new" '
            'name="new" type="password" autocomplete="new-password" minlength="10" required>'
            '<button class="plain">Change it and log out everywhere</button></form>'
        )
    return _page("Account", parts, status)


def _page(title: str, parts: list[str], status: int) -> HTMLResponse:
    body = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title} – Prelabel</title><style>{_STYLE}</style></head>"
        f"<body><main>{''.join(parts)}</main></body></html>"
    )
    return HTMLResponse(body, status, _HEADERS)


def _hidden(token: str, next_page: str = "") -> str:
    fields = {"token": token, "next": next_page}
    return "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">'
        for name, value in fields.items()
        if value
    )


def _note(problem: str) -> str:
    return f'<p role="alert">{escape(problem)}</p>' if problem else ""
