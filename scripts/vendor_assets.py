# SPDX-License-Identifier: EUPL-1.2  # noqa: INP001 - a program, in no package
"""Fetches the web assets of other people from npm, as `api/vendored.toml` names them: `make vendor`.

Each package is packed by npm itself, which checks it against the registry. The files and the licence are put where the
list says, and the list of checksums, `api/vendored.lock.json`, is written anew. A test compares files and checksums.
"""

import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
WANTED: Final = ROOT / "api/vendored.toml"
LOCK: Final = ROOT / "api/vendored.lock.json"


def main() -> None:
    """Fetch every package of the list."""
    packages = tomllib.loads(WANTED.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        locked = {name: fetch(name, wanted, Path(folder)) for name, wanted in packages.items()}
    LOCK.write_text(json.dumps(locked, indent=2) + "\n", encoding="utf-8")


def fetch(name: str, wanted: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Put the files of one package into its folder; give its entry in the list of checksums."""
    packed = pack(f"{name}@{wanted['version']}", folder)
    target = ROOT / wanted["folder"]
    target.mkdir(parents=True, exist_ok=True)
    checksums: dict[str, str] = {}
    with tarfile.open(folder / packed["filename"]) as archive:
        manifest = json.loads(content_of(archive, "package.json"))
        if manifest["license"] != wanted["license"]:
            sys.exit(f"{name}: the licence is now {manifest['license']}, vendored.toml says {wanted['license']}")
        for file, kept_as in {**{file: Path(file).name for file in wanted["files"]}, **license_of(wanted)}.items():
            content = content_of(archive, file)
            kept = target / kept_as
            kept.write_bytes(content)
            checksums[kept.relative_to(ROOT).as_posix()] = hashlib.sha256(content).hexdigest()
    sys.stdout.write(f"{name} {wanted['version']}: {len(checksums)} files in {wanted['folder']}\n")
    return {
        "version": wanted["version"],
        "license": wanted["license"],
        "integrity": packed["integrity"],
        "sha256": checksums,
    }


def license_of(wanted: dict[str, Any]) -> dict[str, str]:
    """The file of the licence; a package may come without one."""
    return {wanted["license_file"]: "LICENSE"} if "license_file" in wanted else {}


def pack(package: str, folder: Path) -> dict[str, Any]:
    """Let npm fetch a package as an archive; give what npm says of it."""
    command = ["npm", "pack", "--json", "--silent", "--pack-destination", str(folder), package]
    said = subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder).stdout  # noqa: S603 - our own list
    packed: dict[str, Any] = json.loads(said)[0]
    return packed


def content_of(archive: tarfile.TarFile, file: str) -> bytes:
    """The content of a file of a package."""
    member = archive.extractfile(f"package/{file}")
    if member is None:
        sys.exit(f"{file} is not a file of the package")
    return member.read()


if __name__ == "__main__":
    main()
