//! The guided tour: ten minutes from "what is a mailbox" to "which should I use". Each stop is a piece of an experiment that runs for
//! real, beside the words of one participant.
use super::scenario::{RELAY, Words};

/// A text in the languages that we speak, as it is written here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said {
    pub en: &'static str,
    pub ko: &'static str,
}

impl From<Said> for Words {
    fn from(said: Said) -> Self {
        Self { en: said.en.into(), ko: said.ko.into() }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop {
    pub id: &'static str,
    pub experiment: &'static str,
    /// The run, counted from 0.
    pub variant: u32,
    /// Steps of the scenario, counted from 1, both included.
    pub from: u32,
    pub to: u32,
    /// Whose transcript is looked at.
    pub device: &'static str,
    pub title: Said,
    pub text: Said,
}

pub const TOUR: [Stop; 12] = [
    Stop {
        id: "mailbox",
        experiment: "E12",
        variant: 0,
        from: 1,
        to: 2,
        device: "phone",
        title: Said { en: "What is a mailbox?", ko: "메일함이란?" },
        text: Said {
            en: "Your mail doesn’t arrive on your phone. It arrives in a mailbox, which lies on your provider’s server and is there \
                 day and night. Here are two: Ada’s and Bora’s, at two providers. A mail program signs in to its mailbox and asks \
                 what is new.",
            ko: "메일은 휴대전화로 바로 오지 않습니다. 메일 제공자의 서버에 있는 메일함으로 오고, 메일함은 밤낮으로 열려 있습니다. \
                 여기에는 서로 다른 제공자에 있는 에이다의 메일함과 보라의 메일함이 있습니다. 메일 프로그램은 자기 메일함에 \
                 로그인해 새 메일이 있는지 묻습니다.",
        },
    },
    Stop {
        id: "sending",
        experiment: "E12",
        variant: 0,
        from: 3,
        to: 3,
        device: "bora",
        title: Said { en: "Bora sends a letter", ko: "보라가 편지를 보냅니다" },
        text: Said {
            en: "Sending has a language of its own, SMTP. Bora’s program signs in to her provider, says from whom and for whom the \
                 letter is, and hands it over. Then it puts a copy into her folder Sent: the letter that leaves doesn’t stay by \
                 itself.",
            ko: "메일을 보낼 때는 SMTP라는 언어를 따로 씁니다. 보라의 프로그램은 보라의 제공자에 로그인해 보내는 사람과 받는 사람을 말하고 \
                 편지를 넘깁니다. 그런 다음 ‘보낸 편지함’에 사본을 넣습니다. 보낸 편지가 저절로 남는 것은 아닙니다.",
        },
    },
    Stop {
        id: "relay",
        experiment: "E12",
        variant: 0,
        from: 3,
        to: 3,
        device: RELAY,
        title: Said { en: "From server to server", ko: "서버에서 서버로" },
        text: Said {
            en: "Bora’s provider looks up who takes mail for Ada, and says the same sentences there. Nobody signs in this time: a \
                 server takes mail for its own people from anybody. Each server on the way writes a line “Received” on top of \
                 the letter, like a postmark.",
            ko: "보라의 제공자는 에이다의 메일을 받는 서버를 찾아가 같은 말을 다시 합니다. 이번에는 아무도 로그인하지 않습니다. 서버는 자기 \
                 사용자에게 온 메일이라면 누가 가져와도 받습니다. 편지가 지나간 서버는 저마다 소인을 찍듯 맨 위에 ‘Received’ 줄을 씁니다.",
        },
    },
    Stop {
        id: "imap",
        experiment: "E12",
        variant: 0,
        from: 4,
        to: 4,
        device: "phone",
        title: Said { en: "IMAP: looking into the mailbox", ko: "IMAP: 메일함을 들여다보기" },
        text: Said {
            en: "Ada’s phone speaks IMAP. It had stayed on the line, so it heard of the letter at once. Sender and subject came \
                 first, the text only when the letter was opened. The letter itself stays in the mailbox, and the mailbox now \
                 knows that it was read.",
            ko: "에이다의 휴대전화는 IMAP을 씁니다. 연결된 채 기다리고 있었으므로 편지가 온 것을 바로 알았습니다. 보낸 사람과 제목이 먼저 \
                 오고, 본문은 편지를 열 때에야 옵니다. 편지는 메일함에 그대로 있고, 읽었다는 사실도 메일함에 남습니다.",
        },
    },
    Stop {
        id: "pop3",
        experiment: "E12",
        variant: 0,
        from: 5,
        to: 6,
        device: "laptop",
        title: Said { en: "POP3: taking mail home", ko: "POP3: 메일을 집으로 가져오기" },
        text: Said {
            en: "Ada’s laptop speaks POP3. It comes by, asks what there is, fetches whole letters, and leaves. Here it leaves the \
                 mailbox its copy; it could also have deleted it. Count the copies: the letter now lies in five places.",
            ko: "에이다의 노트북은 POP3를 씁니다. 잠깐 들러 무엇이 있는지 묻고, 편지를 통째로 받은 뒤 떠납니다. 여기서는 메일함에 \
                 사본을 남겼지만 지우게 할 수도 있습니다. 사본을 세어 보면 편지는 이제 다섯 곳에 있습니다.",
        },
    },
    Stop {
        id: "together",
        experiment: "E1",
        variant: 0,
        from: 1,
        to: 9,
        device: "imap-b",
        title: Said { en: "Two devices with IMAP", ko: "IMAP 기기 두 대" },
        text: Said {
            en: "Everything that one device does with IMAP happens in the mailbox: reading, starring, filing, deleting. The other \
                 device looks into the same mailbox, so it sees all of that. Watch its lines: nobody touches it, and it hears \
                 of each change.",
            ko: "IMAP에서는 읽기, 별표, 이동, 삭제가 모두 메일함에서 일어납니다. 다른 기기도 같은 메일함을 들여다보므로 그대로 보입니다. \
                 오가는 줄을 보면, 아무도 만지지 않은 기기가 바뀐 것을 하나하나 전해 듣습니다.",
        },
    },
    Stop {
        id: "emptied",
        experiment: "E2",
        variant: 0,
        from: 1,
        to: 4,
        device: "pop3-b",
        title: Said { en: "Two devices with POP3", ko: "POP3 기기 두 대" },
        text: Said {
            en: "With POP3 the first device may fetch the mail and delete it from the mailbox. The second one comes, asks, and finds \
                 nothing. The mail isn’t lost: it is on the first device, and nowhere else.",
            ko: "POP3에서는 첫 번째 기기가 메일을 받고 메일함에서 지울 수 있습니다. 두 번째 기기가 와서 물으면 아무것도 없습니다. \
                 메일이 사라진 것은 아닙니다. 첫 번째 기기에만 있고 다른 곳에는 없습니다.",
        },
    },
    Stop {
        id: "copies",
        experiment: "E3",
        variant: 0,
        from: 1,
        to: 9,
        device: "pop3-b",
        title: Said { en: "Leaving a copy", ko: "서버에 사본 남기기" },
        text: Said {
            en: "So let each device leave a copy. Now both have the mail, but each has its own: what was read, starred or deleted on \
                 one isn’t so on the other. POP3 has no words for such things.",
            ko: "그래서 기기마다 서버에 사본을 남기게 해 봅니다. 이제 두 기기에 모두 메일이 있지만 사본은 따로따로입니다. 한 기기에서 \
                 읽거나 별표를 달거나 지운 것이 다른 기기에는 나타나지 않습니다. POP3에는 그런 것을 전할 말이 없습니다.",
        },
    },
    Stop {
        id: "sent",
        experiment: "E4",
        variant: 0,
        from: 1,
        to: 5,
        device: "laptop",
        title: Said { en: "Where is what you sent?", ko: "보낸 메일은 어디에?" },
        text: Said {
            en: "POP3 can only fetch. What the laptop sends is kept on the laptop, and the phone never hears of it. A copy to \
                 yourself helps, because it comes back like any letter. With IMAP the copy lies in the mailbox, in Sent, for all \
                 devices.",
            ko: "POP3는 받아 오는 것밖에 못 합니다. 노트북에서 보낸 메일은 노트북에 남고 휴대전화는 알지 못합니다. 나에게도 사본을 보내면 \
                 여느 편지처럼 돌아오므로 도움이 됩니다. IMAP이라면 사본이 메일함의 ‘보낸 편지함’에 있어 모든 기기에서 보입니다.",
        },
    },
    Stop {
        id: "room",
        experiment: "E5",
        variant: 0,
        from: 1,
        to: 1,
        device: "imap-a",
        title: Said { en: "When the mailbox is full", ko: "메일함이 가득 차면" },
        text: Said {
            en: "A mailbox has a size, and with IMAP everything stays in it. This one is small: after about twenty days it is full, \
                 and the server refuses what comes. The senders are told; you aren’t.",
            ko: "메일함에는 크기가 정해져 있고, IMAP에서는 모든 메일이 그 안에 있습니다. 여기 메일함은 작아서 20일쯤 지나면 가득 차고, \
                 서버는 새로 오는 메일을 거절합니다. 이 사실은 보낸 사람에게 알려지고, 나에게는 알려지지 않습니다.",
        },
    },
    Stop {
        id: "lost",
        experiment: "E7",
        variant: 0,
        from: 1,
        to: 9,
        device: "pop3-a",
        title: Said { en: "When a device breaks", ko: "기기가 고장 나면" },
        text: Said {
            en: "Here the mail was fetched by POP3 and deleted from the mailbox, and then the device broke. The new one finds \
                 nothing: there was one copy, and it is gone. Whoever keeps mail on a device alone needs backups.",
            ko: "여기서는 POP3로 메일을 받고 메일함에서 지운 뒤에 기기가 고장 났습니다. 새 기기에는 아무것도 없습니다. 하나뿐이던 사본이 \
                 사라졌기 때문입니다. 메일을 기기에만 두려면 백업이 필요합니다.",
        },
    },
    Stop {
        id: "which",
        experiment: "E5",
        variant: 3,
        from: 1,
        to: 1,
        device: "pop3-a",
        title: Said { en: "Which should I use?", ko: "무엇을 쓰면 좋을까요?" },
        text: Said {
            en: "Several devices: IMAP, for nearly everybody. POP3 has its place, too: here one device empties the same small mailbox \
                 for thirty days, and no letter is refused. That is right for one device that keeps everything, and is backed \
                 up. The advisor tries it with your own habits.",
            ko: "기기가 여러 대라면 거의 누구에게나 IMAP이 좋지만, POP3가 알맞은 곳도 있습니다. 여기서는 기기 한 대가 30일 동안 똑같이 \
                 작은 메일함을 비우고, 거절되는 편지가 한 통도 없습니다. 모든 메일을 보관하고 백업도 하는 기기 한 대라면 이쪽이 맞습니다. \
                 ‘추천’에서는 여러분의 습관대로 직접 시험해 볼 수 있습니다.",
        },
    },
];

/// The stop of this identifier.
pub fn stop(id: &str) -> Option<&'static Stop> {
    TOUR.iter().find(|stop| stop.id == id)
}
