from __future__ import annotations

import pytest

from abm.county import County
from abm.model import Model
from tests.science.runs import run


@pytest.fixture(scope="session")
def decade(typical: County) -> Model:
    """Ten years of the typical county under fee for service, an agent for five people."""
    return run(typical, 10)


@pytest.fixture(scope="session")
def year(typical: County) -> Model:
    """The first of these years, to hold another run of the same seed against."""
    return run(typical, 1)
