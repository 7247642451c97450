"""Made-up names, addresses, telephone numbers and e-mail addresses."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import numpy as np
import pandas as pd

__all__ = ["NICKNAMES", "ascii_letters", "draw_identities"]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_FIRST = _words(
    "Anna Andreas Angelika Bernd Birgit Christian Christina Claudia Daniel David Elisabeth Eva Felix Florian Frank "
    "Gabriele Georg Gerhard Hannah Heike Helmut Ines Ingrid Jan Johanna Johannes Jonas Julia Jürgen Karin Katharina "
    "Klaus Lara Laura Lena Leon Lukas Manfred Manuela Maria Markus Martin Martina Matthias Maximilian Melanie Michael "
    "Monika Nadine Nicole Nina Oliver Paul Peter Petra Philipp Rainer Renate Robert Sabine Sandra Sarah Sebastian "
    "Silke Simon Sophie Stefan Stefanie Susanne Sven Tanja Thomas Tim Tobias Ulrich Ursula Uwe Vanessa Werner Wolfgang"
)
NICKNAMES = {
    "Andreas": "Andi", "Angelika": "Geli", "Christian": "Chris", "Christina": "Tina", "Daniel": "Dani",
    "Elisabeth": "Lisa", "Florian": "Flo", "Gabriele": "Gabi", "Georg": "Schorsch", "Gerhard": "Gerd",
    "Johanna": "Hanna", "Johannes": "Hannes", "Katharina": "Kathi", "Manfred": "Manni", "Manuela": "Manu",
    "Matthias": "Matze", "Maximilian": "Max", "Melanie": "Mel", "Michael": "Micha", "Monika": "Moni",
    "Nicole": "Nici", "Oliver": "Olli", "Philipp": "Phil", "Robert": "Rob", "Sebastian": "Basti", "Stefanie": "Steffi",
    "Susanne": "Susi", "Thomas": "Tom", "Tobias": "Tobi", "Ulrich": "Uli", "Ursula": "Uschi", "Wolfgang": "Wolf",
}  # fmt: skip
_LAST_STARTS = _words(
    "Acker Alt Bach Baum Berg Birken Blum Brand Brunn Buch Burg Dorn Eber Eich Eisen Erl Falken Feld Fels Fischer "
    "Forst Fried Gold Grün Haber Hagen Harten Hasel Heid Hell Hirsch Hoch Hof Holz Kalten Kirch Klein König Korn "
    "Kreuz Kron Lang Linden Loh Löwen Mar Matt Mohr Moos Mühl Neu Ober Oster Rabe Reh Rein Rosen Roten Sand Schön "
    "Schwarz Seid Sommer Stahl Stein Stern Sturm Tann Teich Unter Vogel Wald Wasser Weid Weiß Wester Wild Winter Wolf"
)
_LAST_ENDS = _words("er mann bauer hofer thaler meier huber feld bach heim städter kamp moser reuter brecht hardt")
_TRADES = (
    ("Schreinerei", "wood", 9), ("Metallbau", "metal", 24), ("Elektro", "electrical", 14),
    ("Malerbetrieb", "painting", 8),
    ("Autohaus", "vehicles", 32), ("Steuerkanzlei", "advice", 11), ("Ingenieurbüro", "engineering", 18),
    ("Arztpraxis", "health", 7), ("Hausverwaltung", "property", 12), ("Gartenbau", "gardening", 13),
    ("Grundschule", "education", 28), ("Verein", "association", 5), ("Logistik", "transport", 45),
)  # fmt: skip
_FORMS = ("GmbH", "GmbH & Co. KG", "e.K.", "OHG", "AG")
# City, postcode area, country, territory, and fictional telephone block.
_TOWNS = (
    ("Hamburg", "20", "Germany", "Nord", "+494066969"), ("Bremen", "28", "Germany", "Nord", "+494066969"),
    ("Kiel", "24", "Germany", "Nord", "+494066969"), ("Hannover", "30", "Germany", "Nord", "+494066969"),
    ("Rostock", "18", "Germany", "Nord", "+493023125"), ("Berlin", "10", "Germany", "Ost", "+493023125"),
    ("Leipzig", "04", "Germany", "Ost", "+493023125"), ("Dresden", "01", "Germany", "Ost", "+493023125"),
    ("Erfurt", "99", "Germany", "Ost", "+493023125"), ("Magdeburg", "39", "Germany", "Ost", "+493023125"),
    ("München", "80", "Germany", "Süd", "+498999998"), ("Nürnberg", "90", "Germany", "Süd", "+498999998"),
    ("Stuttgart", "70", "Germany", "Süd", "+498999998"), ("Freiburg", "79", "Germany", "Süd", "+498999998"),
    ("Augsburg", "86", "Germany", "Süd", "+498999998"), ("Ulm", "89", "Germany", "Süd", "+498999998"),
    ("Köln", "50", "Germany", "West", "+492214710"), ("Düsseldorf", "40", "Germany", "West", "+492214710"),
    ("Dortmund", "44", "Germany", "West", "+492214710"), ("Frankfurt", "60", "Germany", "West", "+496990009"),
    ("Mainz", "55", "Germany", "West", "+496990009"), ("Münster", "48", "Germany", "West", "+492214710"),
    ("Wien", "10", "Austria", "Export", "+496990009"), ("Zürich", "80", "Switzerland", "Export", "+498999998"),
    ("Utrecht", "35", "Netherlands", "Export", "+492214710"),
)  # fmt: skip
_STREETS = _words(
    "Ahornstraße Amselweg Bahnhofstraße Bergstraße Birkenweg Buchenweg Dorfstraße Drosselweg Feldstraße Fichtenweg "
    "Finkenweg Gartenstraße Goethestraße Hauptstraße Industriestraße Kastanienallee Kirchgasse Lessingstraße "
    "Lindenstraße Marktplatz Mozartstraße Mühlenweg Parkstraße Ringstraße Rosenweg Schillerstraße Schlossallee "
    "Schulstraße Sonnenweg Talstraße Tulpenweg Uferweg Waldstraße Werkstraße Wiesenweg Ziegelhütte"
)
_MOBILE_BLOCK = "+4917139200"
_DOMAINS = ("example.org", "example.com", "example.net")


def draw_identities(rng: np.random.Generator, is_firm: np.ndarray) -> pd.DataFrame:
    """Return names, reach and particulars for as many people as ``is_firm`` has entries.

    Returns
    -------
    DataFrame
        first_name, last_name, name, firm, industry, staff_count, birth_year, email, other_email, phone (E.164),
        other_phone, street, postcode, city, country, territory. Nobody shares an e-mail address or a telephone number.
    """
    n = len(is_firm)
    first = np.array(_FIRST)[rng.integers(len(_FIRST), size=n)]
    ends = rng.integers(len(_LAST_ENDS), size=n)
    last = [_LAST_STARTS[i] + _LAST_ENDS[j] for i, j in zip(rng.integers(len(_LAST_STARTS), size=n), ends, strict=True)]
    trade = rng.integers(len(_TRADES), size=n)
    form = rng.integers(len(_FORMS), size=n)
    town = rng.choice(len(_TOWNS), size=n, p=_town_chances())
    towns = pd.DataFrame(_TOWNS, columns=["city", "area", "country", "territory", "block"]).iloc[town]
    n_digits = np.where(towns["country"] == "Germany", 3, 2)
    endings = rng.integers(100, 1000, size=n)
    street = np.array(_STREETS)[rng.integers(len(_STREETS), size=n)]
    house = rng.integers(1, 140, size=n)
    width = max(4, len(str(2 * n)))
    numbers = rng.permutation(10**width)[:n]
    firms = [f"{_TRADES[t][0]} {name} {_FORMS[f]}" for t, name, f in zip(trade, last, form, strict=True)]
    staff = np.maximum(1, rng.lognormal(0, 0.7, n) * np.array([t[2] for t in _TRADES])[trade]).round()
    return pd.DataFrame(
        {
            "first_name": first,
            "last_name": last,
            "name": np.where(is_firm, firms, np.char.add(np.char.add(first, " "), last)),
            "firm": np.where(is_firm, firms, ""),
            "industry": np.where(is_firm, np.array([t[1] for t in _TRADES])[trade], ""),
            "staff_count": np.where(is_firm, staff, np.nan),
            "birth_year": np.where(is_firm, np.nan, rng.integers(1945, 2005, size=n)),
            "email": _emails(first, last, rng.integers(len(_DOMAINS), size=n)),
            "other_email": [
                f"{ascii_letters(family)}{k}@{_DOMAINS[0]}" for family, k in zip(last, numbers, strict=True)
            ],
            "phone": [f"{block}{k:0{width}d}" for block, k in zip(towns["block"], numbers, strict=True)],
            "other_phone": [f"{_MOBILE_BLOCK}{k:0{width}d}" for k in numbers],
            "street": [f"{s} {h}" for s, h in zip(street, house, strict=True)],
            "postcode": [f"{a}{e}"[: 2 + k] for a, e, k in zip(towns["area"], endings, n_digits, strict=True)],
            "city": towns["city"].to_numpy(),
            "country": towns["country"].to_numpy(),
            "territory": towns["territory"].to_numpy(),
        }
    )


def ascii_letters(text: str) -> str:
    """Return a text in plain lower-case letters, as an address book writes it.

    Examples
    --------
    >>> ascii_letters("Jürgen Weiß")
    'juergen weiss'
    """
    for letter, plain in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss")):
        text = text.lower().replace(letter, plain)
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


def _emails(first: np.ndarray, last: Sequence[str], domain: np.ndarray) -> list[str]:
    seen: dict[str, int] = {}
    made = []
    for given, family, where in zip(first, last, domain, strict=True):
        box = f"{ascii_letters(str(given))}.{ascii_letters(family)}"
        seen[box] = seen.get(box, 0) + 1
        made.append(f"{box}{seen[box] if seen[box] > 1 else ''}@{_DOMAINS[where]}")
    return made


def _town_chances() -> np.ndarray:
    weights = np.array([0.5 if town[3] == "Export" else 1.0 for town in _TOWNS])
    weights[[0, 5, 10, 16, 19]] = 2.5
    return np.asarray(weights / weights.sum())
