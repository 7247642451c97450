"""What the exports of all systems share: files, customer numbers, order numbers and lines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmplan.rehearsal.drawing import Rehearsal, generator

__all__ = [
    "COUNTRY_CODES",
    "ISO",
    "CustomerNumbers",
    "RawExport",
    "any_order_numbers",
    "is_early",
    "order_lines",
    "order_numbers",
    "records_of",
    "shipments",
    "touches",
    "yes_no",
]

ISO = "%Y-%m-%d %H:%M:%S"
COUNTRY_CODES = {"Germany": "DE", "Austria": "AT", "Switzerland": "CH", "Netherlands": "NL"}


@dataclass(frozen=True, slots=True)
class RawExport:
    """One file as a system writes it: where, its rows, delimiter, encoding, decimal mark and end of line."""

    file: str
    rows: pd.DataFrame
    delimiter: str = ","
    encoding: str = "utf-8"
    decimal: str = "."
    line_end: str = "\n"


class CustomerNumbers:
    """Which customer number a row carries: of somebody with two records, it may be either."""

    def __init__(self, world: Rehearsal) -> None:
        self._rng = generator(world.seed, "numbers")
        self._ids: dict[str, np.ndarray] = {}
        for system, rows in world.records.groupby("system"):
            ids = np.full((len(world.people), 2), "", dtype=object)
            ids[rows["person"], rows["copy"]] = rows["customer_id"]
            ids[:, 1] = np.where(ids[:, 1] == "", ids[:, 0], ids[:, 1])
            self._ids[str(system)] = ids

    def of(
        self, system: str, person: pd.Series, known: pd.Series | None = None, together: pd.Series | None = None
    ) -> np.ndarray:
        """Return the numbers; empty for people whom the system does not hold or did not recognise.

        Rows with the same number in ``together`` (0, 1, …: the lines of an order) carry the same customer number.
        """
        rows = np.arange(len(person)) if together is None else together.to_numpy()
        second = (self._rng.random(rows.max(initial=-1) + 1) < 0.4).astype(int)[rows]
        ids = self._ids[system][np.maximum(person.to_numpy(), 0), second]
        unknown = (person < 0).to_numpy() if known is None else ((person < 0) | ~known).to_numpy()
        return np.where(unknown, "", ids)


def records_of(world: Rehearsal, system: str) -> pd.DataFrame:
    """Return the customer records of one system."""
    return world.records[world.records["system"] == system].reset_index(drop=True)


def order_lines(world: Rehearsal, *, is_web: bool) -> pd.DataFrame:
    """Return the exported order lines of the web shop or of the others, with customer's country and territory."""
    orders = world.past_orders
    lines = world.lines.merge(orders[(orders["channel"] == "web") == is_web], on="order")
    of = world.people.iloc[lines["person"]]
    return lines.assign(country=of["country"].to_numpy(), territory=of["territory"].to_numpy())


def order_numbers(order: pd.Series, *, is_web: bool) -> np.ndarray:
    """Return order numbers as the system writes them; empty where there is no order."""
    made = [f"WO{100_000 + k}" if is_web else f"{20_000_000 + k}" for k in order]
    return np.where(order < 0, "", np.array(made, dtype=object))


def any_order_numbers(world: Rehearsal, order: pd.Series) -> np.ndarray:
    """Return order numbers of either system."""
    is_web = (world.orders["channel"] == "web").to_numpy()[np.maximum(order, 0)]
    return np.where(is_web, order_numbers(order, is_web=True), order_numbers(order, is_web=False))


def shipments(world: Rehearsal, *, is_web: bool) -> pd.DataFrame:
    """Return deliveries with the number of their order."""
    channel = world.orders["channel"].to_numpy()[world.deliveries["order"]]
    sent: pd.DataFrame = world.deliveries[(channel == "web") == is_web].reset_index(drop=True)
    return sent.assign(order_no=order_numbers(sent["order"], is_web=is_web))


def touches(world: Rehearsal, numbers: CustomerNumbers, system: str, channels: tuple[str, ...]) -> pd.DataFrame:
    """Return whom campaigns of some channels reached, as far as the system holds them."""
    campaign = world.campaigns.iloc[world.touches["campaign"]].reset_index(drop=True)
    sent = world.touches.assign(campaign_id=campaign["campaign_id"], channel=campaign["channel"])
    sent = sent[sent["channel"].isin(channels)]
    rows = pd.DataFrame(
        {
            "campaign_id": sent["campaign_id"],
            "customer": numbers.of(system, sent["person"]),
            "sent_at": sent["touched_at"].dt.strftime(ISO),
            "channel": sent["channel"],
            "responded": sent["is_response"].astype(int),
        }
    )
    return rows[rows["customer"] != ""]


def touches_mapping(file: str) -> str:
    """Return the lines of ``engagement.yaml`` that map a file of :func:`touches`, whatever system wrote it."""
    return f"""\
      - table: touches
        file: {file}
        columns:
          campaign_id: campaign_id
          customer_id: customer
          touched_at: sent_at
          channel: channel
          is_response: responded
"""


def is_early(world: Rehearsal, at: pd.Series) -> pd.Series:
    """Return whether a row is from the first half, before a system was moved and changed its way of writing days."""
    start, end = pd.Timestamp(world.start), pd.Timestamp(world.as_of)
    return at < start + (end - start) / 2


def yes_no(flags: pd.Series, yes: str, no: str) -> np.ndarray:
    """Return flags in the words of a system."""
    return np.where(flags, yes, no)
