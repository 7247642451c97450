"""Accounting: German columns, Windows encoding, semicolons, decimal commas, numbers such as 00123."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmplan.rehearsal.drawing import Rehearsal, generator
from crmplan.rehearsal.sources import raw
from crmplan.rehearsal.sources.raw import CustomerNumbers, RawExport, yes_no

__all__ = ["MAPPING", "exports"]

_DAY = "%d.%m.%Y"
_MOMENT = "%d.%m.%Y %H:%M"
_COUNTRIES = {"Germany": "D", "Austria": "A", "Switzerland": "CH", "Netherlands": "NL"}
_STATES = {"completed": "erledigt", "shipped": "versandt", "open": "offen", "cancelled": "storniert"}
_REASONS = {
    "": "", "price": "Preis", "poor service": "Service", "closed down": "Geschäftsaufgabe",
    "no need": "kein Bedarf", "competitor": "Wettbewerb",
}  # fmt: skip

MAPPING = """
  - name: accounting
    label: Accounting and sales orders
    serves: accounting
    tables:
      - table: customers
        file: data/accounting/debitoren.csv
        reading: {delimiter: ";", encoding: cp1252, decimal: ","}
        columns:
          customer_id: Debitor
          kind: {column: Art, values: {F: firm, P: person}}
          name: Name
          email: E-Mail
          phone: Telefon
          address: Straße
          postcode: PLZ
          city: Ort
          region: Gebiet
          country: {column: Land, values: {D: Germany, A: Austria, CH: Switzerland, NL: Netherlands}}
          segment: Klasse
          created_at: {column: Angelegt am, formats: ["%d.%m.%Y"]}
          updated_at: {column: Geändert am, formats: ["%d.%m.%Y"]}
          created_by: Angelegt von
      - table: orders
        file: data/accounting/belege.csv
        reading: {delimiter: ";", encoding: cp1252, decimal: ","}
        columns:
          order_id: Beleg
          customer_id: Debitor
          ordered_at: {column: Datum, formats: ["%d.%m.%Y %H:%M"]}
          product_id: Artikel
          quantity: Menge
          net_amount: Netto
          cost: Einstand
          discount: Rabatt
          channel: {column: Weg, values: {Telefon: telephone, Außendienst: field}}
          country: {column: Land, values: {D: Germany, A: Austria, CH: Switzerland, NL: Netherlands}}
          territory: Gebiet
          is_refund: {column: Belegart, values: {GS: true, RE: false}}
          refunds_order_id: Bezug
          status: {column: Status, values: {erledigt: completed, versandt: shipped, offen: open, storniert: cancelled}}
      - table: contracts
        file: data/accounting/vertraege.csv
        reading: {delimiter: ";", encoding: cp1252, decimal: ","}
        columns:
          contract_id: Vertrag
          customer_id: Debitor
          started_on: {column: Beginn, formats: ["%d.%m.%Y"]}
          ended_on: {column: Ende, formats: ["%d.%m.%Y"]}
          monthly_fee: Monatsbetrag
          committed_amount: Abnahme vereinbart
          fulfilled_amount: Abnahme erfolgt
          cancel_reason:
            column: Kündigungsgrund
            values:
              Preis: price
              Service: poor service
              Geschäftsaufgabe: closed down
              kein Bedarf: no need
              Wettbewerb: competitor
      - table: shipments
        file: data/accounting/lieferungen.csv
        reading: {delimiter: ";", encoding: cp1252, decimal: ","}
        columns:
          order_id: Beleg
          promised_on: {column: Zugesagt, formats: ["%d.%m.%Y"]}
          delivered_on: {column: Geliefert, formats: ["%d.%m.%Y"]}
          is_correct_item: {column: Ware richtig, values: {J: true, N: false}}
          handling_cost: Mehraufwand
"""


def exports(world: Rehearsal, numbers: CustomerNumbers) -> list[RawExport]:
    """Return debtors, sales orders, service contracts and deliveries."""
    files = {
        "debitoren": _debtors(world),
        "belege": _with_test_bookings(_orders(world, numbers)),
        "vertraege": _contracts(world, numbers),
        "lieferungen": _deliveries(world),
    }
    return [RawExport(f"data/accounting/{name}.csv", rows, ";", "cp1252", ",", "\r\n") for name, rows in files.items()]


def _debtors(world: Rehearsal) -> pd.DataFrame:
    held = raw.records_of(world, "accounting")
    return pd.DataFrame(
        {
            "Debitor": held["customer_id"],
            "Art": yes_no(held["is_firm"], "F", "P"),
            "Name": held["name"],
            "E-Mail": held["email"],
            "Telefon": held["phone"],
            "Straße": held["street"],
            "PLZ": held["postcode"],
            "Ort": held["city"],
            "Gebiet": held["territory"],
            "Land": held["country"].map(_COUNTRIES),
            "Klasse": _classes(world, held["person"]),
            "Angelegt am": held["created_at"].dt.strftime(_DAY),
            "Geändert am": held["updated_at"].dt.strftime(_DAY),
            "Angelegt von": held["created_by"],
        }
    )


def _classes(world: Rehearsal, person: pd.Series) -> np.ndarray:
    # Given once when the debtor was made, by what the clerk expected; a fifth were guessed wrong.
    of_segment = {"framework_office": "A", "workshop": "B", "school": "B"}
    expected = world.people["segment"].iloc[person].map(of_segment).fillna("C").to_numpy()
    rng = generator(world.seed, "classes")
    guessed = rng.choice(["A", "B", "C"], size=len(person))
    return np.where(rng.random(len(person)) < 0.2, guessed, expected)


def _orders(world: Rehearsal, numbers: CustomerNumbers) -> pd.DataFrame:
    lines = raw.order_lines(world, is_web=False)
    return pd.DataFrame(
        {
            "Beleg": raw.order_numbers(lines["order"], is_web=False),
            "Debitor": numbers.of("accounting", lines["person"], ~lines["is_unknown"], lines["order"]),
            "Datum": lines["ordered_at"].dt.strftime(_MOMENT),
            "Artikel": world.products["product_id"].to_numpy()[lines["product"]],
            "Menge": lines["quantity"],
            "Netto": _with_comma(lines["net_amount"]),
            "Einstand": _with_comma(lines["cost"]),
            "Rabatt": _with_comma(lines["discount"]),
            "Weg": lines["channel"].map({"telephone": "Telefon", "field": "Außendienst"}),
            "Land": lines["country"].map(_COUNTRIES),
            "Gebiet": lines["territory"],
            "Belegart": yes_no(lines["refunds"] >= 0, "GS", "RE"),
            "Bezug": raw.order_numbers(lines["refunds"], is_web=False),
            "Status": lines["status"].map(_STATES),
        }
    )


def _with_comma(amounts: pd.Series) -> list[str]:
    return [f"{amount:.2f}".replace(".", ",") for amount in amounts]


def _with_test_bookings(orders: pd.DataFrame) -> pd.DataFrame:
    # Somebody tried the system out and never cleaned up: amounts that are none, days that are missing.
    tests = orders.head(6).copy()
    n = len(tests)
    tests["Beleg"] = [f"TEST{i + 1}" for i in range(n)]
    tests["Netto"] = ["siehe Text" if i < 4 else "1,00" for i in range(n)]
    tests["Datum"] = ["" if i >= 4 else day for i, day in enumerate(tests["Datum"])]
    return pd.concat([orders, tests.assign(Belegart="RE", Bezug="", Status="erledigt")], ignore_index=True)


def _contracts(world: Rehearsal, numbers: CustomerNumbers) -> pd.DataFrame:
    signed = world.contracts
    return pd.DataFrame(
        {
            "Vertrag": [f"SV{i + 1:04d}" for i in range(len(signed))],
            "Debitor": numbers.of("accounting", signed["person"]),
            "Beginn": signed["started_on"].dt.strftime(_DAY),
            "Ende": signed["ended_on"].dt.strftime(_DAY),
            "Monatsbetrag": signed["monthly_fee"],
            "Abnahme vereinbart": signed["committed_amount"],
            "Abnahme erfolgt": signed["fulfilled_amount"],
            "Kündigungsgrund": signed["cancel_reason"].map(_REASONS),
        }
    )


def _deliveries(world: Rehearsal) -> pd.DataFrame:
    sent = raw.shipments(world, is_web=False)
    return pd.DataFrame(
        {
            "Beleg": sent["order_no"],
            "Zugesagt": sent["promised_on"].dt.strftime(_DAY),
            "Geliefert": sent["delivered_on"].dt.strftime(_DAY),
            "Ware richtig": yes_no(sent["is_correct_item"], "J", "N"),
            "Mehraufwand": sent["handling_cost"],
        }
    )
