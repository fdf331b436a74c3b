"""A request goes to the backend, and its answer comes back."""


def test_a_request_and_its_answer(backend, proxy, web):
    b = backend()
    client = web(proxy(b))
    got = client.get("/a?b=c")
    assert (got.status, got.body) == (200, b"ok\n")
    assert b.request().target == "/a?b=c"
