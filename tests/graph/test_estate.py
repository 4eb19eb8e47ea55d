"""What is made of the records when they become an estate."""

from itertools import permutations

import numpy as np

from graph.estate import number_members


def test_a_group_whose_members_were_made_to_disagree_has_the_strictest_quorum_however_it_is_read() -> None:
    members = [(0, "1"), (1, None), (2, "50%"), (3, "2"), (4, "1")]
    target = np.arange(5)

    for order in permutations(members):
        found = number_members({(9, "g"): list(order)}, target, 5)
        assert (found.needed.tolist(), found.impossible) == ([3] * 5, [])
    assert number_members({(9, "g"): [(0, "1"), (1, "9")]}, target[:2], 2).impossible == [(9, "g")]
