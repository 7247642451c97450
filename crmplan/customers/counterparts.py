"""First names of a man and of a woman that differ in little but their ending: Peter and Petra, Martin and Martina.

Letter by letter they look like one name with a slip of the pen; under one roof they are mostly a couple or siblings.
"""

from __future__ import annotations

import pandas as pd

__all__ = ["are_counterparts"]

_PAIRS = """
adrian adriana; alain alaine; alexander alexandra; andre andrea; andreas andrea; angelo angela; anton antonia;
antonio antonia; bruno bruna; carl carla; carlo carla; carlos carla; christian christiane; christian christina;
christian christine; claude claudette; claudio claudia; daniel daniela; daniel danielle; denis denise; dennis denise;
emil emilia; eric erica; erik erika; fabian fabiana; felix felicia; fernando fernanda; francesco francesca;
francis frances; franco franca; frederic frederica; friedrich friederike; gabriel gabriela; gabriel gabriele;
gabriel gabrielle; georg georgia; george georgia; george georgina; gerald geraldine; giovanni giovanna; henri henriette;
henry henrietta; hermann hermine; ivan ivana; jan jana; jean jeanne; johann johanna; johannes johanna; john joan;
josef josefa; josef josefine; joseph josephine; julian juliana; julian juliane; julio julia; julius julia; karl karla;
klaus klaudia; laurent laurence; leon leonie; louis louise; luis luisa; manuel manuela; marcel marcella; marco marca;
mario maria; marius maria; martin martina; martin martine; michael michaela; michel michele; michel michelle;
nicolas nicole; oliver olivia; paolo paola; pascal pascale; patrick patricia; paul paula; paul pauline; peter petra;
philip philippa; philipp philippa; rafael rafaela; raphael raphaela; rene renee; renato renata; robert roberta;
roberto roberta; roman romana; sebastian sebastiana; sergio sergia; silvio silvia; simon simona; simon simone;
stefan stefania; stefan stefanie; stephan stephanie; stephen stephanie; theodor theodora; valentin valentina;
victor victoria; viktor viktoria; walter waltraud; wilhelm wilhelmine; william wilhelmina; yves yvette
"""
_COUNTERPARTS = frozenset("|".join(sorted(pair.split())) for pair in _PAIRS.replace("\n", " ").split(";"))


def are_counterparts(first: pd.Series, other_first: pd.Series, name: pd.Series, other_name: pd.Series) -> pd.Series:
    """Return which pairs of names are a man's and a woman's.

    Parameters
    ----------
    first, other_first
        First names as from :func:`crmplan.customers.standardise.first_names`, in which Chris stands as Christian.
    name, other_name
        Full names as from :func:`crmplan.customers.standardise.names`: a short form may be short for either name, so
        that only names which are written out count.

    Examples
    --------
    >>> first, other = pd.Series(["peter", "christian", "anna"]), pd.Series(["petra", "christina", "anne"])
    >>> name, second = pd.Series(["lee peter", "chris lee", "anna lee"]), pd.Series(["lee petra", "christina lee", "x"])
    >>> are_counterparts(first, other, name, second).tolist()
    [True, False, False]
    """
    rows = zip(*(column.fillna("") for column in (first, other_first, name, other_name)), strict=True)
    found = [_are_two(*row) for row in rows]
    return pd.Series(found, index=first.index, dtype="bool")


def _are_two(first: str, other_first: str, name: str, other_name: str) -> bool:
    is_pair = f"{min(first, other_first)}|{max(first, other_first)}" in _COUNTERPARTS
    return is_pair and first in name.split() and other_first in other_name.split()
