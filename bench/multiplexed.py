"""Over TLS, where HTTP/2 is offered: curl takes it, hashpin where it can."""

from __future__ import annotations

from bench import documents, peers
from bench.claims import MEGABYTE, Claim, Result, medians_table, times
from bench.cold import DELAY
from bench.measure import Command, Median, in_turn, once
from bench.replica import Scene, serve
from bench.setting import Setting

_JOBS = 32  # for where hashpin has only HTTP/1.1
_PAGES = 100
_MOST_TIMES_CURL = 3.0


def http2(setting: Setting) -> Result:
    """All documents of releases, and a hundred Simple pages, at 30 ms each and at none."""
    work = setting.folder("http2")
    config = work / "no-needs.toml"
    config.write_text('[severity]\nmissing-dependency = "off"\n')
    some = work / "hundred.txt"
    pages, size = _hundred(setting)
    some.write_text(documents.hashed(pages))
    scenes = [
        Scene(f"{kind}-{delay}", seconds, tls=True, release_json=kind == "releases")
        for kind in ("releases", "pages")
        for delay, seconds in (("late", DELAY), ("at-once", 0.0))
    ]
    commands: dict[str, Command] = {}
    with serve(setting.replica, scenes, work) as served:
        for name, scene in served.items():
            file = setting.hashed if scene.scene.release_json else some
            arguments = ["--jobs", str(_JOBS), "--config", str(config)]
            commands[f"hashpin, {_told(name)}"] = hashpin = peers.hashpin(setting.tools, scene, [str(file)], *arguments)
            commands[f"curl --http2, {_told(name)}"] = peers.curl(scene, once(hashpin).asked, work)
        took = in_turn(commands, setting.rounds)
    claims = [
        Claim(
            f"TLS with HTTP/2, {_told(name)}: hashpin beside curl --http2",
            times(took[f"hashpin, {_told(name)}"], took[f"curl --http2, {_told(name)}"]),
            _MOST_TIMES_CURL,
            "times",
        )
        for name in ("releases-late", "pages-late")
    ]
    told = (
        f"The {_PAGES} Simple pages have {size / MEGABYTE:.0f} MB unpacked. Late is {DELAY * 1000:.0f} ms for each "
        f"answer. hashpin was run with `--jobs {_JOBS}` and without missing-dependency, and spoke {_protocols(took)}."
    )
    return Result("Over TLS with HTTP/2", told, medians_table(took), tuple(claims))


def _told(name: str) -> str:
    kind, _, delay = name.partition("-")
    return f"{'600 releases' if kind == 'releases' else f'{_PAGES} Simple pages'}, {delay.replace('-', ' ')}"


def _hundred(setting: Setting) -> tuple[list[documents.Pinned], int]:
    """A hundred pins whose pages are spread over all sizes, the largest among them, and the bytes of these pages."""
    sized = [
        (documents.page_path(setting.replica, pin.name).stat().st_size, pin) for pin in documents.pins(setting.replica)
    ]
    sized.sort(key=lambda pair: (-pair[0], pair[1].name))
    chosen = sized[:: max(1, len(sized) // _PAGES)][:_PAGES]
    return [pin for _, pin in chosen], sum(size for size, _ in chosen)


def _protocols(took: dict[str, Median]) -> str:
    of_hashpin = (median for name, median in took.items() if name.startswith("hashpin"))
    return " and ".join(sorted({one.protocol for median in of_hashpin for run in median.runs for one in run.asked}))
