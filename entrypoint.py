"""The container's door: see `hashpin/action.py`."""

from hashpin.action import run

if __name__ == "__main__":
    run()
