"""``python -m hashpin``."""

from hashpin.cli import run

if __name__ == "__main__":
    run()
