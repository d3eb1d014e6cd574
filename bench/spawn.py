"""Runs one command and says what it cost. A process of its own, since Linux counts what the parent held as the child's.

Reads JSON from its input: `command`, `env`, `cwd`, `out` (a file for both outputs),
`seconds` (after which the command is killed), `first` (whether the moment of its first
output matters: then the outputs come through a pipe). Writes JSON: `seconds`, `cpu`, `peak`
(bytes, of the largest process of the tree), `code`, and `first`, the seconds until
then. Imports as little as can be.
"""

import json
import os
import signal
import sys
import time


def main() -> None:
    """Run it."""
    asked = json.load(sys.stdin)
    os.chdir(asked["cwd"])
    out = os.open(asked["out"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    nothing = os.open(os.devnull, os.O_RDONLY)
    told, telling = os.pipe() if asked["first"] else (-1, out)
    places = [(os.POSIX_SPAWN_DUP2, nothing, 0), (os.POSIX_SPAWN_DUP2, telling, 1), (os.POSIX_SPAWN_DUP2, telling, 2)]
    command = asked["command"]
    first = None
    start = time.perf_counter()
    child = os.posix_spawnp(command[0], command, asked["env"], file_actions=places)
    signal.signal(signal.SIGALRM, lambda *_: os.kill(child, signal.SIGKILL))
    signal.alarm(asked["seconds"])
    if asked["first"]:
        os.close(telling)
        while piece := os.read(told, 65536):
            first = first or time.perf_counter() - start
            os.write(out, piece)
    _, status, usage = os.wait4(child, 0)
    seconds = time.perf_counter() - start
    took = {
        "seconds": seconds,
        "cpu": usage.ru_utime + usage.ru_stime,  # of its own children, too, as far as it waited for them
        "peak": usage.ru_maxrss * 1024,
        "code": os.waitstatus_to_exitcode(status),
        "first": first,
    }
    json.dump(took, sys.stdout)


if __name__ == "__main__":
    main()
