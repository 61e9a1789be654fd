"""Writes each policy that a page of the docs shows into a folder. usage: policies.py FOLDER PAGE..."""

import re
import sys
from pathlib import Path

folder, *pages = map(Path, sys.argv[1:])
BLOCK = re.compile(r"^```toml(?: (?:\S*/)?(?:\.?hallpass|shared|floor)\.toml)?\n(.*?)^```", re.MULTILINE | re.DOTALL)
for page in pages:
    for index, text in enumerate(BLOCK.findall(page.read_text(encoding="utf-8"))):
        # What a test fills in is a text.
        filled = re.sub(r"\{\{[^}]*\}\}", "x", text)
        (folder / f"{str(page).replace('/', '_')}-{index}.toml").write_text(filled, encoding="utf-8")
