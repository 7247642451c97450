"""How long the assessment takes as the panel grows: reading answers, levels with ranges, agreement, what to ask next.

``python benchmarks/assessment.py [--json] [--people 8 30] [--times 5]``

Everybody answers every carried question in a first round, and a third of them again in a second. Every figure is the
median of several runs in one process, in seconds of the processor, so that other work on the machine does not count;
stages are timed apart, beside the whole.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from crmplan.assessment import Answer, assess, load_checklists, read_answers
from crmplan.assessment.checklists import Checklist
from crmplan.assessment.level_ranges import level_ranges
from crmplan.assessment.next_question import value_of_next
from crmplan.assessment.panel_agreement import panel_agreement
from crmplan.engagement import Respondent, Targets

AT = "2024-05-31T10:00:00"
AGAIN_SHARE = 1 / 3


def say(folder: Path, checklists: tuple[Checklist, ...], n_people: int) -> list[Respondent]:
    """Write the answers of a panel; each person is a little brighter or darker than the truth of the question."""
    draw = np.random.default_rng(7)
    questions = [question for one in checklists for question in one.questions]
    true = {question.id: draw.uniform(0, 5) for question in questions}
    people = []
    for number in range(n_people):
        bias, lines = draw.normal(0, 0.6), []
        for question in questions:
            for turn in (1, 2) if draw.random() < AGAIN_SHARE else (1,):
                seen = true[question.id] + bias + draw.normal(0, 0.8)
                level = min(question.anchors, key=lambda one, seen=seen: abs(one - seen))
                answer = Answer(wave=1, round=turn, question=question.id, revision=question.rev, value=level, at=AT)
                lines.append(answer.as_line())
        (folder / f"r{number:02d}.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
        people.append(Respondent(id=f"r{number:02d}", role=f"role_{number % 6}", leads=number % 5 == 0))
    return people


def seconds(do: Callable[[], Any], *, times: int) -> float:
    taken = []
    for _ in range(times):
        began = time.process_time()
        do()
        taken.append(time.process_time() - began)
    return statistics.median(taken)


def figures(n_people: int, *, times: int) -> list[dict[str, object]]:
    checklists = load_checklists()
    with tempfile.TemporaryDirectory() as scratch:
        people = say(Path(scratch), checklists, n_people)
        reading = seconds(lambda: read_answers(Path(scratch)), times=times)
        answers = read_answers(Path(scratch))

    def whole() -> Any:
        return assess(checklists, answers, {}, targets=Targets(), respondents=people)

    result = whole()
    questions = result.questions
    last = answers.sort_values("round", kind="stable").drop_duplicates(["respondent", "question"], keep="last")
    groups = {str(area): list(own["question"]) for area, own in questions.groupby("area")}
    weights = dict(zip(questions["question"], questions["weight"], strict=True))
    critical = frozenset(questions.loc[questions["is_critical"], "question"])
    single = {str(id): tuple(own) for id, own in last.groupby("question")["value"]}
    stages = {
        "answers read from their files": reading,
        "ranges of levels (bootstrap)": seconds(
            lambda: level_ranges(last, groups, weights, critical=critical, agreed={}, seed=0), times=times
        ),
        "agreement by area, with intervals": seconds(
            lambda: [panel_agreement(last[last["question"].isin(ids)], seed=0) for ids in groups.values()], times=times
        ),
        "what to ask next": seconds(lambda: value_of_next(questions, single), times=times),
        "the whole assessment, answers in memory": seconds(whole, times=times),
    }
    total = stages["the whole assessment, answers in memory"]
    return [
        {"people": n_people, "answers": len(answers), "name": name, "seconds": round(value, 3),
         "share_of_whole": round(value / total, 2)}
        for name, value in stages.items()
    ]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--people", type=int, nargs="+", default=[8, 30])
    parser.add_argument("--times", type=int, default=5)
    given = parser.parse_args()
    rows = [row for n_people in given.people for row in figures(n_people, times=given.times)]
    if given.json:
        print(json.dumps(rows, indent=1))
        return
    for row in rows:
        print(f"{row['people']:>3} people {row['answers']:>6} answers  {row['name']:<42} {row['seconds']:>8} s"
              f"  {row['share_of_whole']:>5} of the whole")  # fmt: skip


if __name__ == "__main__":
    main()
