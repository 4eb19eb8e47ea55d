"""Write a review as the one comment of a pull or merge request: `comment.py github|gitlab FILE`.

The comment that was written before is found by its first line and by who wrote it, and is brought up to date. Needs
nothing but Python. TOKEN, and what the pipeline sets itself: GITHUB_API_URL, GITHUB_REPOSITORY and NUMBER; CI_API_V4_URL,
CI_PROJECT_ID and CI_MERGE_REQUEST_IID.
"""

import json
import os
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

MARKER = "<!-- faultline-review -->"
LONGEST = 60_000  # characters; GitHub takes 65,536
PAGE = 100
SECONDS = 30


def main(service: str, file: str) -> None:
    """Update the comment, or write it where there is none."""
    text = shortened(Path(file).read_text(encoding="utf-8"))
    comments, is_mine, update = {"github": github, "gitlab": gitlab}[service]()
    mine = [each for each in pages(comments) if str(each["body"]).startswith(MARKER) and is_mine(each)]
    if mine:
        method, place = update(mine[0])
        asked(method, place, {"body": text})
    else:
        asked("POST", comments, {"body": text})


Mine = Callable[[Any], bool]
Update = Callable[[Any], tuple[str, str]]


def github() -> tuple[str, Mine, Update]:
    """Comments of a pull request; the workflow's own token writes as a bot."""
    repository = f"{os.environ['GITHUB_API_URL']}/repos/{os.environ['GITHUB_REPOSITORY']}"
    return (
        f"{repository}/issues/{os.environ['NUMBER']}/comments",
        lambda each: bool(each["user"]["type"] == "Bot"),
        lambda each: ("PATCH", f"{repository}/issues/comments/{each['id']}"),
    )


def gitlab() -> tuple[str, Mine, Update]:
    """Notes of a merge request; the token says who we are."""
    api = os.environ["CI_API_V4_URL"]
    notes = f"{api}/projects/{os.environ['CI_PROJECT_ID']}/merge_requests/{os.environ['CI_MERGE_REQUEST_IID']}/notes"
    me = asked("GET", f"{api}/user")["id"]
    return notes, lambda each: bool(each["author"]["id"] == me), lambda each: ("PUT", f"{notes}/{each['id']}")


def pages(place: str) -> Iterator[Any]:
    """All that a list holds, page by page."""
    number = 1
    while found := asked("GET", f"{place}?per_page={PAGE}&page={number}"):
        yield from found
        if len(found) < PAGE:
            return
        number += 1


def asked(method: str, place: str, body: Any = None) -> Any:
    """What the service answers; an error ends the step with its status."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {os.environ['TOKEN']}", "Content-Type": "application/json"}
    request = urllib.request.Request(place, data, headers, method=method)  # noqa: S310 - the pipeline's own address
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310 - likewise
        return json.load(answer)


def shortened(text: str) -> str:
    """A text that a comment may have, cut at the end of a line."""
    if len(text) <= LONGEST:
        return text
    return text[:LONGEST].rpartition("\n")[0] + "\n\n…\n"


if __name__ == "__main__":
    main(*sys.argv[1:])
