"""Commands, in any state, when the whole message is one: skip, back, later, help, stop and the others.

Knows the many ways each is said and nothing of what is being asked. A long text that only mentions "sau" or
"thôi" is no command, for only whole phrases are found.
"""

import re

from handlers.language.normalise import Said, is_in, without_subject, word_table
from handlers.language.phrasebook import Found, Phrasebook
from handlers.language.reading import Kind, Reading

_PHRASES: dict[Kind, str] = {
    "skip": """bỏ qua; qua câu khác; cho qua; bỏ qua câu này; bỏ câu này; bỏ; qua câu này; câu khác;
        skip; sang câu khác;
        chuyển câu khác; qua; bỏ qua đi; bỏ đi; cho chị qua; cho qua câu này; để trống; bỏ trống; qua đi;
        bỏ qua giúp chị; cho chị bỏ qua; không trả lời; không muốn trả lời; thôi bỏ qua; cho bỏ qua;
        bỏ qua nhé""",
    "next": """tiếp; next; tiếp tục; tiếp đi; câu tiếp; câu tiếp theo; sang câu tiếp; làm tiếp;
        hỏi tiếp; hỏi tiếp đi;
        sang câu sau; câu sau; câu kế tiếp; tiếp theo; tiếp luôn; hỏi nốt; hỏi nốt đi; làm nốt; làm tiếp đi;
        tiếp tục đi; em hỏi tiếp đi; em hỏi nốt đi; cho chị làm tiếp; trả lời tiếp""",
    "back": """lại; quay lại; câu trước; về câu trước; quay lại câu trước; trở lại; back; quay về;
        quay về câu trước;
        lùi lại; lùi; lui lại; nhắn nhầm câu trên; nhầm câu trên; nhầm câu trước; nhắn nhầm câu trước;
        nhầm câu vừa rồi;
        làm lại câu trước; hỏi lại câu trước; cho chị quay lại; trở lại câu trước; nhắn nhầm; nhầm rồi;
        sửa câu trước; sửa câu trên; sửa lại câu trước; sửa lại câu trên; sửa câu vừa rồi; ghi nhầm;
        gõ nhầm; bấm nhầm;
        trả lời nhầm; trả lời nhầm câu trước; nhầm mất rồi; làm lại câu vừa rồi; câu trên sai;
        câu trước sai rồi""",
    "edit":
        "sửa; sửa lại; chỉnh sửa; cần sửa; muốn sửa; cho chị sửa; chữa lại; sửa số; đổi lại; muốn "
        "sửa lại; sửa giúp chị",
    "show": """xem; xem lại; xem số; cho xem; cho chị xem; xem báo cáo; xem số liệu; xem kết quả;
        cho chị xem lại;
        xem lại số liệu; xem lại báo cáo; xem dữ liệu; xem câu trả lời; đọc lại cho chị nghe; đọc lại;
        xem tất cả""",
    "status": """đã gửi chưa; gửi chưa; gửi rồi mà; đã gửi rồi mà; nộp rồi mà; báo rồi mà;
        đã nhận được chưa; nhận được chưa;
        nhận chưa; báo cáo gửi chưa; đã nộp chưa; nộp chưa; xong chưa; tới đâu rồi; đến đâu rồi; còn mấy câu;
        còn bao nhiêu câu; còn mấy câu nữa; còn câu nào nữa không; báo cáo rồi mà; trả lời rồi mà;
        nhắn rồi mà;
        gửi từ hôm qua rồi mà; gửi hôm qua rồi mà; đã báo rồi mà; số gửi chưa; em nhận được chưa;
        em nhận chưa; số của chị gửi chưa; báo cáo của chị gửi chưa; đã gửi được chưa; gửi được chưa;
        gửi đi chưa;
        còn thiếu gì không; còn thiếu câu nào không; xong hết chưa; còn mấy câu nữa hả; đã xong chưa;
        báo cáo xong chưa;
        gửi rồi cơ mà; nộp rồi cơ mà; trả lời rồi cơ mà; gửi rồi còn gì; đã báo cáo chưa; gửi lên xã chưa""",
    "help": """giúp; trợ giúp; help; hướng dẫn; giúp chị; giúp tôi; giúp với; giúp chị với; là sao;
        là gì; sao; gì; hả;
        không hiểu; chưa hiểu; không hiểu gì; chả hiểu gì; chẳng hiểu gì; không hiểu câu này;
        chưa hiểu câu hỏi; khó hiểu;
        ví dụ; cho ví dụ; ví dụ đi; chỉ chị với; hướng dẫn chị; hướng dẫn chị với; ghi thế nào;
        ghi như thế nào;
        trả lời thế nào; trả lời như thế nào; nhắn thế nào; làm thế nào; thế nào; như thế nào;
        là như thế nào; nghĩa là gì;
        nghĩa là sao; ý là sao; ý là gì; ý em là sao; câu này là sao; là thế nào; không biết làm;
        không biết ghi;
        không biết trả lời sao; chỉ chị cách làm; chưa hiểu ý em; không hiểu ý em; không rõ câu hỏi;
        làm sao; làm như nào;
        ghi gì; ghi sao; trả lời sao; nhắn gì; hỏi gì; hỏi gì thế; hỏi cái gì; cái gì; là cái gì;
        không biết dùng;
        không biết nhắn thế nào; không biết bấm; hướng dẫn tôi; khó quá; ghi cái gì; tính thế nào;
        tính cả ai; sao thế;
        như nào; là như nào; thế là sao; nói lại đi; giải thích; giải thích đi; giải thích giúp chị;
        chị hỏi tí; cho chị hỏi;
        không biết ghi thế nào; không biết trả lời thế nào; chưa biết ghi thế nào; ghi vào đâu""",
    "stop":
        "dừng; dừng lại; stop; dừng ở đây; tạm dừng; kết thúc; thoát; dừng thôi; cho chị dừng; thôi "
        "dừng; nghỉ đã; dừng báo cáo",
    "cancel": """hủy; hủy bỏ; hủy đi; hủy báo cáo; cancel; thôi không gửi nữa; không gửi nữa; bỏ hết;
        hủy hết; hủy hết đi;
        thôi hủy; hủy giúp chị; không báo nữa; thôi không báo nữa; thôi không làm nữa""",
    "mute": """tắt nhắc; đừng nhắn nữa; đừng nhắc nữa; tắt nhắc nhở; tắt thông báo; không nhắc nữa;
        đừng nhắn; đừng nhắc;
        ngừng nhắc; thôi đừng nhắn nữa; tắt tin nhắn; đừng gửi nữa; đừng gửi tin nữa; đừng làm phiền;
        không nhắn nữa;
        nhắn ít thôi; nhắn nhiều quá; phiền quá; đừng nhắc chị nữa; đừng nhắn cho chị nữa;
        em đừng nhắn nữa; em đừng nhắc nữa;
        tắt; tắt đi; dừng nhắc; thôi đừng nhắc nữa; không cần nhắc; không cần nhắc nữa;
        không cần nhắn nữa; tắt nhắc đi;
        đừng nhắn tin nữa; đừng làm phiền nữa; làm phiền quá; nhắc nhiều quá; đừng nhắn cho tôi nữa;
        hủy nhắc""",
    "unmute": """bật nhắc; bật lại nhắc; bật nhắc lại; bật; bật thông báo; bật lại; nhắc lại đi;
        bật nhắc nhở; lại nhắc chị nhé;
        mở nhắc; mở lại nhắc; nhắc chị như trước; cứ nhắc chị; bật lại nhắc nhở; bật lại thông báo;
        nhắn lại cho chị;
        bật lại nhắc cho chị""",
    "delete_request": """xóa dữ liệu của tôi; xóa; xóa dữ liệu; xóa tài khoản; xóa luôn; xóa hết;
        xóa dữ liệu của chị;
        xóa tài khoản của chị; xóa thông tin; xóa thông tin của chị; xóa hết dữ liệu; xóa tên chị;
        xóa tài khoản của tôi;
        xóa thông tin của tôi; xóa hết thông tin của chị; xóa số liệu của chị; xóa chị khỏi đây;
        xóa hết dữ liệu của chị;
        xóa tên tôi; xóa hết đi; xóa hết dữ liệu của tôi; muốn xóa dữ liệu; muốn xóa tài khoản; xóa giúp chị;
        xóa thông tin cá nhân""",
    "withdraw_consent": """rút đồng ý; rút; rút lại đồng ý; rút lại sự đồng ý; rút sự đồng ý;
        không đồng ý nữa;
        thôi không đồng ý nữa; rút lại; muốn rút đồng ý; rút lại ý kiến đồng ý; chị không đồng ý nữa;
        tôi không đồng ý nữa;
        hủy đồng ý; muốn rút lại đồng ý; rút khỏi chương trình; không cho lưu nữa; không đồng ý lưu nữa""",
    "role_ended": """nghỉ chi hội trưởng rồi; không làm chi hội trưởng nữa; thôi làm chi hội trưởng;
        hết làm chi hội trưởng;
        nghỉ làm chi hội trưởng; nghỉ chi hội trưởng; không làm nữa rồi; không còn làm chi hội trưởng;
        bàn giao rồi;
        hết nhiệm kỳ rồi; thôi chi hội trưởng rồi; không làm chi hội trưởng nữa rồi;
        nghỉ công tác hội rồi; nghỉ làm rồi;
        không còn làm chi hội trưởng nữa; nghỉ công tác rồi; bàn giao cho người khác rồi; thôi chi hội trưởng;
        không phải chi hội trưởng nữa; không còn là chi hội trưởng; không còn là chi hội trưởng nữa;
        hết nhiệm kỳ;
        nghỉ làm chi hội trưởng rồi; thôi làm chi hội trưởng rồi; nghỉ hội rồi; bàn giao chi hội rồi;
        nghỉ cht rồi;
        giờ người khác làm chi hội trưởng; có chi hội trưởng mới rồi; không tham gia hội nữa;
        bàn giao cho chị khác rồi;
        hết làm chi hội trưởng rồi; không làm bên hội nữa; thôi việc hội rồi; nghỉ việc hội rồi""",
    "identity": """ai đấy; lừa đảo à; ai; ai thế; ai vậy; em là ai; ai nhắn đấy; ai nhắn thế;
        số ai đây; lừa đảo; có phải lừa đảo không;
        có lừa đảo không; đây là ai; ai đây; robot à; máy à; có phải người không; em là người hay máy;
        là người hay máy;
        ai nhắn cho chị thế; bạn là ai; ở đâu đấy; có phải máy không; em ở đâu; tài khoản này của ai;
        em là ai thế;
        đang nói chuyện với ai; em tên gì; em tên là gì; phải lừa đảo không; lừa đảo hả;
        lừa đảo phải không; ai nhắn đây;
        của ai đây; có phải hội không; bên nào đấy; bên nào nhắn đấy; có tin được không; có thật không;
        em bên nào; em là ai đấy;
        bot à; robot hả; máy hả; máy trả lời à; sao biết số chị; lấy số chị ở đâu""",
    "ack": """cảm ơn; cảm ơn em; cảm ơn em nhé; cảm ơn em nhiều; hihi; haha; hehe; hi hi; ha ha; he he;
        cám ơn; cám ơn em; hì hì;
        tốt; tốt quá; hay quá; thank you; em giỏi quá; giỏi quá; cảm ơn nhiều; cảm ơn nhé; vâng cảm ơn;
        ok cảm ơn;
        ừ cảm ơn; ngoan quá; chúc em ngủ ngon; chúc em vui; chúc em sức khỏe; cảm ơn cháu; cám ơn cháu;
        chị cảm ơn em;
        chị cảm ơn; em ngoan quá; hí hí; kaka; hi; ok cảm ơn em; vâng cảm ơn em; ừ cảm ơn em;
        cảm ơn em đã nhắc;
        xin cảm ơn; cảm ơn em đã giúp; giỏi thế; hay thế; may quá; vui quá; cảm ơn trợ lý""",
    "greet": """chào em; alo; a lô; chào; xin chào; hello; em ơi; chào cháu; chào bạn; chào em nhé;
        hi em; chào trợ lý; ê em;
        ê; alô; em ơi em; chào buổi sáng; chào buổi tối; chào buổi chiều; xin chào em; chị chào em;
        alo em; này em; alo alo;
        hê lô; chào hội; em à; cháu ơi; chúc em buổi sáng tốt lành; em có đó không""",
    "human": """gặp người thật; gặp người; nói chuyện với người thật; cho gặp người; cho chị gặp người;
        gặp cán bộ;
        cho chị gặp cán bộ; gọi cho chị; gọi điện cho chị; gọi lại cho chị; cho gặp người thật;
        muốn gặp người thật;
        cho chị gặp người thật; nói chuyện với cán bộ; gặp chị chủ tịch; cho chị số điện thoại;
        muốn nói chuyện với người thật;
        cho chị nói chuyện với người thật; muốn gặp cán bộ; gọi chị nhé; gọi cho tôi; gặp chủ tịch hội;
        cần gặp người;
        gặp nhân viên; có người thật không; gọi điện được không; cho chị số chủ tịch;
        muốn nói chuyện với cán bộ;
        cho gặp cán bộ; cho gặp chị chủ tịch; cho xin số điện thoại; cho chị xin số điện thoại;
        liên hệ ai; hỏi ai được;
        chị muốn gặp người thật; gọi cho chị nhé; gọi điện đi""",
    "menu":
        "quyền; quyền của chị; quyền của tôi; menu; danh mục; danh sách lệnh; các lệnh; mục lục; "
        "trang chủ; quay về đầu; menu chính; có những gì; làm được gì; có chức năng gì; em làm được "
        "gì",
    "start": """bắt đầu; start; bắt đầu đi; bắt đầu luôn; bắt đầu thôi; vào báo cáo; làm báo cáo;
        báo cáo; làm luôn; bắt đầu nhé;
        làm luôn đi; bắt đầu báo cáo; em hỏi đi; hỏi đi; hỏi luôn đi; cho chị bắt đầu;
        chị muốn báo cáo; làm đi; bắt đầu nào;
        muốn báo cáo; gửi báo cáo; nộp báo cáo; báo cáo luôn; ok bắt đầu; ừ bắt đầu; vâng bắt đầu;
        sẵn sàng; sẵn sàng rồi""",
    "restart": """làm lại từ đầu; làm lại; bắt đầu lại; từ đầu; báo cáo lại; báo cáo lại từ đầu;
        hỏi lại từ đầu; nhập lại từ đầu;
        làm lại hết; bắt đầu lại từ đầu; làm lại tất cả; nhập lại; làm lại báo cáo; restart; cho chị làm lại;
        cho chị làm lại từ đầu; làm lại nhé; quay lại từ đầu; xóa làm lại; xóa đi làm lại;
        hỏi lại tất cả; làm lại đi""",
    "unknown": """không biết; không rõ; chưa rõ; chưa biết; không nắm được; không nắm; chưa nắm được;
        chưa nắm; quên rồi; quên; chịu;
        không nhớ; chả nhớ; không nhớ rõ; chẳng biết; chả biết; chưa có số; chưa có số liệu;
        chưa thống kê; chưa tổng hợp;
        không nắm rõ; chưa nắm rõ; chưa tổng hợp được; chưa thống kê được; không biết bao nhiêu;
        không biết được; chịu thôi;
        chưa đếm; chưa tính; không nhớ nữa; quên mất; quên mất rồi; chưa biết được; không rõ lắm;
        chưa rõ lắm; không chắc;
        chưa chắc; không biết rõ; chưa tính được; chưa có số chính xác; không có số; không có số liệu;
        ai biết; biết đâu;
        biết đâu được; làm sao biết; làm sao biết được; sao chị biết; chả rõ; chẳng rõ; không để ý;
        quên không đếm; không đếm;
        chưa rõ số; chưa biết số; chị quên rồi; chịu rồi; chịu luôn; không theo dõi;
        không nhớ chính xác; chưa có con số;
        không biết nữa; không biết đâu; chưa đếm được; chưa rõ nữa; làm sao mà biết;
        làm sao mà biết được; không thống kê;
        chưa nhớ ra; không nhớ ra; không nhớ được; chẳng nhớ; chẳng nhớ nữa; chả nhớ nữa;
        chưa cập nhật; chưa nắm được số;
        không nắm được số; không nắm số; chịu không biết; quên béng; quên béng mất; chưa hỏi;
        chưa hỏi được; dunno;
        không có số chính xác; chưa nghe báo; không biết ghi gì; không biết viết gì; chưa biết ghi gì;
        không biết nói gì; chưa nghĩ ra; chưa nghĩ ra gì; chưa nghĩ ra ý kiến gì; chưa ai báo;
        không ai báo; chưa thấy ai báo; không rõ nữa; khó nói""",
}  # fmt: skip

BOOK: Phrasebook[Kind] = Phrasebook(_PHRASES)

# Said after "chưa rõ" and the like, it changes nothing: she will find out.
_UNKNOWN_HEADS = re.compile(
    r"^(chua|khong|chang|cha) (ro|biet|nam|nho|chac|thong ke|tong hop|tinh|dem)\b(?!.*\b(phai|dong y)\b)"
)
_ASKS_LATER = re.compile(
    r"\b(de|cho) (chi|co|bac|toi|minh|em|tao)? ?(hoi|xem|kiem tra|dem|tinh|tong hop|ra soat)\b"
)
_EDIT_NUMBER = re.compile(
    r"^(?:(?:chi|cho chi|em|toi|muon|can) )*(?:sua|chinh|chua|doi|thay)(?: (?:lai|giup|cho|ho|chi|em))*"
    r" (?:(?:o|cai|cau|so|muc|y|cau so|cau thu|thu) )?([0-9]{1,2})(?: (?:giup|cho|ho|chi|em|nhe"
    r"|voi|a|di|thanh .*|la .*|[0-9].*))*$"
)
_WRONG_NUMBER = re.compile(
    r"^(?:o )?(?:cau|muc) (?:so |thu )?([0-9]{1,2}) (?:bi |ghi |nhan |tra loi |chi ghi |chi nhan "
    r")?(?:sai|nham|chua dung|khong dung)"
    r"(?: roi| mat| mat roi)?$"
)
_NAMED_WRONG = re.compile(r"^(?:sai|nham) (?:cau|muc)(?: so)? ([0-9]{1,2})(?: roi)?$")
_EDIT_WORDS = re.compile(r"^(?:sua|chinh|doi|thay)(?: (?:lai|giup|cho|ho|chi|em))* (.+)$")
_EDIT_STEMS = frozenset(["sua", "chinh", "chua", "doi", "thay", "nham", "sai", "dung"])
_UNKNOWN_STEMS = frozenset(["chua", "khong", "chang", "cha"])
_LAUGHTER = re.compile(r"^(?:(?:hi|hy|ha|he|hehe|ka|kha|kk|hu){2,12}|k{3,}|kk)$")
_DANGEROUS = frozenset({"delete_request", "withdraw_consent", "role_ended", "stop", "cancel", "mute"})


def whole_command(said: Said) -> Found[Kind] | None:
    """The command that the whole message is, if it is one."""
    core = said.core
    if len(core) == 1 and _LAUGHTER.match(core[0].bare):
        return Found("ack", False)
    if len(core) > BOOK.longest + 1:
        return None
    found = BOOK.first(said.ways)
    if found is None and len(core) > 1 and is_in(core[-1], _TAILS):
        if len(core) == 2 and core[-1].key != "đi":
            return None  # "xem đi", "dừng đi"; but "thế" and "vậy" close what is longer
        found = BOOK.first((core[:-1], without_subject(core[:-1])))
    return found


# "em là ai vậy", "xóa hết dữ liệu của tôi đi": words that add nothing at the end.
_TAILS = word_table("vậy thế hả nhỉ đi với hở vầy nào")


def near_command(said: Said) -> Found[Kind] | None:
    """A command with one slip of the fingers; never one that stops or deletes something."""
    found = BOOK.near(said.core)
    return found if found is not None and found.payload not in _DANGEROUS else None


def read_edit(said: Said) -> Reading | None:
    """ "sửa câu 3", "câu 2 sai rồi", "sửa lại số hội viên": the target is a number or her words."""
    if said.bares.isdisjoint(_EDIT_STEMS):
        return None
    words = without_subject(said.core)
    if words[0].key in ("chưa", "chua"):
        return None  # "chưa, 20/3 mới họp" is no "chữa"
    bare = " ".join([word.bare for word in words])
    for pattern in (_EDIT_NUMBER, _WRONG_NUMBER, _NAMED_WRONG):
        match = pattern.match(bare)
        if match:
            return Reading("edit", target=int(match.group(1)))
    return _edit_by_words(said, bare)


def _edit_by_words(said: Said, bare: str) -> Reading | None:
    words = without_subject(said.core)
    starts_marked = words[0].key in ("sửa", "sưa4", "sua", "chinh4", "đôi4", "thay")
    match = _EDIT_WORDS.match(bare) if starts_marked else None
    if match is None or len(words) > 8 or (words[0].bare in ("doi", "thay", "chinh") and len(words) > 5):
        return None
    count = len(match.group(1).split())
    target = " ".join(word.raw for word in words[-count:])
    return Reading("edit", target=target)


def read_unknown(said: Said) -> Reading | None:
    """ "chưa rõ, để chị hỏi lại": she does not know yet."""
    words = without_subject(said.core)
    if said.bares.isdisjoint(_UNKNOWN_STEMS) or len(words) > 14:
        return None
    bare = " ".join(word.bare for word in words)
    if _UNKNOWN_HEADS.match(bare) and not any(word.kind == "n" for word in words):
        head = BOOK.find(words[:2]) or BOOK.find(words[:3])
        if (head is not None and head.payload == "unknown") or _ASKS_LATER.search(bare):
            return Reading("unknown", reason="said_unknown")
    return None
