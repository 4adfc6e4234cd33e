"""Set limits on this process, for good, and become another program.

Run by its path between a keeper and a program: `python -I -S limit_step.py LIMITS PROGRAM WORDS`,
where LIMITS is a JSON object such as {"RLIMIT_CPU": 2}. Limits are set here, and not in the
owner, which would never get rid of them; they hold from the program's first instruction on.
"""

import json
import os
import resource
import sys


def main(limits: dict[str, int], argv: list[str]) -> None:
    """Set soft and hard limits, so that the program cannot raise them again, and run it."""
    for name, most in limits.items():
        number = getattr(resource, name)
        hard = resource.getrlimit(number)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        spare = 1 if name == "RLIMIT_CPU" else 0  # the soft one is told by SIGXCPU
        resource.setrlimit(number, (most, most + spare if hard == resource.RLIM_INFINITY else hard))
    os.execv(argv[0], argv)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]), sys.argv[2:])
