"""``timebank run`` in a process of its own, as on the first day."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cast import SECRET_KEY
from timebank import settings

ROOT = Path(__file__).parent.parent.parent


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture
def port() -> int:
    """A port that nobody uses."""
    return _free_port()


def _environment(tmp_path: Path, port: int) -> dict[str, str]:
    url = f"sqlite:///{tmp_path}/house.sqlite3"
    return os.environ | {
        "DATABASE_URL": url,
        "PORT": str(port),
        "SECRET_KEY": SECRET_KEY,
        "LOG_FORMAT": "none",
    }


@pytest.fixture
def running(tmp_path: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    """The server, started in an empty folder without a demo."""
    with subprocess.Popen(
        [sys.executable, "-m", "timebank", "run"],
        cwd=ROOT,
        env=_environment(tmp_path, port),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    ) as process:
        yield process
        process.kill()


def _wait_for(address: str) -> int:
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                return int(answer.status)
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def test_run_migrates_serves_and_stops_in_order(running: subprocess.Popen[str], port: int) -> None:
    assert _wait_for(f"http://127.0.0.1:{port}/login") == 200
    running.send_signal(signal.SIGTERM)
    output, _ = running.communicate(timeout=30)
    assert running.returncode == 0
    assert "tables made" in output
    assert f"http://127.0.0.1:{port}" in output
    assert output.rstrip().endswith("Stopped.")
    assert "Traceback" not in output


def test_a_port_that_is_taken_is_said_before_anything_else_is_done(tmp_path: Path, port: int) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        done = subprocess.run(
            [sys.executable, "-m", "timebank", "run", "--demo"],
            cwd=ROOT,
            env=_environment(tmp_path, port) | {"TIMEBANK_DATABASE_URL": "sqlite:///elsewhere"},
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
    assert done.returncode == 2
    assert f"port {port}" in done.stderr
    # A name that is almost right is named before anything happens, with those that are right.
    assert "ignored: TIMEBANK_DATABASE_URL; known are DATABASE_URL," in done.stdout
    assert done.stdout.count("warning:") == 1
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "house.sqlite3").exists()


def test_the_settings_that_are_named_are_those_that_are_read_and_described() -> None:
    source = Path(settings.__file__).read_text("utf-8")
    read = set(re.findall(r'(?:env\.get\(|\(env, )"([A-Z_]+)"', source))
    assert read == set(settings.NAMES)
    described = (ROOT / "docs" / "settings.md").read_text("utf-8")
    assert [name for name in settings.NAMES if name not in described] == []
    assert settings.unknown_names(dict.fromkeys(("TIMEBANK_TEST_ENGINES", "HOST", "TIMEBANK_PORT"), "")) == (
        "TIMEBANK_PORT",
    )
