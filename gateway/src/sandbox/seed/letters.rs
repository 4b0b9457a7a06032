//! What people write to each other: threads between the two accounts and short letters from everybody else.
use super::mime::Person;

pub const JUN: Person = ("박준", "jun@harbour.test");
pub const MINA: Person = ("최미나", "mina@papermill.test");
pub const THEO: Person = ("Theo Marsh", "theo@harbour.test");
pub const PRIYA: Person = ("Priya Nair", "priya@orchard.test");
pub const LUCIA: Person = ("Lucía Ortega", "lucia@orchard.test");
pub const HARU: Person = ("한하루", "haru@moonlight.test");
pub const OTTO: Person = ("Otto Lindqvist", "otto@papermill.test");
pub const YUNA: Person = ("서유나", "yuna@corner.test");

/// Who writes in a thread.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Who {
    Ada,
    Bora,
}
use Who::{Ada, Bora};

/// A thread: hours before now of its first letter, then the letters with the hours between them.
pub struct Thread {
    pub subject: &'static str,
    pub hours_ago: i64,
    pub letters: &'static [(Who, i64, &'static str)],
}

pub const THREADS: &[Thread] = &[
    Thread {
        subject: "Pyeonji: the first page",
        hours_ago: 30,
        letters: &[
            (
                Bora,
                0,
                "Hi Ada,\n\nI drew the first page last night. One column, a lot of air, and the letters themselves are what you see first. Do you think people will miss the sidebar?\n\nBora",
            ),
            (
                Ada,
                2,
                "Hi Bora,\n\nI tried it on the small laptop and didn't miss it once. Keep the folder names, though: my mother looked for 영수증 and found it at once.\n\nOne wish: the date could be quieter.\n\nAda",
            ),
            (
                Bora,
                5,
                "Quieter date: done. I also made the unread ones bold instead of blue; blue was shouting.\n\nCan you look at the Korean line height? Hangul sits too close at 1.4.\n\nBora",
            ),
            (
                Ada,
                14,
                "1.55 looks right on all three screens here. I put it in. Shall we show it to Jun tomorrow?\n\nAda",
            ),
            (
                Bora,
                6,
                "Yes! I asked him, he has time after lunch. Bring the printed proof if you can.\n\nBora",
            ),
        ],
    },
    Thread {
        subject: "주말에 등대 보러 갈까요?",
        hours_ago: 75,
        letters: &[
            (
                Ada,
                0,
                "보라님,\n\n이번 주말에 날씨가 맑다고 해요. 등대에 새 렌즈가 올라갔다는데 같이 보러 갈까요?\n배는 아침 아홉 시에 있어요.\n\n아다",
            ),
            (Bora, 3, "좋아요! 토요일이 좋겠어요. 도시락은 제가 쌀게요. 김밥 괜찮죠?\n\n보라"),
            (Ada, 1, "김밥이라면 언제나요. 그럼 토요일 여덟 시 사십 분에 부두에서 만나요.\n\n아다"),
            (Bora, 20, "준 오빠도 같이 가고 싶대요. 자리 하나 더 예약할게요.\n\n보라"),
        ],
    },
    Thread {
        subject: "Paper for the letter press",
        hours_ago: 220,
        letters: &[
            (
                Bora,
                0,
                "Ada, the mill can give us 200 sheets of the cotton paper. It is 20 % more than last year, and 20 % softer. Say yes?",
            ),
            (
                Ada,
                8,
                "Yes, and ask for the deckle edge. I'll pay half from the workshop budget.\n\n> It is 20 % more than last year, and 20 % softer.\n\nThat sounds like a fair exchange rate.",
            ),
            (Bora, 26, "Ordered. Mina says Thursday, which means Friday."),
        ],
    },
    Thread {
        subject: "Re-reading the old mails / 옛날 편지",
        hours_ago: 400,
        letters: &[
            (
                Ada,
                0,
                "I found our letters from the first year. 우리 정말 많이 썼네요. 그때는 하루에 세 통씩 썼어요!\n\nShould we print a few for the exhibition?",
            ),
            (
                Bora,
                30,
                "네! 특히 비 오는 날에 쓴 편지요. The one about the umbrella is still my favourite.\n\n스캔해서 보낼게요.",
            ),
        ],
    },
];

/// A short letter: from, hours ago, subject, text. The text greets nobody by name, so that both accounts can get it.
pub const LETTERS: &[(Person, i64, &str, &str)] = &[
    (
        JUN,
        1,
        "내일 점심 어때요?",
        "내일 시간 괜찮으면 같이 점심 먹어요.\n새로 생긴 칼국숫집이 괜찮다고 하네요. 열두 시 반에 그 앞에서 볼까요?\n\n준",
    ),
    (
        PRIYA,
        3,
        "Apples, finally",
        "The first crates are down from the orchard. Yours are in the shed with your name on, please bring the old crates back.\n\nThe red ones keep until March. The yellow ones don't keep until Sunday, so invite somebody.\n\nPriya",
    ),
    (
        THEO,
        7,
        "Keys to the boathouse",
        "I left the keys with the harbour office, second drawer. The lock wants a little push to the left, then patience.\n\nTheo",
    ),
    (
        MINA,
        11,
        "교정쇄 보냅니다",
        "안녕하세요.\n\n2차 교정쇄를 보냅니다. 고친 곳은 모두 연필로 표시했어요.\n\n- 12쪽: 줄 간격\n- 27쪽: 그림 설명\n- 40쪽: 쪽 번호가 빠졌습니다\n\n금요일까지 보시고 알려 주세요.\n\n최미나 드림",
    ),
    (
        OTTO,
        20,
        "Minutes of Tuesday",
        "1. The press moves to the second floor. Nobody carries it alone.\n2. We keep both inks.\n3. Cake was excellent; Lucía will be asked for the recipe.\n\nNext meeting in two weeks, same lamp.\n\nOtto",
    ),
    (
        LUCIA,
        26,
        "Re: The recipe",
        "Butter, sugar, four eggs, and the zest of two oranges. The secret is to leave it alone for a day, which nobody here has ever managed.\n\nAbrazos,\nLucía",
    ),
    (
        HARU,
        33,
        "낭독 모임 안내",
        "이번 달 낭독 모임은 달빛도서관 2층 창가 자리에서 합니다.\n함께 읽을 글: 「느린 우체국」 첫 장\n\n차와 과자는 저희가 준비합니다. 오실 분은 답장 주세요.\n\n한하루",
    ),
    (
        YUNA,
        40,
        "택배 맡아 두었어요",
        "안녕하세요. 낮에 택배가 왔는데 안 계셔서 제가 맡아 두었습니다.\n저녁 아홉 시까지 가게에 있으니 편할 때 들르세요.\n\n서유나",
    ),
    (
        THEO,
        52,
        "Tide tables",
        "High water on Saturday is at 10:42, so the nine o'clock boat is the one to take. Bring a coat; the forecast has no opinion about wind and that is never good.\n\nTheo",
    ),
    (
        PRIYA,
        60,
        "Photos from the harvest",
        "So many ladders, so few people on them. The one with the dog is for your wall.\n\nPriya",
    ),
    (
        JUN,
        70,
        "빌린 책",
        "지난번에 빌린 책 잘 읽었어요. 마지막 장이 정말 좋았습니다.\n다음에 만날 때 가져갈게요. 그런데 밑줄은 누가 그은 거예요?\n\n준",
    ),
    (
        OTTO,
        82,
        "Ink delivery",
        "Two tins of black, one of the blue that isn't quite blue. They are in the cupboard under the window. Please write down what you take.\n\nOtto",
    ),
    (
        MINA,
        95,
        "전시 벽면 크기",
        "전시장 벽면을 다시 쟀습니다.\n\n왼쪽 벽 4.2 m\n가운데 6.0 m\n오른쪽 3.8 m\n\n액자는 열두 개까지 걸 수 있을 것 같아요.",
    ),
    (
        LUCIA,
        110,
        "Spanish for beginners",
        "Wednesday at six, bring a pencil. We start with the words that everybody needs: ventana, carta, mañana.\n\nLucía",
    ),
    (
        HARU,
        130,
        "책이 도착했습니다",
        "예약하신 「종이 위의 바다」가 도착했습니다. 일주일 동안 보관해 드립니다.\n\n달빛도서관 한하루",
    ),
    (
        THEO,
        150,
        "Lost: one glove",
        "Left hand, grey wool, answers to nothing. Last seen on the ferry. If it is in your bag I won't ask how it got there.\n\nTheo",
    ),
    (
        YUNA,
        175,
        "동네 벼룩시장",
        "다음 주 일요일에 골목 벼룩시장을 엽니다. 자리는 무료이고, 안 쓰는 찻잔이 있으면 꼭 가져오세요.\n\n서유나",
    ),
    (
        PRIYA,
        200,
        "Beehive number four",
        "They moved in! Please don't stand in front of it, they have just learned the way.\n\nPriya",
    ),
    (
        JUN,
        230,
        "배 시간표가 바뀌었어요",
        "다음 달부터 마지막 배가 밤 열 시라고 합니다.\n이제 저녁 먹고 천천히 돌아와도 되겠네요.\n\n준",
    ),
    (OTTO, 260, "The stairs", "The third step is loose again. Mind your feet until Monday.\n\nOtto"),
    (
        MINA,
        300,
        "종이 견본",
        "면 종이 견본 세 가지를 우편으로 보냈습니다. 두꺼운 것이 활판에 잘 맞을 거예요.",
    ),
    (
        LUCIA,
        340,
        "Postcards",
        "I counted: we have 412 postcards and 9 stamps. Someone should do something, and I think it is the person with the stamps.\n\nLucía",
    ),
    (
        HARU,
        380,
        "회원 카드 재발급",
        "회원 카드를 새로 만들었습니다. 오실 때 신분증을 가져오세요.\n\n달빛도서관",
    ),
    (THEO, 430, "Rowing on Sunday?", "Four of us so far. The more the slower, so come.\n\nTheo"),
];

/// Subjects and texts that come again and again.
pub const REGULAR: &[(Person, &str, &str)] = &[
    (
        OTTO,
        "Week {n} at the papermill",
        "What happened in week {n}:\n\n- the press ran on four days\n- one roller was cleaned, one complained\n- nobody dropped anything\n\nOtto",
    ),
    (
        JUN,
        "{n}주차 항구 소식",
        "{n}주차 항구 소식입니다.\n\n들어온 배 {n}척, 갈매기는 세지 못했습니다.\n\n박준",
    ),
    (
        PRIYA,
        "Orchard note {n}",
        "Note {n}: the trees are fine, the ladder isn't. Whoever borrowed the long saw, it would like to come home.\n\nPriya",
    ),
    (
        HARU,
        "달빛도서관 새 책 ({n})",
        "이번에 들어온 새 책 {n}권의 목록은 입구 게시판에 있습니다.\n천천히 둘러보세요.",
    ),
];
