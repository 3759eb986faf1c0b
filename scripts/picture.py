"""Draws `docs/answer.svg`, the picture in the README: real answers over the samples, as the terminal shows them.

python scripts/picture.py
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

QUESTIONS = (
    "What did Biden say about AUKUS?",
    "How many American troops are based in Japan?",
    "What did Biden say about TikTok?",
)
# Rich's own frame without its web font, so that the picture loads nothing.
FRAME = """<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace;
font-size: {char_height}px; line-height: {line_height}px; font-variant-east-asian: full-width; }}
{styles}
</style>
<defs><clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" /></clipPath>{lines}</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}<g class="{unique_id}-matrix">{matrix}</g></g>
</svg>
"""


def main() -> None:
    """Ask, draw, write."""
    from rich.console import Console
    from rich.terminal_theme import MONOKAI

    from service.opening import open_services
    from service.settings import ServiceSettings
    from service.terminal import answer_view

    console = Console(record=True, width=92, force_terminal=True, file=Path("/dev/null").open("w"))  # noqa: SIM115
    with tempfile.TemporaryDirectory() as folder:
        settings = ServiceSettings(data_dir=Path(folder))
        with open_services(settings, role="picture", create=True) as services:
            services.ingest([ROOT / "samples" / "articles"])
            for question in QUESTIONS:
                console.print(f'[bold green]$[/] dateline ask "{question}"\n')
                console.print(answer_view(services.ask(question)))
                console.print()
    console.save_svg(
        str(ROOT / "docs" / "answer.svg"), title="dateline", theme=MONOKAI, code_format=FRAME, unique_id="a"
    )


if __name__ == "__main__":
    main()
