from __future__ import annotations

import json
from pathlib import Path

import pytest

from crmplan.assessment.access import ACCESS_FILE, FACILITATOR, has_token, holder_of, issue_tokens, seal
from crmplan.errors import AnswersError


def test_a_token_opens_for_its_holder_and_for_nobody_else(tmp_path: Path) -> None:
    tokens = issue_tokens(tmp_path, ["r1", "r2", FACILITATOR])

    assert {holder: holder_of(tmp_path, token) for holder, token in tokens.items()} == {
        "r1": "r1", "r2": "r2", FACILITATOR: FACILITATOR,
    }  # fmt: skip
    assert len(set(tokens.values())) == 3


@pytest.mark.parametrize("wrong", ["", "r1", "abcd-efgh-jkmn-pqrs", "x" * 100_000, "\x00", "🙂", "'; drop", "\ud83d"])
def test_a_wrong_token_opens_nothing(wrong: str, tmp_path: Path) -> None:
    issue_tokens(tmp_path, ["r1"])

    assert holder_of(tmp_path, wrong) is None


def test_nothing_opens_before_tokens_are_issued(tmp_path: Path) -> None:
    assert holder_of(tmp_path, "") is None
    assert not has_token(tmp_path, "r1")


def test_how_a_token_is_typed_does_not_matter(tmp_path: Path) -> None:
    token = issue_tokens(tmp_path, ["r1"])["r1"]

    assert holder_of(tmp_path, f"  {token.upper().replace('-', ' ')} ") == "r1"


def test_only_hashes_are_kept_and_only_the_owner_may_read_them(tmp_path: Path) -> None:
    token = issue_tokens(tmp_path, ["r1"])["r1"]
    file = tmp_path / ACCESS_FILE

    assert token not in file.read_text("utf-8")
    assert token.replace("-", "") not in file.read_text("utf-8")
    assert file.stat().st_mode & 0o077 == 0


def test_who_has_a_token_keeps_it_unless_it_is_renewed(tmp_path: Path) -> None:
    first = issue_tokens(tmp_path, ["r1"])["r1"]

    assert list(issue_tokens(tmp_path, ["r1", "r2"])) == ["r2"]
    assert holder_of(tmp_path, first) == "r1"
    second = issue_tokens(tmp_path, ["r1"], renew=True)["r1"]
    assert (holder_of(tmp_path, first), holder_of(tmp_path, second)) == (None, "r1")


def test_a_seal_is_that_of_one_client_and_one_text(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()

    assert seal(tmp_path / "a", "text") == seal(tmp_path / "a", "text")
    assert len({seal(tmp_path / "a", "text"), seal(tmp_path / "b", "text"), seal(tmp_path / "a", "texts")}) == 3


def test_renewing_tokens_leaves_the_seal_as_it_was(tmp_path: Path) -> None:
    before = seal(tmp_path, "text")
    issue_tokens(tmp_path, ["r1"], renew=True)

    assert seal(tmp_path, "text") == before


@pytest.mark.parametrize("damaged", ["", "{}", "[]", '{"salt": "zz", "key": "00", "tokens": {}}'])
def test_a_damaged_file_is_told_not_replaced(damaged: str, tmp_path: Path) -> None:
    (tmp_path / ACCESS_FILE).write_text(damaged, "utf-8")

    with pytest.raises(AnswersError, match="put back a copy"):
        issue_tokens(tmp_path, ["r1"])
    assert (tmp_path / ACCESS_FILE).read_text("utf-8") == damaged


def test_every_token_has_its_hash_under_one_salt(tmp_path: Path) -> None:
    issue_tokens(tmp_path, [f"r{number}" for number in range(5)])
    kept = json.loads((tmp_path / ACCESS_FILE).read_text("utf-8"))

    assert len(kept["salt"]) == 32
    assert len(set(kept["tokens"].values())) == 5
