#!/bin/sh
# Prints the path of a Chromium for the browser tests, installing one where there is none:
# PRELABEL_CHROMIUM, then the PATH, then apt (Debian or Ubuntu, as root), then Playwright's own.
# Usage: find_chromium.sh PYTHON
set -eu

if [ -n "${PRELABEL_CHROMIUM:-}" ]; then
  echo "$PRELABEL_CHROMIUM"
  exit 0
fi

on_path() {
  for name in chromium chromium-browser google-chrome google-chrome-stable; do
    if command -v "$name" 2>/dev/null; then return 0; fi
  done
  return 1
}

if on_path; then exit 0; fi

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fonts-dejavu; } >&2 || true
  if on_path; then exit 0; fi
fi

"$1" -m playwright install chromium >&2
"$1" - <<'PYTHON'
from playwright.sync_api import sync_playwright

with sync_playwright() as playwright:
    print(playwright.chromium.executable_path)
PYTHON
