"""Excel workbooks: one sheet or several of one shape, with or without titles above the names of the columns."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import date, datetime, time
from fnmatch import fnmatchcase
from typing import Any

import pandas as pd

from crmplan.errors import IntakeError, MissingExtraError, Problem, closest
from crmplan.intake.header import MOST_ROWS_ABOVE, header_at, told_apart
from crmplan.intake.pieces import Pieces
from crmplan.sources import Reading

__all__ = ["cell_text", "parse_workbook", "sheet_names", "sheets_meant"]

_UNSUSPECTED_BYTES = 100_000_000
_MOST_PACKED = 200


def parse_workbook(raw: bytes, *, file: str, wanted: Sequence[str] | None, reading: Reading) -> list[Pieces]:
    """Return the wanted columns of every sheet that is meant, as text; a sheet is one piece.

    Parameters
    ----------
    raw, file
        The bytes of the file, and the name to use in messages.
    wanted
        Names of columns; all when None.
    reading
        ``sheet`` (the first when not given; ``*`` and ``?`` may name several), ``header``, ``header_row``, ``decimal``.

    Raises
    ------
    IntakeError
        When it is no workbook, or holds no such sheet.
    MissingExtraError
        When openpyxl is not installed.
    """
    book = _opened(raw, file)
    try:
        names = sheets_meant(book.sheetnames, reading.sheet, file)
        return [_sheet(book[name], name, file, wanted, reading) for name in names]
    except (IntakeError, MissingExtraError):
        raise
    except Exception as cause:  # cells are read as they are asked for, so a damaged sheet shows only here
        raise _damaged(file, cause) from cause
    finally:
        book.close()


def sheet_names(raw: bytes, *, file: str) -> list[str]:
    """Return the names of a workbook's sheets, in order."""
    book = _opened(raw, file)
    try:
        return [str(name) for name in book.sheetnames]
    finally:
        book.close()


def sheets_meant(names: Sequence[str], wanted: str | None, file: str, what: str = "sheet") -> list[str]:
    """Return the names that a mapping means: the first, the one of that name, or all that a pattern fits.

    Raises
    ------
    IntakeError
        When there is none; says which there are.

    Examples
    --------
    >>> sheets_meant(["Cover", "2023", "2024"], "20*", "x.xlsx")
    ['2023', '2024']
    """
    found = list(names[:1]) if wanted is None else [name for name in names if name == wanted]
    if not found and wanted is not None:
        found = [name for name in names if fnmatchcase(name, wanted)]
    if not found:
        close = closest(wanted or "", names)
        advice = f"did you mean {close}?" if close else f"there are: {', '.join(names[:8]) or 'none'}"
        raise IntakeError([Problem(file, f"a {what} '{wanted}'" if wanted else f"a {what}", "", advice)])
    return found


def cell_text(cell: object, decimal: str) -> str | None:
    """Return what a typed cell holds as text: whole numbers without decimals, days and times as ISO 8601 has them.

    Examples
    --------
    >>> cell_text(7.0, "."), cell_text(12.5, ","), cell_text(True, "."), cell_text(date(2024, 1, 2), ".")
    ('7', '12,5', 'true', '2024-01-02')
    """
    if cell is None:
        return None
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        text = str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
        return text.replace(".", decimal)
    if isinstance(cell, datetime | date | time):
        return cell.isoformat()
    if isinstance(cell, bytes):
        return cell.decode("utf-8", "replace")
    return str(cell)


def _opened(raw: bytes, file: str) -> Any:
    try:
        import openpyxl
    except ImportError as cause:
        raise MissingExtraError.of("openpyxl", "office") from cause
    _refuse_overfull(raw, file)
    try:
        return openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
    except Exception as cause:  # openpyxl raises whatever its ZIP and XML readers raise
        raise _damaged(file, cause) from cause


def _refuse_overfull(raw: bytes, file: str) -> None:
    """Raise where a small archive unpacks to what no workbook of rows is."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            n_bytes = sum(entry.file_size for entry in archive.infolist())
            is_workbook = any(name.endswith("workbook.xml") for name in archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as cause:
        raise _damaged(file, cause) from cause
    if not is_workbook:
        raise IntakeError([Problem(file, "an XLSX workbook", "an archive without one", "unpack it")])
    if n_bytes > max(_UNSUSPECTED_BYTES, _MOST_PACKED * len(raw)):
        got = f"{n_bytes // 1_000_000:,} MB packed into {len(raw) / 1e6:.1f}"
        raise IntakeError([Problem(file, "a workbook of rows", got, "ask for the export as CSV")])


def _damaged(file: str, cause: Exception) -> IntakeError:
    advice = "save it again as .xlsx; unpack an archive"
    return IntakeError([Problem(file, "an XLSX workbook", type(cause).__name__, advice)])


def _sheet(sheet: Any, name: str, file: str, wanted: Sequence[str] | None, reading: Reading) -> Pieces:
    # How large a sheet says it is, is not to be trusted: what lies beyond would be lost unseen.
    sheet.reset_dimensions()
    numbered = [
        (number, row)
        for number, row in enumerate(sheet.iter_rows(values_only=True), start=1)
        if any(cell is not None for cell in row)
    ]
    if reading.header is None and not numbered:
        raise IntakeError([Problem(file, "rows of data", f"an empty sheet '{name}'")])
    if reading.header is not None:
        header: tuple[str, ...] = tuple(reading.header)
        body = [row for _, row in numbered]
    else:
        at = _row_of_names(numbered, wanted, reading.header_row)
        header = told_apart(["" if cell is None else str(cell).strip() for cell in numbered[at][1]])
        while header and not header[-1]:
            header = header[:-1]
        body = [row for _, row in numbered[at + 1 :]]
    columns = {
        place: pd.Series([cell_text(row[place] if place < len(row) else None, reading.decimal) for row in body]).astype(
            "str"
        )
        for place, title in enumerate(header)
        if (wanted is None and title) or (wanted is not None and title in wanted)
    }
    frame = pd.DataFrame(columns, index=range(len(body)))
    frame.columns = pd.Index([header[place] for place in columns])
    texts = {at for at in columns if any(at < len(row) and isinstance(row[at], str) for row in body)}
    return Pieces(iter([frame]), list(header), numbers={header[at] for at in columns if at not in texts})


def _row_of_names(
    numbered: Sequence[tuple[int, tuple[object, ...]]], wanted: Sequence[str] | None, row: int | None
) -> int:
    if row is not None:
        return next((at for at, (number, _) in enumerate(numbered) if number >= row), len(numbered) - 1)
    top = [["" if cell is None else str(cell).strip() for cell in cells] for _, cells in numbered[:MOST_ROWS_ABOVE]]
    return header_at(top, wanted)
