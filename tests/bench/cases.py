"""What is measured, and what sallyport wants to reach."""

import dataclasses

MIB = 1024 * 1024


@dataclasses.dataclass(frozen=True)
class Case:
    """One row: what the load generator does, and what is divided by what.

    target is the most that sallyport may cost, as a share of the better of
    nginx and HAProxy: CPU, or for idle connections memory, or p99.
    """

    name: str
    what: str
    mode: str
    target: float | None = None
    judged: str = "cost"  # or "p99"
    keys: str = "p256"
    crl: bool = False
    tls12: bool = False
    resume: bool = False
    connections: int = 64
    bytes: int = 128
    upload: int = 0
    rate: int = 0
    is_wide: bool = False  # it takes more than a CPU to keep a gateway busy
    flood: int = 0  # connections that do nothing but full handshakes meanwhile
    unit: str = "µs"  # or "s/GB", "KiB"

    def options(self):
        """For the load generator."""
        o = ["--mode", self.mode, "--bytes", self.bytes,
             "--upload", self.upload]
        o += ["--tls12"] if self.tls12 else []
        o += ["--resume"] if self.resume else []
        return o


RESUMED = {"mode": "handshake", "resume": True}
HANDSHAKE = {"mode": "handshake", "is_wide": True}
KEPT = {"mode": "kept", "connections": 32}

CASES = [
    Case("handshake13", "full TLS 1.3 handshake, P-256", target=0.55,
         **HANDSHAKE),
    Case("handshake13-crl", "the same with CRLs in force", target=0.45,
         crl=True, **HANDSHAKE),
    Case("handshake12", "full TLS 1.2 handshake, P-256", target=0.60,
         tls12=True, **HANDSHAKE),
    Case("handshake13-rsa", "full TLS 1.3 handshake, RSA-2048", target=0.68,
         keys="rsa", **HANDSHAKE),
    Case("handshake12-rsa", "full TLS 1.2 handshake, RSA-2048", keys="rsa",
         tls12=True, **HANDSHAKE),
    Case("resumed13", "resumed TLS 1.3", target=0.55, **RESUMED),
    Case("resumed12", "resumed TLS 1.2", target=0.60, tls12=True, **RESUMED),
    Case("small", "small request, kept connection", target=0.67, **KEPT),
    Case("small-rate", "the same, 2,000 in a second", mode="rate",
         connections=32, rate=2000),
    Case("16k", "16 KiB answer, kept connection", target=0.65, bytes=16384,
         **KEPT),
    Case("download", "download, 32 MiB each", mode="kept", target=0.75,
         connections=4, bytes=32 * MIB, unit="s/GB"),
    Case("upload", "upload, 32 MiB each", mode="kept", target=0.75,
         connections=4, upload=32 * MIB, unit="s/GB"),
    Case("idle", "idle connection", mode="idle", target=0.65,
         connections=4000, is_wide=True, unit="KiB"),
    Case("flood", "500 requests/s under a handshake flood", mode="rate",
         target=0.33, judged="p99", connections=32, rate=500, flood=64),
]
