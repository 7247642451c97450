"""Short forms of first names that do not look like the name: Bob is Robert, Peggy is Margaret.

Short forms that begin or sound like the name (Tom, Alex) are found by likeness and need no list.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["LONG_NAMES"]

_FORMS = {
    "alexander": "alex sandy sascha sasha xander",
    "andreas": "andi andy",
    "andrew": "drew",
    "angelika": "geli",
    "anthony": "tony",
    "barbara": "babs barb barbel",
    "christian": "chris",
    "christina": "tina chrissy",
    "christine": "christl",
    "daniel": "dan danny dani",
    "edward": "ed eddie ned ted teddy",
    "elisabeth": "lisa liesel elli sissi",
    "elizabeth": "liz lizzie beth betty bess eliza libby",
    "frances": "fran fanny",
    "francis": "frank",
    "gabriele": "gabi gaby",
    "georg": "schorsch",
    "gerhard": "gerd",
    "hans": "hansi",
    "heinrich": "heiner heinz",
    "henry": "harry hank hal",
    "james": "jim jimmy jamie",
    "johann": "hans",
    "johanna": "hanna hanne",
    "johannes": "hannes",
    "john": "jack johnny",
    "josef": "sepp jupp",
    "katharina": "kathi kathe",
    "katherine": "kate kathy katie kit",
    "kenneth": "ken kenny",
    "lawrence": "larry",
    "magdalena": "leni",
    "manfred": "manni",
    "margarete": "grete gretel",
    "margaret": "maggie meg peg peggy",
    "mary": "molly polly",
    "matthias": "matze hias",
    "matthew": "matt",
    "michael": "mike mick micha michi",
    "nicholas": "nick",
    "patricia": "pat patty trish",
    "philipp": "phil",
    "rebecca": "becky",
    "richard": "dick rick ricky",
    "robert": "bob bobby rob robby bert",
    "sarah": "sally sadie",
    "sebastian": "basti",
    "stefanie": "steffi",
    "stephen": "steve",
    "steven": "steve",
    "susanne": "susi",
    "susan": "sue susie",
    "theodore": "theo",
    "theresa": "resi terry tess",
    "thomas": "tom tommy",
    "ulrich": "uli ulli",
    "ursula": "uschi ulla",
    "walter": "wally",
    "wilhelm": "willi",
    "william": "bill billy will willie liam",
    "wolfgang": "wolf wolfi",
}

LONG_NAMES: Mapping[str, str] = MappingProxyType(
    {short: name for name, shorts in reversed(_FORMS.items()) for short in shorts.split()}
)
"""The name that a short form stands for, both in small letters without accents; of several the first."""
