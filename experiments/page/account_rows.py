"""Lines of a year's reconciliation, baseline and scenario side by side."""

from __future__ import annotations

from typing import Any

from experiments.page import panels
from experiments.page.account_words import account_word
from experiments.page.words import tell
from experiments.words import Lang

Json = dict[str, Any]


def account_rows(base: Any, ours: Any, year: int, account: str, lang: Lang) -> list[Json]:
    """Lines of an account in a year under two policies, from their reconciliations."""
    sides = [t[(t["year"] == year) & (t["account"] == account)] for t in (base, ours)]
    amounts = [
        dict(zip(zip(t["role"], t["line"], strict=True), t["amount_fen"].tolist(), strict=True))
        for t in sides
    ]
    order = {role: n for n, role in enumerate(("opening", "in", "out", "closing", "check", "memo"))}
    keys = sorted(dict.fromkeys([*amounts[0], *amounts[1]]), key=lambda key: order.get(key[0], 9))
    rows = []
    for role, line in keys:
        before, after = (side.get((role, line), 0) for side in amounts)
        if role == "check":
            texts = [
                tell("accounts.closes" if not v else "accounts.open", lang) for v in (before, after)
            ]
            cells = [
                {"text": tell("role.check", lang)},
                *({"text": t} for t in texts),
                {"text": ""},
            ]
        else:
            cells = [
                {"text": tell(f"role.{role}", lang)},
                {"text": panels.with_minus(before / 1e8)},
                {"text": panels.with_minus(after / 1e8)},
                {"text": panels.signed((after - before) / 1e8) if after != before else "0"},
            ]
        rows.append({"name": account_word(line, lang), "cells": cells, "kind": role})
    return rows
