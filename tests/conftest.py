"""A tiny county and its policies, made once and shared by all tests.

Frozen: a test that wants another county makes one with dataclasses.replace.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import settings

from abm.excerpt import excerpt
from abm.policy import Policy
from calibration.county import County

# On a machine that others use too, how long an example takes says nothing.
settings.register_profile("shared_machine", deadline=None)
settings.load_profile("shared_machine")

PolicyMaker = Callable[..., Policy]


def make_policy(scheme: str = "fee_for_service", starts_month: int = 0, **parts: Any) -> Policy:
    """A policy of one scheme; parameters of the scheme under ``payment``."""
    payment = {"scheme": scheme} | parts.pop("payment", {})
    told = {"name": scheme, "title": scheme, "title_zh": scheme, "rule": "-", "source": "a test"}
    return Policy.model_validate(told | {"starts_month": starts_month, "payment": payment} | parts)


@pytest.fixture(scope="session")
def policy_of() -> PolicyMaker:
    return make_policy


@pytest.fixture(scope="session")
def typical() -> County:
    return County.load("typical")


@pytest.fixture(scope="session")
def tiny_county(typical: County) -> County:
    """1,500 people in 8 villages of 2 townships; queues bind now and then."""
    return excerpt(typical, townships=2, villages_each=4, persons=1500)
