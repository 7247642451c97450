"""Bytes become the text that was meant, whichever program wrote them."""

from __future__ import annotations

import pytest

from crmplan.intake.encoding import encoding_in

GERMAN = "Name,Straße\nMüller,Große Bäckerstraße\nÄrger,Öffnung\n"
FRENCH = "nom,ville\nRené,Besançon\nZoë,Orléans – l’été\n"


def _encoding_of(raw: bytes) -> str:
    return encoding_in(lambda: iter([raw]), file="x.txt").name


@pytest.mark.parametrize("text", [GERMAN, FRENCH])
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "mac_roman"])
def test_encodings_of_one_byte_are_told_apart_by_where_their_letters_stand(text: str, encoding: str) -> None:
    assert _encoding_of(text.encode(encoding)) == encoding


def test_quotes_and_signs_of_windows_are_no_letters_of_a_mac() -> None:
    assert _encoding_of("it’s “fine” – 5 €, 3 £ …".encode("cp1252")) == "cp1252"


def test_a_byte_that_windows_does_not_know_is_still_read() -> None:
    assert _encoding_of(b"caf\xe9 \x81") in {"latin-1", "mac_roman"}
