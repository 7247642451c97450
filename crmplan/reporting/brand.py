"""A brand: the colours, the logo and the lines a consultant puts on a report.

The brand that comes with crmplan is templates/report/brand.yaml. A client's folder may override parts of it.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from crmplan import _yaml, carried
from crmplan.errors import Problem, TemplateError, closest

if TYPE_CHECKING:
    from crmplan.engagement import Engagement

__all__ = ["COLOURS", "FONT", "Brand", "Logo", "contrast", "font_folder", "load_brand", "standard_brand"]

COLOURS = ("ink", "accent", "second", "muted", "good", "warn", "bad", "paper", "line")
"""Names of the colours of a brand."""

FONT = "Lato"
"""The typeface of every report; it comes with crmplan, so that a report looks the same on every machine."""

_ON_PAPER = ("ink", "accent", "second", "muted", "good", "warn", "bad")
_LEAST_CONTRAST = 4.5
_MOST_LOGO_BYTES = 500_000
_HEX = re.compile(r"^#[0-9a-fA-F]{6}$")
_PNG = b"\x89PNG\r\n\x1a\n"
_LINES = ("consultant", "footer")
_MOST_CHARACTERS = 160
_SVG_ELEMENTS = frozenset(
    {
        "circle", "clipPath", "defs", "desc", "ellipse", "g", "line", "linearGradient", "mask", "path", "polygon",
        "polyline", "radialGradient", "rect", "stop", "svg", "symbol", "text", "title", "tspan", "use",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Logo:
    """A checked picture: ``format`` is svg or png, ``content`` its bytes."""

    format: str
    content: bytes

    @property
    def uri(self) -> str:
        """The picture as a data address for an HTML page."""
        kind = "image/svg+xml" if self.format == "svg" else "image/png"
        return f"data:{kind};base64,{base64.b64encode(self.content).decode()}"


@dataclass(frozen=True, slots=True)
class Brand:
    """Colours by name (``#rrggbb``), the consultant's name, the footer line and the logo.

    Examples
    --------
    >>> standard_brand().colours["paper"]
    '#ffffff'
    """

    colours: dict[str, str]
    consultant: str = ""
    footer: str = ""
    logo: Logo | None = field(default=None)

    def tint(self, name: str, strength: float) -> str:
        """Return a colour mixed with the paper; ``strength`` 1 is the colour itself, 0 the paper.

        Examples
        --------
        >>> Brand({"accent": "#000000", "paper": "#ffffff"}).tint("accent", 0.2)
        '#cccccc'
        """
        pairs = zip(_channels(self.colours["paper"]), _channels(self.colours[name]), strict=True)
        return "#" + "".join(f"{round(paper + (ink - paper) * strength):02x}" for paper, ink in pairs)


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.2).

    Examples
    --------
    >>> round(contrast("#000000", "#ffffff"), 1)
    21.0
    """
    bright, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def font_folder() -> Path:
    """Return the folder of the Lato typefaces, one file a weight."""
    import font_lato

    return Path(font_lato.__file__).parent / "files"


def standard_brand() -> Brand:
    """Return the brand that comes with crmplan."""
    return _loaded(carried.templates() / "report" / "brand.yaml", None)


def load_brand(engagement: Engagement) -> Brand:
    """Return the brand of an engagement: the standard one, overridden by the client folder's own where it has one.

    Raises
    ------
    TemplateError
        With everything that is wrong: unknown keys, malformed or unreadable colours, a logo that is not a plain
        picture.
    """
    brand = standard_brand()
    if engagement.brand is not None:
        brand = _loaded(engagement.path(engagement.brand), brand)
    if engagement.consultant:
        brand = Brand(brand.colours, engagement.consultant, brand.footer, brand.logo)
    return brand


def _loaded(file: Path, under: Brand | None) -> Brand:
    document = _yaml.read(file, error=TemplateError)
    data = document.data if isinstance(document.data, dict) else {}
    problems = _unknown(document, data)
    if not isinstance(document.data, dict):
        problems.append(Problem(document.where(), "keys such as colours, consultant and footer"))
    colours = _colours(document, data.get("colours"), under, problems)
    lines = {}
    for name in _LINES:
        value = data.get(name, getattr(under, name, ""))
        if not isinstance(value, str) or len(value) > _MOST_CHARACTERS:
            wanted = f"text of at most {_MOST_CHARACTERS} characters"
            problems.append(Problem(document.where([name]), f"{name}: {wanted}", str(value)))
        lines[name] = str(value)
    logo = under.logo if under else None
    if data.get("logo"):
        logo = _logo(file.parent, data["logo"], document.where(["logo"]), problems)
    if problems:
        raise TemplateError(problems)
    return Brand(colours, lines["consultant"], lines["footer"], logo)


def _unknown(document: _yaml.Document, data: dict[str, Any]) -> list[Problem]:
    known = ("colours", *_LINES, "logo")
    found = []
    for name in data:
        if name not in known:
            close = closest(name, known)
            advice = f"did you mean {close}?" if close else f"known: {', '.join(known)}"
            found.append(Problem(document.where([name]), "a known key", name, advice))
    return found


def _colours(document: _yaml.Document, given: Any, under: Brand | None, problems: list[Problem]) -> dict[str, str]:
    colours = dict(under.colours) if under else {}
    if given is not None and not isinstance(given, dict):
        problems.append(Problem(document.where(["colours"]), "colours by name", str(given)))
        return colours
    before = len(problems)
    for name, value in (given or {}).items():
        where = document.where(["colours", name])
        if name not in COLOURS:
            problems.append(Problem(where, "a colour of a brand", name, f"known: {', '.join(COLOURS)}"))
        elif not isinstance(value, str) or not _HEX.match(value):
            problems.append(Problem(where, f'{name}: a colour such as "#12496b", in quotes', str(value)))
        else:
            colours[name] = value.lower()
    missing = [name for name in COLOURS if name not in colours]
    if missing and len(problems) == before:
        problems.append(Problem(document.where(["colours"]), f"the colours {', '.join(missing)} too"))
    if len(problems) == before:
        for name in _ON_PAPER:
            ratio = contrast(colours[name], colours["paper"])
            if ratio < _LEAST_CONTRAST:
                wanted = f"{name}: a colour that can be read on {colours['paper']} (contrast {_LEAST_CONTRAST} or more)"
                got = f"{colours[name]} with {ratio:.1f}"
                problems.append(Problem(document.where(["colours", name]), wanted, got, "take a darker tone"))
    return colours


def _logo(folder: Path, name: Any, where: str, problems: list[Problem]) -> Logo | None:
    path = (folder / str(name)).resolve()
    if not path.is_relative_to(folder.resolve()) or not path.is_file():
        problems.append(Problem(where, "logo: a file beside the brand file", str(name)))
        return None
    content = path.read_bytes()
    if len(content) > _MOST_LOGO_BYTES:
        problems.append(Problem(where, "logo: a picture below 500 kB", f"{len(content):,} bytes"))
        return None
    if content.startswith(_PNG):
        return Logo("png", content)
    reason = _unsafe_svg(content)
    if reason:
        problems.append(Problem(where, "logo: a PNG or a plain SVG", reason, "export it again as a plain SVG or a PNG"))
        return None
    return Logo("svg", content)


def _unsafe_svg(content: bytes) -> str:
    # A list of what is allowed, not of what is forbidden: a logo needs shapes and nothing that runs, loads or links.
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        return "a document type"
    try:
        root = ElementTree.fromstring(content)  # noqa: S314 - no document type, hence no entities
    except ElementTree.ParseError:
        return "neither"
    if root.tag != "{http://www.w3.org/2000/svg}svg":
        return "no svg element"
    return next((reason for element in root.iter() if (reason := _unsafe_element(element))), "")


def _unsafe_element(element: ElementTree.Element) -> str:
    tag = str(element.tag).rpartition("}")[2]
    if tag not in _SVG_ELEMENTS:
        return f"the element {tag}"
    for key, value in element.attrib.items():
        bare = key.rpartition("}")[2].lower()
        if bare.startswith("on") or (bare in {"href", "src"} and not value.startswith("#")):
            return f"the attribute {bare}"
        if "url(" in value.lower().replace("url(#", "") or "javascript:" in value.lower():
            return f"a link in {bare}"
    return ""


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    linear = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (channel / 255 for channel in _channels(colour))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
