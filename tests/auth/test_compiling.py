# SPDX-License-Identifier: EUPL-1.2
"""What datasets and grants show to whom, against what each of them says alone."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth.granting.compiling import ALWAYS, NEVER, compile_rights, listed_datasets, narrowed
from auth.granting.values import Dataset, Grant, Policy
from auth.policy import EXACT, NOTHING, Rounding, Share, Visible
from auth.principals import AUTHENTICATED, Subject

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
ANNA, GARDENERS = Subject("key", "anna"), Subject("group", "gardeners")
NOBODY: frozenset[Subject] = frozenset()
KNOWN = frozenset({ANNA, GARDENERS, AUTHENTICATED})

names = st.frozensets(st.sampled_from("abc"), min_size=1)
times = st.none() | st.integers(-3, 3).map(lambda hours: NOON + timedelta(hours=hours))
subjects = st.sampled_from([ANNA, GARDENERS, AUTHENTICATED, Subject("role", "mayor")])
shown = st.tuples(names, st.just(frozenset())) | st.tuples(st.none(), st.frozensets(st.sampled_from("abc")))


@st.composite
def shares(draw):
    pick, omit = draw(shown)
    lists = {name: draw(st.none() | names) for name in ("types", "scopes", "ids")}
    return Share(**lists, pick=pick, omit=omit, rounding=Rounding(place_m=draw(st.sampled_from([0.0, 50.0]))))


@st.composite
def datasets(draw):
    visibility = draw(st.sampled_from(["private", "registered", "public"]))
    return Dataset(slug=draw(st.sampled_from(["one", "two", "three"])), visibility=visibility, share=draw(shares()))


@st.composite
def grants(draw):
    kind = draw(st.sampled_from(["tenant", "dataset", "type", "scope", "entity"]))
    target = {"tenant": "", "dataset": draw(st.sampled_from(["one", "two", "gone"]))}.get(
        kind, draw(st.sampled_from("abc"))
    )
    pick, omit = draw(shown)
    action = draw(st.sampled_from(["read", "write", "admin"]))
    begin, end = draw(times), draw(times)
    return Grant(
        subject=draw(subjects), action=action, target_kind=kind, target_id=target, pick=pick, omit=omit,
        valid_from=begin, valid_until=end,
    )  # fmt: skip


policies = st.builds(
    Policy,
    st.just(1),
    st.lists(datasets(), max_size=3, unique_by=lambda each: each.slug).map(tuple),
    st.lists(grants(), max_size=4).map(tuple),
)


def shows(visible, entity, attribute):
    """Whether an attribute of an entity (type, scope, id) is seen, told by the shares alone."""
    return visible.whole or any(selects(share, entity) and share.shows_attribute(attribute) for share in visible.shares)


def selects(share, entity):
    lists = (share.types, share.scopes, share.ids)
    return all(each is None or name in each for each, name in zip(lists, entity, strict=True))


def lets_through(pick, omit, attribute):
    return attribute not in omit and (pick is None or attribute in pick)


def target_of(grant, policy):
    of_kind = {"tenant": Share(), "type": Share(types=frozenset({grant.target_id}))}
    of_kind |= {"scope": Share(scopes=frozenset({grant.target_id})), "entity": Share(ids=frozenset({grant.target_id}))}
    found = [dataset.share for dataset in policy.datasets if dataset.slug == grant.target_id]
    return (found or [None])[0] if grant.target_kind == "dataset" else of_kind[grant.target_kind]


@given(policies, st.sampled_from([NOBODY, KNOWN, frozenset({AUTHENTICATED})]), st.data())
def test_exactly_what_a_dataset_or_a_grant_shows_is_seen(policy, names, data):
    entity = tuple(data.draw(st.sampled_from("abc")) for _ in range(3))
    attribute = data.draw(st.sampled_from("abc"))
    opened = [each.share for each in policy.datasets if each.visibility == "public"]
    if AUTHENTICATED in names:
        opened += [each.share for each in policy.datasets if each.visibility == "registered"]
    valid = [
        grant
        for grant in policy.grants
        if grant.subject in names
        and (grant.valid_from or NOON) <= NOON
        and (grant.valid_until is None or grant.valid_until > NOON)
    ]
    expected = any(selects(share, entity) and share.shows_attribute(attribute) for share in opened) or any(
        (share := target_of(grant, policy)) is not None
        and selects(share, entity)
        and share.shows_attribute(attribute)
        and lets_through(grant.pick, grant.omit, attribute)
        for grant in valid
    )

    visible = compile_rights(policy, names, NOON).visible

    assert shows(visible, entity, attribute) == expected


@given(policies, st.randoms())
def test_the_order_of_datasets_and_grants_does_not_matter(policy, random):
    mixed = Policy(
        2,
        tuple(random.sample(policy.datasets, len(policy.datasets))),
        tuple(random.sample(policy.grants, len(policy.grants))),
    )

    assert compile_rights(mixed, KNOWN, NOON) == compile_rights(policy, KNOWN, NOON)


@given(policies, grants(), st.data())
def test_another_grant_takes_nothing_away(policy, grant, data):
    entity = tuple(data.draw(st.sampled_from("abc")) for _ in range(3))
    attribute = data.draw(st.sampled_from("abc"))
    more = Policy(2, policy.datasets, (*policy.grants, grant))

    before = compile_rights(policy, KNOWN, NOON).visible
    after = compile_rights(more, KNOWN, NOON).visible

    assert shows(after, entity, attribute) or not shows(before, entity, attribute)


@given(policies, st.integers(-4 * 60, 4 * 60))
def test_what_is_compiled_holds_for_as_long_as_it_says(policy, minutes):
    then = NOON + timedelta(minutes=minutes)
    compiled = compile_rights(policy, KNOWN, NOON)

    assert compiled.holds_at(NOON)
    if compiled.holds_at(then):
        assert compile_rights(policy, KNOWN, then) == compiled


def test_who_has_the_tenant_sees_it_whole():
    grant = Grant(subject=ANNA, target_kind="tenant")

    assert compile_rights(Policy(1, (), (grant,)), KNOWN, NOON).visible is Visible.everything()


def test_a_dataset_that_is_granted_is_seen_with_its_attributes_and_as_exactly_as_it_says():
    share = Share(types=frozenset("T"), omit=frozenset("x"), rounding=Rounding(place_m=100, time_s=3600))
    policy = Policy(
        1, (Dataset(slug="one", share=share),), (Grant(subject=ANNA, target_kind="dataset", target_id="one"),)
    )

    assert compile_rights(policy, KNOWN, NOON).visible.shares == (share,)
    assert compile_rights(policy, NOBODY, NOON).visible == NOTHING


@pytest.mark.parametrize(
    ("share", "pick", "omit", "left"),
    [
        ((None, ""), None, "", (None, "")),
        ((None, "a"), None, "b", (None, "ab")),
        (("ab", ""), "bc", "", ("b", "")),
        ((None, "b"), "bc", "", ("c", "")),
        (("ab", ""), None, "a", ("b", "")),
        (("a", ""), "b", "", None),
        (("a", ""), None, "a", None),
    ],
)
def test_attributes_of_a_grant_narrow_those_of_its_target(share, pick, omit, left):
    whole = Share(pick=share[0] and frozenset(share[0]), omit=frozenset(share[1]))

    narrow = narrowed(whole, pick and frozenset(pick), frozenset(omit))

    assert narrow == (left and Share(pick=left[0] and frozenset(left[0]), omit=frozenset(left[1])))


def test_a_grant_holds_from_its_beginning_until_before_its_end():
    grant = Grant(
        subject=ANNA,
        target_kind="type",
        target_id="T",
        valid_from=NOON - timedelta(hours=1),
        valid_until=NOON + timedelta(hours=1),
    )
    policy = Policy(1, (), (grant,))

    before, within, after = (compile_rights(policy, KNOWN, NOON + timedelta(hours=hours)) for hours in (-2, 0, 1))

    assert (before.visible, before.since, before.until) == (NOTHING, ALWAYS, grant.valid_from)
    assert within.visible.shares == (Share(types=frozenset("T")),)
    assert (within.since, within.until) == (grant.valid_from, grant.valid_until)
    assert (after.visible, after.since, after.until) == (NOTHING, grant.valid_until, NEVER)


def test_datasets_are_known_to_those_to_whom_they_are_open_or_granted():
    kinds = ("private", "registered", "public", "granted")
    made = [
        Dataset(slug=kind, visibility="private" if kind == "granted" else kind, share=Share(rounding=EXACT))
        for kind in kinds
    ]
    over = Grant(subject=ANNA, target_kind="dataset", target_id="private", valid_until=NOON)
    policy = Policy(1, tuple(made), (Grant(subject=ANNA, target_kind="dataset", target_id="granted"), over))

    listed = {names: [each.slug for each in listed_datasets(policy, names, NOON)] for names in (NOBODY, KNOWN)}

    assert listed == {NOBODY: ["public"], KNOWN: ["registered", "public", "granted"]}


def test_the_same_grant_has_the_same_id_and_another_one_another():
    zone = datetime.fromisoformat("2026-06-01T14:00:00+02:00")
    one = Grant(subject=ANNA, target_kind="tenant", pick=frozenset({"a", "b"}), valid_until=NOON)
    same = Grant(subject=ANNA, target_kind="tenant", pick=frozenset({"b", "a"}), valid_until=zone)
    others = [
        Grant(subject=ANNA, target_kind="tenant", omit=frozenset({"a", "b"}), valid_until=NOON),
        Grant(subject=ANNA, target_kind="tenant", pick=frozenset({"a", "b"}), valid_from=NOON),
        Grant(subject=ANNA, target_kind="tenant", pick=frozenset({"a", "b"}), valid_until=NOON, action="write"),
    ]

    assert one.id == same.id
    assert len({one.id, *(each.id for each in others)}) == 4
