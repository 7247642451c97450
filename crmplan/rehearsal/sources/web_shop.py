"""The web shop: ISO days, UTF-8, two-letter countries, numbers such as W-000123."""

from __future__ import annotations

import pandas as pd

from crmplan.rehearsal.drawing import Rehearsal
from crmplan.rehearsal.sources import raw
from crmplan.rehearsal.sources.raw import ISO, CustomerNumbers, RawExport, yes_no

__all__ = ["MAPPING", "exports"]

_STATES = {"completed": "done", "shipped": "sent", "open": "paid", "cancelled": "cancelled"}

MAPPING = """
  - name: web_shop
    label: Web shop
    serves: e_commerce
    tables:
      - table: customers
        file: data/web_shop/accounts.csv
        columns:
          customer_id: account_id
          kind: {column: account_type, values: {business: firm, private: person}}
          name: full_name
          firm: company
          email: email
          phone: mobile
          address: street
          postcode: zip
          city: city
          country: {column: country, values: {DE: Germany, AT: Austria, CH: Switzerland, NL: Netherlands}}
          birth_year: birth_year
          first_heard: heard_from
          created_at: registered_at
          updated_at: changed_at
      - table: orders
        file: data/web_shop/orders.csv
        columns:
          order_id: order_no
          customer_id: account_id
          ordered_at: placed_at
          product_id: sku
          quantity: qty
          net_amount: amount
          cost: goods_cost
          discount: discount
          channel: {constant: web}
          country: {column: ship_to, values: {DE: Germany, AT: Austria, CH: Switzerland, NL: Netherlands}}
          is_refund: {column: type, values: {refund: true, order: false}}
          refunds_order_id: refund_of
          status: {column: state, values: {done: completed, sent: shipped, paid: open, cancelled: cancelled}}
      - table: products
        file: data/web_shop/products.csv
        columns:
          product_id: sku
          name: title
          category: category
          brand: brand
          list_price: price
          unit_cost: purchase_price
      - table: shipments
        file: data/web_shop/shipments.csv
        columns:
          order_id: order_no
          promised_on: promised
          delivered_on: arrived
          is_correct_item: right_goods
          handling_cost: extra_cost
""" + raw.touches_mapping("data/web_shop/newsletter_log.csv")


def exports(world: Rehearsal, numbers: CustomerNumbers) -> list[RawExport]:
    """Return accounts, orders, products, shipments and the log of the newsletter."""
    products = world.products.rename(
        columns={"product_id": "sku", "name": "title", "list_price": "price", "unit_cost": "purchase_price"}
    )
    files = {
        "accounts": _accounts(world),
        "orders": _orders(world, numbers),
        "products": products,
        "shipments": _shipments(world),
        "newsletter_log": raw.touches(world, numbers, "web_shop", ("newsletter",)),
    }
    return [RawExport(f"data/web_shop/{name}.csv", rows) for name, rows in files.items()]


def _accounts(world: Rehearsal) -> pd.DataFrame:
    held = raw.records_of(world, "web_shop")
    return pd.DataFrame(
        {
            "account_id": held["customer_id"],
            "account_type": yes_no(held["is_firm"], "business", "private"),
            "full_name": held["name"],
            "company": held["firm"],
            "email": held["email"],
            "mobile": held["phone"],
            "street": held["street"],
            "zip": held["postcode"],
            "city": held["city"],
            "country": held["country"].map(raw.COUNTRY_CODES),
            "birth_year": held["birth_year"].astype("Int64"),
            "heard_from": held["first_heard"],
            "registered_at": held["created_at"].dt.strftime(ISO),
            "changed_at": held["updated_at"].dt.strftime(ISO),
        }
    )


def _orders(world: Rehearsal, numbers: CustomerNumbers) -> pd.DataFrame:
    lines = raw.order_lines(world, is_web=True)
    return pd.DataFrame(
        {
            "order_no": raw.order_numbers(lines["order"], is_web=True),
            "account_id": numbers.of("web_shop", lines["person"], ~lines["is_unknown"], lines["order"]),
            "placed_at": lines["ordered_at"].dt.strftime(ISO),
            "sku": world.products["product_id"].to_numpy()[lines["product"]],
            "qty": lines["quantity"],
            "amount": lines["net_amount"],
            "goods_cost": lines["cost"],
            "discount": lines["discount"],
            "ship_to": lines["country"].map(raw.COUNTRY_CODES),
            "type": yes_no(lines["refunds"] >= 0, "refund", "order"),
            "refund_of": raw.order_numbers(lines["refunds"], is_web=True),
            "state": lines["status"].map(_STATES),
        }
    )


def _shipments(world: Rehearsal) -> pd.DataFrame:
    sent = raw.shipments(world, is_web=True)
    return pd.DataFrame(
        {
            "order_no": sent["order_no"],
            "promised": sent["promised_on"].dt.strftime("%Y-%m-%d"),
            "arrived": sent["delivered_on"].dt.strftime("%Y-%m-%d"),
            "right_goods": yes_no(sent["is_correct_item"], "1", "0"),
            "extra_cost": sent["handling_cost"],
        }
    )
