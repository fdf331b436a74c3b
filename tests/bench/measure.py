"""One measurement: a case, a peer that runs, and what it cost."""

import collections
import contextlib
import dataclasses
import json
import math
import os
import pathlib
import subprocess
import threading

import pki as pki_
import process

CEILING = 300  # s; nothing takes so long


@dataclasses.dataclass(frozen=True)
class Layout:
    """Which CPUs are whose.

    The load generator and the backend share one: both are busy then, as peers
    of a busy gateway are, and the gateway does not pay for waking idle CPUs,
    which in virtual machines is dearer than what it is to be measured for.
    Where they could not keep it busy, or must not wait for each other, the
    generator has up to two others.
    """

    proxy: set
    backend: set
    spare: list  # one process of the generator on each, if it gets more

    @classmethod
    def of_this_machine(cls, workers=1):
        cpus = sorted(os.sched_getaffinity(0))
        if len(cpus) < 2:
            raise process.Failed("this needs two CPUs at least")
        workers = min(workers, len(cpus) - 1)
        rest = cpus[:-workers]
        return cls(set(cpus[-workers:]), {rest[0]}, rest[1:3] or rest)

    def load(self, is_wide):
        return self.spare if is_wide else sorted(self.backend)


@dataclasses.dataclass
class Result:
    cost: float = math.nan  # in the case's unit
    system: float = math.nan  # share of it in the kernel
    per_second: float = math.nan
    latency: dict = dataclasses.field(default_factory=dict)  # ms


def percentiles(counts):
    """From buckets: what so many requests in a hundred took at most, in ms."""
    total, seen, wanted = sum(counts.values()), 0, [50.0, 99.0, 99.9]
    found = {}
    for end in sorted(counts):
        seen += counts[end]
        while wanted and seen >= total * wanted[0] / 100:
            found[f"p{wanted.pop(0):g}"] = end / 1e6
    return found


class Load:
    """Processes of the load generator that work as one."""

    def __init__(self, program, cpus, peer, pki, case_options, connections,
                 rate=0, more=(), cert=None):
        count = min(len(cpus), connections)
        self.all = []
        for i in range(count):
            share = connections // count + (i < connections % count)
            command = [
                program, "--port", peer.port, "--name", pki_.NAME,
                "--cert", cert or pki.client_leaf, "--key", pki.client_key,
                "--chain", pki.client_chain, "--ca", pki.ca,
                "--connections", share, *case_options, *more,
            ]
            if rate:
                command += ["--rate", rate * share / connections]
            if not peer.is_http:
                command += ["--anonymous"]
            self.all.append(process.start(
                command, {cpus[i]}, subprocess.PIPE, text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE))
        self._watchdog = threading.Timer(CEILING, self.kill)
        self._watchdog.start()

    def _line(self, p):
        if line := p.stdout.readline():
            return line
        said = p.stderr.read().strip() or "the load generator was too slow"
        raise process.Failed("; ".join(said.splitlines()[-3:]))

    def wait_warm(self):
        for p in self.all:
            self._line(p)

    def go(self):
        for p in self.all:
            p.stdin.write("go\n")
            p.stdin.flush()

    def results(self):
        """Operations, seconds, and buckets of latency, in all."""
        got = [json.loads(self._line(p)) for p in self.all]
        counts = collections.Counter()
        for g in got:
            for end, n in g["latency"]:
                counts[end] += n
        return sum(g["ops"] for g in got), max(g["seconds"] for g in got), counts

    def kill(self):
        for p in self.all:
            p.kill()

    def close(self):
        self._watchdog.cancel()
        self.kill()
        for p in self.all:
            p.wait()
            for f in (p.stdin, p.stdout, p.stderr):
                with contextlib.suppress(BrokenPipeError):
                    f.close()


class Bench:
    """What all measurements share: programs, CPUs, the backend, the PKIs."""

    def __init__(self, directory, programs, seconds, layout=None):
        self.dir = pathlib.Path(directory)
        self.seconds = seconds
        self.layout = layout or Layout.of_this_machine()
        self.load = programs / "load"
        self.pkis = {}
        self.backend = process.start([programs / "backend"],
                                     self.layout.backend, None,
                                     stdout=subprocess.PIPE, text=True)
        self.backend_port = int(self.backend.stdout.readline())

    def pki(self, kind):
        if kind not in self.pkis:
            self.pkis[kind] = pki_.KINDS[kind](self.dir / kind)
        return self.pkis[kind]

    def start(self, peer, directory, keys="p256", crl=False, **more):
        """crl: True for the PKI's, or a file."""
        pki = self.pki(keys)
        return peer(directory, pki, self.backend_port, self.layout.proxy,
                    crl=pki.crl if crl is True else crl or None, **more)

    def close(self):
        process.stop(self.backend)

    def measure(self, case, peer, around=contextlib.nullcontext, cert=None,
                seconds=None):
        """A Result, or Failed.  around(pids): what encloses the measured part.
        cert: a file with certificates of others than the PKI's client."""
        if case.mode == "idle":
            with self.holding(case, peer) as held:
                return Result(cost=held / case.connections / 1024)
        with contextlib.ExitStack() as stack:
            if case.flood:
                self._start_flood(case, peer, stack)
            load = self._start(case, peer, stack, rate=case.rate,
                               cert=cert, seconds=seconds)
            load.wait_warm()
            pids = peer.pids()
            if not case.flood:
                process.settled_cpu(pids)
            before, ticks = process.cpu(pids), process.system_share(pids)
            with around(pids):
                load.go()
                ops, seconds, counts = load.results()
            after = (process.cpu if case.flood else process.settled_cpu)(pids)
            return self._result(case, after - before, ticks,
                                process.system_share(pids), ops, seconds,
                                counts)

    def _start(self, case, peer, stack, seconds=None, **more):
        seconds = seconds or self.seconds
        load = Load(self.load, self.layout.load(case.is_wide), peer,
                    self.pki(case.keys),
                    case.options(), case.connections,
                    more=["--seconds", seconds,
                          "--warmup", min(seconds, 0.5)], **more)
        stack.callback(load.close)
        return load

    def _start_flood(self, case, peer, stack):
        # Who measures must not wait for a CPU that the flood is using.
        flood = Load(self.load, self.layout.load(True), peer,
                     self.pki(case.keys),
                     ["--mode", "handshake"], case.flood,
                     more=["--warmup", 0.2, "--seconds", CEILING])
        stack.callback(flood.close)
        flood.wait_warm()
        flood.go()

    @staticmethod
    def _result(case, seconds_cpu, ticks, ticks_after, ops, seconds, counts):
        r = Result(per_second=ops / seconds, latency=percentiles(counts))
        moved = (case.bytes + case.upload) * ops / 1e9
        r.cost = (seconds_cpu / moved if case.unit == "s/GB"
                  else seconds_cpu / ops * 1e6)
        if case.flood:
            r.cost = math.nan  # what the flood cost is in it
        if all_ticks := ticks_after[1] - ticks[1]:
            r.system = (ticks_after[0] - ticks[0]) / all_ticks
        return r

    @contextlib.contextmanager
    def holding(self, case, peer):
        """The connections of an idle case: what they add, in octets, to those
        that are warm.  Each of them must still serve at the end."""
        pids = peer.pids()
        first = dataclasses.replace(case, mode="kept", connections=16)
        with contextlib.ExitStack() as stack:
            self._start(first, peer, stack).wait_warm()
            process.settled_cpu(pids)
            before = process.pss(pids)
            load = self._start(case, peer, stack)
            load.wait_warm()
            process.settled_cpu(pids)
            yield process.pss(pids) - before
            load.go()
            ops, _, _ = load.results()
            if ops != case.connections:
                raise process.Failed(f"{ops} connections were left")
