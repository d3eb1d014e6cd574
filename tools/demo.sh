#!/bin/sh
# What `make demo` shows: hashpin judges and corrects the files of examples/ against the live index.
set -u
say() { printf '\n\033[1m%s\033[0m\n' "$*"; }

say '$ hashpin check examples'
$HASHPIN check --color always examples
code=$?
if [ "$code" = 3 ]; then
  say 'The index could not be asked (see the lines marked "unchecked"), so there is nothing to show. Is there a network?'
  exit 3
elif [ "$code" != 1 ]; then
  say "This should have ended with exit code 1, and ended with $code."
  exit 1
fi

say '$ hashpin fix --diff examples'
$HASHPIN fix --diff --quiet --output /dev/null examples
code=$?
if [ "$code" != 1 ]; then # the forged hash is left alone, so it remains
  say "This should have ended with exit code 1, and ended with $code."
  exit 1
fi

say 'What to look at:'
cat <<'TEXT'
- requirements-clean.txt is not named above: every hash of it is of a file of its release.
- requirements-previous-version.txt: one line says that all hashes are of cffi 1.17.1. The patch lists the files of 2.0.0.
- requirements-forged.txt: the line of the one hash that was never published. The patch leaves it alone, since nobody has
  explained it; `hashpin fix --unsafe-fixes` would drop it.
- requirements-malformed.txt, -unhashed.txt, -comment.txt: a hash that can never match, a pin without one, hashes that pip
  drops because a comment ended the continuation. The patch mends all three.
TEXT
say "Nothing was written. Try: $HASHPIN fix examples; git diff; git checkout examples"
