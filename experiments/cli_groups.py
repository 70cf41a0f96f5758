"""The command that says who gains and who loses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from experiments.cli_tables import number, print_json, print_table, screen, signed
from experiments.cli_work import (
    Baseline,
    CountyName,
    Json,
    Language,
    OneOrTwoPolicies,
    Seed,
    Threads,
    Weight,
    Years,
    progress_bar,
    say_compiling,
    with_reference,
)
from experiments.defaults import USUAL_GROUPS_REPLICATES, USUAL_YEARS

if TYPE_CHECKING:
    from experiments.groups import Groups
    from experiments.words import Lang


def add_to(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("groups")(groups_command)


def groups_command(
    county: CountyName,
    policy: OneOrTwoPolicies,
    baseline: Baseline = None,
    years: Years = USUAL_YEARS,
    seed: Seed = 1,
    replicates: Annotated[
        int, typer.Option(help="Seeds; each policy is run with every one.")
    ] = USUAL_GROUPS_REPLICATES,
    weight: Weight = None,
    threads: Threads = None,
    lang: Language = "en",
    as_json: Json = False,
) -> None:
    """Tell who gains and who loses by a policy: people by age, income and distance."""
    from calibration.county import County
    from experiments.groups import groups

    asked, reference = with_reference(policy)
    loaded = County.load(county)
    say_compiling()
    with progress_bar() as told:
        found = groups(
            loaded,
            asked,
            reference,
            baseline,
            years=years,
            rng=seed,
            replicates=replicates,
            weight=weight,
            threads=threads,
            progress=told,
        )
    if as_json:
        print_json([{str(k): v for k, v in row.items()} for row in found.table.to_dict("records")])
    else:
        _print(found, lang)


def _print(found: Groups, lang: Lang) -> None:
    from experiments.groups import FIGURES, figure_name, group_keys, group_names
    from experiments.words import word

    console, county = screen(), found.county
    zh = lang == "zh"
    names = dict(zip(group_keys(), group_names(county, lang), strict=True))
    reference, policy = (p.title_zh if zh else p.title for p in (found.reference, found.policy))
    for figure in FIGURES:
        rows = []
        for line in found.table[found.table["figure"] == figure].to_dict("records"):
            low, high = signed(line["low"]), signed(line["high"])
            rows.append(
                {
                    figure_name("group", lang): names[line["group"]][1],
                    found.reference.name: number(line["reference"]),
                    word("why difference", lang): signed(line["value"]),
                    word("why interval", lang): f"{low} {word('why to', lang)} {high}",
                    word("why sure", lang): word("why yes" if line["sure"] else "why no", lang),
                }
            )
        print_table(rows, list(rows[0]), figure_name(figure, lang), console)
        console.print()
    told = word("why stands on", lang).format(
        county=county.title_zh if zh else county.title,
        years=found.period,
        policy=policy,
        reference=reference,
        seeds=len(found.seeds),
        weight=found.weight,
    )
    console.print(told, markup=False)
    label = county.label_zh if zh else f"{county.label}."
    console.print(label, markup=False)
