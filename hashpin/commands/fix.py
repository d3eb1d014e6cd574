"""Find, verify, correct the files, and report what remains."""

from __future__ import annotations

import argparse

from hashpin import diff, files
from hashpin.commands.running import Run, list_files, tell
from hashpin.commands.showing import show
from hashpin.console import Console
from hashpin.correct import correct
from hashpin.encoding import encode
from hashpin.errors import WriteError


def run(options: argparse.Namespace, console: Console) -> int:
    begun = Run.begin(options, console)
    forest = begun.forest()
    tell(forest, options, console)
    if options.list_files:
        return list_files(forest, console)
    corrected = correct(forest, begun.forest, begun.judge, options.unsafe_fixes)
    for entry in corrected.left:
        console.say(f"{entry.path}: left as it is, because {entry.reason}")
    remaining, texts = corrected.remaining, dict(corrected.texts)
    failed = False
    for path, text in sorted(corrected.texts.items()):
        source = forest.files[path].source
        try:
            if options.diff:
                console.write_bytes(diff.unified(source, text, files.rooted(path)))
            elif path != files.STANDARD_INPUT:
                files.write(forest.places[path], source, text)
                console.say(f"{path}: corrected")
        except WriteError as error:
            console.say(str(error))
            del texts[path]
            failed = True
    if failed:
        _, remaining = begun.judge(begun.forest(texts))
    piped = forest.files.get(files.STANDARD_INPUT)
    if piped and not options.diff:
        text = texts.get(files.STANDARD_INPUT, piped.source.text)
        console.write_bytes(encode(text, piped.source.encoding))
    shown = show(remaining, options, console, console.stderr if options.diff or piped else console.stdout)
    return begun.exit_code(remaining, failed or not shown)
