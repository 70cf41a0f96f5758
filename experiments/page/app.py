"""The page as Solara runs it: ``yigongti app``, or ``solara run experiments/page/app.py``."""

from __future__ import annotations

import atexit
import threading

import solara
from solara.server.settings import telemetry

from experiments.page.desk import Desk, Question
from experiments.page.scenario import first_choice
from experiments.page.session import Session
from experiments.page.sizes import quick_size
from experiments.page.views import Whole

# `solara run` has read its settings before it comes here: nothing is to be sent from here on.
telemetry.mixpanel_enable = False

WARM_COUNTY = "typical"
_lock = threading.Lock()
_desks: list[Desk] = []


def desk() -> Desk:
    """The desk that all browsers of this server share; made when first asked for."""
    with _lock:
        if not _desks:
            _desks.append(Desk())
            atexit.register(_desks[0].close)
        return _desks[0]


def warm(county: str = WARM_COUNTY) -> None:
    """Run what a new browser is shown first, so that it finds it ready.

    Raises
    ------
    InputError
        If the county cannot be run.
    """
    choice = first_choice(county)
    faults: list[str] = []
    question = Question(
        desk(), choice, quick_size(county), lambda answer: faults.append(answer.fault)
    )
    question.run()
    question.stop()
    if any(faults):
        from agents.foundation.errors import InputError

        raise InputError([fault for fault in faults if fault])


@solara.component
def Page() -> None:
    """One browser's page."""
    router = solara.use_router()
    session = solara.use_memo(lambda: Session(desk(), router.search or ""), [])
    Whole(session)
