from __future__ import annotations

from pathlib import Path

import pytest

from crmplan.engagement import Engagement
from crmplan.errors import TemplateError
from crmplan.reporting.brand import COLOURS, contrast, load_brand, standard_brand

PLAIN_LOGO = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9v9z" fill="#123456"/></svg>'


def _with_brand(client: Path, text: str, **files: str | bytes) -> Engagement:
    (client / "brand.yaml").write_text(text, "utf-8")
    for name, content in files.items():
        place = client / name.replace("_", ".")
        place.write_bytes(content if isinstance(content, bytes) else content.encode())
    engagement = client / "engagement.yaml"
    engagement.write_text(engagement.read_text("utf-8") + "brand: brand.yaml\n", "utf-8")
    return Engagement.open(client)


def test_every_colour_for_text_can_be_read_on_the_standard_paper() -> None:
    colours = standard_brand().colours

    assert sorted(colours) == sorted(COLOURS)
    assert min(contrast(colours[name], colours["paper"]) for name in COLOURS if name not in {"paper", "line"}) >= 4.5


def test_a_client_overrides_what_it_names_and_inherits_the_rest(small_client: Path) -> None:
    brand = load_brand(_with_brand(small_client, 'colours: {accent: "#7A1F3D"}\nconsultant: Ann & Sons\n'))

    assert brand.colours["accent"] == "#7a1f3d"
    assert brand.colours["ink"] == standard_brand().colours["ink"]
    assert brand.consultant == "Ann & Sons"


def test_the_consultant_of_the_engagement_goes_before_the_brands(small_client: Path) -> None:
    engagement = _with_brand(small_client, "consultant: From the brand\n")
    engagement = engagement.model_copy(update={"consultant": "From the engagement"})

    assert load_brand(engagement).consultant == "From the engagement"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("colurs: {}\n", "did you mean 'colours'"),
        ('colours: {pink: "#ff00ff"}\n', "a colour of a brand"),
        ("colours: {ink: red}\n", "a colour such as"),
        ('colours: {ink: "#cccccc"}\n', "that can be read on #ffffff"),
        ("colours: [1]\n", "colours by name"),
        ("- 1\n", "keys such as"),
        ("footer: 12\n", "footer: text of at most"),
        ("logo: ../other.svg\n", "a file beside the brand file"),
        ("logo: missing.svg\n", "a file beside the brand file"),
    ],
)
def test_a_wrong_brand_is_refused_with_what_to_do(small_client: Path, text: str, message: str) -> None:
    with pytest.raises(TemplateError, match=message):
        load_brand(_with_brand(small_client, text))


def test_all_problems_of_a_brand_are_told_at_once(small_client: Path) -> None:
    with pytest.raises(TemplateError) as caught:
        load_brand(_with_brand(small_client, "colours: {ink: red, pink: blue}\nfoo: 1\n"))

    assert len(caught.value.problems) == 3


def test_a_plain_svg_or_png_is_a_logo(small_client: Path) -> None:
    brand = load_brand(_with_brand(small_client, "logo: logo.svg\n", logo_svg=PLAIN_LOGO))

    assert brand.logo is not None
    assert brand.logo.uri.startswith("data:image/svg+xml;base64,")


@pytest.mark.parametrize(
    "content",
    [
        "no picture",
        b"GIF89a",
        PLAIN_LOGO.replace("<path", "<script>alert(1)</script><path"),
        PLAIN_LOGO.replace("<path", '<path onload="alert(1)"'),
        PLAIN_LOGO.replace("<path", '<image href="https://example.org/x.png"/><path'),
        PLAIN_LOGO.replace("<path", '<use href="https://example.org/x.svg#a"/><path'),
        PLAIN_LOGO.replace("<path", "<style>@import 'https://example.org/x.css'</style><path"),
        PLAIN_LOGO.replace('fill="#123456"', 'fill="url(https://example.org/x)"'),
        PLAIN_LOGO.replace("<path", "<foreignObject/><path"),
        PLAIN_LOGO.replace("<path", '<a href="javascript:alert(1)"/><path'),
        '<!DOCTYPE svg [<!ENTITY a "b">]>' + PLAIN_LOGO,
        "<html/>",
        b"\x89PNG\r\n\x1a\n" + bytes(600_000),
    ],
)
def test_a_logo_that_runs_loads_or_links_is_refused(small_client: Path, content: str | bytes) -> None:
    with pytest.raises(TemplateError, match="logo"):
        load_brand(_with_brand(small_client, "logo: logo.svg\n", logo_svg=content))
