"""Every command has a help page with an example, however deep it stands."""
import re
import subprocess

from conftest import MARTLET


def page(*words):
    shown = subprocess.run([MARTLET, *words, "--help"], capture_output=True, text=True, timeout=20)
    assert shown.returncode == 0, (words, shown.stderr)
    return shown.stdout


def commands(*words):
    """This command and all below it, with their pages."""
    text = page(*words)
    below = text.partition("SUBCOMMANDS:")[2]
    yield words, text
    for name in re.findall(r"^  ([a-z][a-z-]*)", below, re.MULTILINE):
        yield from commands(*words, name)


def test_every_command_has_help_with_an_example():
    pages = dict(commands())
    assert ("audit", "timeline") in pages and ("policy", "conformance") in pages and len(pages) > 20
    without = [" ".join(words) for words, text in pages.items() if words and not re.search(r"Examples?:", text)]
    assert without == []
