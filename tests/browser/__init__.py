"""Pages in a headless Chromium: what only a browser can tell."""
