"""What a link leads to."""

from tms_chat.schema import Answer


class LinkPreview(Answer):
    """What the page says of itself; addresses of pictures are absolute."""

    url: str
    title: str | None
    description: str | None
    image: str | None
    favicon: str | None
    domain: str
