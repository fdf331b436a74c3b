"""The parsers of HTTP/1.1 against h1_model.py, on messages that are good,
nearly good, and not."""

import os
import pathlib
import random
import re
import subprocess

from h1_model import verdict
from sallyport import PROGRAM, ROOT

SEED = int(os.environ.get("H1_MODEL_SEED", "9112"))
COUNT = int(os.environ.get("H1_MODEL_COUNT", "50000"))

TOOL = pathlib.Path(PROGRAM).resolve().parent / "tools" / "h1_verdicts"

# octets that parsers are known to disagree about
ODD = [b"\0", b"\t", b"\n", b"\r", b"\r\n", b" ", b"\x0b", b"\x0c", b"\x7f",
       b"\x80", b"\xa0", b"\xff", b":", b";", b",", b'"', b"\\", b"=", b"#",
       b"/", b"0", b"a", b"G", b"-", b"+", b"_", b"x", b"%", b"[", b"]", b"@"]

METHODS = [b"GET", b"POST", b"OPTIONS", b"CONNECT", b"HEAD", b"get", b"M-X"]
HOSTS = [b"a", b"api.corp.example", b"a.b.", b"127.0.0.1", b"127.1", b"1.2.3.4.",
         b"[::1]", b"[::1]:443", b"a:8080", b"a:0", b"a:65536", b"a:", b"",
         b"a..b", b"a,b", b"u@a", b"[::g]", b"a_b", b"a b", b"01.2.3.4", b".a",
         b"a:080", b"0x7f.1", b"[1.2.3.4]", b"[::1%25a]", b"a/b"]
TARGETS = [b"/", b"/a?b=c", b"*", b"http://a/b", b"HTTPS://api.corp.example",
           b"http://a?b", b"http://", b"ftp://a/", b"a:80", b"a", b"//x",
           b"/a#b", b"/" + b"a" * 190, b"http:///", b"http://u@a/", b"?x"]
LENGTHS = [b"0", b"3", b"5", b"10", b"+3", b"3,3", b"-1", b"0x3", b" 3", b"",
           b"00003", b"9223372036854775807", b"9223372036854775808", b"3 "]
CODINGS = [b"chunked", b"Chunked", b"chunked, chunked", b"gzip, chunked",
           b"xchunked", b"chunked;q=1", b"identity", b"", b'"chunked"']
OPTIONS = [b"close", b"keep-alive", b"Close, X", b"x", b"", b",,close",
           b'"close"', b'"a, close"', b"keep-alive, close", b'a"b\\",close',
           b"a," * 32, b"a," * 33]
NAMES = [b"A", b"X-Y", b"Cookie", b"Host", b"Content-Length", b"a_b", b"TE",
         b"Transfer-Encoding", b"Connection", b"Trailer", b"!#$"]
VALUES = [b"", b"b", b"b c", b"  b\t", b"\xe9", b"x" * 90, b'"q"', b"a,b"]
SIZES = [b"3", b"0", b"a", b"A", b"03", b"0000000000000003", b"", b"-3", b"+3",
         b"0x3", b"3 ", b" 3", b"3;", b"3;a", b"3;a=b", b'3;a="b c"', b"3 ;a",
         b'3;a="b', b"3; a = b", b"7fffffffffffffff", b"8000000000000000",
         b"10000000000000000", b"3;a=", b'3;a="\\""', b"3;a;b;c", b"3\t;a",
         b"3;" + b"e" * 23, b"3;" + b"e" * 24, b"3;" + b"e" * 40, b"3_0", b"G"]
STATUSES = [b"200 OK", b"204 No Content", b"304 Not Modified", b"100 Continue",
            b"101 X", b"200", b"200 ", b"099 x", b"600 x", b"20 x", b"2000 x",
            b"404 \xe9", b"500 a\tb", b"+20 x", b"103 Early"]


class Maker:
    def __init__(self, seed):
        self.r = random.Random(seed)

    def rarely(self, often, seldom, chance=0.15):
        """Mostly the first, so that messages are good as a whole."""
        return self.r.choice(seldom) if self.r.random() < chance else often

    def version(self):
        return self.rarely(b"HTTP/1.1", [b"HTTP/1.0", b"HTTP/1.0", b"HTTP/2.0",
                                         b"HTTP/1.2", b"http/1.1", b"HTTP/11"])

    def fields(self):
        for _ in range(self.r.choice([0, 1, 1, 2, 3, 7])):
            yield self.r.choice(NAMES[:3] if self.r.random() < 0.9 else NAMES), (
                self.r.choice(VALUES))
        if self.r.random() < 0.2:
            yield b"Connection", self.r.choice(OPTIONS)

    def framing(self):
        """Fields, and content that fits mostly."""
        content = b"x" * self.r.choice([0, 3, 5, 10])
        kind = self.r.random()
        if kind < 0.4:
            return [], b""
        if kind < 0.65:
            length = self.rarely(b"%d" % len(content), LENGTHS, 0.2)
            return [(b"Content-Length", length)], content
        coding = self.rarely(b"chunked", CODINGS, 0.1)
        fields = [(b"Transfer-Encoding", coding)]
        if self.r.random() < 0.05:
            fields.append((b"Content-Length", b"3"))
        return fields, self.chunks()

    def chunks(self):
        out = b""
        for _ in range(self.r.choice([0, 1, 1, 2, 3])):
            out += self.rarely(b"3", SIZES, 0.3) + b"\r\nabc"
            out += self.rarely(b"\r\n", [b"\n", b"", b"\r", b"\r\n\r\n"], 0.03)
        out += self.rarely(b"0", [b"00", b"0;a=b", b"0 ", b"1"], 0.1) + b"\r\n"
        for name, value in self.fields() if self.r.random() < 0.3 else []:
            out += name + b": " + value + b"\r\n"
        return out + b"\r\n"

    def head(self, start, fields):
        lines = [start]
        for name, value in fields:
            colon = self.rarely(b": ", [b":", b":\t ", b" :", b"\t: ", b""], 0.04)
            lines.append(name + colon + value)
        if self.r.random() < 0.03:
            lines.insert(self.r.randrange(len(lines) + 1), b" folded")
        if self.r.random() < 0.02:
            lines.insert(0, b"")
        end = self.rarely(b"\r\n", [b"\n", b"\r", b"\r\r\n", b"\n\r"], 0.02)
        return b"".join(line + b"\r\n" for line in lines[:-1]) + (
            lines[-1] + end + b"\r\n")

    def request(self):
        framing, content = self.framing()
        fields = [(b"Host", self.rarely(b"a", HOSTS)), *framing, *self.fields()]
        if self.r.random() < 0.04:
            del fields[0]
        self.r.shuffle(fields)
        start = b" ".join([self.rarely(b"GET", METHODS, 0.4),
                           self.rarely(b"/", TARGETS, 0.3), self.version()])
        return self.head(start, fields) + content

    def response(self):
        framing, content = self.framing()
        fields = [*framing, *self.fields()]
        self.r.shuffle(fields)
        start = self.version() + b" " + self.rarely(b"200 OK", STATUSES, 0.4)
        return self.head(start, fields) + content

    def mutated(self, m):
        for _ in range(self.r.choice([1, 1, 1, 2, 3])):
            at = self.r.randrange(len(m) + 1)
            end = min(len(m), at + self.r.choice([0, 1, 1, 2, 7]))
            kind = self.r.random()
            if kind < 0.5:
                m = m[:at] + self.r.choice(ODD) + m[end:]
            elif kind < 0.65:
                m = m[:at] + bytes([self.r.randrange(256)]) + m[end:]
            elif kind < 0.8:
                m = m[:at] + m[end:]
            elif kind < 0.9:
                m = m[:end] + m[at:]
            else:
                m = m[:at]
        return m

    def case(self):
        what = self.r.choice([b"Q", b"Q", b"S", b"H"])
        m = self.request() if what == b"Q" else self.response()
        if self.r.random() < 0.6:
            m = self.mutated(m)
        if self.r.random() < 0.2:
            m += b"GET /next HTTP/1.1\r\n"
        return what, m


def known_names():
    """Names that have a number may not be in a trailer section."""
    text = (ROOT / "src" / "http" / "field.def").read_text()
    return {n.lower().encode() for n in re.findall(r'^F\(.*"(.+)"\)', text, re.M)}


def ask(cases):
    data = b"".join(what + len(m).to_bytes(4, "big") + m for what, m in cases)
    done = subprocess.run([TOOL], input=data, capture_output=True, check=True)
    assert not done.stderr, done.stderr.decode()
    return done.stdout.split(b"\n")[:-1]


def test_H1_1_the_parsers_and_the_model_agree():
    maker, known = Maker(SEED), known_names()
    cases = [maker.case() for _ in range(COUNT)]
    answers = ask(cases)
    assert len(answers) == COUNT
    kinds, statuses = {"refused": 0, "more": 0, "good": 0}, set()
    for (what, m), got in zip(cases, answers):
        want = verdict(what, m, known)
        assert got == want, (what, m)
        last = want.split(b" ")[-1].decode("latin-1")
        kind, _, status = last.partition(":")
        kinds[kind if kind in kinds else "good"] += 1
        statuses.add(status)
    # neither side has an easy life
    assert min(kinds.values()) > COUNT // 20, kinds
    assert statuses >= {"400", "413", "414", "431", "505"}
