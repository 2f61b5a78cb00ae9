"""Every sentence that the installed app says, in the reader's language, as its page carries them."""

from flask_babel import gettext as _


def app_words() -> dict[str, str]:
    """By the names that the app's script uses; ``{name}`` places are filled there."""
    return {
        "waiting": _("{count} waiting for upload"),
        "noneWaiting": _("Everything is uploaded"),
        "online": _("Network"),
        "offline": _("No network"),
        "noLists": _("No list on this device yet."),
        "noListsToTake": _(
            "There is no list to take now: lists can be taken within 24 hours before a shift that you are assigned to."
        ),
        "logIn": _("Log in to take lists and to upload."),
        "needsNetwork": _("Without network no new list can be taken. What is on the device works."),
        "loggedIn": _("Logged in as {name}"),
        "take": _("Take this list"),
        "taken": _("The list is on this device."),
        "open": _("Open"),
        "membersOnList": _("{count} people on the list"),
        "expired": _(
            "The time of this list is over. Cards and names are gone from the device; only unsent scans are kept."
        ),
        "kept": _("The device promised to keep the list until you delete it."),
        "notKept": _(
            "The browser may clear the list when storage runs out. Add the app to the home screen to prevent it."
        ),
        "unsupported": _(
            "This browser cannot keep lists safely. Open this page over https in a current browser."
        ),
        "pinShort": _("The number needs at least eight digits."),
        "pinSimple": _("This number is too easy to guess."),
        "pinDiffers": _("The two numbers differ."),
        "pinWrong": _("This number does not open the list."),
        "locked": _("Names are locked."),
        "arrived": _("Arrived"),
        "left": _("Left"),
        "unknown": _("Not on this list"),
        "unknownSaid": _("Kept. Somebody decides after the upload."),
        "phoneCode": _("Phone code"),
        "phoneCodeSaid": _("Kept. After the upload it is known who it was."),
        "numberTyped": _("Volunteer number"),
        "already": _("Has been recorded already, at {time}."),
        "early": _("It is earlier than usual for that. Kept; somebody decides."),
        "late": _("It is later than usual for that. Kept; somebody decides."),
        "notACode": _("This is not a member's code."),
        "notKeptScan": _("It could not be stored. Try again, and write it on paper if it fails."),
        "entry": _("Entry {number}"),
        "waits": _("waits for upload"),
        "uploading": _("Uploading…"),
        "uploaded": _("Uploaded."),
        "uploadFailed": _("No answer. Everything stays on the device; try again when there is network."),
        "uploadLogIn": _("Log in first, then upload. Everything stays on the device."),
        "remove": _("Delete from this device"),
        "removeAsk": _("Delete this list from the device? Everything has been uploaded."),
        "removeWaits": _("This list still has scans that are not uploaded. Upload them first."),
        "tickIn": _("Tick: arrived"),
        "tickOut": _("Tick: left"),
    }
