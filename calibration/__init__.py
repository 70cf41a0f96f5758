"""Floor 3 of yigongti: how a county's data becomes a county that the model can run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from calibration.county import County

__all__ = ["County"]


def __getattr__(name: str) -> Any:
    # Imported when asked for: naming what ships needs no compiler.
    if name == "County":
        from calibration.county import County

        return County
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
