"""Phones: a few sockets and a clock, so that what is measured is the server."""

import http.client
import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import urlencode

HTTP_OK, HTTP_FOUND = 200, 302


@dataclass
class Phone:
    """One browser that has logged in: its two cookies and its forms' token."""

    port: int
    session: str
    device: str
    form_token: str

    def connect(self) -> http.client.HTTPConnection:
        """A connection that stays open."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def send(
        self, line: http.client.HTTPConnection, method: str, path: str, form: dict[str, str] | None = None
    ) -> tuple[int, str]:
        """Status and ``Location`` of an answer; its body is read and dropped."""
        body = urlencode(form) if form is not None else None
        headers = {"Cookie": f"timebank={self.session}; device={self.device}"}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        line.request(method, path, body, headers)
        answer = line.getresponse()
        answer.read()
        return answer.status, answer.getheader("Location") or ""

    def open_code(self, line: http.client.HTTPConnection, token: str) -> str:
        """Scan: the path of the ticket, or nothing when the server did not give one."""
        status, place = self.send(line, "GET", f"/s/{token}")
        return place if status == HTTP_FOUND and place.startswith("/scan/") else ""

    def tap(self, line: http.client.HTTPConnection, ticket: str) -> bool:
        """The large button."""
        status, place = self.send(line, "POST", ticket, {"csrf_token": self.form_token})
        return status == HTTP_FOUND and place.endswith("/result")


@dataclass
class Times:
    """How long requests took, in seconds, and which failed."""

    taken: dict[str, list[float]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def keep(self, what: str, seconds: float) -> None:
        """One request more."""
        with self._lock:
            self.taken.setdefault(what, []).append(seconds)

    def failed(self, what: str) -> None:
        """One that was not answered as it should be."""
        with self._lock:
            self.errors.append(what)

    def quantile(self, what: str, share: float) -> float:
        """Such as 0.99; of few values the largest."""
        ordered = sorted(self.taken[what])
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def burst(phones: Sequence[Phone], token: Callable[[], str], *, within: float, seed: int = 7) -> Times:
    """Everybody comes within so many seconds: scan, look at the page, tap. An empty view is asked in between."""
    times, chance = Times(), random.Random(seed)
    starts = sorted(chance.uniform(0, within) for _phone in phones)
    began = time.monotonic()

    def come(phone: Phone, start: float) -> None:
        time.sleep(max(0.0, began + start - time.monotonic()))
        line = phone.connect()
        try:
            _come(phone, line, token, times)
        except (OSError, http.client.HTTPException) as error:
            times.failed(type(error).__name__)
        finally:
            line.close()

    with ThreadPoolExecutor(len(phones)) as hall:
        list(hall.map(come, phones, starts))
    return times


def _come(phone: Phone, line: http.client.HTTPConnection, token: Callable[[], str], times: Times) -> None:
    def timed(what: str, ask: Callable[[], object]) -> object:
        began = time.perf_counter()
        answer = ask()
        times.keep(what, time.perf_counter() - began)
        return answer

    ticket = str(timed("scan", lambda: phone.open_code(line, token())))
    if not ticket:
        return times.failed("scan")
    timed("page", lambda: phone.send(line, "GET", ticket))
    if not timed("tap", lambda: phone.tap(line, ticket)):
        times.failed("tap")
    timed("empty", lambda: phone.send(line, "GET", "/benchmark/empty"))
    return None


def rate(work: Sequence[Callable[[http.client.HTTPConnection], bool]], port: int, *, lines: int) -> float:
    """How many pieces of work a second, from so many connections that are never idle."""
    rest, lock, wrong = iter(work), threading.Lock(), []

    def draw() -> None:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while True:
            with lock:
                piece = next(rest, None)
            if piece is None:
                return
            if not piece(line):
                wrong.append(1)

    threads = [threading.Thread(target=draw) for _line in range(lines)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - began
    assert not wrong, f"{len(wrong)} of {len(work)} requests were not answered as they should be"
    return len(work) / seconds
