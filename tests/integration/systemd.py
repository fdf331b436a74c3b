"""systemd as sallyport sees it: the socket that it is told things on, and the
store of descriptors that outlives it."""

import array
import os
import socket
import stat
import threading

from sallyport import CEILING


class Systemd:
    """Listens like NotifyAccess=main.  `said` is every message, as a dict."""

    def __init__(self, path=None, watchdog_ms=None):
        """path: of a socket file; None: an abstract one."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.sock.bind(str(path) if path else "")
        name = self.sock.getsockname()
        if isinstance(name, bytes):
            name = "@" + name[1:].decode()
        self.env = {"NOTIFY_SOCKET": name}
        if watchdog_ms:
            self.env["WATCHDOG_USEC"] = str(watchdog_ms * 1000)
        self.said = []
        self.store = []
        self.told = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        space = socket.CMSG_SPACE(4)
        while True:
            try:
                data, ancillary, _, _ = self.sock.recvmsg(4096, space)
            except OSError:
                return
            if not data:
                return
            fds = array.array("i")
            for _, _, payload in ancillary:
                fds.frombytes(payload)
            with self.told:
                self._take(data.decode(), list(fds))
                self.told.notify_all()

    def _take(self, text, fds):
        message = dict(line.split("=", 1) for line in text.splitlines())
        self.said.append(message)
        name = message.get("FDNAME")
        if message.get("FDSTORE") == "1":
            for fd in fds:
                self._keep(name, fd)
        if message.get("FDSTOREREMOVE") == "1":
            for n, s in self.store:
                if n == name:
                    s.close()
            self.store = [(n, s) for n, s in self.store if n != name]

    def _keep(self, name, fd):
        """Once each, as systemd does."""
        inode = os.fstat(fd).st_ino
        if any(os.fstat(s.fileno()).st_ino == inode for _, s in self.store):
            os.close(fd)
        elif stat.S_ISSOCK(os.fstat(fd).st_mode):
            self.store.append((name, socket.socket(fileno=fd)))
        else:
            self.store.append((name, open(fd, "rb", buffering=0)))

    def kept(self, name):
        """What is in the store under this name."""
        return [s for n, s in self.store if n == name]

    def all(self, key):
        with self.told:
            return [m[key] for m in self.said if key in m]

    def wait_for(self, key, condition=lambda value: True):
        def found():
            return [m[key] for m in self.said if key in m
                    and condition(m[key])]

        with self.told:
            assert self.told.wait_for(found, CEILING), (key, self.said)
            return found()[-1]

    def forget(self):
        with self.told:
            self.said.clear()

    def close(self):
        self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()
        for _, s in self.store:
            s.close()
