"""The strict YAML reader keeps what a person wrote, and says where it is wrong."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmplan import _yaml
from crmplan.errors import ConfigError, EngagementError


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("no", "no"),
        ("NO", "NO"),
        ("yes", "yes"),
        ("on", "on"),
        ("true", True),
        ("false", False),
        ("True", "True"),
        ("2024-01-31", "2024-01-31"),
        ("12:30", "12:30"),
        ("02134", "02134"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("12", 12),
        ("-3", -3),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1e5", "1e5"),
        (".inf", ".inf"),
        ("'12'", "12"),
        ("~", None),
        ("", None),
        ("99999999999999999999", "99999999999999999999"),
    ],
)
def test_a_plain_value_is_only_what_it_looks_like(written: str, read: object) -> None:
    assert _yaml.read_text(f"key: {written}").data == {"key": read}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb:\n  c: 1\n  c: 2", r"x\.yaml:4: expected every key once, got 'c'; it stands in line 3 already"),
        ("a: &x 1\nb: *x", r"^x\.yaml:1: expected no anchors"),
        ("a: !!python/object:os.system 1", r"^x\.yaml:1: expected no tags"),
        ("a: [1, 2", r"x\.yaml:\d+: expected valid YAML"),
        ("<<: 1", r"x\.yaml:1: expected plain text as a key"),
        ("a: 1\n---\nb: 2", r"x\.yaml:2: expected valid YAML"),
        ("a: \x07", "expected valid YAML"),
        ("[" * 5000, "levels of nesting"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        _yaml.read_text(text, file="x.yaml")


def test_all_problems_of_a_file_are_raised_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        _yaml.read_text("a: 1\na: 2\nb: 1\nb: 2")

    assert len(caught.value.problems) == 2


def test_every_value_knows_its_line() -> None:
    document = _yaml.read_text("a: 1\nb:\n  - x\n  - y: 2\n", file="f.yaml")

    assert document.where(("b", 1, "y")) == "f.yaml:4"
    assert document.where(("b", 7)) == "f.yaml:2"


def test_a_file_that_is_not_utf8_names_the_line(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes("name: plain\ntown: Z\xfcrich\n".encode("latin-1"))

    with pytest.raises(EngagementError, match=r"latin\.yaml:2: expected text in UTF-8"):
        _yaml.read(tmp_path / "latin.yaml", error=EngagementError)


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path: Path) -> None:
    (tmp_path / "bom.yaml").write_bytes(b"\xef\xbb\xbfname: x\n")

    assert _yaml.read(tmp_path / "bom.yaml").data == {"name": "x"}


def test_a_missing_file_is_a_config_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="a YAML file that can be read"):
        _yaml.read(tmp_path / "none.yaml")


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_with_a_config_error(text: str) -> None:
    with contextlib.suppress(ConfigError):
        _yaml.read_text(text)
