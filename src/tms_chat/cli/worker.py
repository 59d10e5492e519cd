"""`python -m tms_chat.cli.worker`: one of several processes of a server. Their parent starts it, nobody else."""

import sys

from tms_chat.cli import run, survive_the_start


def _work() -> None:
    from tms_chat.serve import serve_one
    from tms_chat.settings import load_settings
    from tms_chat.workers.outfit import read_outfit

    outfit = read_outfit(sys.argv[1])
    outfit.keep()
    serve_one(load_settings(**outfit.settings), outfit, lambda line: print(line, flush=True))


if __name__ == "__main__":
    survive_the_start()
    run(_work)
