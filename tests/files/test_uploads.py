"""Sending a file: its message, its type, a retry, and everything that is refused; on both databases and both stores."""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path
from typing import Any

import httpx
import obstore
import pytest
import pytest_asyncio

from tests.files.person import Sender
from tests.rest.in_process import App, on_module_loop, open_app
from tests.rest.shapes import MESSAGE, refused, shaped
from tests.rest.signed_in import announced, event
from tests.rest.walk import in_chunks
from tests.support.media import SPEECH, archive, film, photo, picture, sound
from tms_chat.files.multipart import FORM_BYTES

pytestmark = on_module_loop


@pytest_asyncio.fixture(loop_scope="module")
async def chat(ana: Sender, bob: Sender) -> str:
    return await ana.direct(bob)


async def newest(person: Sender, chat: str) -> Any:
    page = await person.gets("GET", f"/messages/conversations/{chat}/messages?limit=1")
    return page["data"][0]


async def objects(app: App) -> set[str]:
    return {item["path"] for item in await obstore.list(app.services.files.store).collect_async()}


async def test_a_file_is_a_message_that_both_see_alike(ana: Sender, bob: Sender, chat: str) -> None:
    async with announced(ana.app) as told:
        sent = await ana.sends_file(chat, b"hello world", "../notes \u202e.txt")
    data = sent["metadata"]
    assert (sent["type"], sent["content"], sent["senderId"], sent["status"]) == ("FILE", "notes .txt", ana.id, "sent")
    assert data == {
        "fileId": data["fileId"], "fileName": "notes .txt", "fileSize": 11, "mimeType": "text/plain",
        "fileUrl": f"http://chat.test/api/v1/files/{data['fileId']}",
    }  # fmt: skip
    assert await newest(bob, chat) == sent | {"status": "sent"}
    assert event(told, "new_message").body["metadata_json"] == data
    assert (await bob.opens(data["fileUrl"])).content == b"hello world"


async def test_a_picture_has_its_size_and_a_small_one(ana: Sender, bob: Sender, chat: str) -> None:
    for kind, mime in (("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp"), ("GIF", "image/gif")):
        sent = await ana.sends_file(chat, picture(kind, (900, 600)), "photo.dat")
        data = sent["metadata"]
        assert (sent["type"], data["mimeType"], data["width"], data["height"]) == ("IMAGE", mime, 900, 600)
        assert data["thumbnailUrl"] == f"{data['fileUrl']}?thumbnail=1"
        whole, small = await bob.opens(data["fileUrl"]), await bob.opens(data["thumbnailUrl"])
        assert (whole.headers["content-type"], len(whole.content)) == (mime, data["fileSize"])
        assert small.headers["content-type"] == "image/webp"
    small = (await ana.sends_file(chat, photo(), "small.jpg"))["metadata"]
    assert (small["width"], small["height"], "thumbnailUrl" in small) == (40, 60, False)


async def test_a_voice_message_has_its_duration(ana: Sender, chat: str) -> None:
    sent = await ana.sends_file(chat, SPEECH, "blob", duration="3.5")
    assert (sent["type"], sent["metadata"]["duration"], sent["metadata"]["mimeType"]) == ("VOICE", 3.5, "audio/webm")
    for content, name, fields, kind in (
        (sound(), "voice-message.wav", {}, "VOICE"), (sound(), "song.wav", {}, "FILE"),
        (sound(), "song.wav", {"duration": ""}, "FILE"), (b"text", "voice.txt", {"duration": "3"}, "FILE"),
        (sound(), "song.wav", {"duration": "0"}, "VOICE"),
    ):  # fmt: skip
        assert (await ana.sends_file(chat, content, name, **fields))["type"] == kind


async def test_a_broken_picture_is_a_file(ana: Sender, chat: str) -> None:
    for content in (picture("JPEG")[:100], film("GIF")[:40]):
        sent = await ana.sends_file(chat, content, "photo.jpg")
        assert (sent["type"], sent["metadata"]["fileSize"]) == ("FILE", len(content))
        assert "width" not in sent["metadata"]


async def test_a_reply_and_the_fields_in_any_order_and_casing(ana: Sender, bob: Sender, chat: str) -> None:
    first = await bob.sends(chat, "question")
    sent = await ana.sends_file(chat, b"answer", reply_to_id=first["id"])
    assert sent["replyTo"]["content"] == "question"
    fields = {"conversationId": chat, "replyToId": first["id"], "clientId": str(uuid.uuid4()), "extra": "ignored"}
    for body in (form({"file": b"x", **fields}), form({**fields, "file": b"x"})):
        answer = await post(ana, body)
        assert shaped(answer, MESSAGE, answer.status_code)["replyToId"] == first["id"]
        assert answer.json()["clientId"] == fields["clientId"]


BOUNDARY = "a boundary 'of' 1"


def form(fields: dict[str, Any], boundary: str = BOUNDARY) -> bytes:
    """The parts in this order; bytes are the file."""
    parts = []
    for name, value in fields.items():
        is_file = isinstance(value, bytes)
        head = f'Content-Disposition: form-data; name="{name}"' + ('; filename="a.txt"' if is_file else "")
        parts.append(f"--{boundary}\r\n{head}\r\n\r\n".encode() + (value if is_file else str(value).encode()) + b"\r\n")
    return b"".join(parts) + f"--{boundary}--\r\n".encode()


FORM = f'multipart/form-data; boundary="{BOUNDARY}"'


async def post(person: Sender, body: Any, kind: str = FORM, **more: str) -> httpx.Response:
    headers = person.headers | {"content-type": kind} | more
    return await person.app.http.post("/api/v1/messages/upload", content=body, headers=headers)


class Untouched:
    """A body that nobody may ask for."""

    def __aiter__(self) -> Untouched:
        return self

    async def __anext__(self) -> bytes:
        raise AssertionError("the body was asked for")


async def test_the_same_upload_again_is_200_and_another_one_is_409(files_app: App, ana: Sender, chat: str) -> None:
    client_id, large = str(uuid.uuid4()), picture("PNG", (700, 700))
    first = await ana.sends_file(chat, large, "a.png", client_id=client_id)
    before = await objects(files_app)
    again = await ana.upload(chat, large, "a.png", client_id=client_id.upper())
    assert shaped(again, MESSAGE, 200) == first
    assert "x-conversation-seq" not in again.headers
    for content, name, fields in (
        (large + b" ", "a.png", {}), (large, "b.png", {}), (large, "a.png", {"reply_to_id": first["id"]}),
        (large, "a.png", {"duration": "1"}),
    ):  # fmt: skip
        refused(await ana.upload(chat, content, name, client_id=client_id, **fields), 409, code="client_id_reused")
    text = {"conversation_id": chat, "content": "a.png", "client_id": client_id}
    await ana.is_refused("POST", "/messages/", text, status=409, code="client_id_reused")
    assert await objects(files_app) == before


async def test_many_retries_at_once_are_one_message(files_app: App, ana: Sender, chat: str) -> None:
    client_id = str(uuid.uuid4())
    before = await objects(files_app)
    answers = await asyncio.gather(*(ana.upload(chat, b"impatient", client_id=client_id) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(await objects(files_app) - before) == 1


async def test_who_was_removed_meanwhile_still_hears_that_it_was_stored(ana: Sender, bob: Sender) -> None:
    group, client_id = await ana.group(bob), str(uuid.uuid4())
    sent = await bob.sends_file(group, b"last words", client_id=client_id)
    await ana.gets("DELETE", f"/conversations/{group}/members/{bob.id}")
    assert (await bob.upload(group, b"last words", client_id=client_id)).json()["id"] == sent["id"]
    refused(await bob.upload(group, b"more"), 404, code="conversation_not_found")


async def test_strangers_and_unknown_conversations_are_404_before_anything_is_read(files_app: App, chat: str) -> None:
    eve = await Sender.new(files_app, "Eve")
    before = await objects(files_app)
    problems = [refused(await eve.upload(place, b"x"), 404, code="conversation_not_found") for place in (chat, "none")]
    assert problems[0]["detail"] == problems[1]["detail"]

    async def endless() -> Any:
        yield form({"conversation_id": chat, "file": b"begin"})[:-30]
        raise AssertionError("the rest of the file was asked for")

    refused(await post(eve, endless()), 404, code="conversation_not_found")
    refused(await post(eve, form({"file": b"x", "conversation_id": chat})), 404, code="conversation_not_found")
    assert await objects(files_app) == before


async def test_without_a_token_nothing_is_read(files_app: App) -> None:
    answer = await files_app.http.post("/api/v1/messages/upload", content=Untouched())
    refused(answer, 401, code="token_missing")


async def test_what_is_too_large_by_its_own_word_is_not_read(files_app: App, ana: Sender) -> None:
    length = files_app.services.files.max_bytes + FORM_BYTES + 1
    refused(await post(ana, Untouched(), **{"content-length": str(length)}), 413, code="file_too_large")


async def test_a_file_is_counted_while_it_arrives(files_app: App, ana: Sender, chat: str) -> None:
    store, before = files_app.services.files, await objects(files_app)
    largest, store.max_bytes = store.max_bytes, 300_000
    try:
        for size, status in ((300_000, 201), (300_001, 413), (600_000, 413)):
            body = form({"conversation_id": chat, "file": b"x" * size})
            chunks = in_chunks(body)
            answer = await post(ana, chunks)
            assert answer.status_code == status
            if status == 413:
                refused(answer, 413, code="file_too_large")
    finally:
        store.max_bytes = largest
    assert len(await objects(files_app) - before) == 1


async def test_a_nearly_full_disk_takes_no_file_and_text_goes_on(tmp_path: Path) -> None:
    async with open_app(tmp_path / "data", files_max_disk_percent=1) as app:
        ana, bob = await Sender.new(app, "Ana"), await Sender.new(app, "Bob")
        chat = await ana.direct(bob)
        refused(await ana.upload(chat, b"x"), 503, code="storage_full")
        await ana.sends(chat, "text goes on")


PROGRAM = b"MZ\x90\0" + b"\0" * 100
WRONG: dict[str, tuple[Any, int, str]] = {
    "an empty file": (b"", 422, "invalid"),
    "a program": (PROGRAM, 415, "file_type_refused"),
    "a program in Java": (archive("META-INF/MANIFEST.MF"), 415, "file_type_refused"),
    "nothing known": (b"\x02" + b"\0" * 100, 415, "file_type_refused"),
}


@pytest.mark.parametrize("what", WRONG)
async def test_a_file_that_is_refused_leaves_nothing_behind(files_app: App, ana: Sender, chat: str, what: str) -> None:
    content, status, code = WRONG[what]
    before, last = await objects(files_app), await ana.sends(chat, "before")
    refused(await ana.upload(chat, content, "holiday.jpg", "image/jpeg"), status, code=code)
    refused(await ana.upload(chat, b"x", reply_to_id="no-such-message"), 404, code="message_not_found")
    assert (await newest(ana, chat))["id"] == last["id"]
    assert await objects(files_app) == before


FIELDS: dict[str, dict[str, Any]] = {
    "no file": {"conversation_id": "CHAT"},
    "no conversation": {"file": b"x"},
    "an empty conversation": {"conversation_id": "", "file": b"x"},
    "a file that is text": {"conversation_id": "CHAT", "file": "x"},
    "a file under another name": {"conversation_id": "CHAT", "other": b"x"},
    "two files": {"conversation_id": "CHAT", "file": b"x", "second": b"y"},
    "a duration that is none": {"conversation_id": "CHAT", "duration": "long", "file": b"x"},
    "a duration below zero": {"conversation_id": "CHAT", "duration": "-1", "file": b"x"},
    "a duration without end": {"conversation_id": "CHAT", "duration": "inf", "file": b"x"},
    "a client id that is no UUID": {"conversation_id": "CHAT", "client_id": "1", "file": b"x"},
    "a field of 5 kB": {"conversation_id": "CHAT", "extra": "x" * 5000, "file": b"x"},
    "twenty fields": {"conversation_id": "CHAT", **{f"extra{n}": "x" for n in range(20)}, "file": b"x"},
    "a name of 5 kB": {"conversation_id": "CHAT", "x" * 5000: "x", "file": b"x"},
    "U+0000": {"conversation_id": "CHAT\x00", "file": b"x"},
}


@pytest.mark.parametrize("what", FIELDS)
async def test_a_form_that_is_wrong_is_refused(ana: Sender, chat: str, what: str) -> None:
    fields = {
        name: value.replace("CHAT", chat) if isinstance(value, str) else value for name, value in FIELDS[what].items()
    }
    refused(await post(ana, form(fields)), 422, code="invalid")


async def test_a_body_that_is_no_form_is_refused(ana: Sender, chat: str) -> None:
    whole = form({"conversation_id": chat, "file": b"x" * 1000})
    for body in (b"", b"{}", whole[:100], whole[:-50], whole.replace(b"\r\n", b"\n"), whole[50:]):
        refused(await post(ana, body), 422, code="invalid")
    for kind in ("application/json", "multipart/form-data", "multipart/form-data; boundary=" + "x" * 71, ""):
        refused(await post(ana, whole, kind), 422, code="invalid")
    surrogate = form({"conversation_id": "\udcff".encode("utf-8", "surrogatepass").decode("latin-1"), "file": b"x"})
    refused(await post(ana, surrogate), 404, 422)


async def test_the_files_of_a_person_have_a_quota(files_app: App, ana: Sender, bob: Sender, chat: str) -> None:
    store = files_app.services.files
    full = store.quota_bytes
    store.quota_bytes = 1000
    try:
        await ana.sends_file(chat, b"x" * 600)
        refused(await ana.upload(chat, b"x" * 600), 413, code="quota_exceeded")
        await bob.sends_file(chat, b"x" * 600)  # it is a quota a person
        last = await ana.sends_file(chat, b"x" * 400, client_id=(client_id := str(uuid.uuid4())))
        assert (await ana.upload(chat, b"x" * 400, client_id=client_id)).json()["id"] == last["id"]
        await ana.gets("DELETE", f"/messages/{last['id']}", {"delete_for_everyone": True})
        await ana.sends_file(chat, b"x" * 400)  # deleting makes room
    finally:
        store.quota_bytes = full


async def test_a_file_named_elsewhere_by_a_client_stays_as_it_was_sent(ana: Sender, bob: Sender, chat: str) -> None:
    given = {"fileUrl": "https://cdn.example/a.png", "fileName": "a.png", "mimeType": "image/png", "file_size": 5}
    body = {"conversation_id": chat, "type": "IMAGE", "content": "a.png", "metadata_json": given}
    await ana.gets("POST", "/messages/", body)
    assert (await newest(bob, chat))["metadata"] == given


async def test_a_file_goes_with_its_message(files_app: App, ana: Sender, bob: Sender, chat: str) -> None:
    before = await objects(files_app)
    sent = await ana.sends_file(chat, picture("PNG", (700, 700)), "a.png")
    address = sent["metadata"]["fileUrl"]
    assert len(await objects(files_app) - before) == 2
    assert (await bob.opens(address)).status_code == 200
    await ana.gets("DELETE", f"/messages/{sent['id']}", {"delete_for_everyone": True})
    for person in (ana, bob):
        refused(await person.opens(address), 404, code="file_not_found")
    await files_app.services.files.settled()
    assert await objects(files_app) == before
