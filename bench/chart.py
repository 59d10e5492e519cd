"""The chart for the docs: one block a scenario, one bar a server. SVG written by hand, readable on light and dark."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from bench.results import TITLES, Rounds, figure, spread
from bench.scenarios import SCENARIOS
from bench.servers.launch import ALL

#: What is drawn: scenario, number, title, unit.
DRAWN = (
    ("sends-16", "sends_per_s", "Persisted sends, 16 senders", "/s"),
    ("fan-out-1000", "deliveries_per_s", "Deliveries to 1,000 members under load", "/s"),
    ("last-1000", "screen_p50_ms", "Last of 1,000 members, one message (less is better)", " ms"),
    ("idle-5000", "connects_per_s", "Connects with 5,000 people", "/s"),
    ("idle-5000", "kib_per_socket", "Memory of an idle socket (less is better)", " KiB"),
    ("history", "reads_per_s", "History pages, 50 of 100,000", "/s"),
    ("list", "reads_per_s", "Lists of conversations, 50 of 200", "/s"),
)
COLOURS = {"ours-sqlite": "#2563eb", "ours-postgresql": "#60a5fa", "python": "#d97706", "node": "#6b7280"}
WIDTH, LEFT, RIGHT = 760, 130, 90
BAR, GAP, TITLE, BLOCK_GAP = 16, 4, 24, 18
STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#1f2937}.title{font-weight:600}"
    "@media(prefers-color-scheme:dark){text{fill:#e5e7eb}}"
)


def draw(rounds: Rounds) -> str:
    """The whole file."""
    y, blocks = BLOCK_GAP, []
    for scenario, number, title, unit in DRAWN:
        medians = {
            server: found.median
            for server in ALL
            if scenario in SCENARIOS and (found := spread(rounds, scenario, server, number)) is not None
        }
        if medians:
            blocks.append(_block(y, title, unit, medians))
            y += TITLE + len(medians) * (BAR + GAP) + BLOCK_GAP
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" width="{WIDTH}" height="{y}" role="img">'
    return "\n".join([head, f"<style>{STYLE}</style>", *blocks, "</svg>", ""])


def _block(top: int, title: str, unit: str, medians: Mapping[str, float]) -> str:
    lines = [f'<text class="title" x="0" y="{top + 13}">{escape(title)}</text>']
    longest = max(medians.values()) or 1
    for place, (server, value) in enumerate(medians.items()):
        y = top + TITLE + place * (BAR + GAP)
        width = max(1.0, value / longest * (WIDTH - LEFT - RIGHT))
        lines += [
            f'<text x="0" y="{y + 13}">{escape(TITLES[server])}</text>',
            f'<rect x="{LEFT}" y="{y}" width="{width:.1f}" height="{BAR}" rx="2" fill="{COLOURS[server]}"/>',
            f'<text x="{LEFT + width + 6:.1f}" y="{y + 13}">{figure(value)}{escape(unit)}</text>',
        ]
    return "\n".join(lines)
