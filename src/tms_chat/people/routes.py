"""`/users`: the caller, the directory, who is online."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from tms_chat.blocks.queries import apart_from
from tms_chat.conversations.queries import sharing_a_conversation
from tms_chat.core.ids import UserId
from tms_chat.http.deps import CallerDep, ServicesDep, answer, problems
from tms_chat.http.hot import HotAnswer, HotRequest, HotRoute, NotHere
from tms_chat.identity.standing import STANDING
from tms_chat.people.access import access_person
from tms_chat.people.queries import find_users
from tms_chat.people.render import me_json
from tms_chat.people.schema import User, user_answer
from tms_chat.schema import CleanText, Id

router = APIRouter(prefix="/api/v1/users", tags=["users"])


@router.get("/me", response_model=User, responses=problems(401))
async def get_me(caller: CallerDep) -> Response:
    """The caller."""
    return answer(user_answer(caller.user, with_settings=True))


async def hot_me(request: HotRequest) -> HotAnswer:
    """The same by the hot door."""
    claims = request.claims()
    rows = await request.services.db.fetch(STANDING, claims.user_id, claims.token_hash)
    if not rows or not request.services.auth.counts(claims, rows[0]):
        raise NotHere
    return HotAnswer(me_json(rows[0]))


HOT = (HotRoute("GET", "/api/v1/users/me", hot_me),)


@router.get("/", response_model=list[User], responses=problems(401))
async def get_users_matching(
    services: ServicesDep,
    caller: CallerDep,
    q: Annotated[CleanText, Query(max_length=200)] = "",
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> list[User]:
    """People whose name, e-mail, position or department contains every word of `q`, the caller included."""
    rights = services.settings.rights
    asked = await services.directory.search(q, limit) if services.directory is not None and q.strip() else []
    found = await find_users(services.db, rights, caller.user, q, limit)
    # The host may find people by what we do not store: they come after those whose name matches.
    listed = {user.id for user in found}
    found += [user for user in asked if user.id not in listed and rights.may_message(caller.user, user)]
    return [user_answer(user) for user in found[:limit]]


@router.get("/presence/online", response_model=list[str], responses=problems(401))
async def get_online_users(services: ServicesDep, caller: CallerDep) -> list[str]:
    """The ids of the people who are connected now and share a conversation with the caller, and the caller's own.

    Who blocked the caller, or was blocked by them, is left out.
    """
    sharing = await sharing_a_conversation(services.db, caller.id, services.online())
    return sorted(sharing - await apart_from(services.db, caller.id))


@router.get("/{user_id}", response_model=User, responses=problems(401, 404))
async def get_user(services: ServicesDep, caller: CallerDep, user_id: Id) -> Response:
    """One person."""
    if services.directory is not None:
        await services.directory.ensure([UserId(user_id)])
    return answer(user_answer(await access_person(services.db, services.settings.rights, caller.user, UserId(user_id))))
