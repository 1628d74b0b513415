"""Nothing at all, and the same as before: "không có ai" is 0, "như tháng trước" is the last value."""

from handlers.language.normalise import Said, is_in, key_of, word_table
from handlers.language.phrasebook import Phrasebook
from handlers.language.reading import Expectation, Reading
from handlers.language.survey import NEGATIVE

# Nothing at all, as a number (domain rules, trap 1).
_ZERO = Phrasebook[str]({
    "zero": """không; không có; không có ai; không ai; chả có cái nào; chả có; chẳng có; chẳng có ai;
        chả có ai; trống; zero; không có gì;
    không có cái nào; không có vụ nào; không có chị nào; không có trường hợp nào; không phát sinh;
        không có cháu nào; không có hộ nào;
    không có người nào; không có buổi nào; không chị nào; không cái nào; không vụ nào; không có đâu;
        không cháu nào; không hộ nào;
    không người nào; không buổi nào; làm gì có; làm gì có ai; có ai đâu; có đâu; có gì đâu; đâu có;
        đâu có ai; không có thêm; không thêm;
    không có thêm ai; không thêm ai; không có ai cả; không có gì cả; không có ai hết; không có gì hết;
        không ai cả; không có mới;
    không có hội viên mới; tháng này không; tháng này không có; tháng này không có ai; không tăng;
        chẳng ai; chả ai; không có việc gì;
    không có vụ việc; không có vụ việc nào; không có cuộc nào; không có lần nào; không có nhóm nào;
        không có cặp nào; chẳng có cái nào;
    chẳng có gì; chả có gì; không có nhà nào; không nhà nào; không có việc nào; không có ca nào;
        không ca nào; không có em nào;
    không em nào; không có hội viên nào; không kết nạp; không kết nạp ai; không kết nạp được ai;
        không xảy ra; không có xảy ra;
    không có chị em nào; không có phát sinh; zê rô; dê rô; số không; không hết; chẳng có ai cả;
        chả có ai cả; bằng không;
    không có bạo lực; không có gì xảy ra; làm gì có vụ nào; làm gì có cái nào; có vụ nào đâu;
        có chị nào đâu; có cháu nào đâu;
    có cái nào đâu; không hề có; hoàn toàn không có; hoàn toàn không; không có tổ nào;
        không có mô hình nào; tháng này chẳng có ai;
    không đồng nào; không có đồng nào; không có tiền; không mất đồng nào; không chi; không thu;
        không có chi; không thu được đồng nào""",
    "not_yet":
        "chưa; chưa có; chưa có ai; chưa có chị nào; chưa có cái nào; chưa có cháu nào; chưa có hộ "
        "nào; chưa ai; chưa có vụ nào; chưa có gì; tháng này chưa; tháng này chưa có; chưa có thêm; "
        "chưa có buổi nào; chưa có người nào; chưa có trường hợp nào; tháng này chưa có ai; chưa có "
        "nhóm nào; chưa có mô hình nào; chưa có cặp nào; chưa kết nạp ai; chưa kết nạp; chưa kết "
        "nạp được ai; chưa thấy; không thấy; chưa đồng nào; chưa có đồng nào; vẫn chưa; vẫn chưa có",
})  # fmt: skip
_ZERO_LETTER = frozenset({"o", "O", "ô", "Ô"})
_ZERO_TAIL = word_table(
    "có ai gì nào cái chị cháu hộ vụ việc người hội viên buổi cuộc lần trường hợp nhà em mới "
    "thêm cả hết đâu luôn tháng này quý năm nay chi hội "
    "mình bên xóm thôn tôi phát sinh kết nạp được tổ chức họp đi dự tham gia sinh hoạt tăng bạo "
    "lực xảy hoạt động tổ nhóm mô hình cặp đôi con trẻ "
    "thấy ra đứa suất nữa ạ nhé a đồng tiền chi thu ủng hộ mặt khác lượt chuyển rời đến cô bác "
    "phụ nữ nhận giúp gia đình hiện nghe "
    "bị đánh đập hành hại xâm máy tính bài đăng suất học bổng công trình văn bản chương ý tưởng gian hàng"
)
_NOTHING = word_table(
    "không chưa chẳng chả ý kiến nghị đề xuất phản ánh góp thắc mắc vướng khác đâu làm nhé em chị dạ thưa no"
)
SAME_AS_BEFORE = Phrasebook[str]({
    "same": """như tháng trước; giống tháng trước; vẫn thế; vẫn vậy; y nguyên; như cũ; vẫn như cũ;
        không đổi; không thay đổi; giữ nguyên;
    như trước; giống trước; y như tháng trước; vẫn như tháng trước; như lần trước; giống lần trước;
        như kỳ trước; giống kỳ trước;
    vẫn nguyên; để nguyên; y như cũ; như quý trước; giống quý trước; như năm ngoái;
        tháng trước sao thì giờ vậy; y hệt tháng trước;
    vẫn số cũ; số cũ; như mọi khi; bằng tháng trước; cũng thế; cũng vậy; cũng như tháng trước;
        vẫn bằng tháng trước; y chang;
    y chang tháng trước; y vậy; không tăng không giảm; như cũ thôi; tháng trước thế nào thì giờ thế;
        tháng trước thế nào giờ thế;
    tháng trước sao giờ vậy; vẫn như trước; vẫn giống tháng trước; giống như tháng trước; vẫn y nguyên;
        y nguyên tháng trước;
    giống hệt tháng trước; như số cũ; theo số cũ; lấy số cũ; lấy số tháng trước; vẫn giữ nguyên;
        như hồi tháng trước; y hệt;
    vẫn thế thôi; chưa có gì thay đổi; không có gì thay đổi; chưa thay đổi; không biến động;
        không có thay đổi; tháng trước sao giờ thế;
    tháng trước sao thì giờ thế; giống như cũ; giống cũ; y như trước; y như lần trước;
        giống như lần trước; không khác gì tháng trước""",
})  # fmt: skip
_SAME_WORDS = frozenset(
    ["nhu", "giong", "van", "y", "cu", "doi", "truoc", "nguyen", "cung", "thay", "bang", "hang", "khac"]
)


# What a reader may ask of a survey.


def zero_or_none(said: Said) -> Reading | None:
    """0 for "không", "k có ai", "chả có cái nào"; not for "không biết"."""
    if said.numeric:
        return None
    core = said.core
    for words in said.ways:
        found = _ZERO.find(words)
        if found is not None:
            return Reading(
                "answer", value=0, echo=found.weak or found.payload == "not_yet", reason="said_none"
            )
    if len(core) == 1 and core[0].raw in _ZERO_LETTER:
        return Reading("answer", value=0, echo=True, reason="letter_for_zero")
    return _zero_pattern(said)


def _zero_pattern(said: Said) -> Reading | None:
    words = said.core
    heads = [spot for spot, word in enumerate(words) if is_in(word, NEGATIVE) and word.bare != "dung"]
    if len(heads) != 1 or len(words) > 12 or any(word.kind == "n" for word in words):
        return None
    head = heads[0]
    if not all(is_in(word, _ZERO_TAIL) for word in words[:head]):
        return None
    tail = words[head + 1 :]
    if not tail or not all(is_in(word, _ZERO_TAIL) for word in tail):
        return None
    if head > 0 and words[0].bare == "co":
        return None
    plain = any(
        key_of(part)[0] in {word.key for word in tail} or part in {word.bare for word in tail}
        for part in ("nào", "ai", "gì")
    )
    echo = words[head].bare == "chua" or not plain
    return Reading("answer", value=0, echo=echo, reason="said_none")


def says_nothing(said: Said) -> bool:
    """Whether "không" stands for nothing to say: alone, or with words that add nothing ("kiến nghị gì")."""
    return len(said.core) <= 8 and all(is_in(word, _NOTHING) or is_in(word, _ZERO_TAIL) for word in said.core)


def same_as_before(said: Said, expectation: Expectation) -> Reading | None:
    """ "như tháng trước": the value of the period before, echoed; asks when there is none."""
    if said.numeric or said.bares.isdisjoint(_SAME_WORDS):
        return None
    found = SAME_AS_BEFORE.first(said.ways)
    if found is None:
        return None
    if expectation.last is None:
        return Reading("ask", reason="no_last_value")
    return Reading("answer", value=expectation.last, echo=True, reason="same_as_before")
