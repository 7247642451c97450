"""The telephone system: American days, German reasons, and customer numbers that a spreadsheet made into 123.0."""

from __future__ import annotations

import pandas as pd

from crmplan.rehearsal.drawing import Rehearsal, generator
from crmplan.rehearsal.sources import raw
from crmplan.rehearsal.sources.raw import CustomerNumbers, RawExport, yes_no

__all__ = ["MAPPING", "exports"]

_MOMENT = "%m/%d/%Y %H:%M"
_DIRECTIONS = {"inbound": "IN", "outbound": "OUT", "internal": "INT"}
_REASONS = {
    "product": "Produkt", "order_status": "Lieferung", "billing": "Rechnung", "complaint": "Reklamation",
    "other": "Sonstiges",
}  # fmt: skip
_SHARE_EXPORTED_TWICE = 0.005

MAPPING = """
  - name: call_center
    label: Telephone system
    serves: service
    tables:
      - table: customers
        file: data/call_center/callers.csv
        columns:
          customer_id: CallerNo
          name: Name
          email: Mail
          phone: Phone
          postcode: Zip
          city: Town
          created_at: {column: Created, formats: ["%m/%d/%Y %H:%M"]}
          created_by: CreatedBy
      - table: interactions
        file: data/call_center/calls.csv
        columns:
          interaction_id: CallId
          customer_id: CallerNo
          started_at: {column: Start, formats: ["%m/%d/%Y %H:%M"]}
          channel: {constant: call}
          direction: {column: Direction, values: {IN: inbound, OUT: outbound, INT: internal}}
          topic:
            column: Reason
            values:
              Produkt: product
              Lieferung: order_status
              Rechnung: billing
              Reklamation: complaint
              Sonstiges: other
          wait_seconds: WaitSec
          duration_seconds: TalkSec
          is_resolved: {column: Solved, values: {Y: true, N: false}}
          is_reopened: {column: Reopened, values: {Y: true, N: false}}
          order_id: OrderNo
          revenue: Revenue
          agent_id: Agent
          parent_id: Parent
      - table: staff
        file: data/call_center/staff.csv
        columns:
          staff_id: staff_id
          name: name
          department: department
          is_client_facing: {column: is_client_facing, values: {Y: true, N: false}}
          training_hours: training_hours
"""


def exports(world: Rehearsal, numbers: CustomerNumbers) -> list[RawExport]:
    """Return callers, calls and the staff, whose rota the telephone system keeps."""
    staff = world.staff.assign(is_client_facing=yes_no(world.staff["is_client_facing"], "Y", "N"))
    files = {"callers": _callers(world), "calls": _calls(world, numbers), "staff": staff}
    return [RawExport(f"data/call_center/{name}.csv", rows) for name, rows in files.items()]


def _callers(world: Rehearsal) -> pd.DataFrame:
    held = raw.records_of(world, "call_center")
    return pd.DataFrame(
        {
            "CallerNo": held["customer_id"],
            "Name": held["name"],
            "Phone": held["phone"],
            "Mail": held["email"],
            "Zip": held["postcode"],
            "Town": held["city"],
            "Created": held["created_at"].dt.strftime(_MOMENT),
            "CreatedBy": held["created_by"],
        }
    )


def _calls(world: Rehearsal, numbers: CustomerNumbers) -> pd.DataFrame:
    spoken = world.contacts[world.contacts["channel"] == "call"]
    call_ids = pd.Series([f"C{i + 1:07d}" for i in range(len(spoken))], index=spoken.index, dtype=object)
    ids = numbers.of("call_center", spoken["person"], spoken["is_recognised"])
    calls = pd.DataFrame(
        {
            "CallId": call_ids.to_numpy(),
            "CallerNo": [f"{number}.0" if number else "" for number in ids],
            "Start": spoken["started_at"].dt.strftime(_MOMENT).to_numpy(),
            "Direction": spoken["direction"].map(_DIRECTIONS).to_numpy(),
            "Reason": spoken["topic"].map(_REASONS).to_numpy(),
            "WaitSec": spoken["wait_seconds"].astype(int).to_numpy(),
            "TalkSec": spoken["duration_seconds"].astype(int).to_numpy(),
            "Solved": yes_no(spoken["is_resolved"], "Y", "N"),
            "Reopened": yes_no(spoken["is_reopened"], "Y", "N"),
            "OrderNo": raw.any_order_numbers(world, spoken["order"]),
            "Revenue": spoken["revenue"].to_numpy(),
            "Agent": spoken["agent_id"].to_numpy(),
            "Parent": call_ids.reindex(spoken["parent"]).fillna("").to_numpy(),
        }
    )
    twice = generator(world.seed, "call_center").random(len(calls)) < _SHARE_EXPORTED_TWICE
    return pd.concat([calls, calls[twice]], ignore_index=True)
