"""What a head says from her first word to "Xong rồi ạ!", and by what each reply is known.

The sample conversation of the domain guide (8.3) with the photo passed over; numbers differ by head.
"""

import json
from datetime import datetime

#: Her messages, and a part of the reply to each.
TALK = (
    ("bắt đầu", "Bận thì nhắn"),
    ("ok e", "Câu 1/7"),
    ("r, hôm mùng {day}", "Câu 2/7"),
    ("{present}", "Câu 3/7"),
    ("{joined} chị, 1 chị chuyển đi", "Câu 4/7"),
    ("ko", "Câu 5/7"),
    ("0", "Câu 6/7"),
    ("đường xóm {head} mưa là ngập, mong xã cho đổ bê tông", "Câu 7/7"),
    ("bỏ qua", "Đúng thì nhắn 1"),
    ("1", "Xong rồi ạ"),
)

SCRIPT = tuple(said for said, _ in TALK)


def said(text: str, head: int) -> str:
    """A message of the script in one head's words."""
    return text.format(day=1 + head % 12, present=20 + head * 7 % 40, joined=1 + head % 5, head=head)


def update(account: int, number: int, message: int, text: str, at: datetime) -> bytes:
    """One message as the Bot API brings it: the ``number``-th update of all, the ``message``-th of her
    chat."""
    person = {"id": account, "is_bot": False, "first_name": "Hoa", "language_code": "vi"}
    content = {
        "message_id": message,
        "from": person,
        "chat": {"id": account, "first_name": "Hoa", "type": "private"},
        "date": int(at.timestamp()),
        "text": text,
    }
    return json.dumps({"update_id": number, "message": content}, ensure_ascii=False).encode()
