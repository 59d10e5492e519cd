"""What a screen shows against what a fresh fetch shows, each difference in the words of the bug that makes it."""

from collections.abc import Iterator, Mapping

from tms_chat.verify.history import Shown

MISSING = "Screens lack messages that a fresh fetch shows."
EXTRA = "Screens show messages that a fresh fetch does not."
DELETED = "Deletions do not reach the screens: deleted messages are still shown."
UNDELETED = "Screens show messages as deleted that are not."
EDITED = "Edits do not reach the screens: they show another text than a fresh fetch."
REACTIONS = "Screens show other reactions than a fresh fetch."
OTHER = "Screens show another number or sender than a fresh fetch."


def differences(shown: Mapping[str, Shown], fetched: Mapping[str, Shown]) -> Iterator[tuple[str, str]]:
    """The sentence and the example, for each message that differs."""
    for message_id, theirs in fetched.items():
        ours = shown.get(message_id)
        if ours is None:
            yield MISSING, f"message {theirs.number} is missing"
        elif ours != theirs:
            yield _difference(ours, theirs)
    for message_id, ours in shown.items():
        if message_id not in fetched:
            yield EXTRA, f"message {ours.number}, “{ours.content}”"


def _difference(ours: Shown, theirs: Shown) -> tuple[str, str]:
    where = f"message {theirs.number}"
    if ours.is_deleted != theirs.is_deleted:
        return (DELETED, f"{where} still says “{ours.content}”") if theirs.is_deleted else (UNDELETED, where)
    if (ours.number, ours.sender) != (theirs.number, theirs.sender):
        return OTHER, f"{where} is shown as {ours.number}"
    if (ours.content, ours.is_edited) != (theirs.content, theirs.is_edited):
        return EDITED, f"{where} says “{ours.content}” instead of “{theirs.content}”"
    return REACTIONS, f"{where} has {_said(ours)} instead of {_said(theirs)}"


def _said(shown: Shown) -> str:
    return " ".join(emoji for _, emoji in shown.reactions) or "none"
