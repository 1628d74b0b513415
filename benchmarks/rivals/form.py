"""The form the rivals ask, and the messages: ten number questions, as their users write them.

They read a plain number and nothing else; Chi Hội reads Vietnamese. The comparison is kind to them.
"""

import json

QUESTIONS = tuple(f"Câu {number}/10. Tháng này có bao nhiêu chị ạ?" for number in range(1, 11))
FIRST = 5_000_000
DONE = "Xong rồi ạ!"


def update(account: int, number: int, text: str) -> bytes:
    """One message as the Bot API brings it."""
    person = {"id": account, "is_bot": False, "first_name": "Hoa", "language_code": "vi"}
    chat = {"id": account, "first_name": "Hoa", "type": "private"}
    message = {"message_id": number, "from": person, "chat": chat, "date": 1710420120, "text": text}
    if text.startswith("/"):
        message["entities"] = [{"type": "bot_command", "offset": 0, "length": len(text)}]
    return json.dumps({"update_id": number, "message": message}, ensure_ascii=False).encode()


def updates(people: int) -> tuple[list[bytes], list[list[bytes]]]:
    """The ``/start`` of everybody (before the clock starts) and, by person, her ten answers."""
    starts = [update(FIRST + head, 1 + head, "/start") for head in range(people)]
    answers = [
        [update(FIRST + head, 1 + (step + 1) * people + head, str(head % 50)) for step in range(10)]
        for head in range(people)
    ]
    return starts, answers
