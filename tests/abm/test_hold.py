from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from abm.checkpoint import resume, save
from abm.county import CareKind, County, Place, Tier
from abm.digest import digest
from abm.hold import CHANNELS, check_channels, hold_benefits, hold_county
from abm.model import Model
from abm.policy import Policy
from agents.foundation.errors import InputError

PolicyMaker = Callable[..., Policy]


def held(county: County, policy: Policy, *channels: str, months: int = 3) -> Model:
    model = Model(county, policy, threads=2, hold=channels)
    for _ in range(months):
        model.step()
    model.close()
    return model


def test_an_unknown_channel_is_refused_by_name() -> None:
    with pytest.raises(InputError, match=r"hold beliefs: unknown; allowed: belief, benefits"):
        check_channels(["belief", "beliefs"])
    assert check_channels(["belief", "belief"]) == {"belief"}


def test_nothing_held_is_the_county_itself(tiny_county: County) -> None:
    assert hold_county(tiny_county, frozenset()) is tiny_county
    assert hold_benefits(tiny_county, frozenset()) is tiny_county
    others = frozenset(CHANNELS) - {"belief", "capability"}
    assert hold_county(tiny_county, others) is tiny_county


def test_beliefs_held_are_equal_and_stay_so(tiny_county: County, policy_of: PolicyMaker) -> None:
    model = held(tiny_county, policy_of(), "belief")
    here = model.network.provider >= 0
    rows = model.residents
    place = np.where(rows["elsewhere"] == 1, len(here) - 1, rows["village"])
    assert len(np.unique(rows["belief"][here[place]])) == 1
    assert np.unique(model.talk[here]).tolist() == [
        tiny_county.value("belief.initial.county"),
    ]
    assert (rows["habit"] >= 0).any()  # habit is no belief: it is still learnt
    free = held(tiny_county, policy_of())
    assert len(np.unique(free.residents["belief"])) > 100


def test_benefits_held_pay_the_same_sum_wherever_he_goes(typical: County) -> None:
    was, rows = typical.benefits, typical.providers
    now = hold_benefits(typical, frozenset({"benefits"})).benefits
    home = (rows["place"] == Place.IN_COUNTY) & (rows["tier"] == Tier.COUNTY)
    price = np.average(rows["admission_price_yuan"][home], weights=rows["beds"][home])
    for kind in CareKind:
        for tier in Tier:
            if kind not in (CareKind.REFERRED, CareKind.SELF_REFERRED) or tier <= Tier.COUNTY:
                assert np.array_equal(now[:, kind, tier], was[:, kind, tier])
                continue
            away = (rows["place"] != Place.IN_COUNTY) & (rows["tier"] == tier)
            bill = np.average(rows["admission_price_yuan"][away], weights=rows["beds"][away])
            assert bill > price
            for scheme in range(1, len(was)):
                at_home = paid(price, was[scheme, CareKind.IN_COUNTY, Tier.COUNTY])
                assert paid(bill, now[scheme, kind, tier]) == pytest.approx(at_home)


def paid(bill: float, benefit: np.void) -> float:
    in_policy = bill * benefit["in_policy_share"]
    return float((in_policy - benefit["deductible_yuan"]) * benefit["inpatient_ratio"])


def test_benefits_held_hold_against_a_policy_that_changes_them(
    typical: County, policy_of: PolicyMaker
) -> None:
    change = {"kind": "self_referred", "column": "inpatient_ratio", "value": 0.1}
    policy = policy_of(benefits={"change": [change]})
    model = Model(typical, policy, weight=500, threads=1, hold={"benefits"})
    model.step()
    model.close()
    ratio = model.world.cover.benefits["inpatient_bp"][1, CareKind.SELF_REFERRED, Tier.CITY]
    equal = hold_benefits(typical, frozenset({"benefits"})).benefits["inpatient_ratio"]
    assert ratio == int(equal[1, CareKind.SELF_REFERRED, Tier.CITY] * 10_000)
    assert ratio > 1_000


def test_capability_held_reaches_the_best_and_lowers_nobody(typical: County) -> None:
    was = typical.providers
    now = hold_county(typical, frozenset({"capability"})).providers
    here = was["place"] == Place.IN_COUNTY
    for name in ("capability", "quality"):
        assert np.array_equal(now[name][~here], was[name][~here])
        assert (now[name] >= was[name]).all()
        hospitals = here & (was["tier"] == Tier.COUNTY)
        assert (now[name][hospitals] == was[name][~here].max()).all()
        centres = here & (was["tier"] == Tier.TOWNSHIP)
        assert (now[name][centres] == was[name][was["tier"] == Tier.TOWNSHIP].max()).all()
    assert (now["quality"][centres] > was["quality"][centres]).all()
    for name in set(was.dtype.names or ()) - {"capability", "quality"}:
        assert np.array_equal(now[name], was[name])


def test_capability_held_is_what_villages_know_of(
    tiny_county: County, policy_of: PolicyMaker
) -> None:
    best_outside = tiny_county.providers["capability"][
        tiny_county.providers["place"] != Place.IN_COUNTY
    ].max()
    for channels, known_as_best in (((), False), (("capability",), True)):
        model = held(tiny_county, policy_of(), *channels)
        rows, p = model.providers, model.network.provider
        hospitals = np.flatnonzero(
            (rows["place"] == Place.IN_COUNTY) & (rows["tier"] == Tier.COUNTY)
        )
        known = model.known[np.isin(p, hospitals)]
        assert len(known) > 0
        assert (known >= best_outside - 0.01).all() == known_as_best


def test_a_held_run_is_resumed_held(
    tiny_county: County, policy_of: PolicyMaker, tmp_path: Path
) -> None:
    whole = held(tiny_county, policy_of(), "belief", "doctors", months=4)
    save(held(tiny_county, policy_of(), "belief", "doctors", months=2), tmp_path / "half")
    model = resume(tmp_path / "half", tiny_county)
    assert model.hold == {"belief", "doctors"}
    for _ in range(2):
        model.step()
    model.close()
    assert digest(model) == digest(whole)
    assert digest(model) != digest(held(tiny_county, policy_of(), months=4))
