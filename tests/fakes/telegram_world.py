"""What the fake Bot API knows: people, chats, waiting updates, and the ledger of what happened.

No network here; `tests.fakes.telegram_server` puts it on a port.
"""

import base64
import copy
import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from tests.fakes.bot_api_schema import object_faults
from tests.fakes.telegram_files import Uploaded, document_of, photo_of

#: The default set leaves out chat_member and reactions; this fake makes no others anyway.
DEFAULT_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")

FILE_LIMIT = 20 << 20


class ApiError(Exception):
    """An answer with ``ok: false``."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, parameters


@dataclass
class Chat:
    """A private chat or a group, as the platform sees it. ``refuses``: why the bot may not write."""

    id: int
    kind: str = "private"
    name: str = "Hoa"
    refuses: str = ""
    messages: int = 0

    def json(self) -> dict[str, Any]:
        """As a ``Chat`` of the API."""
        named = {"first_name": self.name} if self.kind == "private" else {"title": self.name}
        return {"id": self.id, "type": self.kind, **named}


@dataclass
class Waiting:
    """An update not yet confirmed. ``queue``: order is kept within one only."""

    update: dict[str, Any]
    queue: str


@dataclass
class Rule:
    """A scripted failure of the next ``times`` calls of ``method`` (in one chat, if named)."""

    action: str
    method: str
    times: int = 1
    chat: int | None = None
    code: int = 500
    description: str = ""
    parameters: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0


@dataclass
class Ledger:
    """What happened: every update made, every call with its faults, what each chat saw, which presses were
    answered, which updates were confirmed (polling) or taken (webhook)."""

    calls: list[dict[str, Any]] = field(default_factory=list)
    sent: list[dict[str, Any]] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)
    confirmed: list[int] = field(default_factory=list)
    attempts: list[dict[str, Any]] = field(default_factory=list)
    updates: list[dict[str, Any]] = field(default_factory=list)


class World:
    """One bot and everybody who talks to it."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.me = {"id": int(token.partition(":")[0]), "is_bot": True, "first_name": "Chi Hội"}
        self.me["username"] = "chihoi_bot"
        self.chats: dict[int, Chat] = {}
        self.files: dict[str, bytes] = {}
        self.pending: list[Waiting] = []
        self.rules: list[Rule] = []
        self.allowed: list[str] = list(DEFAULT_UPDATES)
        self.webhook: dict[str, Any] = {}
        self.presses: set[str] = set()
        self.shown: dict[tuple[int, int], dict[str, Any]] = {}
        self.ledger = Ledger()
        self._next_update = 730_000_000

    # --- people do things

    def push(self, event: Mapping[str, Any]) -> list[int]:
        """Somebody does something; the ids of the updates it made (none if its kind is not allowed)."""
        if event["kind"] == "again":  # the same message under another update id
            update = next(each for each in self.ledger.updates if each["update_id"] == event["update"])
            return self.queue({k: v for k, v in update.items() if k != "update_id"}, f"chat:{event['chat']}")
        if event["kind"] == "raw":
            return self.queue(dict(event["update"]), "raw", checked=False)
        return _EVENTS[event["kind"]](self, event)

    def queue(self, content: dict[str, Any], queue: str, checked: bool = True) -> list[int]:
        """An update to be fetched or brought; its id."""
        kind = next(iter(content))
        if checked and kind not in self.allowed:
            return []
        update = {"update_id": self._next_update, **copy.deepcopy(content)}
        self._next_update += 1
        faults = object_faults("Update", update) if checked else []
        if faults:
            raise ValueError(f"the fake made a wrong update: {faults}")
        self.pending.append(Waiting(update, queue))
        self.ledger.updates.append(update)
        return [update["update_id"]]

    def chat(self, number: int, kind: str = "private") -> Chat:
        """The chat; it is made when somebody writes in it."""
        return self.chats.setdefault(number, Chat(number, kind))

    def message(self, event: Mapping[str, Any], **content: Any) -> list[int]:
        """A message with this content."""
        number = int(event["chat"])
        chat = self.chat(number, "private" if number > 0 else "group")
        chat.refuses = ""
        chat.messages += 1
        said = {
            "message_id": chat.messages,
            "date": int(event.get("date") or time.time()),  # noqa: TID251 - a platform has its own clock
            "chat": chat.json(),
            "from": self.person(int(event.get("user") or abs(number))),
            **content,
        }
        return self.queue({"message": said}, f"chat:{number}")

    def person(self, number: int) -> dict[str, Any]:
        """As a ``User`` of the API."""
        return {"id": number, "is_bot": False, "first_name": "Hoa", "language_code": "vi"}

    def file(self, event: Mapping[str, Any]) -> tuple[str, int]:
        """Keep a file somebody sends; its id and size."""
        data = base64.b64decode(event.get("data", ""))
        name = f"AgAC{hashlib.sha256(data).hexdigest()[:24]}"
        self.files[name] = data
        return name, int(event.get("size") or len(data))

    def membership(self, event: Mapping[str, Any], before: str, after: str) -> list[int]:
        """The bot's own membership of a chat changed."""
        number = int(event["chat"])
        chat = self.chat(number, "private" if number > 0 else "group")
        change = {
            "chat": chat.json(),
            "from": self.person(abs(number)),
            "date": int(event.get("date") or time.time()),  # noqa: TID251 - a platform has its own clock
            "old_chat_member": self._member(before),
            "new_chat_member": self._member(after),
        }
        return self.queue({"my_chat_member": change}, f"member:{number}")

    def _member(self, status: str) -> dict[str, Any]:
        until = {"until_date": 0} if status == "kicked" else {}
        return {"status": status, "user": self.me, **until}

    # --- the bot's calls

    def rule_for(self, method: str, params: Mapping[str, Any]) -> Rule | None:
        """The scripted failure of this call, used up by it."""
        for rule in self.rules:
            fits = rule.chat is None or str(rule.chat) == str(params.get("chat_id"))
            if rule.method == method and rule.times > 0 and fits:
                rule.times -= 1
                return rule
        return None

    def call(self, method: str, params: Mapping[str, Any]) -> Any:
        """Do what a call asks; `ApiError` as the real one would answer."""
        if method in _METHODS:
            return _METHODS[method](self, params)
        return True

    def addressed(self, params: Mapping[str, Any]) -> Chat:
        """The chat a call writes to; refused as the platform refuses."""
        chat = self.chats.get(int(params["chat_id"]))
        if chat is None:
            raise ApiError(400, "Bad Request: chat not found")
        if chat.refuses:
            raise ApiError(403, chat.refuses)
        return chat

    def confirm_below(self, offset: int) -> None:
        """An offset confirms everything below it."""
        done = [waiting for waiting in self.pending if waiting.update["update_id"] < offset]
        for waiting in done:
            self.confirm(waiting)

    def confirm(self, waiting: Waiting) -> None:
        """One update is done with."""
        self.pending.remove(waiting)
        self.ledger.confirmed.append(waiting.update["update_id"])

    def report(self) -> dict[str, Any]:
        """The ledger as JSON."""
        return {
            **asdict(self.ledger),
            "pending": [waiting.update["update_id"] for waiting in self.pending],
            "webhook": self.webhook,
        }


# --- what people do


def _text(world: World, event: Mapping[str, Any]) -> list[int]:
    text = event["text"]
    entities = [
        {"type": kind, "offset": 0, "length": len(text.split(" ")[0])}
        for sign, kind in (("/", "bot_command"), ("@", "mention"))
        if text.startswith(sign)
    ]
    return world.message(event, text=text, **({"entities": entities} if entities else {}))


def _photo(world: World, event: Mapping[str, Any]) -> list[int]:
    name, size = world.file(event)
    base = {"file_unique_id": name[-8:], "width": 1280, "height": 960}
    sizes = [
        {**base, "file_id": f"{name}s", "width": 90, "height": 67, "file_size": 1200},
        {**base, "file_id": name, "file_size": size},
    ]
    caption = {"caption": event["caption"]} if event.get("caption") else {}
    return world.message(event, photo=sizes, **caption)


def _document(world: World, event: Mapping[str, Any]) -> list[int]:
    name, size = world.file(event)
    kind = event.get("mime", "application/pdf")
    content = {"file_id": name, "file_unique_id": name[-8:], "mime_type": kind, "file_size": size}
    return world.message(event, document=content)


def _voice(world: World, event: Mapping[str, Any]) -> list[int]:
    name, _ = world.file(event)
    return world.message(event, voice={"file_id": name, "file_unique_id": name[-8:], "duration": 3})


def _video(world: World, event: Mapping[str, Any]) -> list[int]:
    content = {"file_id": "BAAC1", "file_unique_id": "1", "duration": 3, "width": 640, "height": 480}
    return world.message(event, video=content)


def _sticker(world: World, event: Mapping[str, Any]) -> list[int]:
    content = {"file_id": "CAAC1", "file_unique_id": "1", "type": "regular", "width": 512, "height": 512}
    return world.message(event, sticker={**content, "is_animated": False, "is_video": False})


def _location(world: World, event: Mapping[str, Any]) -> list[int]:
    return world.message(event, location={"latitude": 20.43, "longitude": 106.16})


def _contact(world: World, event: Mapping[str, Any]) -> list[int]:
    return world.message(event, contact={"phone_number": "84912345678", "first_name": "Hoa"})


def _pinned(world: World, event: Mapping[str, Any]) -> list[int]:
    return world.message(event, new_chat_title="Chi hội 5")


def _press(world: World, event: Mapping[str, Any]) -> list[int]:
    chat = world.chat(int(event["chat"]))
    number = int(event.get("message") or max((key[1] for key in world.shown if key[0] == chat.id), default=1))
    shown = world.shown.get((chat.id, number))
    gone = {"message_id": number, "date": 0, "chat": chat.json()}
    press = {
        "id": f"{chat.id}{len(world.presses):06d}",
        "from": world.person(chat.id),
        "chat_instance": "1",
        "data": event["data"],
        "message": shown or gone,
    }
    world.presses.add(press["id"])
    return world.queue({"callback_query": press}, f"presses:{chat.id}")


def _edit(world: World, event: Mapping[str, Any]) -> list[int]:
    chat = world.chat(int(event["chat"]))
    when = int(time.time())  # noqa: TID251 - a platform has its own clock
    said = {"message_id": int(event["message"]), "date": when, "edit_date": when, "chat": chat.json()}
    said |= {"from": world.person(chat.id), "text": event["text"]}
    return world.queue({"edited_message": said}, f"chat:{chat.id}")


def _block(world: World, event: Mapping[str, Any]) -> list[int]:
    made = world.membership(event, "member", "kicked")
    world.chat(int(event["chat"])).refuses = "Forbidden: bot was blocked by the user"
    return made


def _unblock(world: World, event: Mapping[str, Any]) -> list[int]:
    world.chat(int(event["chat"])).refuses = ""
    return world.membership(event, "kicked", "member")


def _join(world: World, event: Mapping[str, Any]) -> list[int]:
    return world.membership(event, "left", "member")


_EVENTS: Mapping[str, Callable[[World, Mapping[str, Any]], list[int]]] = {
    "text": _text, "photo": _photo, "document": _document, "voice": _voice, "video": _video,
    "sticker": _sticker, "location": _location, "contact": _contact, "title": _pinned, "press": _press,
    "edit": _edit, "block": _block, "unblock": _unblock, "join": _join,
}  # fmt: skip


# --- what the bot calls


def _get_me(world: World, params: Mapping[str, Any]) -> Any:
    return world.me


def _send_message(world: World, params: Mapping[str, Any]) -> Any:
    chat = world.addressed(params)
    if not params["text"].strip():
        raise ApiError(400, "Bad Request: message text is empty")
    chat.messages += 1
    message: dict[str, Any] = {
        "message_id": chat.messages,
        "date": int(time.time()),  # noqa: TID251 - a platform has its own clock
        "chat": chat.json(),
        "from": world.me,
        "text": params["text"],
    }
    if "reply_markup" in params:
        message["reply_markup"] = params["reply_markup"]
    world.shown[chat.id, chat.messages] = message
    world.ledger.sent.append(
        {"chat": chat.id, "message": chat.messages, "at": time.monotonic(), "text": params["text"],
         "buttons": params.get("reply_markup", {}).get("inline_keyboard", [])}
    )  # fmt: skip
    return message


def _send_photo(world: World, params: Mapping[str, Any]) -> Any:
    return _send_file(world, params, "photo", photo_of)


def _send_document(world: World, params: Mapping[str, Any]) -> Any:
    return _send_file(world, params, "document", document_of)


def _send_file(
    world: World, params: Mapping[str, Any], kind: str, make: Callable[[Uploaded], tuple[Any, str]]
) -> Any:
    """A file with its caption; the ledger keeps the bytes."""
    chat = world.addressed(params)
    data = params[kind]
    if not isinstance(data, Uploaded):
        raise ApiError(400, "Bad Request: wrong file identifier/HTTP URL specified")
    content, fault = make(data)
    if fault:
        raise ApiError(413 if "Too Large" in fault else 400, fault)
    chat.messages += 1
    caption = {"caption": params["caption"]} if params.get("caption") else {}
    markup = {"reply_markup": params["reply_markup"]} if "reply_markup" in params else {}
    message: dict[str, Any] = {
        "message_id": chat.messages,
        "date": int(time.time()),  # noqa: TID251 - a platform has its own clock
        "chat": chat.json(),
        "from": world.me,
        kind: content,
        **caption,
        **markup,
    }
    faults = object_faults("Message", message)
    if faults:
        raise ValueError(f"the fake made a wrong message: {faults}")
    world.shown[chat.id, chat.messages] = message
    kept = {"kind": kind, "name": data.filename, "data": base64.b64encode(data).decode()}
    world.ledger.sent.append(
        {"chat": chat.id, "message": chat.messages, "at": time.monotonic(), "text": params.get("caption", ""),
         "buttons": params.get("reply_markup", {}).get("inline_keyboard", []), "file": kept}
    )  # fmt: skip
    return message


def _edit_text(world: World, params: Mapping[str, Any]) -> Any:
    chat = world.addressed(params)
    message = world.shown.get((chat.id, int(params["message_id"])))
    if message is None:
        raise ApiError(400, "Bad Request: message to edit not found")
    changed = {"text": params["text"], "reply_markup": params.get("reply_markup")}
    if all(message.get(key) == value for key, value in changed.items()):
        raise ApiError(
            400,
            "Bad Request: message is not modified: specified new message content and reply markup are "
            "exactly the same as a current content and reply markup of the message",
        )
    message.update({key: value for key, value in changed.items() if value is not None})
    return message


def _answer_press(world: World, params: Mapping[str, Any]) -> Any:
    number = params["callback_query_id"]
    if number not in world.presses:
        raise ApiError(
            400, "Bad Request: query is too old and response timeout expired or query ID is invalid"
        )
    world.ledger.answered.append(number)
    return True


def _get_file(world: World, params: Mapping[str, Any]) -> Any:
    name = params["file_id"]
    data = world.files.get(name)
    if data is None:
        raise ApiError(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
    if len(data) > FILE_LIMIT:
        raise ApiError(400, "Bad Request: file is too big")
    return {
        "file_id": name,
        "file_unique_id": name[-8:],
        "file_size": len(data),
        "file_path": f"photos/{name}.jpg",
    }


def _set_webhook(world: World, params: Mapping[str, Any]) -> Any:
    world.webhook = {"url": params["url"], "secret": params.get("secret_token", "")} if params["url"] else {}
    if "allowed_updates" in params:
        world.allowed = list(params["allowed_updates"]) or list(DEFAULT_UPDATES)
    return True


def _delete_webhook(world: World, params: Mapping[str, Any]) -> Any:
    world.webhook = {}
    if str(params.get("drop_pending_updates", False)).lower() == "true":
        world.pending.clear()
    return True


def _webhook_info(world: World, params: Mapping[str, Any]) -> Any:
    return {
        "url": world.webhook.get("url", ""),
        "has_custom_certificate": False,
        "pending_update_count": len(world.pending),
        "allowed_updates": world.allowed,
    }


_METHODS: Mapping[str, Callable[[World, Mapping[str, Any]], Any]] = {
    "getMe": _get_me, "sendMessage": _send_message, "sendPhoto": _send_photo, "sendDocument": _send_document,
    "editMessageText": _edit_text,
    "answerCallbackQuery": _answer_press, "getFile": _get_file, "setWebhook": _set_webhook,
    "deleteWebhook": _delete_webhook, "getWebhookInfo": _webhook_info,
}  # fmt: skip
