"""The command line's front door; ``timebank`` when installed."""

import sys


def main() -> None:
    """Run the command that the arguments name."""
    from timebank.cli.group import commands

    # Chinese names must print on a terminal whose locale nobody has set.
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]  # Both are text files here.
    commands(prog_name="timebank")


if __name__ == "__main__":
    main()
