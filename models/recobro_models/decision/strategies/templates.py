"""The texts: Jinja templates in a sandbox, whose variables for the platform stay variables.

A template is `NAME.FAMILY.LANGUAGE.jinja`. What recobro knows and no person is known by - stage, channel, tone, offer -
is written out; names, amounts and links are left as `{{name}}` for the platform that sends.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import jinja2
from jinja2 import meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from recobro_data.errors import ConfigurationError

#: Channel to the family of texts that it shares.
FAMILIES: Final[Mapping[str, str]] = MappingProxyType(
    {"call": "call", "sms": "message", "whatsapp": "message", "email": "email", "visit": "visit"}
)
#: What the platform fills in.
VARIABLES: Final = (
    "name", "creditor", "amount", "due_on", "payment_link", "contact_line", "opt_out", "agent", "reference",
    "promise_on",
)  # fmt: skip
#: What recobro fills in.
_WRITTEN: Final = ("stage", "channel", "tone", "offer", "promise")
#: What a template can do wrong as it is written: Jinja's own, and those of the expressions in it.
_WRITING_ERRORS: Final = (jinja2.TemplateError, ArithmeticError, LookupError, RecursionError, TypeError, ValueError)
_MEND: Final = "Mend the template; docs/strategies.md lists the variables."


class Occasion(NamedTuple):
    """What decides a text: the template's name, stage, channel, tone, language; the offer as a sentence; and `due`
    where a promise falls due on the day itself."""

    template: str
    stage: str
    channel: str
    tone: str
    language: str
    offer: str | None = None
    promise: str = ""

    @property
    def template_id(self) -> str:
        """The id by which an item names its text."""
        when = "promise_due" if self.promise else self.stage
        return f"{self.template}.{FAMILIES[self.channel]}.{when}.{self.tone}.{self.language}"


class Templates:
    """Checked templates by file name; a text is written once and remembered."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.names = frozenset(texts)
        # Texts are no HTML: a platform that sends them as HTML escapes them with its values.
        self._environment = ImmutableSandboxedEnvironment(
            loader=jinja2.DictLoader(dict(texts)), undefined=jinja2.StrictUndefined, autoescape=False,
            trim_blocks=True, lstrip_blocks=True,
        )  # fmt: skip
        self.render = lru_cache(maxsize=4096)(self._render)

    @classmethod
    def read(cls, texts: Mapping[str, str]) -> Templates:
        """Check every template by itself.

        Raises:
            ConfigurationError: no Jinja, or a variable that nobody fills in; it names file and line.
        """
        templates = cls(texts)
        for name, text in sorted(texts.items()):
            templates._check(name, text)
        return templates

    def _check(self, name: str, text: str) -> None:
        try:
            tree = self._environment.parse(text, name)
            unknown = sorted(meta.find_undeclared_variables(tree) - {*VARIABLES, *_WRITTEN})
        except jinja2.TemplateSyntaxError as error:
            raise _refused(name, error.lineno, str(error.message)) from error
        if unknown:
            lines = [one.lineno for one in tree.find_all(nodes.Name) if one.name == unknown[0]]
            raise _refused(name, min(lines, default=1), f"the unknown variable {unknown[0]!r}")

    def _render(self, occasion: Occasion) -> str:
        """The text for an occasion, variables for the platform left as `{{name}}`.

        Raises:
            ConfigurationError: the template does what the sandbox forbids, or calls on what is not there.
        """
        name = f"{occasion.template}.{FAMILIES[occasion.channel]}.{occasion.language}.jinja"
        left = {variable: "{{" + variable + "}}" for variable in VARIABLES}
        written = {known: getattr(occasion, known) for known in _WRITTEN}
        try:
            text = self._environment.get_template(name).render(left | written)
        except jinja2.TemplateNotFound as error:
            raise _refused(name, _line_of(error, name), f"no template {error.name!r}") from error
        except _WRITING_ERRORS as error:
            raise _refused(name, _line_of(error, name), str(error)) from error
        return _tidy(text, keep_lines=occasion.channel == "email")


def _refused(name: str, line: int, found: str) -> ConfigurationError:
    return ConfigurationError("a template that can be written", f"in templates/{name}, line {line}: {found}", _MEND)


def _line_of(error: Exception, name: str) -> int:
    """The template's line: Jinja puts it into the traceback as if the template were Python."""
    if isinstance(error, jinja2.TemplateSyntaxError):
        return error.lineno
    line, step = 1, error.__traceback__
    while step is not None:
        code: Any = step.tb_frame.f_code
        line = step.tb_lineno if code.co_filename in (name, "<template>") else line
        step = step.tb_next
    return line


def _tidy(text: str, *, keep_lines: bool) -> str:
    if not keep_lines:
        return " ".join(text.split())
    lines = (" ".join(line.split()) for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
