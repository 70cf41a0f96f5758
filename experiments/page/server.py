"""Serving the page: on this machine only unless told otherwise, with nothing from elsewhere."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from typing import Any

from agents.foundation.errors import InputError

LOOPBACK = "127.0.0.1"
USUAL_PORT = 8765
APP = "experiments.page.app"


def settle_environment() -> None:
    """Switch off what Solara would send or fetch; must come before it is imported."""
    os.environ.setdefault("SOLARA_TELEMETRY_MIXPANEL_ENABLE", "False")
    os.environ.setdefault("SOLARA_THEME_SHOW_BANNER", "False")
    os.environ.setdefault("SOLARA_THEME_LOADER", "plain")
    os.environ.setdefault("SOLARA_ASSETS_FONTAWESOME_ENABLED", "False")
    os.environ.setdefault("SOLARA_MODE", "production")
    # A browser that is closed is forgotten after a while: its runs are kept by the desk.
    os.environ.setdefault("SOLARA_KERNEL_CULL_TIMEOUT", "10m")
    os.environ["SOLARA_APP"] = APP


def check_installed() -> None:
    """Refuse where the extra is not installed.

    Raises
    ------
    InputError
        That says how to install it.
    """
    from importlib.util import find_spec

    missing = [name for name in ("solara", "ipyvuetify", "uvicorn") if find_spec(name) is None]
    if missing:
        raise InputError(
            f"app: {', '.join(missing)} not installed; allowed: after pip install -e '.[page]'"
        )


def free_port(host: str, port: int) -> int:
    """The port, or refuse it.

    Raises
    ------
    InputError
        If something else listens there or the host is none of this machine.
    """
    try:
        family = socket.getaddrinfo(host, port)[0][0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
            return int(probe.getsockname()[1])
    except OSError as error:
        raise InputError(
            f"app: {host}:{port}: {error.strerror or error}; allowed: a free port (--port), an "
            "address of this machine (--host)"
        ) from error


def serve(host: str, port: int, county: str, ready: Callable[[str], None]) -> None:
    """Run the page's server until it is stopped.

    Parameters
    ----------
    county
        Run before the first browser comes.
    ready
        Called with the address once browsers are let in.

    Raises
    ------
    InputError
        If the port is taken, the extra is missing or the county cannot be run.
    """
    check_installed()
    port = free_port(host, port)
    settle_environment()
    import uvicorn

    from experiments.page.app import desk, warm

    warm(county)
    try:
        import solara.server.starlette as starlette

        config = uvicorn.Config(starlette.app, host=host, port=port, log_level="warning")
        _server(config, lambda: ready(f"http://{host}:{port}/")).run()
    finally:
        desk().close()


def _server(config: Any, told: Callable[[], None]) -> Any:
    """A server that says when it lets browsers in."""
    import uvicorn

    class Told(uvicorn.Server):
        async def startup(self, sockets: Any = None) -> None:
            await super().startup(sockets)
            if self.started:
                told()

    return Told(config)
