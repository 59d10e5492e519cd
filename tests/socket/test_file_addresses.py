"""Each device is shown a file's address as it reaches this server itself, whatever somebody else called the server."""

from __future__ import annotations

from tests.rest.scene import PNG
from tests.socket.conftest import Connect
from tests.socket.host import Host


async def test_a_strange_host_header_shows_in_nobody_elses_events(host: Host, connect: Connect) -> None:
    ana, bob = host.add("Ana"), host.add("Bob")
    group = ana.group("G", bob)
    device = await connect(bob)
    picture = {"file": ("a.png", PNG, "image/png")}
    strange = {"Host": "evil.example"}
    sent = ana.http.post("/messages/upload", data={"conversation_id": group}, files=picture, headers=strange)
    assert sent.status_code == 201
    heard = await device.hears("new_message", type="IMAGE")
    address = heard["metadata_json"]["fileUrl"]
    assert address.startswith(f"{host.server.base_url}/api/v1/files/")
    assert address == bob.http.get(f"/messages/{heard['id']}").json()["metadata"]["fileUrl"]
    # A quote of it, said under yet another name, and the picture of the group.
    reply = {"conversation_id": group, "content": "nice", "reply_to_id": heard["id"]}
    ana.http.post("/messages/", json=reply, headers={"Host": "other.example"})
    quote = (await device.hears("new_message", content="nice"))["reply_to"]
    assert quote["metadata_json"]["fileUrl"] == address
    ana.http.post(f"/conversations/{group}/avatar", files=picture, headers=strange)
    assert (await device.hears("conversation_updated"))["avatar_url"].startswith(host.server.base_url)
