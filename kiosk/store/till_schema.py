"""The tables of till.db: an append-only ledger that is also the outbox, and the lane's open transaction."""

from __future__ import annotations

import sqlite3

from kiosk.store.database import Schema

# Everything but the key is generated from the signed text, so no column can disagree with what was signed.
_LEDGER = """
create table ledger (              -- never updated, never deleted from: two triggers see to it
    store_id text not null,
    workstation_id text not null,
    epoch text not null,
    position integer not null check (position >= 1),
    body text not null check (json_valid(body)),
    hash text not null check (length(hash) = 64),
    signature text not null check (length(signature) = 128),
    kind text as (case when json_valid(body) then body ->> '$.content.type' end) stored,
    previous text as (case when json_valid(body) then body ->> '$.previous' end),
    at text as (case when json_valid(body) then body ->> '$.at' end),
    attempt text as (case when json_valid(body) then body ->> '$.content.attempt' end) stored,
    outcome text as (case when json_valid(body) then body ->> '$.content.outcome' end) stored,
    sequence_number integer as (case when json_valid(body)
        and body ->> '$.content.type' in ('sale', 'transaction_cancelled')
        then body ->> '$.content.sequence_number' end) stored,
    primary key (store_id, workstation_id, epoch, position),
    foreign key (store_id, workstation_id, epoch) references epochs (store_id, workstation_id, epoch),
    check (body ->> '$.store_id' = store_id and body ->> '$.workstation_id' = workstation_id
        and body ->> '$.epoch' = epoch and body ->> '$.position' = position)
) strict
"""

_NEXT_IN_CHAIN = """
create trigger ledger_grows_by_one before insert on ledger
when new.position <> 1 + coalesce((select max(position) from ledger where store_id = new.store_id
        and workstation_id = new.workstation_id and epoch = new.epoch), 0)
    or new.body ->> '$.previous' <> coalesce((select hash from ledger where store_id = new.store_id
        and workstation_id = new.workstation_id and epoch = new.epoch and position = new.position - 1),
        '0000000000000000000000000000000000000000000000000000000000000000')
begin select raise(abort, 'an entry of the ledger follows on the one before'); end
"""

_EPOCHS = """
create table epochs (              -- never updated; number gives their order
    number integer primary key,
    store_id text not null,
    workstation_id text not null,
    epoch text not null unique check (length(epoch) = 16),
    unique (store_id, workstation_id, epoch)
) strict
"""

_LANE = """
create table lane (                -- one row: the open transaction, and how far the current epoch has come
    id integer primary key check (id = 1),
    state blob,
    next_sequence_number integer not null check (next_sequence_number >= 1),
    epoch text not null references epochs (epoch),
    position integer not null check (position >= 1),
    hash text not null check (length(hash) = 64)
) strict
"""

_TENDERS = """
create table tenders (             -- never updated: an approved attempt pays for one sale only
    attempt text primary key,
    sequence_number integer not null
) strict
"""

# Epochs are unique, but the key of the ledger begins with store and workstation: through here it is found by its key.
_ENTRIES = """
create view entries as
select number, epoch, position, at, body, hash, signature
from epochs join ledger using (store_id, workstation_id, epoch)
"""

# With max(), SQLite takes the other columns from the row that has it: the last result of each attempt.
_LAST_RESULTS = """
create view last_results as
select attempt, outcome, max(rowid) as result from ledger where kind = 'payment_result' group by attempt
"""

_OPEN_ATTEMPTS = """
create view open_attempts as
select body, epoch, position from ledger as tried indexed by ledger_attempt left join last_results using (attempt)
where kind = 'payment_attempt' and coalesce(last_results.outcome, 'unknown') = 'unknown' order by tried.rowid
"""

_UNSETTLED_APPROVALS = """
create view unsettled_approvals as
select body, epoch, position from last_results join ledger as tried using (attempt)
where kind = 'payment_attempt' and last_results.outcome = 'approved'
    and attempt not in (select attempt from tenders) order by tried.rowid
"""

_INDEXES = (
    "create unique index ledger_number on ledger (sequence_number) where sequence_number is not null",
    "create unique index ledger_attempt on ledger (attempt) where kind = 'payment_attempt'",
    "create index ledger_result on ledger (attempt, outcome) where kind = 'payment_result'",
)


# The few entries of these kinds are looked for among millions of others.
_FISCAL_INDEX = """
create index ledger_fiscal on ledger (json_extract(body, '$.content.sequence_number')) where kind = 'fiscal_receipt'
"""

# What tills and reports are made of, but for sales.
OF_ACCOUNTS = (
    "kind in ('report_taken', 'numbers_restored', 'training_started', 'training_ended', 'shift_opened', 'cash_moved', "
    "'drawer_opened', 'shift_counted', 'shift_suspended', 'shift_resumed', 'shift_settled')"
)
_ACCOUNTS_INDEX = f"create index ledger_accounts on ledger (kind) where {OF_ACCOUNTS}"


def _frozen(table: str) -> tuple[str, ...]:
    """Two triggers that refuse to change or delete rows of a table."""
    return tuple(
        f"create trigger {table}_no_{verb} before {verb} on {table} "
        f"begin select raise(abort, '{table} only grows: no {verb}'); end"
        for verb in ("update", "delete")
    )


TILL = Schema(
    name="till ledger",
    application_id=0x434C5401,
    steps=(
        (
            _EPOCHS,
            _LEDGER,
            _LANE,
            _TENDERS,
            *_INDEXES,
            _FISCAL_INDEX,
            _ACCOUNTS_INDEX,
            _ENTRIES,
            _LAST_RESULTS,
            _OPEN_ATTEMPTS,
            _UNSETTLED_APPROVALS,
            _NEXT_IN_CHAIN,
            *_frozen("ledger"),
            *_frozen("epochs"),
            *_frozen("tenders"),
        ),
    ),
)


def read_as_it_is(connection: sqlite3.Connection) -> None:
    """Read damaged text as text too: a bad byte becomes a sign that no hash matches, not an error of the reader."""
    connection.text_factory = lambda raw: raw.decode(errors="replace")
