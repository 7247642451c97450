"""The service desk: tabulators, two ways of writing days since it was moved, numbers such as K123."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmplan.rehearsal.drawing import Rehearsal, generator
from crmplan.rehearsal.sources import raw
from crmplan.rehearsal.sources.raw import CustomerNumbers, RawExport, yes_no

__all__ = ["MAPPING", "exports"]

_MOMENT = "%Y-%m-%dT%H:%M:%S"
_EARLIER_MOMENT = "%d.%m.%Y %H:%M"
_SHARE_EXPORTED_TWICE = 0.006

MAPPING = """
  - name: service_desk
    label: Service desk
    serves: service
    tables:
      - table: customers
        file: data/service_desk/contacts.tsv
        reading: {delimiter: "\\t"}
        columns:
          customer_id: contact
          name: name
          firm: organisation
          email: email
          phone: phone
          city: town
          created_at: created
          created_by: author
      - table: interactions
        file: data/service_desk/tickets.tsv
        reading: {delimiter: "\\t"}
        columns:
          interaction_id: ticket
          customer_id: contact
          started_at: {column: opened, formats: ["%Y-%m-%dT%H:%M:%S", "%d.%m.%Y %H:%M"]}
          channel: medium
          direction: way
          topic: topic
          wait_seconds: {column: first_answer_minutes, scale: 60}
          duration_seconds: {column: handling_minutes, scale: 60}
          is_resolved: solved
          is_reopened: reopened
          order_id: order_no
          agent_id: agent
      - table: surveys
        file: data/service_desk/surveys.tsv
        reading: {delimiter: "\\t"}
        columns:
          customer_id: contact
          answered_at: at
          kind: question
          score: answer
          reason: why
      - table: systems
        file: data/service_desk/systems.tsv
        reading: {delimiter: "\\t"}
        columns:
          system_id: system_id
          name: name
          serves: serves
          owner: owner
          technology: technology
          remaining_life_years: remaining_life_years
          link: link
          link_effort_days: link_effort_days
          urgency: urgency
"""


def exports(world: Rehearsal, numbers: CustomerNumbers) -> list[RawExport]:
    """Return contacts, tickets, answers to surveys and the inventory of systems, which the desk keeps."""
    files = {
        "contacts": _contacts(world),
        "tickets": _tickets(world, numbers),
        "surveys": _surveys(world, numbers),
        "systems": world.systems,
    }
    return [RawExport(f"data/service_desk/{name}.tsv", rows, "\t") for name, rows in files.items()]


def _contacts(world: Rehearsal) -> pd.DataFrame:
    held = raw.records_of(world, "service_desk")
    return pd.DataFrame(
        {
            "contact": held["customer_id"],
            "name": held["contact"],
            "organisation": held["firm"],
            "email": held["email"],
            "phone": held["phone"],
            "town": held["city"],
            "created": held["created_at"].dt.strftime(_MOMENT),
            "author": held["created_by"],
        }
    )


def _tickets(world: Rehearsal, numbers: CustomerNumbers) -> pd.DataFrame:
    written = world.contacts[world.contacts["channel"] != "call"]
    at = written["started_at"]
    tickets = pd.DataFrame(
        {
            "ticket": [f"T{i + 1:06d}" for i in range(len(written))],
            "contact": numbers.of("service_desk", written["person"], written["is_recognised"]),
            "opened": np.where(raw.is_early(world, at), at.dt.strftime(_EARLIER_MOMENT), at.dt.strftime(_MOMENT)),
            "medium": written["channel"],
            "way": written["direction"],
            "topic": written["topic"],
            "first_answer_minutes": (written["wait_seconds"] / 60).round(1),
            "handling_minutes": (written["duration_seconds"] / 60).round(1),
            "solved": yes_no(written["is_resolved"], "yes", "no"),
            "reopened": yes_no(written["is_reopened"], "yes", "no"),
            "order_no": raw.any_order_numbers(world, written["order"]),
            "agent": written["agent_id"],
        }
    )
    # Exports of overlapping months hold some tickets twice.
    twice = generator(world.seed, "service_desk").random(len(tickets)) < _SHARE_EXPORTED_TWICE
    return pd.concat([tickets, tickets[twice]], ignore_index=True)


def _surveys(world: Rehearsal, numbers: CustomerNumbers) -> pd.DataFrame:
    given = world.surveys
    return pd.DataFrame(
        {
            "contact": numbers.of("service_desk", given["person"]),
            "at": given["answered_at"].dt.strftime(_MOMENT),
            "question": given["kind"],
            "answer": given["score"].astype(int),
            "why": given["reason"],
        }
    )
