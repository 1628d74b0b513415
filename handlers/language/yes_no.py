"""Yes and no, as they are said: có, rồi, đã làm, ừ, chưa, làm gì có, có đâu. Negation wins; dạ is not yes.

Knows nothing of the question; ``confirm`` and ``consent`` are stricter or looser by the caller's rules
(domain rules, traps 1, 3, 4, 5 and 14).
"""

import re
from typing import Literal

from handlers.language.normalise import Said, Word, is_in, without_subject, word_table
from handlers.language.phrasebook import Phrasebook
from handlers.language.reading import Expectation, Reading

Verdict = Literal["yes", "no", "ask", "acked"]

_PHRASES: dict[Verdict, str] = {
    "yes": """tôi đồng ý; chị đồng ý; có; có rồi; rồi; xong rồi; xong; đã; đã làm; đã có; đã xong; ok;
        ok rồi; ừ; ừ có; ừ rồi; vâng; vâng có; đúng;
        đúng rồi; đúng thế; đúng vậy; đúng ạ; chuẩn; chuẩn rồi; chính xác; nhất trí; nhất chí; đồng ý; đủ;
        đủ rồi; đủ cả; tất nhiên; được;
        được rồi; làm rồi; họp rồi; có chứ; có mà; rồi mà; có họp; có làm; phải; phải rồi; chắc chắn;
        chắc chắn rồi; có đấy;
        sinh hoạt rồi; tổ chức rồi; yes; y; ừ đúng; ừ đúng rồi; đã tổ chức; đã sinh hoạt; đã họp;
        có tổ chức; có sinh hoạt;
        tập huấn rồi; đã tập huấn; có tập huấn; làm xong rồi; họp xong rồi; có luôn; vừa xong;
        vừa làm xong; vừa họp xong; mới xong;
        hoàn thành rồi; đã hoàn thành; hoàn thành; ừ ok; ừ được; có cả; có hết; đầy đủ; dĩ nhiên;
        đương nhiên; đúng luôn; rồi nhá;
        thế rồi; ừ thế; có đủ; nhất trí luôn; nhất trí rồi; đồng ý rồi; đồng ý luôn; hoàn toàn đồng ý;
        nhất trí cao; tất nhiên rồi;
        tất nhiên là có; đã rồi; xong cả rồi; xong xuôi; xong xuôi rồi; xong lâu rồi; lâu rồi;
        có rồi đấy; có từ lâu rồi;
        đang có; vẫn có; cũng có; có cũng được; có thật; ok luôn; yes sir; làm xong; đã tham gia;
        tham gia rồi; có tham gia;
        triển khai rồi; đã triển khai; có triển khai; thực hiện rồi; đã thực hiện; đã gửi; gửi rồi;
        nộp rồi; đã nộp; có báo; báo rồi;
        đúng như thế; đúng như vậy; ừ đúng thế; okie luôn; ổn; ổn rồi; tốt rồi; được cả; được hết;
        yeah; yep; ye; yea; chắc chắn có; chắc chắn là có; chắc chắn là rồi; làm rồi mà; họp rồi mà;
        có rồi mà; xong rồi mà; chị nghĩ là có; ô kê; o kê; ô kê luôn"""
    ,"no": """tôi không đồng ý; không; không có; không có gì; không có ai; chưa; chưa có; chưa làm;
        chưa xong; chưa họp; chưa đâu; chưa được;
        không đâu; không phải; không đúng; chưa đúng; sai; sai rồi; chẳng có; chả có; có đâu;
        làm gì có; đã làm đâu; đã có đâu;
        không đồng ý; chưa đồng ý; không được; không nhất trí; no; n; không làm; không họp;
        không tổ chức; chưa tổ chức; chưa sinh hoạt;
        không sinh hoạt; chưa tập huấn; vẫn chưa; vẫn không; chưa bao giờ; không bao giờ; không hề;
        hoàn toàn không; tất nhiên không;
        tất nhiên là không; chưa hề; chưa thấy; không thấy; có làm đâu; có gì đâu; có họp đâu; làm gì;
        không cần; không ai; chưa ai;
        đâu có; đâu; làm đâu; họp đâu; chưa kịp; chưa làm được; không làm được; chưa có gì; nope; nhầm;
        nhầm rồi; không nhé; chưa nhé;
        không phải đâu; chả có gì; chẳng có gì; chưa có ai; không có cái nào; chưa có cái nào;
        không có vụ nào; không có buổi nào;
        đã đâu; đã họp đâu; rồi đâu; chưa luôn; không luôn; không muốn; không chịu; không thích;
        chưa triển khai; chưa thực hiện;
        không triển khai; chưa tham gia; không tham gia; chẳng; chả; chưa hoàn thành; chưa đủ;
        không đủ; chưa chốt; khoan;
        khoan đã; từ từ; còn chưa; chưa có đâu; không có đâu; có bao giờ; làm gì có chuyện đó;
        có cái gì đâu; có ai đâu;
        chả làm gì; chẳng làm gì; không làm gì; không có hoạt động gì; chưa có hoạt động gì;
        không xong; chưa có lần nào""",
    "ask": """hết rồi; thôi; sao cũng được; tùy; tùy em; thế nào cũng được; không phải là không có;
        không phải không có; có thể;
        có lẽ; có khi; chắc có; chắc là có; hình như có; hình như rồi; chắc rồi thì phải; không chắc;
        đang làm; nửa nọ nửa kia;
        có và không; vừa có vừa không; chết rồi; hoãn rồi; hủy rồi; hỏng rồi; muộn rồi; nghỉ rồi;
        thôi rồi; biết rồi; đã biết;
        hiểu rồi; đã hiểu; sắp; sắp xong; gần xong; đang; gần xong rồi; sắp rồi; sắp có; cũng được;
        không sao; không sai;
        chưa hẳn; không hẳn; không nhiều; không ít; không chỉ; đã hoãn; đã hủy; bị hoãn; có hạn;
        có mỗi; rồi sao; rồi gì;
        không nhầm; không thiếu; không chưa; có không; có chưa; rồi chưa; được chưa; được không;
        đủ chưa; xong chưa; đúng chưa;
        có cần không; có nên không; chắc; hình như; hình như không; hình như chưa; chắc không;
        chắc chưa; chắc là không; có lúc;
        được một nửa; một nửa; một phần; đang dở; dở dang; làm dở; mai; lát; có gì; không thể không;
        đã đủ chưa; nhanh quá;
        bận rồi; muộn quá rồi; mệt rồi; đến rồi; về rồi""",
    "acked": "dạ; vâng dạ; dạ vâng; da",
}  # fmt: skip

_BOOK: Phrasebook[Verdict] = Phrasebook(_PHRASES)
_CONFIRM_BOOK: Phrasebook[Verdict] = Phrasebook({
    "yes": """gửi; gửi đi; gửi luôn; gửi giúp chị; chốt; chốt luôn; chốt đi; chốt rồi; xác nhận;
        dạ vâng; vâng dạ; không sai;
        gửi luôn đi; gửi cho chị; ok gửi; ok gửi đi; đúng gửi đi; được gửi đi; gửi báo cáo; nộp;
        nộp đi; nộp luôn; ừ gửi đi; ừ gửi;
        vâng gửi đi; đúng hết; đúng cả; đúng hết rồi; đúng cả rồi; đúng rồi gửi đi; không sửa gì;
        không cần sửa; cứ thế; cứ thế gửi;
        cứ gửi đi; ok chốt; thế là đúng; thế được rồi; thế thôi; không thay đổi; chuẩn luôn; giữ;
        giữ nguyên; để nguyên; không có gì sai;
        đúng số đấy; gửi giúp chị nhé; không sai gì; hợp lý; ổn; đúng không sai; chuẩn không cần chỉnh;
        gửi luôn cho chị; ok em gửi đi;
        em gửi đi; em gửi luôn đi; gửi hộ chị; chuyển đi""",
    "no": """sai; nhầm; nhầm rồi; sai rồi; chưa đúng; không đúng; chưa gửi; khoan; khoan đã; khoan gửi;
        đừng gửi; chưa gửi vội;
        không gửi; thôi; chưa chuẩn; không chuẩn; chưa chính xác; không chính xác; sai số; nhầm số;
        số sai; sai mất rồi; nhầm mất rồi;
        chờ chị xem lại; chưa được; từ từ đã; hình như sai; hình như nhầm; sai hết; sai cả; còn sai;
        vẫn sai; bị sai; bị nhầm;
        ghi sai; ghi sai rồi; ghi nhầm; ghi nhầm rồi; em ghi sai; em ghi sai rồi; em ghi nhầm;
        em ghi nhầm rồi; không phải thế;
        không phải vậy; có chỗ sai; có chỗ nhầm; có sai""",
})  # fmt: skip
# "dạ vâng" confirms, but only "dạ" needs showing again.
_NEGATIONS = word_table("không chưa chẳng chả")
_YES_HEADS = word_table("có rồi đã xong ok ừ vâng đúng vừa mới được đủ chuẩn phải")
_YES_TAILS = word_table("rồi xong")
_HEDGES = re.compile(
    r"\b(se|dinh|du kien|du dinh|ke hoach|chuan bi|sap|hoan|huy|co le|co the|co khi|neu|chac"
    r"|hinh nhu|nghe noi|nua|(?:mot|1) phan|gan|mai|dang"
    r"|tuan sau|thang sau|tuan toi|thang toi|ngay mai|nhung|tuy|chi|moi chi|toi nay|chieu nay"
    r"|thieu|sot|lech|thua|tam|mot so|vai|may|mot it|bo|nham|sai|quen|hay la|thoi)\b"
)
_SOFT_HEDGES = frozenset({"chi"})
YES_MARKS = "👍✅👌🆗💯✔☑🙆"
NO_MARKS = "❌👎🚫✖🙅"


def _marks(said: Said) -> Verdict | None:
    yes = any(mark in said.marks for mark in YES_MARKS)
    no = any(mark in said.marks for mark in NO_MARKS)
    if yes == no:
        return "ask" if yes else None
    return "yes" if yes else "no"


def _one_or_two(words: tuple[Word, ...]) -> tuple[Verdict, bool] | None:
    """The labels shown are 1 Rồi and 2 Chưa; 0 is "không" in short writing (domain rules, trap 3)."""
    raws = [word.raw for word in words if word.bare not in ("so", "cau", "cai", "thu", "chon", "y")]
    if len(raws) != 1 or len(words) > 2:
        return None
    table: dict[str, tuple[Verdict, bool]] = {"1": ("yes", False), "2": ("no", False), "0": ("no", True)}
    if raws[0] in table:
        return table[raws[0]]
    spoken = {"một": ("yes", True), "mot": ("yes", True), "hai": ("no", True)}
    return spoken.get(raws[0].lower())  # type: ignore[return-value]


def verdict(said: Said, confirming: bool = False) -> tuple[Verdict, bool] | None:
    """``(verdict, echo)`` of a message, or None when it is neither yes nor no."""
    if not said.words:
        mark = _marks(said)
        return (mark, False) if mark else None
    numbered = _one_or_two(said.core)
    if numbered is not None:
        return numbered
    books = (_CONFIRM_BOOK, _BOOK) if confirming else (_BOOK,)
    for words in said.ways:
        for book in books:
            found = book.find(words)
            if found is not None:
                return found.payload, found.weak
    return _composed(said) or _near(said, books)


def _near(said: Said, books: tuple[Phrasebook[Verdict], ...]) -> tuple[Verdict, bool] | None:
    for book in books:
        found = book.near(said.core)
        if found is not None and found.payload in ("yes", "no"):
            return found.payload, True
    return None


def _composed(said: Said) -> tuple[Verdict, bool] | None:
    """Longer sentences: what the head says, unless a negation or a doubt stands anywhere."""
    words = without_subject(said.core)
    if len(words) > 40:
        return None
    negations = [spot for spot, word in enumerate(words) if is_in(word, _NEGATIONS)]
    if negations:
        return _negated(words, negations)
    bare = " ".join(word.bare for word in words)
    if (bare.endswith(" dau") and not words[-1].marked) or words[-1].key == "đâu":
        if is_in(words[0], _WRONG):
            return "ask", False  # "sai gì đâu": nothing is; "sai đâu": where
        return ("no", len(words) > 4)
    if bare.startswith(("lam gi co", "dau co")):
        return "no", len(words) > 5
    hedged = _HEDGES.search(bare)
    if hedged and not all(match.group() in _SOFT_HEDGES for match in _HEDGES.finditer(bare)):
        return ("ask", False) if is_in(words[0], _YES_HEADS) or is_in(words[-1], _YES_TAILS) else None
    if is_in(words[0], _YES_HEADS):
        return "yes", _needs_echo(words)
    if is_in(words[-1], _YES_TAILS) and len(words) > 1:
        return "yes", len(words) > 4 or any(word.weak for word in words)
    return None


def hedged(said: Said) -> bool:
    """Whether a plan, a doubt or a "but" stands in the words."""
    bare = said.bare
    return any(match.group() not in _SOFT_HEDGES for match in _HEDGES.finditer(bare))


def _needs_echo(words: tuple[Word, ...]) -> bool:
    head = words[0]
    unsure_head = (
        not head.marked and head.bare in ("co", "da", "vua", "moi", "phai", "du", "duoc") and len(words) > 1
    )
    return head.weak or unsure_head or head.bare in ("moi", "vua", "phai", "du", "duoc") or len(words) > 12


def _negated(words: tuple[Word, ...], negations: list[int]) -> tuple[Verdict, bool]:
    bare = " ".join(word.bare for word in words)
    first = negations[0]
    if len(negations) > 1 and not re.search(r"(khong|chua|chang|cha) (co|lam|hop)?.*", bare):
        return "ask", False
    if len(negations) > 1:
        # "chưa, không kịp" is no twice; "không phải là chưa" is not.
        doubled = re.search(
            r"(khong phai|khong the|chua phai|khong khi nao|khong ai|chua ai|dau phai|khong gi) "
            r".*(khong|chua)\b",
            bare,
        )
        return ("ask", False) if doubled or first > 0 or "nhung" in bare else ("no", True)
    if (
        re.search(
            r"(khong|chang|cha|chua) (chi|nhung|han|it|nhieu|sao|sai|nham|thieu|biet|ro|nho|chac|phai la)\b",
            bare,
        )
        or "nhung" in bare
    ):
        return "ask", False
    if first == 0:
        return "no", not _plainly_negative(words)
    if first == len(words) - 1:
        return _ending_negation(words)
    if is_in(words[0], _YES_HEADS) and words[0].bare not in ("vang", "u", "ok"):
        return "ask", False
    return "no", True


_PLAIN_AFTER = word_table(
    "có làm họp tổ chức sinh hoạt xong kịp được gì ai nào cái đâu em ạ chị nhé tập huấn tham "
    "gia triển khai thực hiện phải đồng ý "
    "tháng này quý năm nay hoạt động cả hết luôn buổi vụ việc hội viên mới thấy đủ còn báo gửi "
    "nữa à tại vì bận chưa là thôi "
    "tháng sau mới tuần tới mai sẽ trường hợp"
)


def _plainly_negative(words: tuple[Word, ...]) -> bool:
    return len(words) <= 9 and all(is_in(word, _PLAIN_AFTER) for word in words[1:]) and not words[0].weak


_NEUTRAL_BEFORE = word_table(
    "đúng hầu dạ vâng ừ thưa em chị cô bác chi hội bên mình tôi vẫn còn hiện tại tháng này quý "
    "năm nay thì là hầu như thôi đến giờ bây cũng lần câu "
    "xóm thôn nhà"
)


def _ending_negation(words: tuple[Word, ...]) -> tuple[Verdict, bool]:
    """ "tháng này chưa" is no; "làm xong chưa" is a question (domain rules, trap 14)."""
    if all(is_in(word, _NEUTRAL_BEFORE) or word.kind == "n" for word in words[:-1]):
        return "no", len(words) > 4
    return "ask", False


def read_yes_no(said: Said, expectation: Expectation) -> Reading:
    """Yes or no to a yes/no question."""
    found = verdict(said)
    if found is None:
        return Reading("ask", reason="not_yes_no")
    judged, echo = found
    if judged in ("ask", "acked"):
        return Reading("ask", reason="only_heard" if judged == "acked" else "unclear_yes_no")
    return Reading("answer", value=judged == "yes", echo=echo, reason="yes_no_word")


def read_confirm(said: Said) -> Reading:
    """Yes or no to a summary: "dạ" counts, echoed; "sai" is no."""
    found = verdict(said, confirming=True)
    if found is None:
        # "sai số hội viên": something is wrong, and she says what.
        wrong = said.core and is_in(said.core[0], _WRONG)
        return (
            Reading("answer", value=False, reason="yes_no_word")
            if wrong
            else Reading("ask", reason="not_yes_no")
        )
    judged, echo = found
    if judged == "ask":
        return Reading("ask", reason="unclear_yes_no")
    return Reading(
        "answer", value=judged in ("yes", "acked"), echo=echo or judged == "acked", reason="yes_no_word"
    )


_WRONG = word_table("sai nhầm thiếu lệch sót")
_READ_MORE = Phrasebook[str]({"more": """đọc thêm; xem thêm; đọc; ba; cho đọc thêm; tìm hiểu thêm;
        cho chị đọc thêm; đọc đã;
    để chị đọc đã; chi tiết; xem chi tiết; cho xem thêm; đọc thêm đã; đọc kỹ đã"""})  # fmt: skip


def read_consent(said: Said) -> Reading:
    """Consent must be clear: guesses, dạ, thumbs and doubts ask again (no default consent)."""
    raws = [word.raw for word in said.core if word.bare not in ("so", "cau", "chon")]
    if raws == ["3"] or _READ_MORE.find(said.core):
        return Reading("help", reason="read_more")
    found = verdict(said)
    if found is None or found[0] in ("ask", "acked"):
        return Reading("ask", reason="consent_unclear")
    judged, echo = found
    if len(raws) > 1 and raws[0] in ("1", "2", "3") and (raws[0] == "1") != (judged == "yes"):
        return Reading("ask", reason="consent_unclear")
    if judged == "yes" and (echo or not said.words or len(said.core) > 10):
        return Reading("ask", reason="consent_unclear")
    return Reading("answer", value=judged == "yes", echo=echo, reason="yes_no_word")
