"""The accounts of one provider's month, line by line, from the ledger and the claims' record.

What services earned is in the payment scheme's own lines; nothing is worked out a second time.
What was due of pay, bonus and supplies is what was paid of it and what is owed more than before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from abm.indicator_tables import CLOSING, IN, MEMO, OPENING, OUT
from abm.model import Model
from abm.reconciliation import CHECK
from abm.workings import Working, Workings
from agents.doctor import Doctor
from agents.provider import DEBTS
from experiments.words import word

PAYERS = (
    "patients pay",
    "serious-illness cover pays",
    "medical aid pays",
    "employees' fund pays",
)
"""Purposes of the ledger by which others than the residents' fund pay their part of bills."""
CLAIMS_PAID = (
    "fund advances",
    "fund pays services",
    "consortium pays services",
    "fund clears last year",
    "consortium clears last year",
    "advance returned to fund",
)
"""Purposes of the ledger by which claims are paid."""
_BILLED = (
    ("outpatient_cost_fen", "bills of visits"),
    ("inpatient_cost_fen", "bills of admissions"),
)
_PARTNERS = (
    "households",
    "serious_cover",
    "employee_fund",
    "fund",
    "consortium",
    "government",
    "provider",
    "suppliers",
    "staff",
    "bank",
)
_OWED = (
    ("loan_fen", "loans", "interest added to the loan", ("loan taken",), ("loan repaid",)),
    (
        "payable_fen",
        "owed to suppliers",
        "supplies and running costs due",
        (),
        ("suppliers' arrears", "drugs and materials", "running costs", "outreach"),
    ),
    ("pay_arrears_fen", "base pay owed", "base pay due", (), ("pay arrears", "base pay")),
    ("bonus_arrears_fen", "bonus owed", "bonus due", (), ("bonus arrears", "bonus")),
)
"""What a provider owes: column, account, what adds to it, and by which purposes."""
_INCOMES = {
    "base_income_fen": "base pay received",
    "bonus_income_fen": "bonus received",
    "surplus_income_fen": "part of a surplus received",
    "income_fen": "all that they received",
}


@dataclass(frozen=True)
class SlipLine:
    """One line of an account.

    Attributes
    ----------
    account
        Key of the account.
    role
        ``opening``, ``in``, ``out``, ``closing``: these add up; ``memo`` stands beside;
        ``check`` is the fen by which the account fails to close.
    what, what_zh
        For readers.
    value
        Whole fen where ``unit`` is ``"fen"``.
    adds
        Whether months of it add up to a year's.
    """

    account: str
    role: str
    what: str
    what_zh: str
    value: float
    unit: str = "fen"
    adds: bool = True


def live_and_tell(model: Model, p: int) -> list[SlipLine]:
    """Let a model live a month, and tell it for the provider in a row."""
    books = model.books
    books.workings = Workings()
    new_year = model.month % 12 == 0
    claims = np.zeros_like(books.claims.year[p]) if new_year else books.claims.year[p].copy()
    owed, balance = int(books.claims.owed_fen[p]), _balance(model, p)
    debts = {name: int(model.providers[name][p]) for name in DEBTS}
    doctors = model.population(Doctor).rows
    ours = np.flatnonzero((doctors["provider"] == p) & (doctors["alive"] == 1))
    incomes = {n: 0 if new_year else int(doctors[n][ours].sum()) for n in _INCOMES}
    model.step()
    if new_year:
        owed = int(books.claims.year["owed_before_fen"][p])
    now = {name: int(books.claims.year[name][p] - claims[name]) for name in claims.dtype.names}
    moved = _moved(model, p)
    lines = _bills(model, p, moved, now["billed_fen"])
    lines += _claims(model, p, owed, moved, now)
    lines += _money(balance, moved, _balance(model, p))
    lines += _debts(model, p, debts, moved)
    after = model.population(Doctor).rows
    received = {n: int(after[n][ours].sum()) - incomes[n] for n in _INCOMES}
    lines += [_line("its doctors", MEMO, _INCOMES[name], fen) for name, fen in received.items()]
    lines.append(_line("its doctors", MEMO, "doctors whom it employs", len(ours), "people", False))
    books.workings = None
    return lines


def _line(
    account: str, role: str, key: str, value: float, unit: str = "fen", adds: bool = True
) -> SlipLine:
    return SlipLine(account, role, word(key, "en"), word(key, "zh"), value, unit, adds)


def _balance(model: Model, p: int) -> int:
    return int(model.ledger.balance_fen[model.ledger.provider[p]])


def _moved(model: Model, p: int) -> dict[tuple[str, str], int]:
    """What a provider's account received of the last month, less what it paid, by purpose.

    Keys are the kind of the other account, and the purpose.
    """
    ledger, account = model.ledger, int(model.ledger.provider[p])
    journal = ledger.journal()
    page = journal[journal["month"] == model.month - 1]
    found: dict[tuple[str, str], int] = {}
    for side, other, sign in (("target", "source", 1), ("source", "target", -1)):
        for entry in page[page[side] == account]:
            key = ledger.kinds[int(entry[other])], ledger.purposes[int(entry["purpose"])]
            found[key] = found.get(key, 0) + sign * int(entry["amount_fen"])
    order = {kind: place for place, kind in enumerate(_PARTNERS)}
    return dict(sorted(found.items(), key=lambda item: order[item[0][0]]))


def _of(moved: dict[tuple[str, str], int], purpose: str) -> int:
    return sum(fen for (_, told), fen in moved.items() if told == purpose)


def _closing(lines: list[SlipLine]) -> list[SlipLine]:
    """The check of an account: opening, in and out less closing."""
    sums = sum(int(line.value) for line in lines if line.role in (OPENING, IN, OUT))
    end = sum(int(line.value) for line in lines if line.role == CLOSING)
    return [_line(lines[0].account, CHECK, "closes", sums - end)]


def _bills(
    model: Model, p: int, moved: dict[tuple[str, str], int], fund_fen: int
) -> list[SlipLine]:
    """All that was billed, and whose part it is."""
    lines = []
    for column, key in _BILLED:
        fen = int(model.by_provider(model.tally[column])[p]) * model.weight
        lines.append(_line("bills", IN, key, fen))
    lines += [_line("bills", OUT, purpose, -_of(moved, purpose)) for purpose in PAYERS]
    lines.append(_line("bills", OUT, "part of the residents' fund", -fund_fen))
    for column, unit in (("visits", "visits"), ("admissions", "admissions")):
        number = int(model.by_provider(model.tally[column])[p]) * model.weight
        lines.append(_line("bills", MEMO, column, number, unit))
    return lines + _closing(lines)


def _working(line: Working, p: int) -> SlipLine:
    """A line of the scheme's own."""
    value = float(line.value[p])
    role = MEMO
    if line.counts:
        role = IN if value >= 0 else OUT
    return SlipLine(
        "claims", role, line.what, line.what_zh, value, line.unit, line.counts or line.adds
    )


def _at_year_end(line: SlipLine) -> SlipLine:
    """The same, told apart from the months' lines."""
    before, before_zh = word("at the year's end", "en"), word("at the year's end", "zh")
    return replace(line, what=f"{before} {line.what}", what_zh=f"{before_zh}{line.what_zh}")


def _claims(
    model: Model, p: int, owed: int, moved: dict[tuple[str, str], int], now: dict[str, int]
) -> list[SlipLine]:
    """Owed before; what was earned, in the scheme's words; denied; paid; and owed after."""
    claims, workings = model.books.claims, model.books.workings
    assert workings is not None
    lines = [_line("claims", OPENING, "owed by payers before", owed)]
    told = [_working(one, p) for one in workings.month]
    told += [_at_year_end(_working(one, p)) for one in workings.year]
    lines += [line for line in told if line.role != MEMO or np.isfinite(line.value)]
    counted = sum(int(line.value) for line in told if line.role != MEMO)
    lines.append(
        _line("claims", IN, "of it not told", now["billed_fen"] + now["by_rule_fen"] - counted)
    )
    lines.append(_line("claims", OUT, "denied", -now["denied_fen"]))
    lines += [_line("claims", OUT, purpose, -_of(moved, purpose)) for purpose in CLAIMS_PAID]
    lines.append(_line("claims", CLOSING, "owed by payers after", int(claims.owed_fen[p])))
    for key, fen in (
        ("of it not yet due: late", claims.due_fen[:, :, p].sum()),
        ("of it kept back of this year", claims.withheld_fen[0, :, p].sum()),
        ("of it kept back of last year", claims.withheld_fen[1, :, p].sum()),
        ("of it to be cleared", claims.clearing_fen[:, p].sum()),
        ("of it less what was advanced", -claims.advanced_fen[p]),
    ):
        lines.append(_line("claims", MEMO, key, int(fen), adds=False))
    return lines + _closing(lines)


def _money(balance: int, moved: dict[tuple[str, str], int], balance_after: int) -> list[SlipLine]:
    """The provider's account in the ledger, by purpose."""
    lines = [_line("money", OPENING, "balance before", balance)]
    for role, sign in ((IN, 1), (OUT, -1)):
        lines += [
            _line("money", role, purpose, fen)
            for (_, purpose), fen in moved.items()
            if sign * fen > 0
        ]
    lines.append(_line("money", CLOSING, "balance after", balance_after))
    return lines + _closing(lines)


def _debts(
    model: Model, p: int, before: dict[str, int], moved: dict[tuple[str, str], int]
) -> list[SlipLine]:
    """What it owed, what came due, what it paid of that, and what it owes."""
    lines: list[SlipLine] = []
    for column, account, due, taken, paid in _OWED:
        after = int(model.providers[column][p])
        new = sum(_of(moved, purpose) for purpose in taken)
        back = -sum(_of(moved, purpose) for purpose in paid)
        part = [_line(account, OPENING, "owed before", before[column])]
        part += [_line(account, IN, purpose, _of(moved, purpose)) for purpose in taken]
        part.append(_line(account, IN, due, after - before[column] - new + back))
        part += [_line(account, OUT, purpose, _of(moved, purpose)) for purpose in paid]
        part.append(_line(account, CLOSING, "owed after", after))
        lines += part
    return lines
