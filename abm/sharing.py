"""What a year leaves: a surplus and its uses, an overspend and who bears it, the next quota.

Written on the books alone, so that any payment scheme can leave its year's result here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from abm.county import Tier
from abm.sharing_rules import Target
from agents.foundation.money import split_fen

if TYPE_CHECKING:
    from abm.payment.books import Books

OWN = 0
"""Payer of what a provider pays from its own account."""
SPENT_ON = {
    "equipment_fen": ("suppliers", "surplus buys equipment"),
    "training_fen": ("suppliers", "surplus pays training"),
    "contacts_fen": ("suppliers", "surplus pays contacts"),
}
"""Who is paid for what each earmark buys, and the purpose in the ledger."""


# -- the year's result ---------------------------------------------------------------------


def settle_budgets(books: Books, left: np.ndarray, budget: np.ndarray, covered: np.ndarray) -> None:
    """Let each consortium keep and use its surplus, or share its overspend with the fund.

    Parameters
    ----------
    left
        (consortium,) fen of the budget less what its people's care was charged.
    budget
        (consortium,) fen of the year.
    covered
        (provider,) whether its care is paid from the budget.
    """
    ledger = books.ledger
    books.state["surplus_fen"] = left
    seen = np.zeros(len(left))
    if books.overspend.by_cause and (left < 0).any():
        seen = seen_uncontrollable(books, -left, covered)
    books.state["uncontrollable_share"] = np.where(left < 0, seen, 0.0)
    for group, amount in enumerate(left.tolist()):
        account, whole = int(ledger.consortium[group]), int(budget[group])
        if amount >= 0:
            kept = books.surplus.kept_fen(amount, whole, group_score(books, group))
            ledger.transfer(account, books.fund, amount - kept, "surplus returned to fund")
            use_surplus(books, group, kept, covered)
        else:
            borne = books.overspend.borne_fen(-amount, whole, float(seen[group]))
            ledger.transfer(books.fund, account, -amount - borne, "fund shares overspend")
            levy(books, group, borne)


def group_score(books: Books, group: int) -> float:
    """Quality of a consortium, 0 to 1: of its members, by what each was charged of late."""
    charged = _fund_part(books.last_lines) + _fund_part(books.year_lines)
    weight = np.where(members(books, group), charged[:, group], 0)
    whole = float(weight.sum())
    return float((weight * books.score).sum()) / whole if whole > 0 else 1.0


def levy(books: Books, group: int, borne: int) -> None:
    """Take from members, at the clearing, what the consortium bears and has no reserve for."""
    account = int(books.ledger.consortium[group])
    reserve = int(books.ledger.balance_fen[account]) - _set_aside(books, 1 + group)
    short = books.claims.payable_fen(1 + group) - reserve
    weight = np.where(members(books, group), _fund_part(books.year_lines)[:, group], 0)
    amount = min(borne, max(0, short))
    if amount > 0 and weight.sum() > 0:
        books.claims.adjust(
            1 + group, -np.array(split_fen(amount, list(weight.astype(float))), np.int64)
        )


def members(books: Books, group: int) -> np.ndarray:
    """(provider,) whether it belongs to a consortium."""
    return np.asarray(books.in_county & (books.member_of == group))


def own_part(books: Books, ahead: np.ndarray) -> np.ndarray:
    """(provider,) part of a yuan that its consortium gains or loses which is felt as its own.

    All of it, where a member's own account is settled by what it saves or where members act
    as one. Where all share alike: of a surplus its share of the visits; of an overspend, its
    share c of the charges, and what a yuan more moves that share, `(1 - c) x overspend /
    charges`.

    Parameters
    ----------
    ahead
        (consortium,) fen by which charges run ahead of the budget; below zero behind it.
    """
    rules = books.consortium
    if rules.legal_persons == "one" or rules.reserve_split != "work":
        return np.ones(len(books.in_county))
    served, charged = _served(books), _fund_part(books.year_lines).astype(float)
    part = np.zeros(len(served))
    for group, over in enumerate(ahead.tolist()):
        ours = members(books, group)
        weight = charged[:, group] if over > 0 else served
        whole = max(float(weight[ours].sum()), 1.0)
        share = weight / whole
        moved = (1.0 - share) * max(0.0, over) / whole
        part = np.where(ours, share + moved, part)
    return part


# -- a surplus and its uses ----------------------------------------------------------------


def use_surplus(books: Books, group: int, kept: int, covered: np.ndarray | None = None) -> None:
    """Put a consortium's kept surplus to its uses, once older losses are made good.

    Money for equipment, training and contacts is set aside in the consortium's account and
    spent when it buys them.
    """
    rules, ledger = books.surplus, books.ledger
    account, payer = int(ledger.consortium[group]), 1 + group
    owed = int(books.claims.payable_fen(payer)) + _set_aside(books, payer)
    free = min(kept, max(0, int(ledger.balance_fen[account]) - owed))
    ours = members(books, group)
    base = ours & (books.tier <= Tier.TOWNSHIP)
    left = free
    served = _served(books)
    primary = int(free * rules.to_primary)
    training = int(primary * rules.training_share)
    for amount, name, chosen in (
        (primary - training, "equipment_fen", ours & (books.tier == Tier.TOWNSHIP)),
        (training, "training_fen", base),
        (int(free * rules.to_disciplines), "equipment_fen", ours & (books.tier == Tier.COUNTY)),
        (int(free * rules.to_chronic), "contacts_fen", base),
    ):
        parts = _split(amount, served + 1.0, chosen)
        books.earmarked[name][payer] += parts
        left -= int(parts.sum())
    for share, weight, purpose in (
        (rules.to_staff, served + 1.0, "surplus paid to staff"),
        (rules.to_referring, books.referred.astype(float), "surplus paid for referrals"),
    ):
        parts = _split(int(free * share), weight, ours)
        ledger.transfer(account, ledger.account("staff"), int(parts.sum()), purpose)
        left -= int(parts.sum())
        if purpose == "surplus paid to staff":
            books.staff_surplus_fen += parts
        else:
            books.referral_pay_fen += parts
    _share_reserve(books, group, left, covered)


def _share_reserve(books: Books, group: int, left: int, covered: np.ndarray | None) -> None:
    """Split what has no other use among members that keep their own books, if so ruled."""
    rules, ledger = books.consortium, books.ledger
    if rules.legal_persons == "one" or rules.reserve_split == "common" or left <= 0:
        return
    weight = _served(books)
    if rules.reserve_split == "saved":
        charged = _fund_part(books.year_lines)[:, group].astype(float)
        last = _fund_part(books.last_lines)[:, group].astype(float)
        counts = np.ones(len(last), bool) if covered is None else covered
        allotted = last * (charged[counts].sum() + left) / max(last[counts].sum(), 1.0)
        weight = np.maximum(allotted - charged, 0.0)
    parts = _split(left, weight, members(books, group))
    account = int(ledger.consortium[group])
    ledger.transfer(account, ledger.provider, parts, "surplus split among members")


def use_members_surplus(books: Books) -> None:
    """Put to use what the scheme paid members above their bills, as far as cash is there.

    As one legal person it is the consortium's; else each member uses its own for itself.
    """
    rules, ledger = books.surplus, books.ledger
    used = rules.to_primary + rules.to_staff + rules.to_referring + rules.to_disciplines
    above = np.maximum(books.claims.year["by_rule_fen"], 0)
    if used + rules.to_chronic == 0.0 or not above[books.in_county].any():
        return
    there = np.maximum(ledger.balance_fen[ledger.provider] - _own_set_aside(books), 0)
    above = np.where(books.in_county, np.minimum(above, there), 0)
    if books.consortium.legal_persons == "one":
        for group, account in enumerate(ledger.consortium.tolist()):
            gained = np.where(members(books, group), above, 0)
            ledger.transfer(ledger.provider, account, gained, "surplus of members pooled")
            use_surplus(books, group, int(gained.sum()))
        above = np.where(books.member_of < 0, above, 0)
    base, hospital = books.tier <= Tier.TOWNSHIP, books.tier == Tier.COUNTY
    to_staff = _part(above, rules.to_staff + rules.to_referring)
    ledger.transfer(ledger.provider, ledger.account("staff"), to_staff, "surplus paid to staff")
    books.staff_surplus_fen += to_staff
    primary = np.where(base, _part(above, rules.to_primary), 0)
    training = _part(primary, rules.training_share)
    training = np.where(books.tier == Tier.TOWNSHIP, training, primary)
    own = books.earmarked[OWN]
    own["training_fen"] += training
    own["equipment_fen"] += primary - training
    own["equipment_fen"] += np.where(hospital, _part(above, rules.to_disciplines), 0)
    own["contacts_fen"] += np.where(base, _part(above, rules.to_chronic), 0)


def spend(books: Books, name: str, wanted: np.ndarray) -> np.ndarray:
    """Pay from what is set aside for one use, as far as accounts reach.

    Parameters
    ----------
    name
        Field of EARMARK.
    wanted
        (payer, provider) fen, at most what is set aside is paid.

    Returns
    -------
    numpy.ndarray
        (payer, provider) fen that was paid.
    """
    ledger = books.ledger
    who, purpose = SPENT_ON[name]
    paid = np.minimum(np.maximum(wanted, 0), books.earmarked[name])
    there = np.maximum(ledger.balance_fen[ledger.provider], 0)
    paid[OWN] = np.minimum(paid[OWN], there)
    for group, account in enumerate(ledger.consortium.tolist()):
        most = max(0, int(ledger.balance_fen[account]))
        asked = int(paid[1 + group].sum())
        if asked > most:
            paid[1 + group] = _split(most, paid[1 + group].astype(float), paid[1 + group] > 0)
        amount = int(paid[1 + group].sum())
        ledger.transfer(account, ledger.account(who), amount, purpose)
    ledger.transfer(ledger.provider, ledger.account(who), paid[OWN], purpose)
    books.earmarked[name] -= paid
    return np.asarray(paid)


# -- an overspend and its cause ------------------------------------------------------------


def seen_uncontrollable(books: Books, over: np.ndarray, covered: np.ndarray) -> np.ndarray:
    """(consortium,) part of its overspend that the office takes to be uncontrollable.

    What the office can see in bills against last year's: how many people are insured; how much
    case weight was recorded for needs that call for a bed, priced as last year; emergencies
    outside the county. Longer stays, dearer treatment, light admissions, more visits and
    patients who left by themselves are left to the consortium. A higher code looks like a
    more severe need.

    Parameters
    ----------
    over
        (consortium,) fen of the overspend, nil or less where there is none.
    covered
        (provider,) whether its care is paid from the budget.
    """
    found = explained_fen(books, covered) / np.maximum(over, 1)
    return np.clip(np.clip(found, 0.0, 1.0) + books.judgement_error, 0.0, 1.0)


def explained_fen(books: Books, covered: np.ndarray) -> np.ndarray:
    """(consortium,) fen by which more people, severe need and emergencies raised spending."""
    last, year = (lines[covered] for lines in (books.last_lines, books.year_lines))
    last_sum, year_sum = (
        {name: lines[name].sum(axis=0).astype(float) for name in lines.dtype.names}
        for lines in (last, year)
    )
    people = books.insured / np.maximum(books.insured_before, 1)
    inside = last_sum["fund_inpatient_fen"] - last_sum["emergency_fen"]
    weight = last_sum["case_weight"] - last_sum["emergency_weight"]
    price = np.divide(inside, weight, out=np.zeros(len(inside)), where=weight > 0)
    severe_last, severe = (
        sums["case_weight"] - sums["emergency_weight"] - sums["light_weight"]
        for sums in (last_sum, year_sum)
    )
    spent = last_sum["fund_outpatient_fen"] + last_sum["fund_inpatient_fen"]
    by_people = (people - 1.0) * spent
    by_need = (severe - severe_last * people) * price
    by_emergency = year_sum["emergency_fen"] - last_sum["emergency_fen"] * people
    return np.asarray(by_people + by_need + by_emergency)


# -- next year's quota ---------------------------------------------------------------------


def judge_targets(books: Books) -> None:
    """Set what missed targets leave of each consortium's budget of next year."""
    quota = np.ones(len(books.insured))
    for target in books.targets:
        year, last = (
            _figure(target, lines, books) for lines in (books.year_lines, books.last_lines)
        )
        for group in range(len(quota)):
            if not target.is_met(float(year[group]), float(last[group])):
                quota[group] *= 1.0 - target.cut
    books.quota = quota


def _figure(target: Target, lines: np.ndarray, books: Books) -> np.ndarray:
    """(consortium,) what a target looks at, of a year's bills."""
    here, base = books.in_county, books.tier <= Tier.TOWNSHIP
    visits, admissions = lines["visits"], lines["admissions"]
    if target.indicator == "in_county_share_of_admissions":
        return _ratio(admissions[here].sum(axis=0), admissions.sum(axis=0))
    if target.indicator == "primary_share_of_visits":
        return _ratio(visits[here & base].sum(axis=0), visits[here].sum(axis=0))
    chosen = ~here if target.indicator == "visits_outside" else books.tier >= Tier.COUNTY
    return np.asarray(visits[chosen].sum(axis=0).astype(float))


# -- small parts ---------------------------------------------------------------------------


def _fund_part(lines: np.ndarray) -> np.ndarray:
    return np.asarray(lines["fund_outpatient_fen"] + lines["fund_inpatient_fen"])


def _served(books: Books) -> np.ndarray:
    """(provider,) visits of last year and this, by which shares follow the people served."""
    both = books.last_lines["visits"].sum(axis=1) + books.year_lines["visits"].sum(axis=1)
    return np.asarray(both.astype(float))


def _set_aside(books: Books, payer: int) -> int:
    return sum(int(books.earmarked[name][payer].sum()) for name in SPENT_ON)


def _own_set_aside(books: Books) -> np.ndarray:
    return np.asarray(sum(books.earmarked[name][OWN] for name in SPENT_ON))


def _split(amount: int, weight: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """(provider,) an amount split by weight over those chosen; nil if there is nobody."""
    parts = np.zeros(len(weight), np.int64)
    where = np.flatnonzero(chosen)
    if amount > 0 and len(where) and weight[where].sum() > 0:
        parts[where] = split_fen(amount, list(weight[where]))
    return parts


def split_of(amount: int, weight: np.ndarray) -> np.ndarray:
    """(n,) an amount split by weight; nil where there is none."""
    return _split(amount, weight, weight > 0)


def _part(amount: np.ndarray, share: float) -> np.ndarray:
    return np.floor(amount * share).astype(np.int64)


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.zeros(len(whole)), where=whole > 0)
