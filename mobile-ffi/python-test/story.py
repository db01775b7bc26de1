"""A story of three tablets against a running server, through the tablet library.

TSUMUGI_DEMO holds what `tsumugi demo --json` printed; PYTHONPATH finds the bindings, and
TSUMUGI_LIBRARY the library when it is not in `target/debug`. Each step says what it proves;
the first thing that does not hold ends the story with an error.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINDINGS = ROOT / "mobile-ffi" / "bindings" / "python"


def find_library():
    """Puts the library beside its bindings, where they look for it."""
    name = {"darwin": "libtsumugi_mobile.dylib", "win32": "tsumugi_mobile.dll"}.get(
        sys.platform, "libtsumugi_mobile.so"
    )
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    built = pathlib.Path(os.environ.get("TSUMUGI_LIBRARY", target / "debug" / name)).resolve()
    link = BINDINGS / name
    if link.is_symlink() and link.resolve() != built:
        link.unlink()
    if not link.exists():
        link.symlink_to(built)


find_library()
sys.path.insert(0, str(BINDINGS))

import tsumugi_mobile as tsumugi  # noqa: E402  (the library must be in place first)


class Key(tsumugi.DataKey):
    """A key store for tests: the same key on every start."""

    def data_key(self):
        return bytes(range(32))


def open_tablet(folder):
    return tsumugi.Tablet.open(
        str(folder), Key(), tsumugi.Locale(language="ja", utc_offset_minutes=540)
    )


def send(server, request):
    """Moves one request over HTTP; status 0 when no reply came."""
    headers = {"content-type": request.content_type}
    if request.authorization is not None:
        headers["authorization"] = request.authorization
    message = urllib.request.Request(
        server + request.path, data=request.body, headers=headers, method=request.method
    )
    try:
        with urllib.request.urlopen(message) as reply:
            return reply.status, reply.headers.get("retry-after"), reply.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers.get("retry-after"), error.read()
    except urllib.error.URLError:
        return 0, None, b""


def sync(tablet, server):
    tablet.sync_now()
    while (request := tablet.next_request()) is not None:
        status, retry_after, body = send(server, request)
        assert status in (200, 429, 503), f"{request.path} answered {status}: {body[:300]}"
        progress = tablet.on_reply(request.id, status, int(retry_after) if retry_after else None, body)
        if not progress.more and progress.wait_ms < 20_000 and tablet.status().state != "synced":
            time.sleep(progress.wait_ms / 1000)


def questions(screen):
    """All questions of a screen by path."""
    found = {}

    def walk(elements):
        for element in elements:
            if element["kind"] == "question":
                found[element["path"]] = element
            elif element["kind"] == "group":
                walk(element["elements"])
            else:
                for instance in element["instances"]:
                    walk(instance["elements"])

    for section in json.loads(screen)["sections"]:
        walk(section["elements"])
    return found


def entered(tablet, response):
    tablet.open_response(response)
    shown = questions(tablet.screen(response, "ja"))
    return {path: one["value"] for path, one in shown.items() if one["value"] is not None}


def answer_everything_required(tablet):
    """Answers as a hurried person does: the first choice wherever one is asked for."""
    for _ in range(200):
        open_ones = tablet.anonymous_validate("ja")
        if not open_ones:
            return
        question = questions(tablet.anonymous_screen("ja"))[open_ones[0].path]
        if question["choices"]:
            value = tsumugi.AnswerValue.TEXT(text=question["choices"][0]["value"])
            tablet.anonymous_set_answer(question["path"], value)
        else:
            tablet.anonymous_set_text(question["path"], "1")
    raise AssertionError("the form never becomes complete")


MORNING = [
    ("profile/employees_regular", 128),
    ("profile/employees_nonregular", 14),
    ("profile/employees_dispatched", 3),
    ("profile/established_year", 1985),
    ("workforce/eligible", 60),
]


def child(folder, response):
    """Fills one answer after the other, tells each when it is saved, and waits to be killed."""
    tablet = open_tablet(folder)
    tablet.open_response(response)
    for path, number in MORNING:
        tablet.set_text(response, path, str(number))
        print(path, flush=True)
    time.sleep(3600)


def killed_in_the_middle(folder, response):
    """Kills the child with SIGKILL after its third answer; returns what it had saved by then."""
    process = subprocess.Popen(
        [sys.executable, __file__, "child", str(folder), response], stdout=subprocess.PIPE, text=True
    )
    saved = [process.stdout.readline().strip() for _ in range(3)]
    process.kill()
    saved += [line.strip() for line in process.stdout]
    process.wait()
    return saved


def step(text):
    print(f"  {text}", file=sys.stderr, flush=True)


def surveyor(server, demo, folder):
    tablet = open_tablet(folder)
    assert isinstance(tablet.storage_check(), type(tsumugi.StorageCheck.SOUND()))
    status, _, body = send(server, tablet.enrol_request(server, "0000-0000-0000", "T-99"))
    assert tablet.on_enrolled(status, body) == tsumugi.EnrolOutcome.CODE_REFUSED
    status, _, body = send(server, tablet.enrol_request(server, demo["enrolCodes"][0], "T-99"))
    assert tablet.on_enrolled(status, body) == tsumugi.EnrolOutcome.ENROLLED, body
    sync(tablet, server)
    surveys = {one.id: one for one in tablet.surveys("ja")}
    company = surveys[demo["surveys"]["company-telework"]["id"]]
    lonely = surveys[demo["surveys"]["loneliness"]["id"]]
    assert company.ready and lonely.ready and lonely.mode == "anonymous"
    step(f"enrolled; {len(surveys)} surveys are here: {company.title}, {lonely.title}")

    response = next(
        one["response"] for one in demo["companies"] if one["state"] == "untouched"
    )
    del tablet
    saved = killed_in_the_middle(folder, response)
    tablet = open_tablet(folder)
    found = entered(tablet, response)
    wanted = dict(MORNING)
    assert len(saved) >= 3 and all(found[path] == wanted[path] for path in saved), (saved, found)
    step(f"killed while filling offline: all {len(saved)} saved answers are there")
    try:
        tablet.set_text(response, "profile/employees_regular", "many")
        raise AssertionError("a word is no number")
    except tsumugi.TabletError.AnswerRefused as refused:
        assert refused.reason == "not-a-number", refused.reason

    card = demo["cards"]["loneliness"][0]
    mistyped = card[:-1] + ("0" if card[-1] != "0" else "1")
    assert tablet.open_anonymous(lonely.id, mistyped) == tsumugi.CardOutcome.MISTYPED
    assert tablet.open_anonymous(lonely.id, card) == tsumugi.CardOutcome.OPENED
    answer_everything_required(tablet)
    assert isinstance(tablet.finish_anonymous(), type(tsumugi.FinishOutcome.SEALED()))
    assert tablet.open_anonymous(lonely.id, card) == tsumugi.CardOutcome.USED
    status = tablet.status()
    assert status.waiting_records == 1 and status.waiting_changes >= 3, status
    step("a card is good once; its answers are sealed and wait")

    sync(tablet, server)
    status = tablet.status()
    assert (status.state, status.waiting_records, status.waiting_changes) == ("synced", 0, 0), status
    step("synced over HTTP: nothing waits any more")


def enter_company(server, code, folder, name, department):
    tablet = open_tablet(folder)
    request = tablet.company_request(server, code, name, department)
    status, _, body = send(server, request)
    assert tablet.on_enrolled(status, body) == tsumugi.EnrolOutcome.ENROLLED, body
    sync(tablet, server)
    response = tablet.enrolment().response
    tablet.open_response(response)
    return tablet, response


def until(what, holds, again):
    """Repeats `again` until `holds`: the server admits a change shortly after taking it."""
    for _ in range(100):
        if holds():
            return
        time.sleep(0.1)
        again()
    raise AssertionError(what)


def company(server, demo, folders):
    code = [one["code"] for one in demo["companies"] if one["state"] == "untouched"][-1]
    one, response = enter_company(server, code, folders[0], "田中", "総務")
    two, same = enter_company(server, code, folders[1], "佐藤", "経理")
    assert response == same
    path = "profile/employees_regular"
    one.set_text(response, path, "3,200")
    one.set_text(response, "profile/employees_nonregular", "10")
    two.set_text(response, path, "3,450")
    two.set_text(response, "profile/employees_dispatched", "7")

    def both():
        sync(one, server)
        sync(two, server)

    both()
    seen = lambda: [len(tablet.conflicts(response, "ja")) for tablet in (one, two)]  # noqa: E731
    until("both see the conflict", lambda: seen() == [1, 1], both)
    for tablet in (one, two):
        conflict = tablet.conflicts(response, "ja")[0]
        assert conflict.path == path
        by = sorted((value.value.number, value.by) for value in conflict.values)
        assert by == [(3200, "総務 田中"), (3450, "経理 佐藤")], by
        others = [value for value in conflict.values if value.effects]
        assert others and "profile/employees_total" in [effect.path for effect in others[0].effects]
    step("two departments edited offline: one question differs, both see who said what")

    one.choose(response, path, tsumugi.AnswerValue.INTEGER(number=3450))
    both()
    until("the choice arrives", lambda: seen() == [0, 0], both)
    answers = [entered(tablet, response) for tablet in (one, two)]
    assert answers[0] == answers[1], answers
    assert answers[0][path] == 3450
    assert answers[0]["profile/employees_total"] == 3460
    assert answers[0]["profile/employees_dispatched"] == 7
    step("one chose; both tablets hold the same answers and totals")


def main():
    demo = json.loads(os.environ["TSUMUGI_DEMO"])
    server = demo["url"].rstrip("/")
    with tempfile.TemporaryDirectory() as place:
        folders = [pathlib.Path(place) / name for name in ("surveyor", "one", "two")]
        for folder in folders:
            folder.mkdir()
        surveyor(server, demo, folders[0])
        company(server, demo, folders[1:])
    step("the Python story holds")


if __name__ == "__main__":
    if sys.argv[1:2] == ["child"]:
        child(sys.argv[2], sys.argv[3])
    else:
        main()
