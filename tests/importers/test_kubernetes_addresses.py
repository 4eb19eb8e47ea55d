"""Addresses are found in values by their shape and given to the Service that answers there, never guessed."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importers.kubernetes.addresses import LONGEST_VALUE, Nobody, ServiceKey, addresses_in, expanded, owner_of

SERVICES = {("shop", "cart"), ("shop", "db"), ("store", "stock")}
NAMESPACES = {"shop", "store"}


def hosts(value: str, variable: str = "X") -> list[str]:
    return [str(address) for address in addresses_in(variable, value)]


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("cart:7070", ["cart:7070"]),
        ("cart:7070/path", ["cart:7070"]),
        ("http://cart", ["cart"]),
        ("https://user:p@cart:8443/x?y#z", ["cart:8443"]),
        ("jdbc:postgresql://db:5432/policy", ["db:5432"]),
        ("mongodb://u:p@db-0.db:27017,db-1.db:27017/x", ["db-0.db:27017", "db-1.db:27017"]),
        ("user:p@tcp(db:3306)/policy?x=1", ["db:3306"]),
        ("stock.store.svc.cluster.local", ["stock.store.svc.cluster.local"]),
        ("stock.store.svc.cluster.local.:80", ["stock.store.svc.cluster.local:80"]),
        ("a:1; b:2\nc:3", ["a:1", "b:2", "c:3"]),
        ("8080", []),
        ("10.0.0.1:80", []),
        ("http://[::1]:80", []),
        ("12:30", []),
        ("debug", []),
        ("UTC+8:00", []),
        ("hello world", []),
        ("$(HOST):80", []),
        ("cart:", []),
        ("cart:123456", []),
        ("", []),
    ],
)
def test_addresses_are_known_by_their_shape(value: str, found: list[str]) -> None:
    assert hosts(value) == found


@pytest.mark.parametrize(
    ("value", "owner"),
    [
        ("cart:80", ("shop", "cart")),
        ("stock:80", Nobody.UNRESOLVED),
        ("stock.store:80", ("store", "stock")),
        ("stock.store.svc", ("store", "stock")),
        ("http://stock.store.svc.cluster.local", ("store", "stock")),
        ("db-0.db:5432", ("shop", "db")),
        ("db-0.db.shop.svc.cluster.local:5432", ("shop", "db")),
        ("gone.store:80", Nobody.UNRESOLVED),
        ("gone.elsewhere.svc:80", Nobody.UNRESOLVED),
        ("cart.svc:80", Nobody.UNRESOLVED),
        ("example.com:443", Nobody.OUTSIDE),
        ("https://api.pay.example", Nobody.OUTSIDE),
        ("localhost:80", Nobody.LOCAL),
    ],
)
def test_an_address_belongs_to_the_service_that_answers_there(value: str, owner: ServiceKey | Nobody) -> None:
    (address,) = addresses_in("X", value)

    assert owner_of(address, "shop", SERVICES, NAMESPACES) == owner


@pytest.mark.parametrize(
    ("variable", "value", "owner"),
    [
        ("DB_HOST", "db", ("shop", "db")),
        ("spring.redis.host", "cart", ("shop", "cart")),
        ("DB_HOST", "nobody", Nobody.LOCAL),
    ],
)
def test_a_bare_word_is_an_address_only_if_its_variable_says_so_and_a_service_has_it(
    variable: str, value: str, owner: ServiceKey | Nobody
) -> None:
    assert hosts(value, "GREETING") == []
    (address,) = addresses_in(variable, value)
    assert owner_of(address, "shop", SERVICES, NAMESPACES) == owner


def test_references_are_filled_in_as_kubernetes_does() -> None:
    earlier = {"HOST": "cart", "PORT": "80"}

    assert expanded("http://$(HOST):$(PORT)", earlier) == "http://cart:80"
    assert expanded("$$(HOST) $(LATER) $HOST", earlier) == "$(HOST) $(LATER) $HOST"


@given(st.text(max_size=200))
def test_any_text_is_searched_without_failing(text: str) -> None:
    for address in addresses_in("HOST", text):
        assert address.host
        owner_of(address, "shop", SERVICES, NAMESPACES)


@pytest.mark.parametrize("piece", ["a", "a.", "a-", "a://", "@", "a@", "@tcp(", "a:", "$(a", "a:a:"])
def test_no_value_makes_the_search_slow(piece: str) -> None:
    value = (piece * LONGEST_VALUE)[:LONGEST_VALUE]
    started = time.process_time()

    hosts(value, "HOST")
    expanded(value, {"a": value})

    assert time.process_time() - started < 1
