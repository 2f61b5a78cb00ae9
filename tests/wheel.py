"""Builds the wheel, installs it outside the checkout, and walks every page that it serves.

Run as ``python -m tests.wheel``. Proves that nothing is left behind: templates, style sheets,
the compiled Chinese, migrations. The walk logs in as each of the demo town's people and follows links.
"""

import http.cookiejar
import json
import os
import re
import socket
import sqlite3
import subprocess
import sys
import sysconfig
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
import venv
from collections.abc import Iterator
from contextlib import closing, contextmanager
from html.parser import HTMLParser
from pathlib import Path

ROOT = Path(__file__).parents[1]
START_SECONDS = 120
# Pages of one kind (/members/1, /members/2 …) are walked this often per person.
SAMPLES_PER_KIND = 2

# Set-up brings it where npm is to be had; then the wheel carries it on.
CODE_READER_NAME = "vendor/zxing/reader/zxing_reader.wasm"
CODE_READER = ROOT / "timebank/static" / CODE_READER_NAME


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.token = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        address = values.get("href") if tag in ("a", "link") else values.get("src")
        if address:
            self.found.append(address)
        if tag == "input" and values.get("name") == "csrf_token":
            self.token = values.get("value") or ""


class Walker:
    """One person's browser."""

    def __init__(self, base: str) -> None:
        self.base = base
        jar = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        self.seen: dict[str, int] = {}

    def get(self, path: str, form: dict[str, str] | None = None) -> tuple[int, str, str]:
        """Status, content type and text of a page; ``form`` makes it a POST."""
        body = urllib.parse.urlencode(form).encode() if form is not None else None
        try:
            with self._opener.open(self.base + path, body, timeout=60) as answer:
                return (
                    answer.status,
                    answer.headers.get_content_type(),
                    answer.read().decode("utf-8", "replace"),
                )
        except urllib.error.HTTPError as error:
            return error.code, "", error.read().decode("utf-8", "replace")

    def log_in(self, name: str, password: str) -> None:
        """Through the page, like a person."""
        page = _Links()
        page.feed(self.get("/login")[2])
        status, _, text = self.get(
            "/login", {"csrf_token": page.token, "login_name": name, "password": password}
        )
        assert status == 200, (status, name)
        assert "/logout" in text, f"{name} could not log in"

    def walk(self) -> list[str]:
        """Follow every link from the home page; returns what did not answer well."""
        waiting, problems, kinds = ["/"], [], {}
        while waiting:
            path = waiting.pop(0)
            kind = re.sub(r"\d+", "N", path.partition("?")[0])
            if path in self.seen or kinds.get(kind, 0) >= SAMPLES_PER_KIND:
                continue
            kinds[kind] = kinds.get(kind, 0) + 1
            status, content_type, text = self.get(path)
            self.seen[path] = status
            if status >= 400:
                problems.append(f"{status} {path}")
            elif content_type == "text/html":
                waiting += self._links_of(path, text)
        return problems

    def _links_of(self, path: str, text: str) -> Iterator[str]:
        page = _Links()
        page.feed(text)
        for address in page.found:
            joined = urllib.parse.urlsplit(urllib.parse.urljoin(self.base + path, address))
            if f"{joined.scheme}://{joined.netloc}" == self.base and "logout" not in joined.path:
                yield joined.path + (f"?{joined.query}" if joined.query else "")


def _install(folder: Path) -> Path:
    """The wheel in a virtual environment of its own; returns its ``timebank`` command."""
    run = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder / "dist")]
    subprocess.run(run, cwd=ROOT, check=True, capture_output=True)
    wheel = next((folder / "dist").glob("*.whl"))
    venv.create(folder / "venv", with_pip=True)
    install = [folder / "venv/bin/python", "-m", "pip", "install", "-q", "--no-deps", "--no-index", wheel]
    subprocess.run(install, check=True)
    return folder / "venv/bin/timebank"


@contextmanager
def _served(command: Path, folder: Path) -> Iterator[str]:
    """The installed house on a free port: its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    # The pinned packages of the checkout's environment; the project itself is not among them.
    environment = os.environ | {
        "PORT": str(port),
        "PYTHONPATH": sysconfig.get_paths()["purelib"],
        "LOG_FORMAT": "none",
    }
    environment.pop("DATABASE_URL", None)
    output = folder / "output.txt"
    with output.open("w") as log:
        server = subprocess.Popen(
            [command, "run", "--demo"], cwd=folder, env=environment, stdout=log, stderr=log
        )
    base = f"http://127.0.0.1:{port}"
    try:
        _wait_until_it_answers(base, server, output)
        yield base
    finally:
        server.terminate()
        server.wait(20)


def _wait_until_it_answers(base: str, server: "subprocess.Popen[bytes]", output: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert server.poll() is None, output.read_text()
        try:
            urllib.request.urlopen(f"{base}/healthz", timeout=5)
        except OSError:
            time.sleep(0.3)
        else:
            return
    raise AssertionError(f"no answer after {START_SECONDS} s:\n{output.read_text()}")


def _logins(folder: Path) -> list[dict[str, str]]:
    """One log-in per role of the town that the installed program has built."""
    with closing(sqlite3.connect(folder / "var/timebank.sqlite3")) as connection:
        (text,) = connection.execute("SELECT logins FROM demo_towns").fetchone()
    found: list[dict[str, str]] = json.loads(text)["logins"]
    return found


def main() -> None:
    """Build, install, serve, walk; exits non-zero with the list of pages that failed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with _served(_install(folder), folder) as base:
            problems, pages = [], set()
            brought = not CODE_READER.is_file() or Walker(base).get(f"/static/{CODE_READER_NAME}")[0] == 200
            for login in _logins(folder):
                walker = Walker(base)
                walker.log_in(login["login_name"], login["password"])
                problems += [f"{login['role']}: {problem}" for problem in walker.walk()]
                pages |= set(walker.seen)
    assert problems == [], "\n".join(problems)
    assert brought, "the wheel does not carry the browser's code reader"
    assert len(pages) > 60, f"only {len(pages)} pages were reached"
    print(f"{len(pages)} pages and files served from the wheel, none failed")


if __name__ == "__main__":
    main()
