"""What a monitoring system reads."""

from __future__ import annotations

import httpx

from tests.conftest import StartServer
from tests.support.people import Team

TOKEN = "of-the-monitoring-system"


def test_figures_are_for_who_shows_the_token_and_tell_what_happened(start_server: StartServer) -> None:
    server = start_server(METRICS="on", METRICS_TOKEN=TOKEN)
    address = f"{server.base_url}/metrics"
    for headers in ({}, {"authorization": "Bearer another"}, {"authorization": TOKEN}):
        refused = httpx.get(address, headers=headers)
        assert refused.status_code == 401
        assert refused.json()["code"] == "token_invalid"
        assert "tms_" not in refused.text
    team = Team(server)
    ana, bob = team.add("Ana Reyes"), team.add("Bob Stone")
    ana.send(ana.direct(bob), "Hello")
    told = httpx.get(address, headers={"authorization": f"Bearer {TOKEN}"})
    assert told.status_code == 200
    assert told.headers["content-type"].startswith("text/plain; version=")
    lines = told.text.splitlines()
    assert 'tms_events_total{name="new_message"} 1.0' in lines
    assert {"tms_sockets 0.0", "tms_people_online 0.0", "tms_bus_deaf 0.0", "tms_draining 0.0"} <= {*lines}
    assert any(line.startswith("process_resident_memory_bytes ") for line in lines)
    team.close()
