"""Charts as SVG, drawn here: no script, nothing from elsewhere, and their numbers are in the page too."""

import datetime as dt
from collections.abc import Sequence

from markupsafe import Markup
from reportlab.graphics.barcode.qrencoder import QRCode, QRErrorCorrectLevel

WIDTH, HEIGHT, FOOT, SIDE = 720, 180, 22, 34
MOST_NAMES = 9
QUIET_ZONE = 4  # light squares around a code, without which cameras do not find it
BAR = Markup(
    '<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"><title>{}: {}</title></rect>'
)


def bars(points: Sequence[tuple[dt.date, int, int]], label: str, part: str) -> Markup:
    """One bar a week with a `part` of it marked, the highest value and some weeks named."""
    most = max((n for _, n, _ in points), default=0) or 1
    step = (WIDTH - SIDE) / max(len(points), 1)
    every = -(-len(points) // MOST_NAMES) or 1
    parts = [
        Markup('<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">').format(
            WIDTH, HEIGHT, label
        )
    ]
    for share in (1.0, 0.5):
        y = 10 + (HEIGHT - FOOT - 10) * (1 - share)
        parts.append(Markup('<line x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>').format(SIDE, WIDTH, y, y))
        name = f"{most * share:.0f}"
        parts.append(
            Markup('<text x="{}" y="{:.1f}" text-anchor="end">{}</text>').format(SIDE - 6, y + 4, name)
        )
    for place, (day, n, some) in enumerate(points):
        high = (HEIGHT - FOOT - 10) * n / most
        x = SIDE + place * step
        named = day.isoformat()
        parts.append(BAR.format("bar", x + step * 0.12, HEIGHT - FOOT - high, step * 0.76, high, named, n))
        if some:
            high = (HEIGHT - FOOT - 10) * some / most
            named = f"{named} {part}"
            parts.append(
                BAR.format("part", x + step * 0.12, HEIGHT - FOOT - high, step * 0.76, high, named, some)
            )
        if place % every == 0:
            name = f"{day.month}/{day.day}"
            middle = x + step / 2
            parts.append(
                Markup('<text x="{:.1f}" y="{}" text-anchor="middle">{}</text>').format(
                    middle, HEIGHT - 6, name
                )
            )
    return Markup("").join([*parts, Markup("</svg>")])


def square_code(words: str, label: str) -> Markup:
    """Words as a square code (QR) for a camera, dark on light whatever the page's colours."""
    code = QRCode(None, QRErrorCorrectLevel.M)
    code.addData(words)
    code.make()
    size = code.getModuleCount() + 2 * QUIET_ZONE
    dark = "".join(
        f"M{x + QUIET_ZONE} {y + QUIET_ZONE}h1v1h-1z"
        for y, row in enumerate(code.modules)
        for x, on in enumerate(row)
        if on
    )
    return Markup(
        '<svg class="square" viewBox="0 0 {0} {0}" role="img" aria-label="{1}" shape-rendering="crispEdges">'
        '<rect width="{0}" height="{0}" fill="#fff"/><path fill="#000" d="{2}"/></svg>'
    ).format(size, label, dark)
