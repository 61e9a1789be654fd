#!/usr/bin/env python3
"""A wheel around the built program, as `bindings = "bin"` of maturin makes it: a zip whose `scripts` pip puts on the PATH.

usage: wheel.py TARGET PROGRAM FOLDER

The program was built once, for the archive; the wheel holds the same bytes, so that one attestation speaks for both.
"""

import base64
import hashlib
import pathlib
import re
import sys
import zipfile

# What pip calls the machines: Linux by the C library that the oldest image of the release has, or musl.
PLATFORMS = {
    "x86_64-unknown-linux-gnu": "manylinux_2_35_x86_64",
    "aarch64-unknown-linux-gnu": "manylinux_2_35_aarch64",
    "x86_64-unknown-linux-musl": "musllinux_1_2_x86_64",
    "aarch64-unknown-linux-musl": "musllinux_1_2_aarch64",
    "x86_64-apple-darwin": "macosx_10_12_x86_64",
    "aarch64-apple-darwin": "macosx_11_0_arm64",
    "x86_64-pc-windows-msvc": "win_amd64",
}
# The plain name is another project's on PyPI.
NAME = "hallpass_check"
ROOT = pathlib.Path(__file__).resolve().parents[2]


def main(target: str, program: str, folder: str) -> None:
    version = re.search(r'^version = "(.*)"', (ROOT / "Cargo.toml").read_text(), re.M)[1]
    tag = f"py3-none-{PLATFORMS[target]}"
    info, scripts = f"{NAME}-{version}.dist-info", f"{NAME}-{version}.data/scripts"
    metadata = "\n".join([
        "Metadata-Version: 2.4",
        "Name: hallpass-check",
        f"Version: {version}",
        "Summary: Checks pipelines and infrastructure code for the ways in which machine identities go wrong",
        "License-Expression: Apache-2.0",
        "License-File: LICENSE",
        "Requires-Python: >=3.8",
        "Project-URL: Source, https://github.com/hallpass-dev/hallpass",
        "Description-Content-Type: text/markdown",
        "",
        (ROOT / "README.md").read_text(encoding="utf-8"),
    ])
    wheel = f"Wheel-Version: 1.0\nGenerator: hallpass\nRoot-Is-Purelib: false\nTag: {tag}\n"
    files = [
        (f"{scripts}/{pathlib.Path(program).name}", pathlib.Path(program).read_bytes(), 0o755),
        (f"{info}/METADATA", metadata.encode(), 0o644),
        (f"{info}/WHEEL", wheel.encode(), 0o644),
        (f"{info}/licenses/LICENSE", (ROOT / "LICENSE").read_bytes(), 0o644),
    ]
    record = "".join(f"{name},sha256={digest(data)},{len(data)}\n" for name, data, _ in files)
    files.append((f"{info}/RECORD", f"{record}{info}/RECORD,,\n".encode(), 0o644))
    path = pathlib.Path(folder) / f"{NAME}-{version}-{tag}.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data, mode in files:
            # Without a time of today: the same program makes the same wheel.
            entry = zipfile.ZipInfo(name)
            entry.external_attr = (0o100000 | mode) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    print(path.name)


def digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


if __name__ == "__main__":
    main(*sys.argv[1:])
