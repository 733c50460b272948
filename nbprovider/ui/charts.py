"""Pictures as Altair charts: the only place where Altair is imported."""

from __future__ import annotations

from typing import Any

import altair as alt

from nbprovider.session.drawn import usd
from nbprovider.ui.palette import GREY, colours
from nbprovider.view.picture import Mark, Picture

SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
"""What front ends draw; nothing newer is used, whichever Altair it comes from."""

SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right")

LEGIBLE = {"columns": 0.06, "bars": 0.03}
"""The share of the longest column or bar from which on a letter fits in."""

WIDTH = 520
ROW = 28
LETTER = 10
"""Pixels: how wide a picture is, how high a row of it, how much room a letter takes."""


def spec(picture: Picture) -> dict[str, Any]:
    """Return the picture in Vega-Lite 5, with its description and a transparent ground."""
    made: dict[str, Any] = chart(picture).to_dict()
    return made | {"$schema": SCHEMA}


def chart(picture: Picture) -> alt.LayerChart:
    """Return the picture as a chart to be changed or saved."""
    made = _MADE[picture.shape](picture)
    title = alt.TitleParams(
        picture.title,
        subtitle=list(picture.notes) or alt.Undefined,
        anchor="start",
        offset=12,
        frame="group",
    )
    return _dressed(
        made.properties(
            title=title,
            description=picture.words,
            usermeta={"embedOptions": {"renderer": "svg", "actions": False}},
        )
    )


def _dressed(plain: alt.LayerChart) -> alt.LayerChart:
    """Return a chart with colours that no theme has to know."""
    made: alt.LayerChart = (
        plain.configure(background="transparent")
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=GREY,
            titleColor=GREY,
            domainColor=GREY,
            tickColor=GREY,
            gridColor=GREY,
            gridOpacity=0.25,
            labelFontSize=12,
            titleFontSize=12,
            titleFontWeight="normal",
            labelLimit=260,
        )
        .configure_legend(
            labelColor=GREY, titleColor=GREY, labelFontSize=12, labelLimit=300, symbolOpacity=1
        )
        .configure_title(
            color=GREY, subtitleColor=GREY, fontSize=15, subtitleFontSize=12, subtitlePadding=6
        )
    )
    return made


def _columns(picture: Picture) -> alt.LayerChart:
    step = max(2, min(56, WIDTH // len(picture.places)))
    x = alt.X(
        "place:N",
        sort=list(picture.places),
        title=None,
        scale=alt.Scale(domain=list(picture.places)),
        axis=alt.Axis(labelAngle=0, labelOverlap="greedy", labelSeparation=8, ticks=False),
    )
    bars, letters = _marks(picture)
    drawn = bars.encode(x=x, y=alt.Y("low:Q", title=picture.y, axis=_numbers()), y2="high:Q")
    written = letters.encode(x=x, y="middle:Q")
    return _layered([drawn, written], alt.Step(step), 260)


def _bars(picture: Picture) -> alt.LayerChart:
    y = alt.Y(
        "place:N",
        sort=list(picture.places),
        title=None,
        scale=alt.Scale(domain=list(picture.places)),
        axis=alt.Axis(ticks=False, domain=False, labelPadding=8),
    )
    bars, letters = _marks(picture)
    # Each bar says what it comes to: an axis says no more. The longest leaves room for that.
    room = max(map(len, picture.told)) * LETTER / WIDTH
    scale = alt.Scale(domain=[0, picture.longest * (1 + room)], nice=False)
    sums = alt.Chart(_data(_ends(picture))).mark_text(
        align="left", baseline="middle", dx=6, color=GREY, fontSize=12
    )
    layers = [
        bars.encode(y=y, x=alt.X("low:Q", axis=None, scale=scale), x2="high:Q"),
        letters.encode(y=y, x="middle:Q"),
        sums.encode(y=y, x="end:Q", text="told:N"),
    ]
    return _layered(layers, WIDTH, alt.Step(ROW))


def _points(picture: Picture) -> alt.LayerChart:
    rows = [
        {"name": _named(picture, p.series), "x": p.x, "y": p.y, "told": usd(p.y)}
        for p in picture.points
    ]
    names = [_named(picture, series) for series in picture.series]
    points = (
        alt.Chart(_data(rows))
        .mark_point(filled=True, size=70, opacity=0.9)
        .encode(
            x=alt.X("x:Q", title=picture.x, axis=_numbers()),
            y=alt.Y("y:Q", title=picture.y, axis=_numbers()),
            color=_colour(picture, names),
            shape=alt.Shape(
                "name:N", scale=alt.Scale(domain=names, range=list(SHAPES[: len(names)]))
            ),
            tooltip=[
                alt.Tooltip("name:N", title="series"),
                alt.Tooltip("x:Q", title="seconds", format=".2f"),
                alt.Tooltip("told:N", title="cost"),
            ],
        )
    )
    return _layered([points], WIDTH, 300)


def _layered(
    layers: list[alt.Chart], width: int | alt.Step, height: int | alt.Step
) -> alt.LayerChart:
    return alt.LayerChart(layer=layers, width=width, height=height)


def _marks(picture: Picture) -> tuple[alt.Chart, alt.Chart]:
    """Return the coloured pieces of all bars, and the letters on those where one fits."""
    rows = [_row(picture, mark) for mark in picture.marks]
    names = [_named(picture, series) for series in picture.series]
    pieces = (
        alt.Chart(_data(rows))
        .mark_bar()
        .encode(color=_colour(picture, names), tooltip=_told(picture))
    )
    legible = [row for row in rows if row["amount"] >= LEGIBLE[picture.shape] * picture.longest]
    letters = (
        alt.Chart(_data(legible))
        .mark_text(color="white", fontSize=12, fontWeight="bold", baseline="middle")
        .encode(text="letter:N")
    )
    return pieces, letters


def _row(picture: Picture, mark: Mark) -> dict[str, Any]:
    amount = mark.high - mark.low
    return {
        "place": mark.place,
        "name": _named(picture, mark.series),
        "letter": picture.letter(mark.series),
        "low": mark.low,
        "high": mark.high,
        "middle": (mark.low + mark.high) / 2,
        "amount": amount,
        "told": usd(amount) if "USD" in (picture.x, picture.y) else f"{amount:,.0f}",
    }


def _ends(picture: Picture) -> list[dict[str, Any]]:
    ends = dict.fromkeys(picture.places, 0.0)
    ends |= {mark.place: mark.high for mark in picture.marks}
    told = dict(zip(picture.places, picture.told, strict=True))
    return [{"place": place, "end": end, "told": told[place]} for place, end in ends.items()]


def _named(picture: Picture, series: str) -> str:
    return f"{picture.letter(series)}  {series}".strip()


def _colour(picture: Picture, names: list[str]) -> alt.Color:
    scale = alt.Scale(domain=names, range=list(colours(picture)))
    several = len(names) > 1 or names[0]
    legend = alt.Legend(title=None, orient="bottom", columns=2) if several else None
    return alt.Color("name:N", scale=scale, legend=legend)


def _told(picture: Picture) -> list[alt.Tooltip]:
    unit = picture.x or picture.y
    named = [alt.Tooltip("name:N", title="series")] if len(picture.series) > 1 else []
    return [alt.Tooltip("place:N", title="at"), *named, alt.Tooltip("told:N", title=unit)]


def _numbers() -> alt.Axis:
    return alt.Axis(domain=False, ticks=False, labelPadding=6, tickCount=5)


def _data(rows: list[dict[str, Any]]) -> alt.InlineData:
    return alt.InlineData(values=rows)


_MADE = {"columns": _columns, "bars": _bars, "points": _points}
