"""What questions refer to beyond themselves: every id, metric, initiative and KPI they name must exist and fit."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from crmplan import _yaml, carried, method, template_files
from crmplan.assessment.questions import Question
from crmplan.errors import Problem, closest
from crmplan.metrics.registry import Metric
from crmplan.template_files import Location

__all__ = ["Placed", "wrong_references"]


@dataclass(frozen=True, slots=True)
class Placed:
    """A question with the area it belongs to and the place where it is written."""

    area: str
    question: Question
    document: _yaml.Document
    path: Location

    def where(self, field: str) -> str:
        """Return file and line of one of its fields."""
        return self.document.where((*self.path, field))


def wrong_references(
    placed: Sequence[Placed], metrics: Mapping[str, Metric], *, hidden: Collection[str] = ()
) -> list[Problem]:
    """Return every reference that leads nowhere, with file and line.

    Parameters
    ----------
    placed
        The questions that are asked.
    metrics
        The metrics that may be cited.
    hidden
        Ids of questions that a client's overlay has taken out; rules may still name them.
    """
    items = {item.id for item in method.items()}
    initiatives, kpis = _ids_of("initiatives"), _ids_of("kpis")
    ids = [one.question.id for one in placed]
    problems = list(_twice(placed))
    for one in placed:
        question = one.question
        problems += _unknown(question.covers, items, "item", one.where("covers"))
        problems += _unknown(question.needs, ids, "question", one.where("needs"))
        problems += _unknown(question.leads_to.initiatives, initiatives, "initiative", one.where("leads_to"))
        problems += _unknown(question.metrics, metrics, "metric", one.where("leads_to"))
        named_kpis = (id for id in question.leads_to.kpis if id.startswith("KPI-"))
        problems += _unknown(named_kpis, kpis, "KPI", one.where("leads_to"))
        problems += _in_rules(one, [*ids, *hidden], metrics)
        problems += _wrong_direction(question, metrics, one.where("probe"))
        problems += _wrong_unit(question, metrics, one.where("states"))
    return problems + _circles(placed)


def _ids_of(kind: str) -> frozenset[str]:
    """Return the ids in the library of initiatives or KPIs; what is wrong there is told when that is loaded."""
    found: set[str] = set()
    for document in template_files.documents(carried.templates() / kind):
        found |= {str(entry.get("id")) for _, entry in template_files.entries(document, kind, [])}
    return frozenset(found)


def _twice(placed: Iterable[Placed]) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for one in placed:
        id, here = one.question.id, one.where("id")
        if id in seen:
            yield Problem(here, "every id once", id, f"it stands at {seen[id]}")
        seen.setdefault(id, here)


def _unknown(named: Iterable[str], known: Collection[str], kind: str, where: str) -> list[Problem]:
    found = []
    for name in named:
        if name not in known:
            close = closest(name, known)
            found.append(Problem(where, f"a known {kind}", name, f"did you mean {close}?" if close else ""))
    return found


def _in_rules(one: Placed, ids: Collection[str], metrics: Mapping[str, Metric]) -> Iterator[Problem]:
    for position, conflict in enumerate(one.question.conflicts):
        where = one.document.where((*one.path, "conflicts", position, "when"))
        for source, id in conflict.rule.names:
            known, kind = (metrics, "metric") if source == "figures" else (ids, "question")
            yield from _unknown((id,), known, kind, where)


def _wrong_direction(question: Question, metrics: Mapping[str, Metric], where: str) -> list[Problem]:
    probe = question.probe
    if probe is None or not probe.bands or probe.metric not in metrics:
        return []
    direction = metrics[probe.metric].direction
    if direction in {"neutral", probe.direction}:
        return []
    better = "rise" if direction == "up" else "fall"
    return [
        Problem(where, f"bands that {better}, as '{probe.metric}' is better that way", f"bands go {probe.direction}")
    ]


def _wrong_unit(question: Question, metrics: Mapping[str, Metric], where: str) -> list[Problem]:
    states = question.states
    if states is None or states.metric not in metrics or metrics[states.metric].unit == states.unit:
        return []
    return [Problem(where, f"the unit of '{states.metric}': {metrics[states.metric].unit}", states.unit)]


def _circles(placed: Iterable[Placed]) -> list[Problem]:
    needs = {one.question.id: one.question.needs for one in placed}
    where = {one.question.id: one.where("id") for one in placed}
    settled: set[str] = set()
    while True:
        ready = [id for id in needs if id not in settled and all(n in settled or n not in needs for n in needs[id])]
        if not ready:
            break
        settled.update(ready)
    left = sorted(set(needs) - settled)
    if not left:
        return []
    advice = "a question cannot need, by way of others, itself"
    return [Problem(where[left[0]], "'needs' without a circle", ", ".join(left), advice)]
