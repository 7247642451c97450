"""From order lines to one row per customer: time and memory, beside others in the same run.

``python benchmarks/summary.py [--json] [--size small|full] [--lines N] [--times N] [--only A,B]``

Order lines are drawn by DuckDB (seed 1) and written as Parquet into a temporary folder: two lines an order, ten lines
a customer in the mean (a few buy much more), two orders of a hundred give back some of what was bought. Every run is a
fresh process; imports are not timed; memory is the peak of the process and its children, sampled every 20 ms. Results
go to Parquet. Figures are medians of three runs, of one run from 50 million lines on; ratios are of one and the same
invocation. ``small`` is 300,000 lines, ``full`` ten and fifty million, where nobody but DuckDB is tried.

scan
    DuckDB alone: count of the lines and sum of the amounts, over the columns that a summary needs.
view
    What the workbench runs: the single view of a client who sent these lines alone (numbers joined to customers, golden
    records, lines under one key, customer-days, one row per customer), all of it written as the workbench keeps it.
days, customers
    Its expressions alone, on DuckDB with a limit of its memory (``--memory``, default 2GB) and two threads: one row per
    customer and day with refunds charged to what they give back, and one row per customer.
spark
    As ``customers`` on Spark, local with two cores (only if asked for; needs pyspark and Java): same table, compared
    with that of DuckDB row by row. The start of the session is not timed.
lifetimes, pymc
    Their summaries (``summary_data_from_transaction_data``, ``rfm_summary``), Parquet into a frame included; they
    know no refunds and no orders. Not tried beyond 10 million lines: at 50 million lifetimes takes 10 GB.

A task that fails is reported in its place, the others run, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

SIZES = {"small": [300_000], "full": [10_000_000, 50_000_000]}
MOST_LINES_IN_FRAMES = 10_000_000
MOST_LINES_THRICE = 10_000_000
VIEW = ("ids", "purchases")
PYTHONS: dict[str, str] = {}
"""The interpreter of a task whose library lives in an environment of its own."""
NEEDS = {"lifetimes": "lifetimes", "pymc": "pymc_marketing", "spark": "pyspark"}
LINES = """
    SELECT 'C' || lpad(customer::varchar, 8, '0') AS customer_id, 'shop' AS source, 'o' || n_order AS order_id,
        TIMESTAMP '2022-01-01' + to_minutes((hash(n_order, 2) % (730 * 1440))::bigint) AS ordered_at,
        CASE WHEN gives_back THEN -1 ELSE 1 END * (100 + hash(line, 3) % 20000)::bigint / 100 AS net_amount,
        gives_back AS is_refund
    FROM (SELECT line, n_order, hash(n_order, 4) % 50 = 0 AS gives_back,
            floor($customers * pow((hash(n_order, 1) % 1000000007) / 1000000007, 1.3))::bigint AS customer
        FROM (SELECT range AS line, range // 2 AS n_order FROM range($lines)))
"""


def draw(folder: Path, n_lines: int, memory: str) -> None:
    import duckdb

    con = _duckdb(duckdb.connect(), folder, memory)
    query = LINES.replace("$customers", str(n_lines // 10)).replace("$lines", str(n_lines))
    con.execute(f"COPY ({query}) TO '{folder / 'lines.parquet'}' (FORMAT parquet)")


def _duckdb(con: Any, folder: Path, memory: str) -> Any:
    con.execute(f"SET memory_limit = '{memory}'")
    con.execute(f"SET temp_directory = '{folder / 'spill'}'")
    con.execute("SET threads = 2")
    con.execute("SET preserve_insertion_order = false")
    return con


def scan(folder: Path, memory: str) -> float:
    import duckdb

    con = _duckdb(duckdb.connect(), folder, memory)
    began = time.perf_counter()
    lines = con.read_parquet(str(folder / "lines.parquet"))
    lines.aggregate("count(*), sum(net_amount), count(customer_id), max(ordered_at)").fetchall()
    return time.perf_counter() - began


def under_numbers(lines: Any) -> Any:
    """Return the lines with a customer's number in the shop as the customer's key."""
    return lines.rename(customer_key="customer_id")


def view(folder: Path, _: str) -> float:
    from crmplan.customers import single_view
    from crmplan.tables import Tables

    began = time.perf_counter()
    found = single_view(Tables({"orders": folder / "lines.parquet"}, {}))
    found.tables.save(folder / "view")
    return time.perf_counter() - began


def ours(folder: Path, memory: str, *, per_customer: bool) -> float:
    import ibis

    from crmplan.customers.purchases import customer_table, fold_purchases

    con = ibis.duckdb.connect()
    _duckdb(con.con, folder, memory)
    began = time.perf_counter()
    days = fold_purchases(under_numbers(con.read_parquet(folder / "lines.parquet"))).customer_days
    found, name = (customer_table(days), "customers") if per_customer else (days, "days")
    con.to_parquet(found, folder / f"{name}.parquet")
    return time.perf_counter() - began


def spark(folder: Path, _: str) -> float:
    import ibis
    from pyspark.sql import SparkSession

    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.driver.memory", "6g")
        .config("spark.sql.shuffle.partitions", "8")
        .config("spark.ui.enabled", "false")
        .config("spark.local.dir", str(folder / "spark"))
        .getOrCreate()
    )
    session.range(1).count()
    con = ibis.pyspark.connect(session)
    from crmplan.customers.purchases import customer_table, fold_purchases

    began = time.perf_counter()
    days = fold_purchases(under_numbers(con.read_parquet(str(folder / "lines.parquet")))).customer_days
    con.to_parquet(customer_table(days), str(folder / "spark.parquet"))
    taken = time.perf_counter() - began
    session.stop()
    return taken


def lifetimes(folder: Path, _: str) -> float:
    import pandas as pd
    from lifetimes.utils import summary_data_from_transaction_data

    began = time.perf_counter()
    lines = pd.read_parquet(folder / "lines.parquet", columns=["customer_id", "ordered_at", "net_amount"])
    summary_data_from_transaction_data(lines, "customer_id", "ordered_at", "net_amount").to_parquet(folder / "lt")
    return time.perf_counter() - began


def pymc(folder: Path, _: str) -> float:
    import pandas as pd
    from pymc_marketing.clv.utils import rfm_summary

    began = time.perf_counter()
    lines = pd.read_parquet(folder / "lines.parquet", columns=["customer_id", "ordered_at", "net_amount"])
    rfm_summary(lines, "customer_id", "ordered_at", "net_amount").to_parquet(folder / "pymc")
    return time.perf_counter() - began


TASKS: dict[str, Callable[[Path, str], float]] = {
    "scan": scan,
    "view": view,
    "days": lambda folder, memory: ours(folder, memory, per_customer=False),
    "customers": lambda folder, memory: ours(folder, memory, per_customer=True),
    "spark": spark,
    "lifetimes": lifetimes,
    "pymc": pymc,
}


class TaskFailedError(Exception):
    """A task ended with an error; says what it wrote."""


def once(task: str, folder: Path, memory: str) -> tuple[float, float]:
    """Return seconds and peak megabytes of one fresh process and its children."""
    import psutil

    python = PYTHONS.get(task, sys.executable)
    command = [python, "-W", "ignore", __file__, "--task", task, "--folder", str(folder), "--memory", memory]
    shutil.rmtree(folder / "spark.parquet", ignore_errors=True)
    peak = 0
    with (folder / "errors").open("w+b") as errors:
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors)
        top = psutil.Process(child.pid)
        while child.poll() is None:
            try:
                peak = max(peak, sum(one.memory_info().rss for one in [top, *top.children(recursive=True)]))
            except psutil.NoSuchProcess:
                continue
            time.sleep(0.02)
        told = child.communicate()[0]
        if child.returncode:
            errors.seek(0)
            raise TaskFailedError(errors.read().decode()[-3000:].strip() or f"exit code {child.returncode}")
    return float(told.splitlines()[-1]), peak / 1024**2


def rows_that_differ(folder: Path, task: str) -> int:
    """Return the number of customers whose row is not, to the last digit, the one that the expressions give."""
    import duckdb

    columns = "first_day::date, last_day::date, n_purchase_days, n_orders, net_amount"
    one = duckdb.read_parquet(str(folder / "customers.parquet")).project("customer_key, " + columns)
    if task == "spark":
        other = duckdb.read_parquet(str(folder / "spark.parquet" / "*.parquet")).project("customer_key, " + columns)
    else:
        ids, bought = (duckdb.read_parquet(str(folder / "view" / f"customer_{name}.parquet")) for name in VIEW)
        other = ids.join(bought, "customer_key").project("customer_id, " + columns)
    return len(one.except_(other)) + len(other.except_(one))


def run(n_lines: int, only: list[str], memory: str, times: int) -> Iterator[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        once("draw:" + str(n_lines), folder, memory)
        floor = None
        for task in only:
            what = f"{task}, {n_lines:,} lines"
            why_not = left_out(task, n_lines)
            if why_not:
                yield {"name": what, "left_out": why_not}
                continue
            try:
                runs = [once(task, folder, memory) for _ in range(times)]
            except TaskFailedError as error:
                yield {"name": what, "failed": str(error)}
                continue
            seconds = statistics.median(one[0] for one in runs)
            floor = seconds if task == "scan" else floor
            found = {"name": what, "value": round(seconds, 2), "unit": "s", "against": "bare scan"}
            found |= {"ratio": round(seconds / floor, 1) if floor else None}
            found |= {"peak_mb": round(max(one[1] for one in runs)), "runs": len(runs)}
            if task in ("view", "spark") and (folder / "customers.parquet").exists():
                found["rows_that_differ"] = rows_that_differ(folder, task)
            yield found


def left_out(task: str, n_lines: int) -> str:
    """Return why a task is not tried; empty when it is."""
    if task in NEEDS and task not in PYTHONS and importlib.util.find_spec(NEEDS[task]) is None:
        return f"skipped: {NEEDS[task]} is not installed"
    if task in ("lifetimes", "pymc") and n_lines > MOST_LINES_IN_FRAMES:
        return "not tried beyond 10 million lines"
    return ""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--size", choices=["small", "full"], default="full")
    parser.add_argument("--lines", type=int, help="this many lines instead")
    parser.add_argument("--times", type=int, help="this many runs each instead")
    parser.add_argument("--only", default="scan,days,customers,view,lifetimes,pymc")
    parser.add_argument("--memory", default="2GB", help="limit of DuckDB's own memory")
    parser.add_argument("--pymc-python", help="interpreter of an environment that has pymc-marketing and duckdb")
    parser.add_argument("--task", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    only = options.only.split(",")
    if unknown := set(only) - set(TASKS):
        parser.error(f"--only: no such task: {', '.join(sorted(unknown))}; there are {', '.join(TASKS)}")
    if options.pymc_python:
        PYTHONS["pymc"] = options.pymc_python
    if options.task and options.task.startswith("draw:"):
        draw(options.folder, int(options.task.removeprefix("draw:")), options.memory)
        print(0.0)
    elif options.task:
        print(TASKS[options.task](options.folder, options.memory))
    else:
        n_failed = 0
        for n_lines in [options.lines] if options.lines else SIZES[options.size]:
            times = options.times or (3 if n_lines <= MOST_LINES_THRICE else 1)
            for one in run(n_lines, only, options.memory, times):
                print(json.dumps(one) if options.json else "  ".join(str(part) for part in one.values()), flush=True)
                n_failed += "failed" in one
        return 1 if n_failed else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
