"""The form the rivals ask, and the messages: ten number questions, as their users write them.

They read a plain number and nothing else; Chi Hội reads Vietnamese. The comparison is kind to them.
"""

import json

QUESTIONS = tuple(f"Câu {number}/10. Tháng này có bao nhiêu chị ạ?" for number in range(1, 11))
FIRST = 5_000_000
DONE = "Xong rồi ạ!"

#: Fills the table ``answer`` with what everybody else has answered; takes the number of those who write, and
#: of all who are known.
OTHERS = (
    "WITH RECURSIVE head(n) AS (SELECT {writing} UNION ALL SELECT n + 1 FROM head WHERE n + 1 < {known}), "
    "asked(q) AS (SELECT 0 UNION ALL SELECT q + 1 FROM asked WHERE q < 9) "
    "INSERT INTO answer (account, question, number, at) "
    "SELECT 5000000 + n, q, 7, '2024-03-14 12:42:00.000000' FROM head, asked WHERE {writing} < {known}"
)


def update(account: int, number: int, text: str) -> bytes:
    """One message as the Bot API brings it."""
    person = {"id": account, "is_bot": False, "first_name": "Hoa", "language_code": "vi"}
    chat = {"id": account, "first_name": "Hoa", "type": "private"}
    message = {"message_id": number, "from": person, "chat": chat, "date": 1710420120, "text": text}
    if text.startswith("/"):
        message["entities"] = [{"type": "bot_command", "offset": 0, "length": len(text)}]
    return json.dumps({"update_id": number, "message": message}, ensure_ascii=False).encode()


def starts(people: int) -> list[bytes]:
    """Everybody's ``/start``."""
    return [update(FIRST + head, 1 + head, "/start") for head in range(people)]


def answers(people: int) -> list[list[bytes]]:
    """By person, her ten answers."""
    return [
        [update(FIRST + head, 1 + (step + 1) * people + head, str(head % 50)) for step in range(10)]
        for head in range(people)
    ]
