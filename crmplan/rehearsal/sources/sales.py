"""The sales database: GUIDs, two ways of writing days, and the numbers of other systems for some accounts."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmplan.rehearsal.drawing import Rehearsal
from crmplan.rehearsal.sources import raw
from crmplan.rehearsal.sources.raw import ISO, CustomerNumbers, RawExport, yes_no

__all__ = ["MAPPING", "exports"]

_EARLIER_MOMENT = "%d.%m.%Y %H:%M"

MAPPING = """
  - name: sales
    label: Sales database
    serves: sales_marketing
    tables:
      - table: customers
        file: data/sales/accounts.csv
        columns:
          customer_id: Id
          other_ids: OtherNumbers
          kind: {column: Type, values: {Company: firm, Person: person}}
          name: Name
          email: Email
          phone: Phone
          postcode: PostalCode
          city: City
          region: Territory
          country: Country
          industry: Industry
          staff_count: Employees
          first_heard: LeadSource
          created_at: {column: CreatedDate, formats: ["%Y-%m-%d %H:%M:%S", "%d.%m.%Y %H:%M"]}
          updated_at: ModifiedDate
          created_by: CreatedBy
      - table: opportunities
        file: data/sales/opportunities.csv
        columns:
          opportunity_id: DealId
          customer_id: AccountId
          created_at: {column: Created, formats: ["%Y-%m-%d %H:%M:%S", "%d.%m.%Y %H:%M"]}
          first_response_at: FirstResponse
          closed_at: Closed
          outcome: Outcome
          stage: Stage
          amount: Amount
          lead_source: LeadSource
          campaign_id: Campaign
          owner: Owner
          territory: Territory
          lost_reason: LostReason
          competitor: Competitor
      - table: campaigns
        file: data/sales/campaigns.csv
        columns:
          campaign_id: campaign_id
          name: name
          channel: channel
          started_on: started_on
          ended_on: ended_on
          cost: cost
""" + raw.touches_mapping("data/sales/campaign_members.csv")


def exports(world: Rehearsal, numbers: CustomerNumbers) -> list[RawExport]:
    """Return accounts, deals, campaigns and whom the campaigns reached."""
    campaigns = world.campaigns.assign(
        started_on=world.campaigns["started_on"].dt.strftime("%Y-%m-%d"),
        ended_on=world.campaigns["ended_on"].dt.strftime("%Y-%m-%d"),
    )
    files = {
        "accounts": _accounts(world),
        "opportunities": _opportunities(world, numbers),
        "campaigns": campaigns,
        "campaign_members": raw.touches(world, numbers, "sales", ("mail", "telephone")),
    }
    return [RawExport(f"data/sales/{name}.csv", rows) for name, rows in files.items()]


def _accounts(world: Rehearsal) -> pd.DataFrame:
    held = raw.records_of(world, "sales")
    return pd.DataFrame(
        {
            "Id": held["customer_id"],
            "Type": yes_no(held["is_firm"], "Company", "Person"),
            "Name": held["name"],
            "Email": held["email"],
            "Phone": held["phone"],
            "PostalCode": held["postcode"],
            "City": held["city"],
            "Territory": held["territory"],
            "Country": held["country"],
            "Industry": held["industry"],
            "Employees": held["staff_count"].astype("Int64"),
            "LeadSource": held["first_heard"],
            "OtherNumbers": held["other_ids"],
            "CreatedDate": _moments(world, held["created_at"]),
            "ModifiedDate": held["updated_at"].dt.strftime(ISO),
            "CreatedBy": held["created_by"],
        }
    )


def _opportunities(world: Rehearsal, numbers: CustomerNumbers) -> pd.DataFrame:
    deals = world.deals
    campaign_ids = np.append(world.campaigns["campaign_id"].to_numpy(dtype=object), "")
    return pd.DataFrame(
        {
            "DealId": [f"D-{i + 1:05d}" for i in range(len(deals))],
            "AccountId": numbers.of("sales", deals["person"]),
            "Created": _moments(world, deals["created_at"]),
            "FirstResponse": deals["first_response_at"].dt.strftime(ISO),
            "Closed": deals["closed_at"].dt.strftime(ISO),
            "Outcome": deals["outcome"],
            "Stage": deals["stage"],
            "Amount": deals["amount"],
            "LeadSource": deals["lead_source"],
            "Campaign": campaign_ids[deals["campaign"]],
            "Owner": deals["owner"],
            "Territory": world.people["territory"].to_numpy()[deals["person"]],
            "LostReason": deals["lost_reason"],
            "Competitor": deals["competitor"],
        }
    )


def _moments(world: Rehearsal, at: pd.Series) -> np.ndarray:
    # Rows from before the move to the present system kept the German way of writing days.
    written: np.ndarray = np.where(raw.is_early(world, at), at.dt.strftime(_EARLIER_MOMENT), at.dt.strftime(ISO))
    return written
