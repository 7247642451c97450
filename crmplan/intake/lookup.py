"""Rows of one export completed from another: order lines from the orders that they belong to.

Systems keep what an order is (who, when) apart from what was bought (what, how many, at what price), and export two
tables. Every row of both is accounted for: lines whose order did not come, and orders of which no line came.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from crmplan.intake.conversion import convert, numbers
from crmplan.intake.table_rows import HELD_BYTES, Folder, TableRows, connected
from crmplan.sources import Lookup

__all__ = ["LookedUp"]


class LookedUp:
    """An export in which the rows of another look something up.

    Parameters
    ----------
    lookup
        By which columns.
    columns
        Its columns that are read, by their own names.
    folder, held_bytes
        Where rows that do not fit in memory go, and how much of them is held.

    Examples
    --------
    >>> lookup = Lookup(name="order", file="orders.csv", on={"OrderNo": "No"})
    >>> orders = LookedUp(lookup, ["No", "Customer"], folder=None)
    >>> orders.add(pd.DataFrame({"No": ["1", "2"], "Customer": ["Ann", "Bo"]}, dtype="str"))
    >>> lines, is_found = orders.completed(pd.DataFrame({"OrderNo": ["2", "9"]}, dtype="str"))
    >>> lines["order.Customer"].fillna("").tolist(), is_found.tolist(), orders.counts()
    (['Bo', ''], [True, False], {'used': 1, 'without_lines': 1})
    """

    def __init__(
        self, lookup: Lookup, columns: Sequence[str], folder: Folder | None, *, held_bytes: int = HELD_BYTES
    ) -> None:
        self.lookup = lookup
        self._columns = list(columns)
        self._titles = [f"c{at}" for at in range(len(columns))]
        self._keys = [f"k{at}" for at in range(len(lookup.on))]
        self._folder = folder
        self._held_bytes = held_bytes
        self._rows = TableRows(lookup.name, folder, held_bytes=held_bytes)
        self._n_rows = 0
        self._engine: Any = None
        self._repeated = np.array([], dtype="int64")
        self._is_used = np.array([], dtype="bool")

    def add(self, raw: pd.DataFrame) -> None:
        """Take in a piece of the looked-up export, as text."""
        rows = raw[self._columns].set_axis(self._titles, axis=1)
        keys = self._key_columns(raw, list(self.lookup.on.values()))
        places = np.arange(self._n_rows, self._n_rows + len(raw))
        self._rows.add(rows.assign(**keys, place=places).reset_index(drop=True))
        self._n_rows += len(raw)

    def completed(self, raw: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
        """Return rows with the columns that were looked up, and for which of them a row was found.

        What is not found is null. Where several rows have the number, the last of them counts.
        """
        names = {title: f"{self.lookup.name}.{name}" for title, name in zip(self._titles, self._columns, strict=True)}
        keys = self._key_columns(raw, list(self.lookup.on))
        found = self._found(pd.DataFrame(keys, index=raw.index).assign(n=np.arange(len(raw))))
        self._is_used[found["place"].to_numpy(dtype="int64")] = True
        texts = found.set_index("n")[self._titles].reindex(range(len(raw))).set_axis(raw.index).astype("str")
        is_found = pd.Series(np.isin(np.arange(len(raw)), found["n"].to_numpy()), index=raw.index)
        return pd.concat([raw, texts.rename(columns=names)], axis=1), is_found

    def counts(self) -> dict[str, int]:
        """Return how many rows were ``used``, had no lines, or came again under the same number."""
        self._begun()
        is_repeated = np.zeros(self._n_rows, dtype="bool")
        is_repeated[self._repeated] = True
        found = {
            "used": int(self._is_used.sum()),
            "without_lines": int((~self._is_used & ~is_repeated).sum()),
            "repeated": len(self._repeated),
        }
        return {outcome: n for outcome, n in found.items() if n}

    def totals(self, decimal: str) -> dict[str, float]:
        """Return what ``total`` sums to over the rows of each outcome; empty where the mapping names none."""
        if self.lookup.total is None:
            return {}
        self._begun()
        title = self._titles[self._columns.index(self.lookup.total)]
        sums: dict[str, list[float]] = {"used": [], "without_lines": [], "repeated": []}
        for piece in self._rows.pieces():
            places = piece["place"].to_numpy()
            amounts = numbers(piece[title].fillna("").str.strip(), decimal=decimal).fillna(0.0).to_numpy()
            is_repeated = np.isin(places, self._repeated)
            is_used = self._is_used[places]
            sums["used"].append(float(amounts[is_used].sum()))
            sums["repeated"].append(float(amounts[is_repeated].sum()))
            sums["without_lines"].append(float(amounts[~is_used & ~is_repeated].sum()))
        return {outcome: round(math.fsum(parts), 2) for outcome, parts in sums.items()}

    def _key_columns(self, raw: pd.DataFrame, names: Sequence[str]) -> dict[str, pd.Series]:
        return {key: convert(raw[name], "id").values for key, name in zip(self._keys, names, strict=True)}

    def _begun(self) -> Any:
        """Return the engine over the rows, made when all of them have come; of several with one number, the last."""
        if self._engine is not None:
            return self._engine
        import pyarrow as pa

        connection = connected(self._folder)
        self._rows.put_into(connection, "everything")
        number = ", ".join(self._keys)
        filled = " and ".join(f"{key} is not null" for key in self._keys)
        last = f"select max(place) from everything where {filled} group by {number}"  # noqa: S608 - own names
        again = f"select place from everything where {filled} and place not in ({last}) order by place"  # noqa: S608
        self._repeated = connection.execute(again).fetchnumpy()["place"].astype("int64")
        connection.register("gone", pa.table({"place": self._repeated}))
        left = "where place not in (select place from gone)" if len(self._repeated) else ""
        connection.execute(f"create view heads as select * from everything {left}")  # noqa: S608
        self._is_used = np.zeros(self._n_rows, dtype="bool")
        self._engine = connection
        return connection

    def _found(self, lines: pd.DataFrame) -> pd.DataFrame:
        import pyarrow as pa

        connection = self._begun()
        connection.register("lines", pa.Table.from_pandas(lines, preserve_index=False))
        both = " and ".join(f"heads.{key} = lines.{key}" for key in self._keys)
        listed = ", ".join(f"heads.{title}" for title in self._titles)
        query = f"select lines.n, heads.place, {listed} from lines join heads on {both}"  # noqa: S608 - own names
        frame: pd.DataFrame = connection.execute(query).to_arrow_table().to_pandas()
        return frame
