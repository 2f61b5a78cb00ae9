"""What the installed app asks for: its shell, the lists that may be taken, a list, and the upload.

The shell, its manifest and its service worker hold nothing about anybody, so that they may be kept on the device.
"""

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    jsonify,
    make_response,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf
from marshmallow import Schema, ValidationError
from sqlalchemy.orm import Session

from timebank.access import scope
from timebank.access.permissions import ATTENDANCE_RECORD, HOURS_CONFIRM
from timebank.activities import queries as activities
from timebank.activities.models import Shift
from timebank.checkin.reasons import Reason, answer_for
from timebank.checkin.tokens import Kind
from timebank.clock import now
from timebank.notices.service import tell_holders
from timebank.offline import queries, sealing, service, uploads
from timebank.offline.app_words import app_words
from timebank.offline.models import OfflineRoster, OfflineScan
from timebank.offline.notes import CONFLICTS_TOLD
from timebank.offline.schemas import TakeSchema, UploadSchema, moment
from timebank.offline.service import Taken
from timebank.web.filters import clock_time
from timebank.web.locale import current_locale
from timebank.web.requests import actor, audited, house, public, reading, transaction
from timebank.web.scanning import MODULE, SCRIPT, code_reader, scans_codes

blueprint = Blueprint("offline", __name__, url_prefix="/offline")

# Everything that the app needs without network, besides its page.
SHELL_FILES = (
    "css/house.css",
    "css/frame.css",
    "css/pieces.css",
    "css/lists.css",
    "css/screens.css",
    "css/offline.css",
    "js/scanner.js",
    "js/gun.js",
    "js/offline/app.js",
    "js/offline/keys.js",
    "js/offline/link.js",
    "js/offline/recorder.js",
    "js/offline/shelf.js",
    "mark.svg",
    "icons/offline-192.png",
    "icons/offline-512.png",
)
READER_FILES = (SCRIPT, "vendor/zxing/es/share.js", MODULE)


@blueprint.get("/")
@public
@scans_codes
def shell() -> Response:
    """The app's page, the same for everybody; it fills itself from what lies on the device."""
    page = make_response(
        render_template("offline/app.html", words=app_words(), timezone=house().settings.timezone)
    )
    page.headers["Cache-Control"] = "no-cache"
    return page


@blueprint.get("/app.webmanifest")
@public
def manifest() -> Response:
    """What makes the app installable."""
    icons = [
        {"src": url_for("static", filename=f"icons/offline-{size}.png"), "sizes": f"{size}x{size}"}
        | {"type": "image/png", "purpose": purpose}
        for size in (192, 512)
        for purpose in ("any", "maskable")
    ]
    answer = jsonify(
        id=url_for("offline.shell"),
        name=_("List without network"),
        short_name=_("Offline list"),
        description=_("Check volunteers in where there is no network, and upload afterwards."),
        lang="en" if current_locale() == "en" else "zh-CN",
        start_url=url_for("offline.shell"),
        scope=url_for("offline.shell"),
        display="standalone",
        background_color="#fbf9f5",
        theme_color="#a8201a",
        icons=icons,
    )
    answer.mimetype = "application/manifest+json"
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@blueprint.get("/service-worker.js")
@public
def service_worker() -> Response:
    """Keeps the shell on the device, and nothing else."""
    files = [*SHELL_FILES, *(READER_FILES if code_reader()["script"] else ())]
    addresses = [url_for("static", filename=name) for name in files]
    addresses += [url_for("bootstrap.static", filename="css/bootstrap.min.css")]
    version = _version(current_app.static_folder or "", tuple(files))
    script = render_template(
        "offline/service-worker.js", page=url_for("offline.shell"), files=addresses, version=version
    )
    answer = Response(script, mimetype="text/javascript")
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@cache
def _version(folder: str, files: tuple[str, ...]) -> str:
    """A word that changes when any file of the shell does."""
    mark = hashlib.sha256()
    for name in files:
        mark.update((Path(folder) / name).read_bytes())
    return mark.hexdigest()[:16]


@blueprint.get("/desk")
def desk() -> ResponseReturnValue:
    """Who is logged in, and which lists they may take now."""
    with reading() as db:
        shifts = queries.shifts_to_take(db, actor(), at=now())
        lists = [_in_short(shift) for shift in shifts]
    return jsonify(csrf=generate_csrf(), name=actor().name, lists=lists)


def _in_short(shift: Shift) -> dict[str, Any]:
    return {
        "shift_id": shift.id,
        "title": shift.activity.title,
        "place": shift.activity.place,
        "starts": shift.starts_at.isoformat(),
        "ends": shift.ends_at.isoformat(),
    }


@blueprint.post("/shifts/<int:shift_id>/list")
def take(shift_id: int) -> ResponseReturnValue:
    """A list for this device, once; the next download is another list."""
    with transaction() as db:
        shift = activities.shift(db, actor(), shift_id)
        scope.require(actor(), ATTENDANCE_RECORD, shift.activity.organisation.path)
        asked = _content(TakeSchema())
        taken = service.take(
            db, house().keyring, shift=shift, with_names=asked["names"], by=actor(), at=now()
        )
        audited(
            db,
            "offline.list_taken",
            f"shift:{shift.id}",
            organisation_id=shift.activity.organisation_id,
            members=taken.roster.members,
            names=taken.roster.has_names,
        )
        content = _for_the_device(taken)
    # Locking the rows takes a while, in which nobody else should wait for the database.
    return jsonify(content | {"entries": [[entry.tag, entry.blob] for entry in taken.entries]})


def _for_the_device(taken: Taken) -> dict[str, Any]:
    roster, keyring, windows = taken.roster, house().keyring, taken.windows
    word = roster.public_word
    return _in_short(roster.shift) | {
        "word": word,
        "taken_at": roster.taken_at.isoformat(),
        "expires_at": roster.expires_at.isoformat(),
        "members": roster.members,
        "windows": {
            "in": [windows.in_opens.isoformat(), roster.shift.ends_at.isoformat()],
            "out": [windows.out_opens.isoformat(), windows.out_closes.isoformat()],
        },
        "salt": sealing.written(sealing.salt(keyring, word)),
        "rounds": sealing.CARD_ROUNDS,
        "names": taken.names,
        "seal_point": sealing.written(sealing.seal_point(keyring, word)),
        "chain_key": sealing.written(sealing.chain_key(keyring, word)),
        "chain_seed": sealing.chain_seed(keyring, word),
    }


@blueprint.post("/lists/<word>/scans")
def upload(word: str) -> ResponseReturnValue:
    """Scans from the device. The same again gets the same answers."""
    at = now()
    with transaction() as db:
        roster = queries.own_roster(db, actor(), word, lock=True)
        scope.require(actor(), ATTENDANCE_RECORD, roster.shift.activity.organisation.path)
        asked = _content(UploadSchema())
        delivery = uploads.Upload(
            roster,
            house().keyring,
            moment(asked["sent_at"]),
            at,
            actor(),
            ZoneInfo(house().settings.timezone),
        )
        before = {row.id for row in queries.scans_of(db, roster.id)}
        rows = uploads.upload(db, delivery, asked["scans"])
        _tell(db, roster, [row for row in rows if row.id not in before])
        return jsonify(results=[_result(row) for row in rows])


def _tell(db: Session, roster: OfflineRoster, fresh: list[OfflineScan]) -> None:
    """The upload into the trail; and whoever may decide hears of what is odd."""
    if not fresh:
        return
    activity = roster.shift.activity
    odd = sum(row.outcome == Reason.OFFLINE_CONFLICT for row in fresh)
    audited(
        db,
        "offline.list_uploaded",
        f"shift:{roster.shift_id}",
        organisation_id=activity.organisation_id,
        scans=len(fresh),
        odd=odd,
    )
    if odd:
        tell_holders(
            db,
            permission=HOURS_CONFIRM,
            organisation_path=activity.organisation.path,
            kind="offline.conflicts",
            sentence=CONFLICTS_TOLD,
            facts={"title": activity.title, "count": odd},
            href=url_for("offline_desk.index"),
            at=now(),
            key=f"offline:{fresh[-1].id}",
            besides_user_id=actor().user_id,
        )


def _result(row: OfflineScan) -> dict[str, Any]:
    reason = Reason(row.outcome)
    answer = answer_for(reason, Kind(row.kind))
    if reason is Reason.OFFLINE_CONFLICT:
        sentence = _("Kept. Somebody else decides about it.")
    elif reason is Reason.OK:
        sentence = _("Taken in, waiting to be confirmed.")
    else:
        sentence = _(answer.heading)
    return {
        "counter": row.counter,
        "nonce": row.nonce,
        "outcome": row.outcome,
        "tone": answer.tone,
        "said": sentence,
        "name": row.member.name if row.member else "",
        "time": clock_time(row.device_at),
    }


def _content(schema: Schema) -> Mapping[str, Any]:
    try:
        content: Mapping[str, Any] = schema.load(request.get_json(silent=True) or {})
    except ValidationError:
        abort(422)
    return content
