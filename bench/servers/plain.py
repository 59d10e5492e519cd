"""The chat server one would write with FastAPI, python-socketio and asyncpg: what `make bench` compares with.

python -m bench.servers.plain PORT      (DATABASE_URL and SECRET in the environment)
"""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from json import loads
from typing import Annotated, Any
from uuid import UUID, uuid4

import asyncpg
import socketio
import uvicorn
from fastapi import Depends, FastAPI, Header, HTTPException
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from pydantic import BaseModel, Field

HISTORY = """SELECT m.id, m.conversation_id, m.sender_id, m.number, m.content, m.created_at, u.name, u.image
  FROM messages m JOIN users u ON u.id = m.sender_id
  WHERE m.conversation_id = $1 AND m.number < $2 ORDER BY m.number DESC LIMIT $3"""
LIST = """SELECT c.id, c.name, c.last_message_at, c.last_number - mine.read_number AS unread, last.content,
    (SELECT json_agg(json_build_object('id', u.id, 'name', u.name, 'image', u.image))
     FROM members m JOIN users u ON u.id = m.user_id WHERE m.conversation_id = c.id)::text AS members
  FROM members mine JOIN conversations c ON c.id = mine.conversation_id
  LEFT JOIN messages last ON last.conversation_id = c.id AND last.number = c.last_number
  WHERE mine.user_id = $1 ORDER BY c.last_message_at DESC NULLS LAST LIMIT $2"""
NUMBER = """UPDATE conversations SET last_number = last_number + 1, last_message_at = now() WHERE id = $1
  AND EXISTS (SELECT 1 FROM members WHERE conversation_id = $1 AND user_id = $2) RETURNING last_number"""
INSERT = """INSERT INTO messages (id, conversation_id, number, sender_id, content) VALUES ($1, $2, $3, $4, $5)
  RETURNING id, conversation_id, number, sender_id, content, created_at"""
MEMBER = "SELECT 1 FROM members WHERE conversation_id = $1 AND user_id = $2"
NO_CONVERSATION = HTTPException(404, "There is no such conversation.")

key = OctKey.import_key(os.environ["SECRET"])
registry = jwt.JWTClaimsRegistry()
sio = socketio.AsyncServer(async_mode="asgi")
pool: asyncpg.Pool


class NewMessage(BaseModel):
    conversation_id: str
    content: str = Field(min_length=1, max_length=10_000)


class Person(BaseModel):
    id: str
    name: str
    image: str | None


class Message(BaseModel):
    id: UUID
    conversation_id: str
    sender_id: str
    sequence_number: int
    content: str
    created_at: datetime
    sender: Person


class Pagination(BaseModel):
    next_cursor: str | None
    has_more: bool
    limit: int


class MessagePage(BaseModel):
    data: list[Message]
    pagination: Pagination


class Conversation(BaseModel):
    id: str
    name: str
    unread: int
    content: str | None
    last_message_at: datetime | None
    members: list[Person]


class ConversationPage(BaseModel):
    data: list[Conversation]


def verify(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, key, algorithms=["HS256"]).claims
    registry.validate(claims)
    return claims


def signed_in(authorization: Annotated[str, Header()] = "") -> dict[str, Any]:
    try:
        return verify(authorization.removeprefix("Bearer "))
    except (JoseError, ValueError):
        raise HTTPException(401, "Sign in again.") from None


User = Annotated[dict[str, Any], Depends(signed_in)]


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    global pool
    async with asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=1, max_size=10) as pool:
        yield


app = FastAPI(lifespan=lifespan)


def shown(row: asyncpg.Record, name: str, image: str | None) -> Message:
    return Message(
        id=row["id"],
        conversation_id=row["conversation_id"],
        sender_id=row["sender_id"],
        sequence_number=row["number"],
        content=row["content"],
        created_at=row["created_at"],
        sender=Person(id=row["sender_id"], name=name, image=image),
    )


@app.post("/api/v1/messages/", status_code=201)
async def send(user: User, new: NewMessage) -> Message:
    async with pool.acquire() as connection, connection.transaction():
        number = await connection.fetchval(NUMBER, new.conversation_id, user["id"])
        if number is None:
            raise NO_CONVERSATION
        row = await connection.fetchrow(INSERT, uuid4(), new.conversation_id, number, user["id"], new.content)
    message = shown(row, user["name"], user.get("image"))
    await sio.emit("new_message", message.model_dump(mode="json"), room=new.conversation_id)
    return message


@app.get("/api/v1/messages/conversations/{conversation_id}/messages")
async def history(
    user: User, conversation_id: str, limit: Annotated[int, Field(ge=1, le=100)] = 50, cursor: str = ""
) -> MessagePage:
    before = int(cursor.removeprefix("seq:")) if cursor else 2**53
    if await pool.fetchval(MEMBER, conversation_id, user["id"]) is None:
        raise NO_CONVERSATION
    rows = await pool.fetch(HISTORY, conversation_id, before, limit + 1)
    page = [shown(row, row["name"], row["image"]) for row in rows[:limit]]
    more = len(rows) > limit
    next_cursor = f"seq:{page[-1].sequence_number}" if more else None
    return MessagePage(data=page, pagination=Pagination(next_cursor=next_cursor, has_more=more, limit=limit))


@app.get("/api/v1/conversations/")
async def conversations(user: User, limit: Annotated[int, Field(ge=1, le=100)] = 50) -> ConversationPage:
    rows = await pool.fetch(LIST, user["id"], limit)
    return ConversationPage.model_validate({"data": [{**row, "members": loads(row["members"])} for row in rows]})


async def connect(sid: str, environ: dict[str, Any], auth: dict[str, Any] | None = None) -> None:
    try:
        user = verify((auth or {}).get("token", ""))
    except (JoseError, ValueError):
        raise socketio.exceptions.ConnectionRefusedError("token_invalid") from None
    sio.start_background_task(join, sid, user["id"])


async def join(sid: str, user_id: str) -> None:
    rows = await pool.fetch("SELECT conversation_id FROM members WHERE user_id = $1", user_id)
    rooms = [row["conversation_id"] for row in rows]
    for room in rooms:
        await sio.enter_room(sid, room)
    await sio.emit("rooms_joined", {"conversation_ids": rooms}, to=sid)


sio.on("connect", connect)

if __name__ == "__main__":
    served = socketio.ASGIApp(sio, app)
    uvicorn.run(served, host="127.0.0.1", port=int(sys.argv[1]), access_log=False, log_level="warning", backlog=2048)
