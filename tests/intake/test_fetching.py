"""Tables are copied from real databases, value by value, with the password from the environment only."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from crmplan.engagement import Engagement
from crmplan.errors import EngagementError, IntakeError
from crmplan.intake import take_in
from crmplan.intake.fetching import fetch_tables

PASSWORD = "it's s3cret/@:"  # noqa: S105 - of a server that lives as long as this test
ORDERS = "{order_id: no, customer_id: customer, ordered_at: at, net_amount: amount}"
SCHEMA = """
create table orders (no text, customer integer, at timestamp, amount numeric(12, 2), note text);
insert into orders values ('007', 1, '2024-01-02 10:30:00', 1234.50, 'é "x"; drop'), ('8', 2, '2024-02-03', -5, null);
create table "Wide Name" (id integer, is_new boolean, day date);
insert into "Wide Name" values (1, true, '2024-01-31');
create view big as select g as no, g % 100 as customer, timestamp '2024-01-01' as at, 1.5 as amount
  from generate_series(1, 120000) g;
"""


def _programs() -> Path | None:
    found = shutil.which("initdb")
    places = [Path(found).resolve().parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return next((place for place in reversed(places) if (place / "initdb").exists()), None)


def _as_whom() -> str | None:
    """Return the user to run the server as: PostgreSQL refuses to run as root."""
    if os.getuid() != 0:
        return pwd.getpwuid(os.getuid()).pw_name
    names = {one.pw_name for one in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in names), None)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a PostgreSQL server of our own on this machine, with a few tables."""
    pytest.importorskip("adbc_driver_postgresql", reason="the driver is not installed: pip install crmplan[databases]")
    programs, user = _programs(), _as_whom()
    if programs is None or user is None:
        pytest.skip("PostgreSQL is not installed (Debian: postgresql), or there is no user but root to run it")
    home = Path(tempfile.mkdtemp(prefix="crmplan-pg-", dir="/tmp"))
    (home / "password").write_text(PASSWORD, "utf-8")
    who = {} if os.getuid() else {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}
    if who:
        for path in (home, home / "password"):
            shutil.chown(path, user)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data, options = home / "data", f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={home} -F"
    start = [programs / "initdb", "-D", data, "-U", "reader", "--pwfile", home / "password", "-A", "scram-sha-256"]
    control = [programs / "pg_ctl", "-D", data, "-w", "-t", "60"]
    quiet = {"stdout": subprocess.DEVNULL, "cwd": home, **who}
    try:
        subprocess.run([*start, "-E", "UTF8", "--no-sync"], check=True, **quiet)
        subprocess.run([*control, "-o", options, "-l", home / "log", "start"], check=True, **quiet)
        try:
            environment = {**os.environ, "PGPASSWORD": PASSWORD}
            psql = [programs / "psql", "-q", "-h", "127.0.0.1", "-p", str(port), "-U", "reader", "-d", "postgres"]
            subprocess.run([*psql, "-v", "ON_ERROR_STOP=1", "-c", SCHEMA], check=True, env=environment, cwd=home)
            yield f"postgresql://reader@127.0.0.1:{port}/postgres"
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], check=True, **quiet)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _client(folder: Path, database: str, relation: str = "orders", columns: str = ORDERS) -> Engagement:
    folder.mkdir(exist_ok=True)
    text = "client: {name: X, currency: EUR}\nas_of: 2024-12-31\nsources:\n  - name: web-shop\n"
    text += f"    database: {database}\n    tables:\n"
    text += f"      - {{table: orders, file: data/o.parquet, relation: {relation}, columns: {columns}}}\n"
    (folder / "engagement.yaml").write_text(text, "utf-8")
    return Engagement.open(folder)


def test_a_table_of_postgresql_becomes_orders(tmp_path: Path, server: str) -> None:
    engagement = _client(tmp_path / "mill", server)
    (done,) = fetch_tables(engagement, environment={"CRMPLAN_WEB_SHOP_PASSWORD": PASSWORD})
    orders = take_in(engagement).tables.frame("orders")

    assert (done.file, done.n_rows) == ("data/o.parquet", 2)
    assert orders["order_id"].tolist() == ["007", "8"]
    assert orders["net_amount"].tolist() == [1234.5, -5.0]
    assert str(orders["ordered_at"].iloc[0]) == "2024-01-02 10:30:00"


def test_a_large_table_comes_in_batches(tmp_path: Path, server: str) -> None:
    (done,) = fetch_tables(
        _client(tmp_path / "mill", server, "big"), environment={"CRMPLAN_WEB_SHOP_PASSWORD": PASSWORD}
    )

    assert done.n_rows == 120_000


def test_names_with_blanks_and_schemas_are_found(tmp_path: Path, server: str) -> None:
    columns = "{order_id: id, customer_id: id, ordered_at: day, net_amount: id}"
    engagement = _client(tmp_path / "mill", server, '"public.Wide Name"', columns)
    fetch_tables(engagement, environment={"CRMPLAN_WEB_SHOP_PASSWORD": PASSWORD})

    assert str(take_in(engagement).tables.frame("orders")["ordered_at"].iloc[0].date()) == "2024-01-31"


def test_nothing_of_the_clients_can_be_changed(server: str) -> None:
    from crmplan.intake.fetching import _postgresql

    connection = _postgresql("x", server, {"CRMPLAN_X_PASSWORD": PASSWORD})
    with connection, connection.cursor() as cursor, pytest.raises(Exception, match="read-only transaction"):
        cursor.execute("delete from orders")


def test_a_wrong_password_is_told_and_never_shown(tmp_path: Path, server: str) -> None:
    with pytest.raises(IntakeError, match="the password is read from CRMPLAN_WEB_SHOP_PASSWORD") as caught:
        fetch_tables(_client(tmp_path / "mill", server), environment={"CRMPLAN_WEB_SHOP_PASSWORD": "wr0ng-secret"})

    assert "wr0ng-secret" not in str(caught.value)
    assert not list((tmp_path / "mill").glob("data/*"))


def test_a_table_that_is_not_there_is_told_with_one_like_it(tmp_path: Path, server: str) -> None:
    with pytest.raises(IntakeError, match="a table 'order' in the database; did you mean 'orders'"):
        fetch_tables(_client(tmp_path / "mill", server, "order"), environment={"CRMPLAN_WEB_SHOP_PASSWORD": PASSWORD})


def test_a_server_that_is_not_there_is_told(tmp_path: Path) -> None:
    pytest.importorskip("adbc_driver_postgresql")
    with pytest.raises(IntakeError, match="source 'web-shop': expected a database that can be read"):
        fetch_tables(_client(tmp_path / "mill", "postgresql://reader@127.0.0.1:1/shop"), environment={})


@pytest.mark.parametrize("kind", ["sqlite", "duckdb"])
def test_tables_of_database_files_are_copied_too(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"shop.{kind}"
    create = 'create table orders (no text, customer integer, "at" text, amount numeric(9, 2))'
    insert = "insert into orders values ('007', 1, '2024-01-02', 12.5)"
    if kind == "sqlite":
        with sqlite3.connect(path) as connection:
            connection.execute(create)
            connection.execute(insert)
        connection.close()
    else:
        import duckdb

        with duckdb.connect(str(path)) as database:
            database.execute(create)
            database.execute(insert)
    engagement = _client(tmp_path / "mill", f"{kind}:///../{path.name}")
    (done,) = fetch_tables(engagement)

    assert done.n_rows == 1
    assert take_in(engagement).tables.frame("orders")["net_amount"].tolist() == [12.5]


def test_what_was_copied_stays_until_it_is_asked_for_again(tmp_path: Path) -> None:
    path = tmp_path / "shop.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("create table orders (no text, customer text, at text, amount text)")
    engagement = _client(tmp_path / "mill", f"sqlite:///../{path.name}")
    assert fetch_tables(engagement)[0].n_rows == 0
    connection.execute("insert into orders values ('1', '7', '2024-01-02', '5')")
    connection.commit()
    connection.close()

    assert fetch_tables(engagement)[0].n_rows is None
    assert fetch_tables(engagement, again=True)[0].n_rows == 1


def test_a_password_in_the_engagement_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EngagementError, match="take the password out"):
        _client(tmp_path / "mill", "postgresql://reader:secret@db/shop")


def test_a_missing_copy_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(IntakeError, match="run: crmplan fetch"):
        take_in(_client(tmp_path / "mill", "sqlite:///../shop.sqlite"))
