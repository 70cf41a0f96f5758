"""Payment schemes, a file each. A new file in this folder is a new scheme."""

from __future__ import annotations

import importlib
import pkgutil

from abm.payment.base import Scheme, as_billed
from abm.payment.books import BILL, Books, MonthBill
from abm.payment.insurance_year import change_scheme, close_year, live_month, open_year

__all__ = [
    "BILL",
    "Books",
    "MonthBill",
    "Scheme",
    "as_billed",
    "change_scheme",
    "close_year",
    "live_month",
    "open_year",
    "schemes",
]


def schemes() -> dict[str, type[Scheme]]:
    """Every payment scheme by name, found in this folder."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    return {kind.name: kind for kind in sorted(Scheme.__subclasses__(), key=lambda k: k.name)}
