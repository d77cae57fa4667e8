"""What a bank's tables hold and where they break the rules; nothing is computed from a bank that does."""

from collections.abc import Iterator
from datetime import date, datetime

import ibis
import ibis.expr.types as ir
from pandera.errors import SchemaErrors

from features.bank import Bank
from features.catalogue import VIEWS
from features.describe import describe
from features.errors import BadInputError
from features.point_in_time import EVENT, population
from features.reading import nearest, readable
from features.rules import Rule
from features.schemas import flagged, months_rules, schema, source_rules, table_rules
from features.sensitive import unknown_sensitive
from features.strict import Strict
from features.vocabulary import SNAPSHOT_DATE, Table
from features.wide import AS_OF

EXAMPLES = 5


def _rows(number: int) -> str:
    return f"{number:,} row{'' if number == 1 else 's'}"


class Violation(Strict):
    """A rule that `rows` rows of a table break, and the first few of them; or that bank.toml breaks."""

    table: str
    column: str
    rule: str
    rows: int
    examples: tuple[str, ...] = ()

    def __str__(self) -> str:
        few = f": {'; '.join(self.examples)}" if self.examples else ""
        many = f" ({_rows(self.rows)})" if self.rows else ""
        return f"{self.table}.{self.column} {self.rule}{many}{few}"


class TableReport(Strict):
    """One table: its rows, the days of its first and last event, the share of nulls of every column."""

    name: str
    rows: int
    first: date | None
    last: date | None
    nulls: dict[str, float]

    def __str__(self) -> str:
        dates = f", {self.first} to {self.last}" if self.first else ""
        partly = [f"{column} {share:.1%}" for column, share in self.nulls.items() if 0 < share < 1]
        never = [column for column, share in self.nulls.items() if share == 1]
        lines = [f"{self.name}: {_rows(self.rows)}{dates}"]
        lines += [f"  nulls: {', '.join(partly)}"] if partly else []
        lines += [f"  not given: {', '.join(never)}"] if never else []
        return "\n".join(lines)


class Report(Strict):
    """What `check_bank` found; `notes` say what is unusual but allowed."""

    tables: tuple[TableReport, ...]
    violations: tuple[Violation, ...]
    notes: tuple[str, ...]

    def text(self) -> str:
        """All of it, to be read on a terminal."""
        lines = [str(table) for table in self.tables]
        lines += [f"note: {note}" for note in self.notes]
        lines += [f"violation: {violation}" for violation in self.violations] or ["every rule is kept"]
        return "\n".join(lines)


def check_bank(bank: Bank, today: date) -> Report:
    """Describe every table of a bank and find every violation; `today` is the last day of the past.

    Raises BadInputError when a file cannot be read to its end.
    """
    present = [name for name in Table if name in bank.present]  # customers, which every bank has, first
    tables: list[TableReport] = []
    violations: list[Violation] = []
    for name in present:
        with readable(name, bank.spec.tables[name].path):
            tables.append(_describe(bank, name))
            violations += _violations(bank, name, today)
    if tables[0].rows == 0:
        violations.append(
            Violation(table=Table.CUSTOMERS, column="*", rule="must have at least one row", rows=0)
        )
    violations += _misnamed(bank)
    return Report(tables=tuple(tables), violations=tuple(violations), notes=tuple(_notes(bank, tables)))


def require_valid(bank: Bank, today: date) -> None:
    """Refuse a bank that breaks a rule.

    Raises BadInputError listing every violation.
    """
    violations = check_bank(bank, today).violations
    if violations:
        lines = "\n".join(f"  {violation}" for violation in violations)
        raise BadInputError(f"{bank.spec.folder}: the data breaks these rules:\n{lines}")


def _describe(bank: Bank, name: Table) -> TableReport:
    table, event = bank.table(name), EVENT.get(name, SNAPSHOT_DATE)
    if name is Table.HOLDINGS and bank.observed_months is not None:
        table, event = bank.observed_months, AS_OF
    asked = {f"null {column}": table[column].isnull().sum() for column in table.columns}
    found = (
        table.aggregate(**asked, rows=table.count(), first=table[event].min(), last=table[event].max())
        .to_pyarrow()
        .to_pylist()[0]
    )
    rows = found["rows"]
    return TableReport(
        name=name,
        rows=rows,
        first=_day(found["first"]),
        last=_day(found["last"]),
        nulls={column: (found[f"null {column}"] or 0) / rows if rows else 0.0 for column in table.columns},
    )


def _day(moment: datetime | date | None) -> date | None:
    return moment.date() if isinstance(moment, datetime) else moment


def _violations(bank: Bank, name: Table, today: date) -> Iterator[Violation]:
    yield from _broken(name, bank.sources[name].table, source_rules(name, bank))
    months = bank.observed_months
    if name is Table.HOLDINGS and months is not None:
        yield from _broken(name, months, months_rules(bank, months, today))
    else:
        yield from _broken(name, bank.table(name), table_rules(bank, name, today))


def _misnamed(bank: Bank) -> Iterator[Violation]:
    """Sensitive columns that the bank does not have."""
    if not bank.spec.sensitive:
        return
    names = [name for name, _ in describe(bank, VIEWS, "").features()]
    unknown = tuple(unknown_sensitive(bank, names))
    if unknown:
        rule = "must name columns that features come from"
        yield Violation(table="bank.toml", column="sensitive", rule=rule, rows=0, examples=unknown)


def _broken(name: Table, table: ir.Table, rules: list[Rule]) -> Iterator[Violation]:
    rows = flagged(table, rules)
    try:
        schema(name, rules).validate(rows, lazy=True)
    except SchemaErrors:
        flags = [f"rule {place}" for place in range(len(rules))]
        counts = rows.aggregate(**{flag: (~rows[flag]).sum() for flag in flags}).to_pyarrow().to_pylist()[0]
        for flag, rule in zip(flags, rules, strict=True):
            if counts[flag]:
                examples = _examples(rows.filter(~rows[flag]), rule)
                yield Violation(
                    table=name, column=rule.column, rule=rule.says, rows=counts[flag], examples=examples
                )


def _examples(broken: ir.Table, rule: Rule) -> tuple[str, ...]:
    if rule.known:
        return _words(broken, rule)
    rows = broken.select(*rule.shown).limit(EXAMPLES).to_pyarrow().to_pylist()
    return tuple(map(_example, rows))


def _words(broken: ir.Table, rule: Rule) -> tuple[str, ...]:
    """The most frequent unknown words, each with a customer, how many rows, and the nearest known word."""
    *others, word = rule.shown
    firsts = {column: broken[column].min() for column in others}
    found = broken.group_by(word).aggregate(**firsts, rows=broken.count())
    most = found.order_by(ibis.desc("rows"), word).limit(EXAMPLES).to_pyarrow().to_pylist()
    shown = ({column: row[column] for column in rule.shown} for row in most)
    return tuple(
        _example(example)
        + (f" ({_rows(row['rows'])})" if row["rows"] > 1 else "")
        + nearest(row[word], rule.known)
        for example, row in zip(shown, most, strict=True)
    )


def _example(row: dict[str, object]) -> str:
    return ", ".join(f"{column}={'null' if value is None else value!s:.60}" for column, value in row.items())


def _notes(bank: Bank, tables: list[TableReport]) -> Iterator[str]:
    for column, why in bank.left_out.items():
        yield f"{column} is left out of the models: {why}"
    for table in tables:
        if table.rows == 0 and table.name != Table.CUSTOMERS:
            yield f"{table.name} has no rows"
    first = bank.spec.snapshots.all()[0]
    if tables[0].rows and not population(bank, first).count().to_pyarrow().as_py():
        yield f"no customer is known before the first snapshot, {first}"
    contacts = bank.table(Table.CONTACTS)
    undated = contacts.filter(contacts["outcome"].notnull() & contacts["outcome_at"].isnull())
    count = undated.count().to_pyarrow().as_py()
    if count:
        yield f"contacts: {_rows(count)} with an outcome of no use: without outcome_at, none knows since when"
