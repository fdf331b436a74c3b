"""What README, src/README.md and sallyport(8) say is there, and what is there
they tell of."""

import os
import pathlib
import re
import shlex
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SRC = ROOT / "src"
README = (ROOT / "README.md").read_text()
MAP = (SRC / "README.md").read_text()
MANUAL = (ROOT / "man/sallyport.8").read_text()
PROGRAM = os.environ.get("SALLYPORT", str(ROOT / "build/sallyport"))

STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')


def items(text):
    """The words that have an item of their own in the manual."""
    found = set()
    for line in re.findall(r"^\.It Cm (.*)$", text, re.M):
        found.update(re.findall(r"[\w-]+", line))
    return found


def section(title):
    """One section of the manual, from its heading to the next."""
    start = MANUAL.index(f"\n.Sh {title}\n")
    end = MANUAL.find("\n.Sh ", start + 1)
    return MANUAL[start:end]


def sources(suffix):
    return sorted(SRC.glob(f"*/*{suffix}"))


def calls(name):
    """The arguments of every call of a function in src/, as text."""
    found = []
    for path in sources(".c"):
        if path.name == "log.c":
            continue
        found += re.findall(rf"\b{name}\(([^;{{]*)", path.read_text())
    return found


# ---- sallyport(8) -----------------------------------------------------------


def slugs():
    errors = (SRC / "base/err.def").read_text()
    return set(re.findall(r'^E\(\w+, "([^"]+)"', errors, re.M))


def test_every_reason_is_in_the_manual():
    assert len(slugs()) > 50
    assert slugs() == items(section("REASONS"))


def test_every_reason_has_something_that_gives_it():
    """A code that is only listed and answered is one that never comes."""
    elsewhere = "".join(p.read_text() for p in sources(".c")
                        if p.name != "reply.c")
    codes = re.findall(r"^E\((\w+),", (SRC / "base/err.def").read_text(), re.M)
    assert [c for c in codes if not re.search(rf"\bE_{c}\b", elsewhere)] == []


def test_every_reason_of_a_verdict_says_what_to_do():
    text = section("REASONS")
    start = text.index("\n.Ss Why was my certificate refused?\n")
    told = text[start : text.index("\n.Ss ", start + 1)].split("\n.It Cm ")[1:]
    verdicts = {s for s in slugs() if s.startswith(("cert-", "crl-"))}
    assert {t.split("\n")[0] for t in told} == verdicts
    for t in told:
        assert "\nLog:\n" in t and "\nTo do:\n" in t, t


def test_every_event_is_in_the_manual():
    events = set()
    for function in "log_begin", "to_main_log":
        for arguments in calls(function):
            events.update(s for s in STRING.findall(arguments))
    for arguments in calls("log_msg"):
        events.add(STRING.search(arguments).group(1))
    assert "handshake-refused" in events
    assert events - items(section("LOG")) == set()


def test_every_key_of_the_log_is_in_the_manual():
    keys = {"time", "level", "evt", "proc", "msg", "err", "text", "cut"}
    for function in ("str", "int", "bool", "us", "bytes"):
        for arguments in calls(f"log_{function}"):
            quoted = STRING.search(arguments.split(",", 2)[1])
            if quoted:
                keys.add(quoted.group(1))
    access = (SRC / "conf/access.def").read_text()
    keys |= set(re.findall(r'^A\(\w+, "([^"]+)"', access, re.M))
    assert {"ref", "conn", "subject"} <= keys
    assert keys - items(section("LOG")) == set()


def test_the_manual_tells_of_no_event_or_key_that_is_not_there():
    code = "".join(p.read_text() for p in sources(".c") + sources(".def"))
    quoted = set(STRING.findall(code)) | {"cut"}
    assert items(section("LOG")) - quoted == set()


def usage():
    run = subprocess.run(
        [PROGRAM, "help"], capture_output=True, text=True, check=True
    )
    return run.stdout


def test_every_command_and_option_is_in_the_manual():
    synopsis = section("SYNOPSIS")
    description = section("DESCRIPTION")
    commands = re.findall(r"^(?:usage:)?\s+sallyport (\w+)(.*)$", usage(), re.M)
    assert [c for c, _ in commands][:2] == ["run", "check"]
    for command, options in commands:
        assert re.search(rf"^\.Cm {command}$", synopsis, re.M), command
        assert re.search(rf"^\.It Cm {command}\b", description, re.M), command
        for option in re.findall(r"-(-?\w+)", options):
            assert f"Fl {option}" in synopsis, option


# ---- src/README.md ----------------------------------------------------------

FOLDERS = sorted(p.name for p in SRC.iterdir() if p.is_dir())


def row(folder):
    """What the table of layers says of a folder, or None."""
    found = re.search(rf"^\| `{folder}/` \|(.*)$", MAP, re.M)
    return found and found.group(1)


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_folder_and_header_is_on_the_map(folder):
    assert row(folder)
    named = set(" ".join(re.findall(r"`([^`]+)`", row(folder))).split())
    headers = {p.stem for p in (SRC / folder).glob("*.h")}
    assert headers - named == set()


def test_the_map_names_no_header_or_folder_that_is_gone():
    assert set(re.findall(r"^\| `(\w+)/` \|", MAP, re.M)) == set(FOLDERS)
    for folder in FOLDERS:
        named = " ".join(re.findall(r"`([^`]+)`", row(folder))).split()
        for name in named:
            path = name if "." in name else f"{name}.h"
            assert (SRC / folder / path).exists(), f"{folder}/{path}"


def test_the_map_names_no_function_that_is_gone():
    code = "".join(p.read_text() for s in (".c", ".h") for p in sources(s))
    names = set(re.findall(r"`(\w+)\(\)`", MAP))
    assert len(names) > 20
    assert [n for n in names if not re.search(rf"\b{n}\(", code)] == []


# ---- README.md --------------------------------------------------------------


@pytest.mark.parametrize(
    "here, text", [(ROOT, README), (SRC, MAP)], ids=["README.md", "src/README.md"]
)
def test_links_lead_somewhere(here, text):
    links = re.findall(r"\]\(([^)#\s]+)", text)
    dead = [
        link
        for link in links
        if not link.startswith("http") and not (here / link).exists()
    ]
    assert dead == []


def test_what_is_said_to_make_can_be_made():
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, re.M))
    named = set()
    for line in re.findall(r"(?:^|`|sudo )make ([^#`\n]*)", README, re.M):
        named.update(w for w in shlex.split(line) if "=" not in w)
    assert {"check", "demo", "install"} <= named
    assert named - targets == set()


def test_the_lines_of_the_log_are_as_they_look():
    lines = re.findall(r"^level=.*$", README, re.M)
    assert lines
    for line in lines:
        keys = set(re.findall(r"(?:^| )(\w+)=", line))
        assert keys - items(section("LOG")) == set()
    assert set(re.findall(r"\berr=([a-z-]+[a-z])", README)) <= slugs() | {"cert"}
    told = README[README.index("| `err=` |") : README.index("## How it compares")]
    assert set(re.findall(r"^\| `([a-z0-9-]+)`", told, re.M)) <= slugs()


def test_ID_2_the_manual_states_the_profile():
    """RFC 9525 leaves clients out: whose names are compared, and how, is for
    the manual to say, for each type of rule."""
    text = (ROOT / "man/sallyport.yaml.5").read_text()
    profile = text[text.index("\n.Sh CLIENT IDENTITY\n"):]
    profile = profile[:profile.index("\n.Sh ", 1)]
    assert "RFC 9525" in profile and "1.4.2" in profile
    for rule in ("dns", "dns_suffix", "uri", "uri_prefix", "uri_id", "spiffe",
                 "srv", "email", "ip", "common_name", "subject", "issuer",
                 "fingerprint", "spki", "serial"):
        assert re.search(rf"^\.It Ic [^\n]*\b{rule}\b", profile, re.M), rule
