"""How long taking in a large export takes, and how much memory.

``python benchmarks/intake.py [--rows N] [--format csv|jsonl|parquet] [--against] [--json] [--size small|full]``

A file of order lines is drawn (decimal commas, dates with the day first, umlauts in Windows-1252), and taken in by a
process of its own: read, converted, checked, written as a canonical table. ``--against`` also reads it whole with
pandas, as text, in a process of its own. Sizes: ``small`` 200,000 lines, ``full`` 1, 5 and 10 million.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

NAMES = ("order", "customer", "date", "product", "pieces", "amount", "note")
MAPPING = """\
client: {{name: Mill, currency: EUR}}
as_of: 2024-12-31
sources:
  - name: shop
    tables:
      - table: orders
        file: data/{file}
        reading: {{decimal: ","}}
        columns:
          order_id: order
          customer_id: customer
          ordered_at: {{column: date, formats: ["%d.%m.%Y"]}}
          product_id: product
          quantity: pieces
          net_amount: amount
"""
A_PART = 100_000


def drawn(n_rows: int) -> Iterator[list[tuple[str, ...]]]:
    random = np.random.default_rng(7)
    for first in range(0, n_rows, A_PART):
        n = min(A_PART, n_rows - first)
        days = (np.datetime64("2023-01-01") + random.integers(0, 730, n)).astype(str)
        numbers = zip(
            range(first, first + n), random.integers(1, max(n_rows // 10, 2), n), days, random.integers(1, 5000, n),
            random.integers(1, 9, n), random.integers(100, 99_999, n), strict=True,
        )  # fmt: skip
        yield [
            (f"A{order // 2:09d}", f"{customer:07d}", f"{day[8:]}.{day[5:7]}.{day[:4]}", f"P{product}", str(pieces),
             f"{cents // 100},{cents % 100:02d}", "ein Geschenk für Müller")
            for order, customer, day, product, pieces, cents in numbers
        ]  # fmt: skip


def write(path: Path, n_rows: int) -> None:
    if path.suffix == ".parquet":
        import pyarrow as pa
        from pyarrow import parquet

        schema = pa.schema([(name, pa.string()) for name in NAMES])
        with parquet.ParquetWriter(path, schema) as writer:
            for rows in drawn(n_rows):
                writer.write_table(pa.Table.from_pylist([dict(zip(NAMES, row, strict=True)) for row in rows], schema))
        return
    with path.open("w", encoding="cp1252") as stream:
        if path.suffix == ".csv":
            stream.write(";".join(NAMES) + "\n")
        for rows in drawn(n_rows):
            if path.suffix == ".csv":
                stream.writelines(";".join(row) + "\n" for row in rows)
            else:
                stream.writelines(
                    json.dumps(dict(zip(NAMES, row, strict=True)), ensure_ascii=False) + "\n" for row in rows
                )


def task(name: str, folder: Path) -> dict[str, float]:
    began = time.perf_counter()
    if name == "intake":
        from crmplan.engagement import Engagement
        from crmplan.intake import take_in

        intake = take_in(Engagement.open(folder))
        intake.tables.save(folder / "tables")
        n_rows = intake.tables.count("orders")
    else:
        import pandas as pd

        n_rows = len(pd.read_csv(next((folder / "data").iterdir()), sep=";", dtype="str", encoding="cp1252"))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": round(time.perf_counter() - began, 1), "peak_mb": round(peak), "n_rows": n_rows}


def run(name: str, folder: Path) -> dict[str, float]:
    command = [sys.executable, __file__, "--task", name, "--folder", str(folder)]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    return dict(json.loads(found.stdout))


def figures(sizes: list[int], kind: str, *, is_against: bool) -> Iterator[dict[str, object]]:
    for n_rows in sizes:
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            (folder / "data").mkdir()
            path = folder / "data" / f"orders.{kind}"
            write(path, n_rows)
            (folder / "engagement.yaml").write_text(MAPPING.format(file=path.name), "utf-8")
            for name in ("intake", "pandas")[: 1 + is_against]:
                found = run(name, folder)
                yield {
                    "name": f"{name}, {kind}, {n_rows:,} rows", "value": found["seconds"], "unit": "s",
                    "file_mb": round(path.stat().st_size / 1e6), "peak_mb": found["peak_mb"], "n_rows": found["n_rows"],
                }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=0)
    parser.add_argument("--format", choices=("csv", "jsonl", "parquet"), default="csv")
    parser.add_argument("--against", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--size", choices=("small", "full"), default="small")
    parser.add_argument("--task", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.task:
        print(json.dumps(task(given.task, given.folder)))
        return
    sizes = [given.rows] if given.rows else [200_000] if given.size == "small" else [1_000_000, 5_000_000, 10_000_000]
    found = []
    for one in figures(sizes, given.format, is_against=given.against):
        found.append(one)
        if not given.json:
            print(f"{one['name']} ({one['file_mb']} MB): {one['value']} s, peak {one['peak_mb']} MB", flush=True)
    if given.json:
        print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
