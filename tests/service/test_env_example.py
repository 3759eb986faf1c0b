"""`.env.example` claims to name every setting; somebody who looks there should not have to look further."""

from __future__ import annotations

import re
from pathlib import Path

from ingest.settings import ENV_PREFIX
from service.settings import ServiceSettings

EXAMPLE = Path(__file__).parents[2] / ".env.example"


def test_it_names_every_setting_and_no_other() -> None:
    written = set(re.findall(r"^#?([A-Z][A-Z0-9_]+)=", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE))
    known = {
        field.validation_alias if isinstance(field.validation_alias, str) else ENV_PREFIX + name.upper()
        for name, field in ServiceSettings.model_fields.items()
    }
    assert written == known
