"""The command that tells how a provider's month and year of money came about."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Annotated

import typer

from experiments.cli_tables import Row, number, print_json, print_table, screen
from experiments.cli_work import (
    Baseline,
    CountyName,
    Json,
    Language,
    PolicyName,
    ProviderName,
    Seed,
    Threads,
    Weight,
    Years,
    progress_bar,
    say_compiling,
)

if TYPE_CHECKING:
    from experiments.payslip import Payslip
    from experiments.words import Lang


def add_to(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("pay")(pay_command)


def pay_command(
    county: CountyName,
    policy: PolicyName = None,
    provider: ProviderName = None,
    month: Annotated[
        int | None,
        typer.Option(
            help="Month that is told, from 0, and the year round it. [default: the last]",
            show_default=False,
        ),
    ] = None,
    baseline: Baseline = None,
    years: Years = 1,
    seed: Seed = 1,
    weight: Weight = None,
    threads: Threads = None,
    lang: Language = "en",
    as_json: Json = False,
) -> None:
    """Tell how a provider's month and year of money came about, line by line, to the fen."""
    from calibration.county import County
    from experiments.cli import CHECK_FAILED
    from experiments.payslip import payslip

    loaded = County.load(county)
    say_compiling()
    with progress_bar() as told:
        found = payslip(
            loaded,
            policy,
            baseline,
            provider=provider,
            month=month,
            years=years,
            rng=seed,
            weight=weight,
            threads=threads,
            progress=told,
        )
    if as_json:
        print_json(list(found.rows(lang)))
    else:
        _print(found, lang)
    if not found.closes:
        raise typer.Exit(CHECK_FAILED)


def _print(found: Payslip, lang: Lang) -> None:
    from experiments.policy_words import rule_of
    from experiments.words import word

    console = screen()
    county = found.county.title_zh if lang == "zh" else found.county.title
    subject = {"subject": found.provider, "seed": found.seed, "weight": found.weight}
    console.print(word("stands on", lang).format(county=county, **subject))
    console.print(f"{found.scheme.name}: {rule_of(found.scheme, lang)}")
    names = [word(key, lang) for key in ("role", "line", "yuan")]
    for period, rows in groupby(found.rows(lang), lambda row: row["period"]):
        when = f"{word('month', lang)} {found.month}" if period == "month" else str(found.year)
        for account, lines in groupby(rows, lambda row: row["account"]):
            table: list[Row] = [
                {
                    names[0]: word(
                        row["role"] if row["role"] not in _SIDES else _SIDES[row["role"]], lang
                    ),
                    names[1]: row["line"],
                    names[2]: _amount(row, lang),
                }
                for row in lines
                if row["value"] != 0 or row["role"] in ("opening", "closing", "check")
            ]
            if table:
                print_table(table, names, f"\n{when}: {account}")
    console.print(f"\n{word('adds up', lang)}")
    console.print(word("all close" if found.closes else "some do not close", lang))


_SIDES = {"in": "comes in", "out": "goes out"}


def _amount(row: Row, lang: Lang) -> str:
    from experiments.words import word

    if row["unit"] == "fen":
        return f"{row['value'] / 100:,.2f}"
    return f"{number(float(row['value']))} {word(row['unit'], lang)}"
