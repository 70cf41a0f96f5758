"""The tab with a year's reconciliation, baseline and scenario side by side."""

from __future__ import annotations

import solara

from experiments.page import panels, parts
from experiments.page.account_rows import account_rows
from experiments.page.account_words import account_word
from experiments.page.session import Session
from experiments.page.small import Foot, Waiting
from experiments.page.words import tell


@solara.component
def MoneyTab(session: Session) -> None:
    """The reconciliation of a year, baseline and scenario side by side."""
    lang, records, choice = session.lang.value, session.accounts, session.choice.value
    missing = records is None
    solara.use_effect(lambda: session.ask_accounts() if missing else None, [choice, missing])
    if records is None:
        Waiting(session)
        return
    side = min(choice.active + 1, len(records) - 1)
    tables = [records[p].accounts for p in (0, side)]
    base, ours = tables
    if base is None or ours is None:
        return
    years = sorted(int(y) for y in base["year"].unique())
    year = session.year.value if session.year.value in years else years[-1]
    names = list(dict.fromkeys(base[base["year"] == year]["account"]))
    account = session.account.value if session.account.value in names else names[0]
    parts.Pick(
        label=tell("tab.money", lang),
        fields=[
            {"name": "year", "label": tell("flows.year", lang), "value": year,
             "options": [[y, str(y)] for y in years]},
            {"name": "account", "label": tell("accounts.of", lang), "value": account,
             "options": [[name, account_word(name, lang)] for name in names]},
        ],
        buttons=[],
        event_moved=session.do,
    )  # fmt: skip
    columns = [
        tell("accounts.line", lang), "", *(panels.legend(p, lang) for p in (0, side)),
        tell("change", lang),
    ]  # fmt: skip
    parts.Grid(
        caption=f"{account_word(account, lang)}, {year}, {tell('million', lang)}",
        columns=columns,
        rows=account_rows(base, ours, year, account, lang),
        numeric=True,
        event_look=session.look,
    )
    Foot(tell("accounts.foot", lang))
