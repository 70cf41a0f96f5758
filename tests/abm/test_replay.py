"""A run that perceives in some channels what another perceives, of the same seed."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import pytest

from abm.county import County, Tier
from abm.digest import digest
from abm.doctors_pay import standing
from abm.excerpt import excerpt
from abm.model import Model
from abm.policy import Policy
from abm.pricing import Incentive, price_list
from abm.replay import CHANNELS, Follower, Leader, _same, follow, lead, live_together
from agents.doctor import Doctor
from agents.foundation.errors import InputError
from agents.incentive import nothing

PolicyMaker = Callable[..., Policy]
MONTHS = 15
"""Past a year's end, in which doctors look back and the next year is opened."""


@pytest.fixture(scope="module")
def hamlets(typical: County) -> County:
    """300 people in 2 villages, few enough for plain Python."""
    return excerpt(typical, townships=1, villages_each=2, persons=300)


@pytest.fixture
def baseline(policy_of: PolicyMaker) -> Policy:
    return policy_of("dip", pay={"shared_by": "work"})


@pytest.fixture
def scenario(policy_of: PolicyMaker) -> Policy:
    """Other rules in every channel, from the third month."""
    change = [
        {"kind": kind, "column": column, "value": value}
        for kind, column, value in (
            ("in_county", "inpatient_ratio", 0.4),
            ("in_county", "outpatient_ratio", 0.9),
            ("self_referred", "inpatient_ratio", 0.2),
        )
    ]
    return policy_of(
        "bundle",
        2,
        benefits={"change": change, "outpatient_cap_yuan": 90.0},
        pay={"bonus_on": "balance", "bonus_share": 0.4, "balance_share": 0.1},
        staff={"county_pay_share": 0.5, "remote_reading": 1.0},
        surplus={"to_referring": 0.2},
    )


def apart(
    county: County,
    scenario: Policy,
    baseline: Policy,
    replayed: Iterable[Iterable[str]],
    *,
    months: int = MONTHS,
    plain: bool = False,
) -> list[Model]:
    """The leader, then a follower for each set of channels that is replayed."""
    models = [Model(county, baseline, baseline, threads=2, agent_by_agent=plain)]
    leader = lead(models[0])
    for channels in replayed:
        models.append(Model(county, scenario, baseline, threads=2, agent_by_agent=plain))
        follow(models[-1], leader, tuple(channels))
    live_together(models[0], models[1:], months, lambda _: None)
    for model in models:
        model.close()
    return models


def alone(county: County, policy: Policy, baseline: Policy, months: int = MONTHS) -> Model:
    model = Model(county, policy, baseline, threads=2)
    for _ in range(months):
        model.step()
    model.close()
    return model


def test_a_run_with_nothing_replayed_is_the_run_itself(
    tiny_county: County, scenario: Policy, baseline: Policy
) -> None:
    leader, free = apart(tiny_county, scenario, baseline, [()])
    assert digest(leader) == digest(alone(tiny_county, baseline, baseline))
    assert digest(free) == digest(alone(tiny_county, scenario, baseline))
    assert digest(free) != digest(leader)


def test_the_baseline_replayed_in_itself_is_itself(tiny_county: County, baseline: Policy) -> None:
    sets = [*([name] for name in CHANNELS), CHANNELS]
    found = {digest(model) for model in apart(tiny_county, baseline, baseline, sets)}
    assert found == {digest(alone(tiny_county, baseline, baseline))}


def test_each_channel_changes_something_of_its_own(
    tiny_county: County, scenario: Policy, baseline: Policy
) -> None:
    sets = [(), *([name] for name in CHANNELS), CHANNELS]
    found = [digest(model) for model in apart(tiny_county, scenario, baseline, sets)]
    assert len(set(found)) == len(found)


def test_plain_and_compiled_replay_the_same(
    hamlets: County, scenario: Policy, baseline: Policy
) -> None:
    sets = [(), ("price", "pay"), ("belief", "capability"), CHANNELS]
    plain, compiled = (
        [digest(m) for m in apart(hamlets, scenario, baseline, sets, plain=plain, months=14)]
        for plain in (True, False)
    )
    assert plain == compiled


class Look(Follower):
    """Notes every month whether what is perceived is what the leader perceives."""

    found: dict[str, list[bool]]

    def see(self, model: Model) -> None:
        super().see(model)
        theirs = self.leader.model
        # What the leader saw this month, before it lived it.
        seen, rows = self.leader.seen, model.residents
        ours, where = _same(rows, seen.people, self.leader.residents, ("village", "elsewhere"))
        told = {
            "price": np.array_equal(model.options.felt_price, seen.felt_price)
            and np.array_equal(model.options.spent_from_fen, seen.spent_from_fen),
            "belief": np.array_equal(rows["belief"][ours], seen.people["belief"][where])
            and np.array_equal(model.talk, seen.talk)
            and np.array_equal(model.providers["wait_days"], seen.wait_days),
            "capability": np.array_equal(model.providers["treats"], seen.ability["treats"]),
            "work": all(
                np.array_equal(model.providers[name], theirs.providers[name])
                for name in model.providers.dtype.names or ()
                if name.startswith("brings_")
            ),
        }
        for name, same in told.items():
            self.found.setdefault(name, []).append(same)


@pytest.mark.parametrize("name", ["price", "belief", "capability", "work"])
def test_what_is_replayed_is_what_the_leader_perceives(
    name: str, tiny_county: County, scenario: Policy, baseline: Policy
) -> None:
    channels = ("budget", "pay") if name == "work" else (name,)
    first = Model(tiny_county, baseline, baseline, threads=1)
    leader = lead(first)
    followers = []
    for replayed in (channels, ()):
        model = Model(tiny_county, scenario, baseline, threads=1)
        model.replay = look = Look(leader, replayed)
        look.found = {}
        followers.append(model)
    live_together(first, followers, MONTHS, lambda _: None)
    replayed, own = (model.replay.found for model in followers)  # type: ignore[union-attr]
    assert all(replayed[name])
    assert not all(own[name])
    others = {"price", "belief", "capability", "work"} - {name}
    assert any(not all(replayed[other]) for other in others)


def test_money_keeps_flowing_by_the_own_rules(
    tiny_county: County, scenario: Policy, baseline: Policy
) -> None:
    leader, free, bound = apart(tiny_county, scenario, baseline, [(), CHANNELS], months=24)
    for model in (free, bound):
        assert int(model.ledger.balance_fen.sum()) == model.opening_fen
        assert "budget_fen" in model.books.state
    purposes = [set(model.ledger.table()["purpose"]) for model in (leader, bound)]
    assert purposes[1] - purposes[0]


def test_doctors_keep_the_income_that_they_were_paid(
    tiny_county: County, scenario: Policy, baseline: Policy
) -> None:
    # December: they have just weighed the leader's income against other places.
    leader, bound = apart(tiny_county, scenario, baseline, [("pay",)], months=12)
    parts = ("base_income_fen", "bonus_income_fen", "surplus_income_fen")
    for model in (leader, bound):
        doctors = model.population(Doctor).rows
        # At centres the government tops pay up beside these parts.
        tier = model.providers["tier"][doctors["provider"]]
        here = doctors[(doctors["alive"] == 1) & (tier != Tier.TOWNSHIP)]
        assert np.array_equal(here["income_fen"], sum(here[name] for name in parts))
        assert here["income_fen"].sum() > 0
    assert isinstance(leader.replay, Leader)
    earned = leader.replay.year["income_fen"]
    ours = bound.population(Doctor).rows["income_fen"][: len(earned)]
    assert not np.array_equal(earned, ours)


def test_people_are_matched_by_their_key_where_they_live_in_both() -> None:
    columns = [("key", "u8"), ("alive", "i1"), ("village", "i2")]
    ours = np.array([(1, 1, 0), (2, 1, 0), (3, 0, 0), (40, 1, 5), (50, 1, 5), (60, 1, 5)], columns)
    theirs = np.array(
        [(1, 1, 0), (2, 0, 0), (3, 1, 0), (60, 1, 5), (70, 1, 5), (40, 1, 6)], columns
    )
    found = _same(ours, {name: theirs[name] for name in theirs.dtype.names or ()}, 3, ("village",))
    # 2 and 3 live in one run only; 40 lives elsewhere there; nobody has the keys 50 and 70 in both.
    assert [rows.tolist() for rows in found] == [[0, 5], [0, 3]]
    nobody = {name: theirs[name][:3] for name in theirs.dtype.names or ()}
    assert _same(ours, nobody, 3, ("village",))[0].tolist() == [0]


def test_an_unknown_channel_or_another_run_is_refused(
    tiny_county: County, hamlets: County, baseline: Policy
) -> None:
    leader = lead(Model(tiny_county, baseline, threads=1))
    with pytest.raises(InputError, match=r"replay prices: unknown; allowed: price, belief"):
        follow(Model(tiny_county, baseline, threads=1), leader, ["prices"])
    for other, why in (
        (Model(tiny_county, baseline, rng=2, threads=1), "seed"),
        (Model(tiny_county, baseline, weight=2, threads=1), "weight"),
        (Model(hamlets, baseline, threads=1), "county"),
    ):
        with pytest.raises(ValueError, match=f"{why}: not the leader's"):
            follow(other, leader, CHANNELS)


def test_a_follower_does_not_run_ahead(tiny_county: County, baseline: Policy) -> None:
    leader = lead(Model(tiny_county, baseline, threads=1))
    model = Model(tiny_county, baseline, threads=1)
    follow(model, leader, CHANNELS)
    with pytest.raises(RuntimeError, match="the leader has not lived month 0 yet"):
        model.step()


@pytest.fixture
def pair(tiny_county: County, baseline: Policy) -> tuple[Model, Model]:
    """A leader and one who may follow, both before the first month."""
    models = Model(tiny_county, baseline, threads=1), Model(tiny_county, baseline, threads=1)
    lead(models[0])
    return models


def followed(pair: tuple[Model, Model], *channels: str) -> Follower:
    leader = pair[0].replay
    assert isinstance(leader, Leader)
    return Follower(leader, channels)


def test_doctors_are_as_able_as_the_leaders_where_they_work_at_the_same_place(
    pair: tuple[Model, Model],
) -> None:
    theirs, ours = (model.population(Doctor).rows for model in pair)
    own = ours["able"].copy()
    theirs["able"] = own + 0.25
    theirs["workplace"][3] += 1
    theirs["alive"][5] = 0
    assert pair[0].replay is not None
    pair[0].replay.see(pair[0])
    apart = np.isin(np.arange(len(own)), [3, 5])
    followed(pair, "belief", "pay").see(pair[1])
    assert np.array_equal(ours["able"], own)
    followed(pair, "capability").see(pair[1])
    assert np.array_equal(ours["able"], np.where(apart, own, own + 0.25))


def test_doctors_feel_for_a_moment_what_the_leaders_are_owed(pair: tuple[Model, Model]) -> None:
    theirs, ours = (model.population(Doctor).rows for model in pair)
    own = ours["base_pay_fen"].copy()
    theirs["arrears_fen"], theirs["base_pay_fen"] = 700, own + 11
    ours["arrears_fen"] = 30
    assert pair[0].replay is not None
    pair[0].replay.see(pair[0])
    with followed(pair, "budget").owed(pair[1]):
        assert (ours["arrears_fen"] == 30).all()
    with followed(pair, "pay").owed(pair[1]):
        assert (ours["arrears_fen"] == 700).all()
        assert np.array_equal(ours["base_pay_fen"], own + 11)
    assert (ours["arrears_fen"] == 30).all()
    assert np.array_equal(ours["base_pay_fen"], own)


def test_doctors_weigh_the_leaders_income_and_keep_their_own(pair: tuple[Model, Model]) -> None:
    theirs, ours = (model.population(Doctor).rows for model in pair)
    for name, value in (("income_fen", 900), ("usual_income_fen", 800), ("arrears_fen", 700)):
        theirs[name], ours[name] = value, value // 100
    assert pair[0].replay is not None
    with pair[0].replay.earned(pair[0]):
        pass
    with followed(pair, "budget").earned(pair[1]):
        assert (ours["income_fen"] == 9).all()
    with followed(pair, "pay").earned(pair[1]):
        for name, value in (("income_fen", 900), ("usual_income_fen", 800), ("arrears_fen", 700)):
            assert (ours[name] == value).all(), name
        ours["provider"][2] += 1
        ours["arrears_fen"][2] = 0
    assert (ours["income_fen"] == 9).all()
    # Who has moved is owed nothing by the place that he left.
    assert ours["arrears_fen"][:4].tolist() == [7, 7, 0, 7]


def test_budget_and_pay_are_felt_each_by_itself(
    pair: tuple[Model, Model], policy_of: PolicyMaker
) -> None:
    first, other = pair
    marked = policy_of("dip", prices={"drug_markup": 0.15}, pay={"bonus_on": "balance"})
    theirs, own = (
        Incentive(nothing(len(m.providers)), prices, standing(m), policy.pay)
        for m, prices, policy in (
            (first, first.price_list, first.policy_now),
            (other, price_list(other, marked), marked),
        )
    )
    own.employer.outpatient += 0.5
    leader = first.replay
    assert isinstance(leader, Leader)
    leader.feel(first, theirs)
    expected = theirs.employer.copy()
    # What the leader's phases do to it afterwards is not what it felt.
    theirs.employer.outpatient += 9.0
    other.month = first.month
    for channels in ((), ("budget",), ("pay",), ("budget", "pay")):
        felt = followed(pair, *channels).feel(other, own)
        budget, pay = "budget" in channels, "pay" in channels
        assert np.array_equal(felt.employer, expected if budget else own.employer)
        assert (felt.prices is theirs.prices) == budget
        assert (felt.pay is theirs.pay) == pay
        assert (felt.standing is own.standing) != pay
        # Prices are set by adding to it: the leader's own must not be written to.
        assert (felt.employer is own.employer) != budget
        assert felt.employer is not leader.felt.employer
