"""Make the rehearsal client anew: ``python data/sample/rehearsal/make.py``.

The same versions of numpy and pandas write the same bytes. The answers follow the checklists that crmplan carries.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

from crmplan.rehearsal import checklist_questions, make_rehearsal

N_CUSTOMERS = 1500


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--to", type=Path, default=Path(__file__).parent, help="the client's folder")
    to = parser.parse_args().to
    with tempfile.TemporaryDirectory() as scratch:
        made = make_rehearsal(Path(scratch) / "rehearsal", n_customers=N_CUSTOMERS, questions=checklist_questions())
        for part in sorted(made.iterdir()):
            if part.is_dir():
                shutil.rmtree(to / part.name, ignore_errors=True)
            shutil.copytree(part, to / part.name) if part.is_dir() else shutil.copyfile(part, to / part.name)
        size = sum(file.stat().st_size for file in made.rglob("*") if file.is_file())
    print(f"{to}: {size:,} bytes")


if __name__ == "__main__":
    main()
