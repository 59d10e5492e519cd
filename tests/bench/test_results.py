"""Medians, ratios and goals of the benchmark."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from bench import chart, publish, results

ROUNDS = {
    "sends-16": {
        "ours-sqlite": [{"sends_per_s": 12_000.0}, {"sends_per_s": 9_000.0}, {"sends_per_s": 11_000.0}],
        "ours-postgresql": [{"sends_per_s": 6_500.0}],
        "node": [{"sends_per_s": 3_000.0}, {"sends_per_s": 3_300.0}, {"sends_per_s": 3_600.0}],
        "python": [],
    },
    "idle-5000": {
        "ours-sqlite": [{"kib_per_socket": 5.0, "connects_per_s": 6_000.0}],
        "node": [{"kib_per_socket": 10.0, "connects_per_s": 2_000.0}],
    },
}


def test_a_goal_is_met_when_both_the_number_and_the_ratio_are_reached() -> None:
    found = {(v.goal.number, v.server): v for v in results.verdicts(ROUNDS)}
    assert {key: verdict.is_met for key, verdict in found.items()} == {
        ("sends_per_s", "ours-sqlite"): True,  # 11,000 and 3.33 of Node
        ("sends_per_s", "ours-postgresql"): False,  # 6,500, but 1.97 of Node
        ("kib_per_socket", "ours-sqlite"): False,  # 5 KiB, but half of Node's
        ("connects_per_s", "ours-sqlite"): True,
    }
    assert str(found["kib_per_socket", "ours-sqlite"]) == "5.00 (≤ 6.00), 0.50 of Node (≤ 0.35)"


def test_the_table_has_medians_ranges_ratios_and_failures() -> None:
    line = next(line for line in results.table(ROUNDS).splitlines() if line.startswith("| persisted sends"))
    assert line == (
        "| persisted sends, 16 senders (/s) | 11,000 (9,000…12,000) · 3.33 of Node | 6,500 · 1.97 of Node | failed "
        "| 3,300 (3,000…3,600) |"
    )


def test_without_node_there_is_no_ratio_to_reach() -> None:
    alone = {"sends-16": {"ours-sqlite": ROUNDS["sends-16"]["ours-sqlite"]}}
    (verdict,) = results.verdicts(alone)
    assert (verdict.ratio, verdict.is_met) == (None, True)


def test_the_chart_has_a_bar_for_every_number() -> None:
    picture = ElementTree.fromstring(chart.draw(ROUNDS))
    bars = [float(bar.attrib["width"]) for bar in picture.iter("{http://www.w3.org/2000/svg}rect")]
    assert len(bars) == 3 + 2 + 2
    assert bars[0] == max(bars)
    assert bars[2] / bars[0] == pytest.approx(3_300 / 11_000, rel=0.01)


def test_the_page_takes_what_was_measured_and_the_same_again() -> None:
    page = publish.PAGE.read_text()
    sections = publish.sections({"processor": "a fast one"}, ROUNDS)
    for name, text in sections.items():
        page = publish.filled(page, name, text)
    assert "- processor: a fast one\n<!-- /machine -->" in page
    assert results.goal_table(ROUNDS) in page
    assert publish.filled(page, "goals", sections["goals"]) == page


def test_before_and_after() -> None:
    slow = {"sends-16": {"ours-sqlite": [{"sends_per_s": 100.0}]}}
    line = publish.before_and_after(slow, ROUNDS).splitlines()[2]
    assert line == "| persisted sends, 16 senders (/s) | ours, SQLite | 100 | 11,000 (9,000…12,000) | 110.00 |"
