"""Listening sockets that were there before: activation, and the store."""

import os
import signal
import socket
import threading

import pytest

from client import Client
from conftest import HERE, config
from sallyport import wait_until


@pytest.fixture
def listening():
    """listening(port=0, reuse=False): a socket that listens."""
    opened = []

    def make(port=0, reuse=False, host="127.0.0.1", family=socket.AF_INET):
        s = socket.socket(family)
        opened.append(s)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if reuse:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        s.bind((host, port))
        s.listen(64)
        return s

    yield make
    for s in opened:
        s.close()


def status(port, identity):
    """What a request is answered with."""
    with Client(port, identity) as c:
        return c.get().status


def port_of(sock):
    return sock.getsockname()[1]


def listener(address="127.0.0.1:0", **more):
    return {"listeners": [{"address": address, **more}]}


def test_a_socket_goes_to_the_listener_of_its_name(
    serve, site, pki, listening
):
    a, b = listening(), listening()
    listeners = [
        {"address": "127.0.0.1:0", "name": "one"},
        {"address": "127.0.0.1:0"},
        {"address": "127.0.0.1:0", "name": "two"},
    ]
    s = serve(config(site([HERE]), listeners=listeners),
              sockets=[("two", a), ("one", b)])
    assert s.ports[0] == port_of(b)
    assert s.ports[2] == port_of(a)
    for port in s.ports:
        with Client(port, pki.web) as c:
            assert c.get().status == 200
    names = [r.get("name") for r in s.records("listening")]
    assert names == ["one", None, "two"]


def test_a_socket_goes_to_the_listener_of_its_address(serve, site, listening):
    a = listening()
    s = serve(config(site([HERE]), **listener(f"127.0.0.1:{port_of(a)}")),
              sockets=[("sallyport.socket", a)])
    (record,) = s.records("listening")
    assert (s.port, record["inherited"]) == (port_of(a), 1)


def test_who_came_before_the_start_is_served(serve, site, pki, listening):
    a = listening()
    served = []
    early = threading.Thread(
        target=lambda: served.append(status(port_of(a), pki.web))
    )
    early.start()
    serve(config(site([HERE]), **listener(name="https")),
          sockets=[("https", a)])
    early.join()
    assert served == [200]


@pytest.mark.parametrize("reuse", [False, True])
def test_one_socket_is_enough_for_several_workers(
    serve, site, pki, listening, reuse
):
    a = listening(reuse=reuse)
    s = serve(config(site([HERE]), workers=3, **listener(name="https")),
              sockets=[("https", a)])
    # whoever is stopped does not keep anybody waiting on a shared socket
    for pid in s.workers()[1:]:
        os.kill(pid, signal.SIGKILL)
    s.wait_for("worker-ended", count=2)
    for _ in range(20):
        with Client(s.port, pki.web) as c:
            assert c.get().status == 200
    s.stop(deaths=2)


def test_more_sockets_than_workers_are_all_accepted_from(
    serve, site, pki, listening
):
    first = listening(reuse=True)
    all_ = [first] + [listening(port_of(first), True) for _ in range(4)]
    s = serve(config(site([HERE]), workers=2, **listener(name="https")),
              sockets=[("https", each) for each in all_])
    for each in all_:
        each.close()
    for _ in range(40):
        with Client(s.port, pki.web) as c:
            assert c.get().status == 200


def test_what_nobody_wants_is_closed_and_said(serve, site, listening):
    a, datagrams = listening(), socket.socket(type=socket.SOCK_DGRAM)
    connected = socket.socketpair()
    s = serve(config(site([HERE])),
              sockets=[("old", a), ("udp", datagrams), ("", connected[0])])
    unwanted = s.records("inherited-unwanted")
    assert [r["name"] for r in unwanted] == ["udp", "", "old"]
    assert unwanted[2]["address"] == f"127.0.0.1:{port_of(a)}"
    port = port_of(a)
    a.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
    datagrams.close()
    for each in connected:
        each.close()


def test_sockets_for_another_process_are_left_alone(serve, site):
    s = serve(config(site([HERE])),
              env={"LISTEN_PID": "1", "LISTEN_FDS": "3"})
    assert s.records("inherited-unwanted") == []


def test_workers_do_not_see_the_variables(serve, site, listening):
    s = serve(config(site([HERE]), **listener(name="https")),
              sockets=[("https", listening())])
    (worker,) = s.workers()
    with open(f"/proc/{worker}/environ", encoding="ascii") as f:
        assert "LISTEN_FDS" not in f.read()


@pytest.mark.parametrize("crash", [False, True])
@pytest.mark.parametrize("after", [1, 2, 3])
def test_over_a_restart_nobody_is_refused(
    serve, site, pki, systemd, listening, crash, after
):
    probe = listening()
    address = f"127.0.0.1:{port_of(probe)}"
    probe.close()
    init = systemd()
    first = serve(config(site([HERE]), workers=2, **listener(address)),
                  env=init.env)
    init.wait_for("READY")
    if crash:
        first.process.kill()
        wait_until(lambda: first.has_ended, "the end of the workers")
        first.process.wait()
    else:
        first.stop()
    # nobody is there: they wait in the queues
    statuses = []
    waiting = [
        threading.Thread(target=lambda: statuses.append(
            status(port_of_address(address), pki.web)))
        for _ in range(20)
    ]
    for each in waiting:
        each.start()
    serve(config(site([HERE]), workers=after, **listener(address)),
          env=init.env, sockets=init.store)
    for each in waiting:
        each.join()
    assert statuses == [200] * 20
    wait_until(lambda: len(init.kept("sallyport/listener")) == max(2, after),
               "the store to be as it should")
    wait_until(lambda: len(init.kept("sallyport/tickets")) == 1,
               "the store to be as it should")


def port_of_address(address):
    return int(address.rpartition(":")[2])


def test_a_listener_that_is_gone_leaves_the_store(
    serve, site, systemd, listening
):
    probe = listening()
    address = f"127.0.0.1:{port_of(probe)}"
    probe.close()
    init = systemd()
    both = [{"address": address}, {"address": "127.0.0.1:0"}]
    serve(config(site([HERE]), listeners=both), env=init.env).stop()
    wait_until(lambda: len(init.kept("sallyport/listener")) == 2,
               "the store to be as it should")
    s = serve(config(site([HERE]), **listener(address)), env=init.env,
              sockets=init.store)
    assert [r["name"] for r in s.records("inherited-unwanted")] == [
        "sallyport/listener"]
    wait_until(lambda: [port_of(k) for k in init.kept("sallyport/listener")] == [s.port],
               "the store to be as it should")
