from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents import patient as p
from agents.foundation.compile import plain
from agents.foundation.slots import N_SLOTS
from agents.patient import BELIEF_SCALE, MINOR, N_CLASSES, NOWHERE, SEVERE, Options, Tastes
from tests.agents.people import options, resident, streams, tastes
from tests.science.fuzzy import check_share

need_class = plain(p.need_class)
choose_provider = plain(p.choose_provider)
choose_above = plain(p.choose_above)
weigh_options = plain(p.weigh_options)
pick = plain(p.pick)
price_row = plain(p.price_row)
learn_from_care = plain(p.learn_from_care)
money_weight = plain(p.money_weight)
felt_price = plain(p.felt_price)
accepts_bed = plain(p.accepts_bed)

N = 10_000
WORTH = np.array([0.4, -0.3, 0.0, 1.1, -1.0, 0.2, -0.6, 0.9])
FROM = 15.0
BELIEF = [5000, 5300, 4000, 7600, 7000, 8500, 8000, 9000]
PRICE = np.array([20.0, 45.0, 50.0, 130.0, 110.0, 360.0, 300.0, 420.0])
TASTES = tastes(
    price=np.full(N_CLASSES, -0.8),
    felt_from_yuan=np.full(N_CLASSES, FROM),
    belief=np.full(N_CLASSES, 3.0),
    talk_share=0.4,
    self_care_odds=np.full(N_CLASSES, math.exp(1.5)),
    habit_odds=math.exp(0.5),
    contract_odds=math.exp(0.45),
    referral_odds=math.exp(1.5),
)


def priced(price: np.ndarray = PRICE) -> Options:
    whole = options()
    whole.common[:, :, :] = WORTH
    whole.felt_price[...] = np.log1p(price / FROM)
    return whole


def money_of(who: Any, weighs: Tastes) -> float:
    reference = weighs.income_reference_yuan
    gap = (reference - who.income_yuan) / (reference + who.income_yuan)
    return 1 + weighs.income_slope * gap


def theory(who: Any, offered: Options, weighs: Tastes, above: int = -1) -> tuple[np.ndarray, float]:
    """Chances of each slot and of nowhere, from the closed form of the multinomial logit."""
    kind = need_class(who)
    place = 1 if who.elsewhere else 0
    felt = offered.felt_price[price_row(place, who.scheme, who.referred, 0, kind)]
    worth = offered.common[place, kind] + weighs.price[kind] * money_of(who, weighs) * felt
    worth = worth + weighs.belief[kind] * (1 - weighs.talk_share) * np.array(who.belief) / 1e4
    short = weighs.severity[kind] - offered.known[place, max(who.cause, 0)]
    worth = worth - weighs.fit[kind] * np.maximum(0.0, short)
    if who.habit >= 0:
        worth[who.habit] += math.log(weighs.habit_odds)
    if who.contract:
        worth[:2] += math.log(weighs.contract_odds)
    odds = np.where(offered.tier[place] > above, np.exp(worth), 0.0)
    home = weighs.self_care_odds[kind]
    if above >= 0 and who.referred:
        home = home / weighs.referral_odds
    whole = odds.sum() + home
    return odds / whole, home / whole


def frequency(who: Any, offered: Options, weighs: Tastes, n: int = N) -> np.ndarray:
    """How many of n months end in each slot; the last counts nowhere."""
    worth, kind = np.zeros(N_SLOTS), need_class(who)
    chosen = [choose_provider(who, kind, offered, weighs, 0, worth, s) for s in streams(n)]
    return np.bincount(np.array(chosen) % (N_SLOTS + 1), minlength=N_SLOTS + 1)


@pytest.mark.parametrize(
    "who",
    [
        resident(severity=100, belief=BELIEF, income_yuan=20_000, scheme=1),
        resident(severity=450, belief=BELIEF, income_yuan=5_000, habit=3, contract=1),
        resident(severity=700, belief=BELIEF, income_yuan=80_000, referred=1, elsewhere=1),
    ],
    ids=["minor", "poor, of habit, with a contract", "referred, lives elsewhere"],
)
def test_choices_are_those_of_the_multinomial_logit(who: Any) -> None:
    counts = frequency(who, priced(), TASTES)
    shares, home = theory(who, priced(), TASTES)
    assert shares.sum() + home == pytest.approx(1.0)
    for slot, chance in enumerate([*shares, home]):
        # A bug that moves a choice by a third is to be told from the theory.
        bugs = (chance * 0.7, chance * 1.4) if chance > 0.05 else (chance * 0.4, chance * 2)
        check_share(f"slot {slot}", counts[slot], N, chance, bugs)


def test_odds_of_two_places_do_not_depend_on_a_third() -> None:
    who, offered = resident(severity=100, belief=BELIEF), priced()
    worth = np.zeros(N_SLOTS)
    weigh_options(who, MINOR, offered, TASTES, 0, -1, worth)
    before = worth.copy()
    offered.common[:, :, 5] = -1e6
    weigh_options(who, MINOR, offered, TASTES, 0, -1, worth)
    after = worth
    assert after[5] == pytest.approx(0.0, abs=1e-200)
    assert np.delete(after, 5) == pytest.approx(np.delete(before, 5), rel=1e-12)


def test_where_his_illness_is_known_to_be_treated_worse_he_goes_less() -> None:
    offered, weighs = priced(), TASTES._replace(fit=np.full(N_CLASSES, 4.0))
    offered.known[0, 1, 3] = 0.5  # of the second illness, the fourth place
    well, badly = (resident(severity=700, cause=cause, belief=BELIEF) for cause in (0, 1))
    worth = np.zeros((2, N_SLOTS))
    for row, who in zip(worth, (well, badly), strict=True):
        weigh_options(who, SEVERE, offered, weighs, 0, -1, row)
    elsewhere = np.arange(N_SLOTS) != 3
    assert worth[1, elsewhere] == pytest.approx(worth[0, elsewhere], rel=1e-12)
    assert worth[1, 3] == pytest.approx(worth[0, 3] * math.exp(-4.0 * (0.72 - 0.5)), rel=1e-12)


def test_an_empty_slot_is_never_chosen() -> None:
    offered = priced()
    offered.common[:, :, 4:] = -1e6
    counts = frequency(resident(severity=100, belief=BELIEF), offered, TASTES, 3000)
    assert counts[4:8].sum() == 0
    assert counts[:4].min() > 0


@pytest.mark.parametrize("referred", [0, 1])
@pytest.mark.parametrize("above", [0, 1, 2, 3])
def test_only_higher_places_count_on_the_way_up(above: int, referred: int) -> None:
    who, offered = resident(severity=700, belief=BELIEF, referred=referred), priced()
    shares, home = theory(who, offered, TASTES, above)
    worth = np.zeros(N_SLOTS)
    points = (np.arange(4000) + 0.5) / 4000
    chosen = [choose_above(who, SEVERE, offered, TASTES, 0, above, worth, u) for u in points]
    counts = np.bincount(np.array(chosen) % (N_SLOTS + 1), minlength=N_SLOTS + 1)
    # The draws are evenly spaced, so counts are within one of the theory, rounding included.
    assert counts == pytest.approx(4000 * np.array([*shares, home]), abs=1.01)
    assert counts[:8][offered.tier[0] <= above].sum() == 0


def test_nobody_above_means_nowhere() -> None:
    who, worth = resident(severity=700), np.zeros(N_SLOTS)
    assert choose_above(who, SEVERE, priced(), TASTES, 0, 4, worth, 0.999) == NOWHERE


@given(
    odds=st.lists(st.floats(0, 1e6), min_size=8, max_size=8),
    home=st.floats(1e-9, 1e6),
    draw=st.floats(1e-12, 1 - 1e-12),
)
def test_the_slot_picked_holds_the_draw(odds: list[float], home: float, draw: float) -> None:
    slot = pick(odds, home, draw)
    up_to = np.cumsum(odds)
    point = draw * (up_to[-1] + home) - home
    if slot == NOWHERE:
        assert point < 0 or point >= up_to[-1]
    else:
        assert (up_to[slot - 1] if slot else 0.0) <= point < up_to[slot]


def share(offered: Options, weighs: Tastes, slot: int, **columns: Any) -> float:
    who = resident(**{"severity": 100, "belief": BELIEF, "income_yuan": 20_000} | columns)
    worth = np.zeros(N_SLOTS)
    weigh_options(who, need_class(who), offered, weighs, 0, -1, worth)
    return float(worth[slot] / (worth.sum() + weighs.self_care_odds[need_class(who)]))


def elasticity(of: int, to: int, **columns: Any) -> float:
    """Of the chance of one place to the price of another (or its own), by a small step."""
    step = 1e-4
    price = PRICE.copy()
    price[to] *= 1 + step
    before, after = (
        share(priced(), TASTES, of, **columns),
        share(priced(price), TASTES, of, **columns),
    )
    return math.log(after / before) / math.log1p(step)


def test_elasticities_have_the_logits_closed_form_and_sign() -> None:
    for to in (0, 3, 7):
        chance = share(priced(), TASTES, to)
        # At the reference income the weight of money is one.
        slope = -0.8 * PRICE[to] / (PRICE[to] + FROM)
        assert elasticity(to, to) == pytest.approx(slope * (1 - chance), rel=1e-3)
        assert elasticity(to, to) < 0 < elasticity(1, to)
        assert elasticity(1, to) == pytest.approx(-slope * chance, rel=1e-3)


def test_the_poor_mind_prices_more() -> None:
    assert elasticity(3, 3, income_yuan=4_000) < elasticity(3, 3, income_yuan=60_000) < 0
    assert money_weight(resident(income_yuan=0), TASTES) == 2.0
    assert money_weight(resident(income_yuan=20_000), TASTES) == 1.0
    half = TASTES._replace(income_slope=0.5)
    assert money_weight(resident(income_yuan=0), half) == 1.5
    assert money_weight(resident(income_yuan=60_000), half) == 0.75


def test_a_price_is_felt_in_proportion_while_small_and_by_its_logarithm_when_large() -> None:
    assert felt_price(0.0, FROM) == 0.0
    assert felt_price(0.15, FROM) == pytest.approx(0.01, rel=0.01)
    # Twice as dear feels the same at any height, well above the yuan from which it is felt.
    doubled = [felt_price(2 * yuan, FROM) - felt_price(yuan, FROM) for yuan in (2e3, 2e4)]
    assert doubled == pytest.approx([math.log(2)] * 2, rel=0.01)


@given(
    one=st.floats(0, 1e6),
    more=st.floats(0.01, 1e5),
    start=st.floats(1, 2_000),
    step=st.floats(1, 9),
)
def test_more_is_felt_as_more_and_each_yuan_less_than_the_last(
    one: float, more: float, start: float, step: float
) -> None:
    first, second, third = (felt_price(one + n * more, start) for n in (0, 1, 2))
    assert first < second < third
    assert third - second <= second - first + 1e-12
    assert felt_price(one, start * step) <= felt_price(one, start)


# -- a bed is offered -------------------------------------------------------------------------

BED = TASTES._replace(bed=2.0, bed_per_severity=6.0, bed_price=-1.5, income_slope=0.5)


def entered(yuan: float = 1500.0, weighs: Tastes = BED, n: int = N, **columns: Any) -> int:
    """How many of n evenly spaced draws let him enter."""
    who = resident(**{"severity": 750, "slot": 3, "income_yuan": 20_000} | columns)
    offered = priced(np.full(N_SLOTS, yuan))
    draws = (np.arange(n) + 0.5) / n
    return sum(accepts_bed(who, SEVERE, offered, weighs, 0, float(u)) for u in draws)


@pytest.mark.parametrize("income", [5_000, 20_000, 80_000])
def test_who_enters_follows_the_logit(income: int) -> None:
    who = resident(income_yuan=income)
    price = -1.5 * money_of(who, BED) * math.log1p(1500.0 / FROM)
    chance = 1 / (1 + math.exp(-(2.0 + 6.0 * 0.15 + price)))
    assert 0.001 < chance < 0.5
    # The draws are evenly spaced, so the count is within one of the theory.
    assert entered(income_yuan=income) == pytest.approx(N * chance, abs=1.01)


def test_the_poor_the_less_ill_and_those_who_pay_more_go_home() -> None:
    usual = entered()
    assert entered(3000.0) < usual < entered(500.0)
    assert entered(income_yuan=5_000) < usual < entered(income_yuan=80_000)
    assert entered(severity=620) < usual < entered(severity=880)
    assert entered(weighs=BED._replace(bed=4.0)) > usual


def test_he_looks_at_the_price_of_the_place_where_he_is() -> None:
    offered = priced(np.array([9e6] * 3 + [0.0] + [9e6] * 4))
    assert accepts_bed(resident(severity=750, slot=3), SEVERE, offered, BED, 0, 0.5)
    assert not accepts_bed(resident(severity=750, slot=4), SEVERE, offered, BED, 0, 0.5)


@pytest.mark.parametrize(
    ("columns", "slot"),
    [({"habit": 3}, 3), ({"contract": 1}, 0), ({"contract": 1}, 1)],
)
def test_habit_and_contract_draw(columns: dict[str, int], slot: int) -> None:
    assert share(priced(), TASTES, slot, **columns) > share(priced(), TASTES, slot)


def test_belief_draws_and_talk_takes_its_part() -> None:
    better = [*BELIEF]
    better[2] += 2000
    gain = math.log(share(priced(), TASTES, 2, belief=better) / share(priced(), TASTES, 2))
    assert 0 < gain < 3.0 * 0.6 * 0.2  # below the whole worth, as other shares give way
    deaf = TASTES._replace(talk_share=1.0)
    assert share(priced(), deaf, 2, belief=better) == share(priced(), deaf, 2)


@pytest.mark.parametrize(
    ("severity", "routine", "kind"),
    [
        (0, 0, "minor"),
        (0, 1, "routine"),
        (299, 0, "minor"),
        (299, 1, "routine"),
        (300, 0, "moderate"),
        (300, 1, "moderate"),
        (599, 0, "moderate"),
        (600, 1, "severe"),
        (899, 0, "severe"),
        (900, 0, "critical"),
        (999, 1, "critical"),
    ],
)
def test_classes_of_need(severity: int, routine: int, kind: str) -> None:
    who = resident(severity=severity, routine=routine)
    assert p.NEED_CLASSES[need_class(who)] == kind


def test_a_visit_moves_belief_by_the_rate_and_makes_a_habit() -> None:
    who = resident(belief=[*BELIEF])
    learn_from_care(who, 2, 1.0, 0.15)
    assert who.belief[2] == 4000 + 900
    assert who.habit == 2
    assert who.belief[:2] + who.belief[3:] == BELIEF[:2] + BELIEF[3:]
    learn_from_care(who, 3, 0.0, 0.15)
    assert who.belief[3] == 6460
    assert who.habit == 3


@given(
    before=st.integers(0, BELIEF_SCALE),
    met=st.floats(0, 1),
    rate=st.floats(0, 1),
)
def test_belief_moves_towards_what_was_met_and_never_past_it(
    before: int, met: float, rate: float
) -> None:
    who = resident(belief=[before] * N_SLOTS)
    learn_from_care(who, 0, met, rate)
    low, high = sorted((before, met * BELIEF_SCALE))
    assert low - 0.5 <= who.belief[0] <= high + 0.5
    assert who.belief[0] == pytest.approx(before + rate * (met * BELIEF_SCALE - before), abs=0.51)


def test_beliefs_settle_at_the_share_of_good_care() -> None:
    # The mean of an exponential average of hits with chance q is q, whatever it began with.
    who = resident(belief=[9000] * N_SLOTS)
    rng = np.random.default_rng(5)
    seen = []
    for month, well in enumerate(rng.random(20_000) < 0.35):
        learn_from_care(who, 0, float(well), 0.1)
        if month > 100:
            seen.append(who.belief[0] / BELIEF_SCALE)
    # Variance of the average: q (1 - q) / n of independent hits.
    assert np.mean(seen) == pytest.approx(0.35, abs=5 * math.sqrt(0.35 * 0.65 / 20_000))


def test_a_new_year_forgets_the_years_counts_and_nothing_else() -> None:
    columns = {name: 7 for name in p.PATIENT.names or () if name.startswith("year_")}
    who = resident(**columns, severity=450, income_yuan=9)
    plain(p.forget_last_year)(who)
    assert {name: getattr(who, name) for name in columns} == dict.fromkeys(columns, 0)
    assert (who.severity, who.income_yuan) == (450, 9)


def test_minor_is_the_first_class() -> None:
    assert MINOR == 0
    assert need_class(resident()) == MINOR
