"""The browser's code reader: pinned, checked before it is written, allowed only on pages that scan."""

import importlib.util
import io
import tarfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from flask.testing import FlaskClient

from timebank.web.frame import CONTENT_SECURITY_POLICY

SET_UP = Path(__file__).parents[2] / "requirements/code_reader.py"


@pytest.fixture
def set_up() -> ModuleType:
    """The set-up step, as a module."""
    wanted = importlib.util.spec_from_file_location("code_reader", SET_UP)
    assert wanted is not None
    assert wanted.loader is not None
    module = importlib.util.module_from_spec(wanted)
    wanted.loader.exec_module(module)
    return module


def package(files: dict[str, bytes]) -> bytes:
    """A package as npm packs it."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def test_another_package_than_the_pinned_one_is_refused_and_nothing_is_written(
    set_up: ModuleType, tmp_path: Path
) -> None:
    with pytest.raises(set_up.Differs):
        set_up.unpack(package({"dist/es/share.js": b"alert(1)"}), tmp_path)
    assert list(tmp_path.rglob("*")) == []


def test_a_changed_file_is_noticed(set_up: ModuleType, tmp_path: Path) -> None:
    for path, _digest in set_up.lock()["files"].values():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(b"something else")
    assert not set_up.is_there(tmp_path)


def test_without_npm_the_set_up_goes_on(
    set_up: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(set_up, "is_there", lambda: False)
    monkeypatch.setattr(set_up.shutil, "which", lambda _name: None)
    assert set_up.main([]) == 0
    assert "from a photo" in capsys.readouterr().out


def test_no_registry_is_named(set_up: ModuleType) -> None:
    for file in ("code_reader.py", "code_reader.lock"):
        assert "http" not in (SET_UP.parent / file).read_text(encoding="utf-8")


def test_only_pages_that_scan_may_run_webassembly(client_as: Callable[[str], FlaskClient]) -> None:
    client = client_as("volunteer")
    scanning = client.get("/scan").headers["Content-Security-Policy"]
    assert "script-src 'self' 'wasm-unsafe-eval';" in scanning
    assert "'unsafe-eval'" not in scanning.replace("'wasm-unsafe-eval'", "")
    assert scanning.endswith(CONTENT_SECURITY_POLICY)
    assert client.get("/").headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
