"""The picture of a comparison: a small panel for each headline, a line for each policy."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager
from matplotlib.ticker import MaxNLocator

from experiments.curves import COLOURS, band
from experiments.headline import BALANCE, HEADLINES, Headline

if TYPE_CHECKING:
    from experiments.comparison import Comparison

DASHES = ("-", "--", "-.", ":")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
CHINESE_FONTS = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Microsoft YaHei",
    "PingFang SC",
    "SimHei",
    "Noto Serif CJK SC",
)


def chinese_font() -> str | None:
    """Name of a font that has Chinese characters: the packaged one, else one of the system."""
    try:
        from pylopdf_fonts_zh_cn import sans_path
    except ModuleNotFoundError:  # an environment made without it
        pass
    else:
        fontManager.addfont(sans_path())
    known = {font.name for font in fontManager.ttflist}
    return next((name for name in CHINESE_FONTS if name in known), None)


def signed(value: float) -> str:
    """A number with its sign, the minus a real one."""
    return f"{value:+.4g}".replace("-", "\N{MINUS SIGN}")


def draw(comparison: Comparison, path: Path) -> None:
    """Draw the headlines' paths under each policy, with 95 % bands over seeds, into a file.

    Labels carry Chinese beside English where there is a font for it.
    """
    font = chinese_font()
    with rc_context({"font.family": [font, "DejaVu Sans"] if font else ["DejaVu Sans"]}):
        _figure(comparison, chinese=font is not None).savefig(
            path, dpi=110, metadata={"Software": "yigongti"}
        )


def _figure(comparison: Comparison, chinese: bool) -> Figure:
    rows = len(comparison.policies)
    figure = Figure(figsize=(15, 7.8 + 0.5 * rows))
    FigureCanvasAgg(figure)
    height = figure.get_figheight()
    top = 1 - (0.85 + 0.42 * rows) / height
    foot = _foot(comparison, chinese)
    bottom = (0.5 + 0.18 * (1 + foot.count("\n"))) / height
    figure.subplots_adjust(0.05, bottom, 0.985, top, wspace=0.26, hspace=0.34 + 0.05 * rows)
    panels = figure.subplots(2, len(HEADLINES) // 2)
    for panel, headline in zip(panels.flat, HEADLINES, strict=True):
        _panel(panel, comparison, headline, chinese)
    county = comparison.county
    title = f"{county.title} {county.title_zh}" if chinese else county.title
    figure.text(0.05, 1 - 0.3 / height, title, fontsize=15, va="center")
    figure.legend(
        panels.flat[0].get_lines()[:rows],
        [f"{p.title} {p.title_zh}" if chinese else p.title for p in comparison.policies],
        loc="upper left",
        bbox_to_anchor=(0.045, 1 - 0.42 / height),
        borderaxespad=0,
        handlelength=4,
        frameon=False,
    )
    figure.text(0.05, 0.1 / height, foot, fontsize=8.5, color="#444444")
    return figure


def _panel(panel: Any, comparison: Comparison, headline: Headline, chinese: bool) -> None:
    told = _write_differences(panel, comparison, headline)
    for place, policy in enumerate(comparison.policies):
        rows = comparison.paths[comparison.paths["policy"] == policy.name]
        years, mean, half = band(rows, headline)
        colour = COLOURS[place % len(COLOURS)]
        panel.plot(
            years,
            mean,
            color=colour,
            linestyle=DASHES[place % len(DASHES)],
            marker=MARKERS[place % len(MARKERS)],
            markersize=4,
            linewidth=1.8,
        )
        panel.fill_between(years, mean - half, mean + half, color=colour, alpha=0.15, linewidth=0)
    _mark_start(panel, comparison.first_policy_year - 0.5, chinese)
    title = f"{headline.title} {headline.title_zh}" if chinese else headline.title
    panel.set_title(title, fontsize=11.5, loc="left", pad=8 + 11 * told)
    unit = f"{headline.unit} {headline.unit_zh}".rstrip() if chinese else headline.unit
    panel.set_ylabel(unit, fontsize=9)
    panel.xaxis.set_major_locator(MaxNLocator(integer=True))
    panel.grid(axis="y", color="#dddddd", linewidth=0.6)
    panel.spines[["top", "right"]].set_visible(False)
    if headline.name == BALANCE:
        panel.axhline(0, color="#888888", linewidth=0.8)


def _mark_start(panel: Any, year: float, chinese: bool) -> None:
    """A line where the policies begin, and what it is, below the axis so that no path hides it."""
    panel.axvline(year, color="#888888", linewidth=0.8)
    panel.annotate(
        "policies start 政策起始" if chinese else "policies start",
        (year, 0),
        xycoords=("data", "axes fraction"),
        xytext=(3, 4),
        textcoords="offset points",
        fontsize=8,
        color="#666666",
    )


def _write_differences(panel: Any, comparison: Comparison, headline: Headline) -> int:
    """Write each policy's paired difference above its panel; return how many lines it took.

    The bands show how a path varies from seed to seed; the difference within a seed varies
    far less, which the eye cannot see.
    """
    table = comparison.differences
    chosen = table[
        (table["indicator"] == headline.name) & (table["period"] == comparison.period)
    ].to_dict(orient="records")
    for place, row in enumerate(chosen):
        value, low, high = (row[key] * headline.factor for key in ("value", "low", "high"))
        line = len(chosen) - 1 - place
        years = comparison.period.replace("-", "–")
        panel.annotate(
            f"{years}: {signed(value)} ({signed(low)} to {signed(high)})",
            (0, 1),
            xycoords="axes fraction",
            xytext=(0, 5 + 11 * line),
            textcoords="offset points",
            fontsize=8.5,
            color=COLOURS[(place + 1) % len(COLOURS)],
        )
    return len(chosen)


def _foot(comparison: Comparison, chinese: bool) -> str:
    lines = [*_foot_in_english(comparison)]
    if chinese:
        lines += _foot_in_chinese(comparison)
    return "\n".join(lines)


def _foot_in_english(comparison: Comparison) -> list[str]:
    first = comparison.policies[0]
    lines = [
        f"Mean and 95 % band of {len(comparison.seeds)} replicates; one agent stands for "
        f"{comparison.weight} people. Above each panel: difference from {first.title} (95 % "
        "interval of the paired difference); of the fund balance at the end, of all else in the "
        "mean of the years.",
        f"{comparison.county.title}: {comparison.county.label}.",
    ]
    if comparison.interrupted:
        lines.append("Stopped early: fewer replicates than asked for.")
    return [wrapped for line in lines for wrapped in textwrap.wrap(line, 150)]


def _foot_in_chinese(comparison: Comparison) -> list[str]:
    first = comparison.policies[0]
    lines = [
        f"{len(comparison.seeds)}次重复的均值和95%区间；一个模拟居民代表{comparison.weight}人。"
        f"各图上方为与“{first.title_zh}”之差（配对差的95%区间）：基金结余取期末，其余取各年均值。",
        f"{comparison.county.title_zh}：{comparison.county.label_zh}。",
    ]
    if comparison.interrupted:
        lines.append("提前中止：重复次数少于要求。")
    return [wrapped for line in lines for wrapped in textwrap.wrap(line, 88)]
