"""How readers' verdicts look in a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from service.feedback import KeptFeedback
from service.terminal import Indented, one_line

MARKS = {"up": ("+", "bold green"), "down": ("−", "bold red")}
MAX_ANSWER_CHARS = 300


def feedback_view(found: Sequence[KeptFeedback]) -> RenderableType:
    """Each with its day, its id, what was asked and shown, and the reader's words."""
    if not found:
        return Text("No feedback.")
    lines: list[RenderableType] = []
    for kept in found:
        mark, style = MARKS[kept.verdict]
        if lines:
            lines.append(Text(""))
        head = Text.assemble((one_line(kept.question), "bold"), (f"  {kept.given_at[:10]}  {kept.id}", "dim"))
        lines.append(Indented(head, label=Text(f"{mark} ", style=style)))
        answer = one_line(kept.answer)
        shown = answer if len(answer) <= MAX_ANSWER_CHARS else answer[:MAX_ANSWER_CHARS].rstrip() + " …"
        lines.append(Indented(Text(shown or "(no answer)", style="dim"), "  "))
        if kept.comment:
            lines.append(Indented(Text(f"“{one_line(kept.comment)}”", style="italic"), "  "))
        if kept.page_url:
            lines.append(Indented(Text(one_line(kept.page_url), style="dim"), "  "))
    return Group(*lines)
