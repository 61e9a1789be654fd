"""Whether a file is a bill of materials in the eyes of CycloneDX's own library. usage: bill.py FILE"""

import sys
from pathlib import Path

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

wrong = JsonStrictValidator(SchemaVersion.V1_6).validate_str(Path(sys.argv[1]).read_text(encoding="utf-8"))
if wrong is not None:
    sys.exit(f"{sys.argv[1]}: {wrong}")
