"""Prompts are files: what is said to a model stands in `prompts/*.md`, where it can be read, edited and compared.

A prompt file begins with front matter and goes on with messages:

    ---
    name: answer                       # the file's name without .md
    version: 1                         # raised by whoever changes the words
    description: What it is for.       # optional
    variables: [question, evidence]    # every one is used, and nothing else is
    prepared: [evidence]               # optional: those whose text comes delimited and escaped already
    ---
    ## system
    Words to the model.
    ## user
    {{ evidence }}
    Question: {{ question }}

Sections are `## system` (at most one, first), `## user` and `## assistant`; the last is `## user`. There is no logic in
a prompt: `{{ name }}` is replaced by a value, once, so that braces in a value stay braces. A value that is not
`prepared` passes through `service.quarantine.quarantined` on its way: forgetting to escape is not possible.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal, cast

import yaml

from ingest.errors import SettingsError
from service.answers import PromptReference
from service.llm import ChatMessage
from service.quarantine import quarantined

Role = Literal["system", "user", "assistant"]

HASH_CHARS = 16
"""Of the 64 hexadecimal digits: 64 bits tell any two versions of a prompt apart."""
NAMES = ("answer", "condense", "parts", "summarize", "reword", "judge")
BUILT_IN = Path(__file__).resolve().parent.parent / "prompts"
"""The project's prompts: beside this package, in a checkout and where a wheel is installed."""

_ROLES: tuple[Role, ...] = ("system", "user", "assistant")
_FIELDS = frozenset({"name", "version", "description", "variables", "prepared"})
_VARIABLE = re.compile(r"\{\{ ?([a-z][a-z0-9_]*) ?\}\}")
_BRACES = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}")
_SECTION = re.compile(r"##(?!#) ?(.*)")


@dataclass(frozen=True, slots=True)
class Prompt:
    """One prompt file, checked. `variables_line` is the 1-based line of its front matter that declares them."""

    path: Path
    name: str
    version: int
    description: str
    variables: frozenset[str]
    prepared: frozenset[str]
    variables_line: int
    sections: tuple[tuple[Role, str], ...]
    reference: PromptReference

    def render(self, **values: str | int) -> tuple[ChatMessage, ...]:
        """The messages, with every variable replaced; values that are not `prepared` are escaped.

        Raises:
            SettingsError: a variable has no value, or a value no variable.
        """
        place = f"{self.path}:{self.variables_line}"
        if missing := sorted(self.variables - values.keys()):
            raise SettingsError(f"{place}: {missing[0]!r} is declared here but has no value")
        if unknown := sorted(values.keys() - self.variables):
            raise SettingsError(
                f"{place}: {unknown[0]!r} has a value but is not declared here; add or remove it"
            )
        texts = {
            name: str(value) if name in self.prepared else quarantined(str(value))
            for name, value in values.items()
        }
        return tuple(
            ChatMessage(role, _VARIABLE.sub(lambda match: texts[match[1]], text))
            for role, text in self.sections
        )


@dataclass(frozen=True, slots=True)
class PromptLibrary:
    """Every prompt, by name."""

    prompts: Mapping[str, Prompt]

    @classmethod
    def load(cls, folder: Path | None = None) -> PromptLibrary:
        """The project's prompts, with those of `folder` in place of its own. `README.md` there is left alone.

        A prompt of `folder` declares the same variables as the one it replaces, since Dateline's code fills them.

        Raises:
            SettingsError: naming the file and the line that is wrong.
        """
        prompts = {name: _read(BUILT_IN / f"{name}.md") for name in NAMES}
        for path in _prompt_files(folder) if folder is not None else ():
            if path.stem not in prompts:
                raise SettingsError(
                    f"{path}: no prompt is called {path.stem!r}; known: {', '.join(NAMES)}. Rename or remove it"
                )
            prompt, original = _read(path), prompts[path.stem]
            for field, own, expected in (
                ("variables", prompt.variables, original.variables),
                ("prepared", prompt.prepared, original.prepared),
            ):
                if own != expected:
                    raise SettingsError(
                        f"{path}:{prompt.variables_line}: {field} must be [{', '.join(sorted(expected))}], "
                        f"as in the prompt it replaces; it is [{', '.join(sorted(own))}]"
                    )
            prompts[path.stem] = prompt
        return cls(MappingProxyType(prompts))

    def get(self, name: str) -> Prompt:
        """The prompt of a name. Raises SettingsError when there is none."""
        try:
            return self.prompts[name]
        except KeyError as error:
            raise SettingsError(f"no prompt is called {name!r}; known: {', '.join(self.prompts)}") from error


def _prompt_files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise SettingsError(
            f"{folder}: the folder of prompts is not there; correct DATELINE_PROMPTS_DIR or unset it"
        )
    return sorted(path for path in folder.glob("*.md") if path.name.casefold() != "readme.md")


def _read(path: Path) -> Prompt:
    try:
        content = path.read_bytes()
        lines = content.decode("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read as a prompt: {error}") from error
    front, where, end = _front_matter(path, lines)
    variables = _names_in(front, "variables", f"{path}:{where.get('variables', 1)}")
    prepared = _names_in(front, "prepared", f"{path}:{where.get('prepared', 1)}")
    if strangers := sorted(prepared - variables):
        raise SettingsError(
            f"{path}:{where['prepared']}: {strangers[0]!r} is prepared but not among the variables"
        )
    version, description = front.get("version"), front.get("description", "")
    if front.get("name") != path.stem:
        raise SettingsError(
            f"{path}:{where.get('name', 1)}: name must be {path.stem!r}, as the file's name is"
        )
    if not isinstance(version, int) or isinstance(version, bool):
        raise SettingsError(f"{path}:{where.get('version', 1)}: version must be a whole number")
    if not isinstance(description, str):
        raise SettingsError(f"{path}:{where['description']}: description must be text")
    sections = _sections(path, lines, end, variables)
    used = {name for _, text in sections for name in _VARIABLE.findall(text)}
    if unused := sorted(variables - used):
        raise SettingsError(
            f"{path}:{where['variables']}: {unused[0]!r} is declared but never used; remove or use it"
        )
    digest = hashlib.sha256(content).hexdigest()[:HASH_CHARS]
    return Prompt(
        path=path,
        name=path.stem,
        version=version,
        description=description,
        variables=variables,
        prepared=prepared,
        variables_line=where.get("variables", 1),
        sections=sections,
        reference=PromptReference(name=path.stem, hash=digest),
    )


def _front_matter(path: Path, lines: list[str]) -> tuple[dict[str, object], dict[str, int], int]:
    """The fields, the 1-based line of each, and the index of the first line after the front matter."""
    if not lines or lines[0].rstrip() != "---":
        raise SettingsError(f"{path}:1: a prompt begins with front matter between two lines of ---")
    end = next((number for number, line in enumerate(lines[1:], 1) if line.rstrip() == "---"), None)
    if end is None:
        raise SettingsError(f"{path}:1: the front matter has no closing ---")
    source = "\n".join(lines[1:end])
    try:
        front = yaml.safe_load(source)
        root = yaml.compose(source, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        line = (
            error.problem_mark.line + 2
            if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark
            else 1
        )
        raise SettingsError(f"{path}:{line}: the front matter is not YAML: {error}") from error
    if not isinstance(front, dict) or not isinstance(root, yaml.MappingNode):
        raise SettingsError(f"{path}:2: front matter is `name: value` lines")
    where = {str(key.value): key.start_mark.line + 2 for key, _ in root.value}
    if unknown := sorted(where.keys() - _FIELDS):
        raise SettingsError(
            f"{path}:{where[unknown[0]]}: unknown field {unknown[0]!r}; known: {', '.join(sorted(_FIELDS))}"
        )
    return {str(key): value for key, value in front.items()}, where, end + 1


def _names_in(front: Mapping[str, object], field: str, place: str) -> frozenset[str]:
    names = front.get(field, [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise SettingsError(f"{place}: {field} must be a list of names, as in [question, evidence]")
    for name in names:
        if not _VARIABLE.fullmatch(f"{{{{{name}}}}}"):
            raise SettingsError(f"{place}: {name!r} is no name: lower-case letters, digits and _ only")
    if len(set(names)) < len(names):
        raise SettingsError(f"{place}: {field} names one twice")
    return frozenset(cast("list[str]", names))


def _sections(
    path: Path, lines: list[str], first: int, variables: frozenset[str]
) -> tuple[tuple[Role, str], ...]:
    found: list[tuple[Role, list[str], int]] = []
    for number, line in enumerate(lines[first:], first + 1):
        if heading := _SECTION.fullmatch(line.rstrip()):
            found.append((_role(heading[1], f"{path}:{number}", bool(found)), [], number))
            continue
        for stray in _stray_marks(line, variables):
            raise SettingsError(f"{path}:{number}: {stray}")
        if found:
            found[-1][1].append(line.rstrip())
        elif line.strip():
            raise SettingsError(
                f"{path}:{number}: words before the first section; begin with ## system or ## user"
            )
    sections = []
    for role, body, number in found:
        text = "\n".join(body).strip()
        if not text:
            raise SettingsError(f"{path}:{number}: the section is empty; fill or remove it")
        sections.append((role, text))
    if not found or found[-1][0] != "user":
        raise SettingsError(f"{path}:{found[-1][2] if found else first}: the last section must be ## user")
    return tuple(sections)


def _role(word: str, place: str, has_begun: bool) -> Role:
    for role in _ROLES:
        if role == word:
            if role == "system" and has_begun:
                raise SettingsError(f"{place}: ## system can only be the first section")
            return role
    raise SettingsError(f"{place}: a section is ## system, ## user or ## assistant, not {word!r}")


def _stray_marks(line: str, variables: frozenset[str]) -> Iterator[str]:
    """What is wrong with the braces of a line."""
    for name in _VARIABLE.findall(line):
        if name not in variables:
            yield f"{name!r} is not among the variables of the front matter"
    if mark := _BRACES.search(_VARIABLE.sub("", line)):
        yield f"{mark[0]} is no variable; only {{{{ name }}}} is replaced, and there is no other logic"
