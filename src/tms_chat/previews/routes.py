"""`/messages/link-preview`."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from tms_chat.http.deps import CallerDep, ServicesDep, answer, problems
from tms_chat.http.limits import limited
from tms_chat.previews.schema import LinkPreview
from tms_chat.schema import CleanText

router = APIRouter(prefix="/api/v1/messages", tags=["messages"])


@router.get(
    "/link-preview", response_model=LinkPreview, dependencies=[limited("searches")], responses=problems(401, 429)
)
async def get_link_preview(
    services: ServicesDep, caller: CallerDep, url: Annotated[CleanText, Query(min_length=1, max_length=2048)]
) -> Response:
    """What a link leads to; addresses that are not public are refused."""
    return answer(await services.previews.look_up(url))
