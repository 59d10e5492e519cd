"""`python -m tms_chat` is the same as `tms`."""

from tms_chat.cli import main

main()
