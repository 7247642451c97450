"""Everything crmplan can raise, and how a message is worded.

::

    CrmplanError
    ├── ConfigError (ValueError)         a file a person wrote is wrong; carries every problem found
    │   ├── EngagementError              engagement.yaml
    │   ├── TemplateError                checklists, KPIs, initiatives, method, brand
    │   ├── AnswersError                 answers of respondents
    │   └── ExpressionError              a rule over answers and figures
    ├── IntakeError (ValueError)         a raw export cannot be read as mapped; carries every problem found
    ├── UnknownNameError (LookupError)   a client, table, metric or question that does not exist
    ├── NotEnoughDataError (ValueError)  a computation was asked for on fewer rows than it needs
    ├── RenderError (RuntimeError)       a chapter or a document could not be made
    └── MissingExtraError (ImportError)  an optional library is not installed

Poor client data is never raised: it is a finding in the report. Personal data in a message is masked.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

__all__ = [
    "AnswersError",
    "ConfigError",
    "CrmplanError",
    "EngagementError",
    "ExpressionError",
    "IntakeError",
    "LabelsError",
    "MissingExtraError",
    "NotEnoughDataError",
    "Problem",
    "RenderError",
    "TemplateError",
    "UnknownNameError",
    "closest",
    "mask",
    "mask_whole",
    "wanted_of",
]

_MOST_PROBLEMS_SHOWN = 12
_MOST_CHARACTERS = 80
_EMAIL = re.compile(r"[^\s<>,;:\"]+@[^\s<>,;:\"]+")
_LONG_NUMBER = re.compile(r"(?<![\w.])(?!\d{4}-\d{2}-\d{2}T)\+?\d[\d\s()/-]{5,}\d(?![\w.])")
_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}(?: \d{2})?$")


_WANTED: Mapping[str, str] = MappingProxyType(
    {
        "tuple_type": "a list, each entry on a line of its own after '- '", "dict_type": "keys with values",
        "model_type": "keys with values", "string_type": "text", "finite_number": "a finite number",
        "float_type": "a number", "float_parsing": "a number", "int_type": "a whole number",
        "int_parsing": "a whole number", "bool_type": "true or false", "bool_parsing": "true or false",
    }
)  # fmt: skip
"""What is wanted, by kind of error, where the words of the validating library speak of Python's types."""


class CrmplanError(Exception):
    """Root of every error that crmplan raises on purpose."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, in words that say what to do.

    Parameters
    ----------
    where
        ``file:line`` or ``file, column 'x'``.
    expected
        What would have been right.
    got
        What was there; personal data is masked when it is printed.
    advice
        What to do next.

    Examples
    --------
    >>> print(Problem("engagement.yaml:3", "a currency code of three letters", "Euros", "write EUR"))
    engagement.yaml:3: expected a currency code of three letters, got 'Euros'; write EUR
    """

    where: str
    expected: str
    got: str = ""
    advice: str = ""

    def __str__(self) -> str:
        text = f"{self.where}: expected {self.expected}"
        if self.got:
            text += f", got '{mask(self.got)}'"
        text = f"{text}; {self.advice}" if self.advice else text
        # What stands in a client's file must not steer the terminal that shows it.
        return "".join(character if character.isprintable() else "�" for character in text)


class _ProblemsError(CrmplanError):
    """An error that carries every problem found, not only the first one."""

    def __init__(self, problems: Sequence[Problem] | str) -> None:
        self.problems: tuple[Problem, ...] = () if isinstance(problems, str) else tuple(problems)
        super().__init__(problems if isinstance(problems, str) else _listed(self.problems))


class ConfigError(_ProblemsError, ValueError):
    """A file a person wrote cannot be taken as it stands; ``problems`` lists everything that is wrong."""


class EngagementError(ConfigError):
    """engagement.yaml is missing, malformed or contradicts itself."""


class TemplateError(ConfigError):
    """A checklist, KPI, initiative, method or brand file is malformed."""


class AnswersError(ConfigError):
    """A file of answers is malformed."""


class LabelsError(ConfigError):
    """A file of verdicts on pairs of customer records is malformed."""


class ExpressionError(ConfigError):
    """A rule over answers and figures cannot be read, or says something that no rule may say."""


class IntakeError(_ProblemsError, ValueError):
    """A raw export cannot be read in the way the mapping describes."""


class UnknownNameError(CrmplanError, LookupError):
    """A name was used that does not exist; says which close ones do."""

    @classmethod
    def among(cls, kind: str, name: str, known: Iterable[str]) -> UnknownNameError:
        """Return the error for ``name`` with the closest known names.

        Examples
        --------
        >>> print(UnknownNameError.among("metric", "repeat_shar", ["repeat_share", "win_rate"]))
        there is no metric 'repeat_shar'; did you mean 'repeat_share'?
        """
        known = list(known)
        close = closest(name, known)
        hint = f"did you mean {close}?" if close else f"known: {', '.join(sorted(known)[:8]) or 'none'}"
        return cls(f"there is no {kind} '{mask(name)}'; {hint}")


class NotEnoughDataError(CrmplanError, ValueError):
    """A computation needs more rows than there are; the message says how many of what."""


class RenderError(CrmplanError, RuntimeError):
    """A chapter or a document could not be made."""


class MissingExtraError(CrmplanError, ImportError):
    """An optional library is not installed; the message holds the line that installs it."""

    @classmethod
    def of(cls, library: str, extra: str) -> MissingExtraError:
        """Return the error that names the extra to install.

        Examples
        --------
        >>> print(MissingExtraError.of("voila", "workshop"))
        this needs voila, which is not installed; run: pip install "crmplan[workshop]"
        """
        return cls(f'this needs {library}, which is not installed; run: pip install "crmplan[{extra}]"')


def wanted_of(error: Mapping[str, Any]) -> str:
    """Return what a validation error wants, in words for the person who wrote the file.

    Parameters
    ----------
    error
        One of ``pydantic.ValidationError.errors()``.

    Examples
    --------
    >>> wanted_of({"type": "tuple_type", "msg": "Input should be a valid tuple"})
    "a list, each entry on a line of its own after '- '"
    >>> wanted_of({"type": "value_error", "msg": "Value error, write the day as YYYY-MM-DD"})
    'write the day as YYYY-MM-DD'
    """
    return _WANTED.get(error["type"], str(error["msg"]).removeprefix("Value error, "))


def mask(text: str) -> str:
    """Return the text, shortened, without e-mail addresses and telephone or card numbers.

    Examples
    --------
    >>> mask("write to ann.lee@example.org or +44 20 7946 0018")
    'write to a***@*** or ***18'
    >>> mask("2018-01-31"), mask("2018-01-31T08:30:00")
    ('2018-01-31', '2018-01-31T08:30:00')
    """
    return mask_whole(text if len(text) <= _MOST_CHARACTERS else text[: _MOST_CHARACTERS - 1] + "…")


def mask_whole(text: str) -> str:
    r"""Return the text as :func:`mask` does, in its full length.

    Examples
    --------
    >>> mask_whole("line 1\nline 2: ann@example.org")
    'line 1\nline 2: a***@***'
    """
    text = _EMAIL.sub(lambda found: f"{found.group()[0]}***@***", text)
    return _LONG_NUMBER.sub(lambda found: _mask_number(found.group()), text)


def _mask_number(text: str) -> str:
    return text if _DATE.match(text) else f"***{text[-2:]}"


def closest(name: str, known: Iterable[str]) -> str:
    """Return the known names that look like ``name``, quoted and joined by "or"; empty when none does.

    Examples
    --------
    >>> closest("order", ["orders", "contracts"])
    "'orders'"
    """
    return " or ".join(f"'{match}'" for match in difflib.get_close_matches(name, list(known), n=2, cutoff=0.6))


def _listed(problems: Sequence[Problem]) -> str:
    shown = [str(problem) for problem in problems[:_MOST_PROBLEMS_SHOWN]]
    if len(problems) > len(shown):
        shown.append(f"… and {len(problems) - len(shown)} more")
    return shown[0] if len(shown) == 1 else f"{len(problems)} problems:\n  " + "\n  ".join(shown)
