"""The command that serves the page."""

from __future__ import annotations

from typing import Annotated

import typer

from experiments.cli_tables import notes
from experiments.cli_work import say_compiling


def add_to(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("app")(app_command)


def app_command(
    county: Annotated[
        str, typer.Option(help="Shipped county that the page opens with, run beforehand.")
    ] = "typical",
    host: Annotated[
        str, typer.Option(help="Address to listen on. The usual one is this machine only.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port; 0 for any free one.", min=0, max=65535)] = 8765,
) -> None:
    """Serve the page: levers, the moving map, curves and accounts, in a browser; no internet."""
    from agents.foundation.errors import InputError
    from calibration.county import county_names
    from experiments.page.server import serve

    if county not in county_names():
        raise InputError(f"county {county}: unknown; allowed: {', '.join(county_names())}")
    say_compiling()
    notes().print("running the county under its baseline")
    serve(host, port, county, lambda address: notes().print(f"the page: {address}", markup=False))
