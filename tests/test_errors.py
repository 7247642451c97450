"""Messages say what to do and give nobody away."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmplan import errors
from crmplan.errors import ConfigError, CrmplanError, Problem, mask


def test_every_error_has_one_root() -> None:
    classes = [getattr(errors, name) for name in errors.__all__]
    raised = [one for one in classes if isinstance(one, type) and issubclass(one, Exception)]

    assert all(issubclass(one, CrmplanError) for one in raised)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("anna.meier@firma.de", "a***@***"),
        ("call +49 (30) 1234-5678 now", "call ***78 now"),
        ("4111 1111 1111 1111", "***11"),
        ("order 12345", "order 12345"),
        ("2024-01-31", "2024-01-31"),
        ("2024-12-31T00:00:00", "2024-12-31T00:00:00"),
        ("2024-12-31 10:00:00", "2024-12-31 10:00:00"),
        ("tel:5551234567", "tel:***67"),
    ],
)
def test_personal_data_is_masked(text: str, masked: str) -> None:
    assert mask(text) == masked


@given(st.emails())
def test_no_address_survives_masking(address: str) -> None:
    assert address not in mask(f"see {address} please")


def test_a_long_list_of_problems_is_capped_but_all_are_carried() -> None:
    problems = [Problem(f"f:{i}", "x") for i in range(40)]

    error = ConfigError(problems)

    assert "… and 28 more" in str(error)
    assert len(error.problems) == 40


def test_what_stands_in_a_file_does_not_steer_the_terminal() -> None:
    assert (
        str(Problem("a.csv", "a column", "", "there are: \x1b[2Jid\n"))
        == "a.csv: expected a column; there are: �[2Jid�"
    )
