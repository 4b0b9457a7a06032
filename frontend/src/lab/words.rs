//! The texts of the lab's page, apart from the mail page's: each module has its own alone.
use crate::i18n::Locale;
use pyeonji_shared::lab::report::Verdict;
use pyeonji_shared::lab::scenario::Words;

macro_rules! words {
    ($($key:ident $english:literal $korean:literal)*) => {
        /// A text of the lab.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum W { $($key),* }

        impl W {
            const TEXTS: &[(&str, &str)] = &[$(($english, $korean)),*];
            #[cfg(test)]
            pub const ALL: &[W] = &[$(W::$key),*];
        }
    };
}

words! {
    Title "IMAP and POP3, side by side" "IMAP과 POP3, 나란히 보기"
    Lead "The same mailbox, both protocols, two devices each. Run an experiment, or act by hand, and watch who holds what, what passes on the wire, and what is true." "같은 메일함을 두 프로토콜로, 기기 두 대씩. 실험을 실행하거나 직접 조작하면서 누가 무엇을 가졌는지, 회선에 무엇이 오가는지, 무엇이 사실인지 확인하세요."
    Mail "Mail" "메일"
    Parts "Parts of the lab" "실험실 메뉴"
    TabExperiments "Experiments" "실험"
    TabTour "Guided tour" "안내"
    TabAdvisor "Advisor" "추천"
    TabCard "Report card" "성적표"
    TabMine "My mailbox" "내 메일함"
    MineLead "Your account by IMAP and by POP3. Looking only reads: nothing is fetched whole, marked, moved or deleted." "내 계정을 IMAP과 POP3로 들여다봅니다. 살펴보기는 읽기만 합니다. 메일을 받거나 표시하거나 옮기거나 지우지 않습니다."
    MineLook "Look at my mailbox" "내 메일함 살펴보기"
    MineFound "In your mailbox" "내 메일함에서"
    MineUnknown "can’t be told" "알 수 없음"
    MineSignIn "You aren’t signed in. Sign in, then come back here." "로그인하지 않았습니다. 로그인한 뒤 다시 오세요."
    MineGone "Nothing was fetched: the message isn’t where it was, the offer is too old, or the server can’t do that. Look again." "받은 메일은 없습니다. 메일이 그 자리에 없거나, 제안이 오래되었거나, 서버가 지원하지 않습니다. 다시 살펴보세요."
    Experiments "Experiments" "실험"
    OwnBench "Your own bench" "나만의 실험대"
    OwnLead "Nothing has happened yet. Deliver a message, then let the devices check." "아직 아무 일도 없었습니다. 메일을 배달한 뒤 기기에서 확인해 보세요."
    Brought "From a file or a link" "파일이나 링크에서"
    Run "Run" "실행"
    RunAll "All at once" "한꺼번에 실행"
    Play "Play" "재생"
    Pause "Pause" "멈춤"
    Next "Step" "한 단계"
    Back "Back" "뒤로"
    Reset "Reset" "처음으로"
    Undo "Undo" "되돌리기"
    Progress "Step {n} of {all}" "{all}단계 중 {n}단계"
    Scrub "Steps done" "진행한 단계"
    NotBegun "Nothing has been done yet." "아직 시작하지 않았습니다."
    Clock "{time} since the beginning" "시작 후 {time}"
    Conditions "Conditions" "조건"
    Condition "Condition" "조건"
    AsIs "as it stands" "그대로"
    Bench "Bench" "실험대"
    ImapDevice "IMAP device {name}" "IMAP 기기 {name}"
    Pop3Device "POP3 device {name}" "POP3 기기 {name}"
    Server "Mail server" "메일 서버"
    OtherServer "The other provider" "상대편 메일 서버"
    Relay "Relay between the servers" "서버 사이 중계"
    World "the world outside" "바깥세상"
    NotUsed "Not used here." "여기서는 쓰지 않습니다."
    Empty "Empty." "비어 있음."
    More "and {n} more" "외 {n}통"
    Offline "No network" "네트워크 없음"
    Holds "{n} message, {size}|{n} messages, {size}" "메일 {n}통, {size}"
    Spent "{up} up, {down} down, {n} round trip|{up} up, {down} down, {n} round trips" "보냄 {up}, 받음 {down}, 왕복 {n}회"
    Unread "unread" "읽지 않음"
    ReadWord "read" "읽음"
    Starred "starred" "별표"
    HeadOnly "not opened here" "열어 본 적 없음"
    Copies "{n} copy|{n} copies" "{n}통 중복"
    NewHere "changed in this step" "이번 단계에서 바뀜"
    Ways "What moved in this step" "이번 단계에서 움직인 것"
    WayCame "{message}: {from} → {to}" "{message}: {from} → {to}"
    WayCameIn "{message}: {from} → {to}, {folder}" "{message}: {from} → {to}, {folder}"
    WayWent "{message} is gone from {at}" "{message}: {at}에서 사라짐"
    WayMoved "{message}: {from} → {to} ({at})" "{message}: {from} → {to} ({at})"
    WayMarked "{message} is marked at {at}" "{message}: {at}에서 상태가 바뀜"
    NothingMoved "Nothing moved." "움직인 것이 없습니다."
    Inbox "Inbox" "받은편지함"
    Sent "Sent" "보낸편지함"
    Trash "Trash" "휴지통"
    Archive "Archive" "보관함"
    Drafts "Drafts" "임시보관함"
    Junk "Junk" "스팸함"
    DoDeliver "Deliver a message" "메일 배달"
    DoFill "Fill the quota" "용량 채우기"
    DoWait "Wait a day" "하루 기다리기"
    DoCheck "Check mail" "메일 확인"
    DoSend "Send" "보내기"
    DoCut "Cut the network" "네트워크 끊기"
    DoRestore "Restore the network" "네트워크 잇기"
    DoLose "Lose the device" "기기 잃어버리기"
    DoRead "Read" "읽기"
    DoStar "Star" "별표"
    DoDelete "Delete" "삭제"
    DoArchive "Archive" "보관"
    ActOn "{message}, {state}" "{message}, {state}"
    Rule "Rule for the server’s copy" "서버 사본 규칙"
    RuleDelete "Download and delete" "내려받고 지우기"
    RuleKeep "Leave a copy" "서버에 남기기"
    RuleDays "Leave it 14 days" "14일 남기기"
    RuleUntil "Until deleted here" "여기서 지울 때까지"
    AllRules "POP3 rule of all devices" "모든 기기의 POP3 규칙"
    NoChange "as in the experiment" "실험 그대로"
    LineSpeed "Network" "네트워크"
    LineUsual "Usual (20 ms, 1 MB/s)" "보통(20 ms, 1 MB/s)"
    LineSlow "Slow (300 ms, 20 KB/s)" "느림(300 ms, 20 KB/s)"
    LineTrain "Train (60 ms, 500 KB/s, 3 % lost)" "기차(60 ms, 500 KB/s, 3% 손실)"
    LineFast "Fast (2 ms, 10 MB/s)" "빠름(2 ms, 10 MB/s)"
    ServerAbility "The server" "서버 기능"
    ServerFull "can do everything" "모두 지원"
    ServerNoUidl "without UIDL" "UIDL 없음"
    ServerNoTop "without UIDL and TOP" "UIDL과 TOP 없음"
    ServerSmall "with a quota of 500 KB" "용량 한도 500 KB"
    AddImap "Add an IMAP device" "IMAP 기기 추가"
    AddPop3 "Add a POP3 device" "POP3 기기 추가"
    ChangedNote "Changed by you. The verdict is made anew from what happens now." "조건을 바꾸었습니다. 판정은 지금 일어난 일로 다시 계산됩니다."
    Verdicts "Verdicts" "판정"
    VerdictsLead "Run an experiment: what people say, and what happened." "실험을 실행하면 사람들이 하는 말과 실제로 일어난 일을 비교해 보여 줍니다."
    ColClaim "What people say" "사람들이 하는 말"
    ColVerdict "Verdict" "판정"
    ColEvidence "Where it is seen" "확인할 수 있는 곳"
    Held "held" "맞음"
    DidNotHold "didn’t hold" "틀림"
    Depends "depends on" "조건에 따라 다름"
    WithChanges "your conditions" "바꾼 조건"
    EvidenceHeld "held: {variant}" "맞음: {variant}"
    EvidenceNot "didn’t hold: {variant}" "틀림: {variant}"
    EvidenceStep "{words}, step {n}" "{words}, {n}단계"
    Wire "The wire" "회선"
    WireOf "Whose wire" "누구의 회선"
    WireLead "Every command and every answer, with secrets taken out." "모든 명령과 응답을 비밀 정보만 가리고 보여 줍니다."
    WireNone "Nothing has passed here yet." "아직 오간 것이 없습니다."
    WireFilter "Filter lines" "줄 거르기"
    WireCopy "Copy these lines" "이 줄 복사"
    WireCopied "Copied." "복사했습니다."
    WireNotCopied "Couldn’t be copied." "복사하지 못했습니다."
    WireTotals "{n} line, {up} up, {down} down, round trips: {trips}, connections: {connections}|{n} lines, {up} up, {down} down, round trips: {trips}, connections: {connections}" "{n}줄, 보냄 {up}, 받음 {down}, 왕복 {trips}회, 연결 {connections}회"
    WireDropped "{n} older line isn’t shown.|{n} older lines aren’t shown." "이전 {n}줄은 생략했습니다."
    WireTrip "round trip {n}" "왕복 {n}"
    WireStep "step {n}" "{n}단계"
    ListenLead "Passwords are taken out before anything leaves the gateway, and it records only while this window is open." "비밀번호는 게이트웨이 밖으로 나오기 전에 지워지며, 이 창이 열려 있는 동안에만 기록합니다."
    ListenBeginning "Beginning…" "시작하는 중…"
    ListenOn "Listening. Do something in your mail." "듣는 중입니다. 메일 화면에서 무언가 해 보세요."
    ListenStopped "Stopped. Nothing is recorded." "멈췄습니다. 기록하지 않습니다."
    ListenBusy "As many are listening as the gateway allows. Trying again in {n} s." "동시에 들을 수 있는 수가 찼습니다. {n}초 뒤 다시 시도합니다."
    ListenGone "The recording ended. Beginning anew in {n} s." "기록이 끝났습니다. {n}초 뒤 새로 시작합니다."
    ListenCut "The gateway couldn’t be reached. Check your connection. Trying again in {n} s." "게이트웨이에 연결하지 못했습니다. 연결을 확인하세요. {n}초 뒤 다시 시도합니다."
    ListenOver "This session is over: you signed out, or its page was closed. Sign in to your mail, then choose “Wire” in its account menu." "세션이 끝났습니다. 로그아웃했거나 메일 화면이 닫혔습니다. 메일에 로그인한 뒤 계정 메뉴에서 ‘회선’을 고르세요."
    ListenNow "Try now" "지금 시도"
    ListenStop "Stop" "그만 듣기"
    ListenAgain "Listen again" "다시 듣기"
    ListenClear "Clear" "비우기"
    ListenCause "{n} command, {up} up, {down} down, round trips: {trips}, {time}|{n} commands, {up} up, {down} down, round trips: {trips}, {time}" "명령 {n}개, 보냄 {up}, 받음 {down}, 왕복 {trips}회, {time}"
    ListenConnection "connection {n}" "연결 {n}"
    ToServer "to the server" "서버로"
    FromServer "from the server" "서버에서"
    Meters "Meters" "계기"
    MeterDevice "Device" "기기"
    MeterUp "Sent" "보냄"
    MeterDown "Received" "받음"
    MeterTrips "Round trips" "왕복"
    MeterConnections "Connections" "연결"
    MeterStored "Kept on it" "기기 보관량"
    MeterThis "In this step" "이번 단계"
    MeterAll "Up to here" "지금까지"
    MeterServer "On the mail server: {size}" "메일 서버 보관량: {size}"
    ChartStored "Mail on the server over time" "시간에 따른 서버 보관량"
    ChartTraffic "Traffic of each device, by condition" "조건별 기기 통신량"
    ChartEnd "Messages at the end, by condition" "마지막에 남은 메일, 조건별"
    ChartDay "day {n}" "{n}일"
    ChartRefused "full: {n} message refused|full: {n} messages refused" "가득 참: {n}통 거절"
    BreakEven "Break-even at about {n}: below it {less} costs less, above it {more}." "약 {n}에서 같아집니다. 그보다 낮으면 {less}, 높으면 {more} 통신량이 적습니다."
    Figures "The figures" "수치"
    Places "Place" "위치"
    Export "Take it with you" "가져가기"
    SaveReport "Save the report (JSON)" "보고서 저장(JSON)"
    SaveTranscript "Save the transcript" "기록 저장"
    SaveScenario "Save the scenario" "시나리오 저장"
    ShareLink "Copy a link" "링크 복사"
    LinkCopied "The link is copied." "링크를 복사했습니다."
    LinkNotCopied "The link is in the address bar." "링크는 주소창에 있습니다."
    OpenFile "Open a scenario file" "시나리오 파일 열기"
    Working "Working…" "실행하는 중…"
    Retry "Try again" "다시 시도"
    FullTitle "The lab is full: {n} person is in it.|The lab is full: {n} people are in it." "실험실이 가득 찼습니다. 지금 {n}명이 쓰고 있습니다."
    FullWhat "A place may be free in {time}. Nothing of yours is lost." "{time} 뒤에 자리가 날 수 있습니다. 하던 것은 그대로 있습니다."
    BusyWhat "Many ask at once. Try again in a moment." "요청이 몰렸습니다. 잠시 뒤 다시 시도하세요."
    FailedWhat "The lab couldn’t be reached. Check your connection, then try again." "실험실에 연결하지 못했습니다. 연결을 확인하고 다시 시도하세요."
    WrongLine "Line {n}, column {column}: {reason}" "{n}번째 줄 {column}번째 글자: {reason}"
    WrongStep "Step {n}: {reason}" "{n}단계: {reason}"
    WrongExpect "Expectation {n}: {reason}" "기대 {n}: {reason}"
    WrongWhole "This is no scenario: {reason}" "시나리오가 아닙니다: {reason}"
    BadLink "This link holds no scenario. It may have been cut short." "링크에 시나리오가 없습니다. 링크가 잘렸을 수 있습니다."
    RefusedStep "It couldn’t be done: {why}" "할 수 없었습니다: {why}"
    SkippedStep "Left out under this condition." "이 조건에서는 건너뜁니다."
    StepDeliver "{message} ({size} KB) is delivered" "{message}({size} KB) 배달"
    StepCheck "{device} checks mail" "{device}: 메일 확인"
    StepRead "{device} reads {message}" "{device}: {message} 읽기"
    StepStar "{device} stars {message}" "{device}: {message} 별표"
    StepDelete "{device} deletes {message}" "{device}: {message} 삭제"
    StepMove "{device} moves {message} to {folder}" "{device}: {message}을(를) {folder}(으)로 옮기기"
    StepSend "{device} sends {message} ({size} KB)" "{device}: {message}({size} KB) 보내기"
    StepSendCopy "{device} sends {message} ({size} KB), with a copy to itself" "{device}: {message}({size} KB) 보내기, 자신에게 사본"
    StepCut "{device} loses its network" "{device}: 네트워크 끊김"
    StepRestore "{device} has a network again" "{device}: 네트워크 복구"
    StepLose "{device} breaks and is replaced" "{device}: 고장 나서 새 기기로 바꿈"
    StepRule "{device}: {rule}" "{device}: {rule}"
    StepWait "{n} hour passes|{n} hours pass" "{n}시간이 지남"
    TourLead "Ten minutes, from “what is a mailbox” to “which should I use”. Every step happens for real." "‘메일함이란 무엇인가’에서 ‘무엇을 쓸까’까지 10분. 모든 단계가 실제로 일어납니다."
    TourStop "Stop {n} of {all}" "{all}곳 중 {n}번째"
    TourShow "Show me" "보여 주기"
    TourNext "Next stop" "다음"
    TourBack "Previous stop" "이전"
    TourAsk "Ask the advisor" "추천 받기"
    TourFree "Go on by yourself" "직접 해 보기"
    AdvisorTitle "Which should I use?" "무엇을 쓰면 좋을까요?"
    AdvisorLead "Say how you use mail. The lab tries it by IMAP and by POP3, and tells you what it measured." "메일을 어떻게 쓰는지 알려 주세요. 실험실이 IMAP과 POP3로 직접 해 보고 측정한 결과를 알려 줍니다."
    AskDevices "Devices that should have the same mail" "같은 메일을 볼 기기 수"
    AskPerDay "Letters a day" "하루에 받는 메일"
    AskKb "KB of one letter" "메일 한 통의 크기(KB)"
    AskRead "Of 100 letters, opened" "100통 중 열어 보는 메일"
    AskYears "Years that mail is kept" "보관하는 햇수"
    AskQuota "Mailbox size, MB" "메일함 용량(MB)"
    AskOffline "I often read mail where there is no network" "네트워크가 없는 곳에서 자주 읽음"
    AskMetered "What is transferred costs money" "데이터 요금이 듦"
    AskShared "Others use this computer, too" "다른 사람도 쓰는 컴퓨터"
    AskBackups "My devices are backed up" "기기를 백업함"
    AskImap "My provider offers IMAP" "메일 제공자가 IMAP 지원"
    AskPop3 "My provider offers POP3" "메일 제공자가 POP3 지원"
    AdviseMe "Advise me" "추천 받기"
    UseImap "Use IMAP." "IMAP을 쓰세요."
    UsePop3 "Use POP3: {rule}." "POP3를 쓰세요: {rule}."
    UseNone "This provider offers neither. Ask it which program its mail is read with." "이 제공자는 둘 다 지원하지 않습니다. 어떤 프로그램으로 메일을 읽는지 제공자에게 문의하세요."
    Forced "Your provider leaves no choice." "제공자가 한 가지만 지원합니다."
    SetCopy "Send a copy of what you write to yourself, so that your other devices get it." "보내는 메일의 사본을 자신에게도 보내면 다른 기기에서도 볼 수 있습니다."
    SetBackUp "Back up: your mail will be on your devices and nowhere else." "백업하세요. 메일이 기기에만 있게 됩니다."
    SetOpen "Open before you leave what you want to read without a network." "네트워크 없이 읽을 메일은 미리 열어 두세요."
    SetNothing "On the computer that others use, sign out when you are done, and keep no mail there." "다른 사람도 쓰는 컴퓨터에서는 끝나면 로그아웃하고 메일을 남기지 마세요."
    SetRoom "The mailbox is full after about {n} day: ask for more room, or file mail elsewhere before.|The mailbox is full after about {n} days: ask for more room, or file mail elsewhere before." "약 {n}일 뒤에 메일함이 가득 찹니다. 용량을 늘리거나 그 전에 메일을 다른 곳으로 옮기세요."
    ScaleSaid "Measured with {n} letters that stand for {all}, in {days} days." "실제 {all}통을 메일 {n}통으로 줄여 {days}일 동안 측정했습니다."
    ReasonWhat "What was measured" "측정한 것"
    ReasonFor "Speaks for" "유리한 쪽"
    ReasonSame "the same" "같음"
    ReasonNot "doesn’t count for you" "해당 없음"
    ReasonSee "See it happen" "직접 보기"
    PointDevices "Letters that are on the second device, too" "두 번째 기기에도 있는 메일"
    PointRead "Letters read on the first device that show as read on the second" "한 기기에서 읽으면 다른 기기에도 읽음으로 보이는 메일"
    PointSent "Other devices with a copy of what you send" "보낸 메일의 사본이 있는 다른 기기"
    PointRefused "Letters refused because the mailbox was full" "메일함이 가득 차 거절된 메일"
    PointSurvives "Letters that are left if the first device breaks" "첫 번째 기기가 고장 나도 남는 메일"
    PointOffline "Letters you can read without a network" "네트워크 없이 읽을 수 있는 메일"
    PointLeft "Letters that lie readable on the first device" "첫 번째 기기에 읽을 수 있게 남는 메일"
    PointTraffic "KB transferred" "통신량(KB)"
    PointServer "KB on the server" "서버 보관량(KB)"
    Hours "{n} h" "{n}시간"
    Days "{n} day|{n} days" "{n}일"
    Minutes "{n} min" "{n}분"
    Seconds "{n} s" "{n}초"
}

/// The text of `key`.
pub fn w(locale: Locale, key: W) -> &'static str {
    let (english, korean) = W::TEXTS.get(key as usize).copied().unwrap_or_default();
    match locale {
        Locale::English => english,
        Locale::Korean => korean,
    }
}

/// The text with its placeholders filled. What is filled in isn't looked at again. `one|other` are chosen by the value of `n`.
pub fn fill(locale: Locale, key: W, values: &[(&str, &str)]) -> String {
    let mut rest = w(locale, key);
    if let Some((one, other)) = rest.split_once('|') {
        rest = if values.contains(&("n", "1")) { one } else { other };
    }
    let mut out = String::new();
    while let Some(start) = rest.find('{') {
        let (before, after) = rest.split_at(start);
        out.push_str(before);
        let Some(end) = after.find('}') else { break };
        let name = after.get(1..end).unwrap_or_default();
        out.push_str(values.iter().find(|(own, _)| *own == name).map_or("", |(_, value)| value));
        rest = after.get(end + 1..).unwrap_or_default();
    }
    out + rest
}

/// A text of a scenario in this language, or in the one that it has.
pub fn said(locale: Locale, words: &Words) -> &str {
    match locale {
        Locale::Korean if !words.ko.is_empty() => &words.ko,
        _ => &words.en,
    }
}

/// `None`: it can't be told.
pub fn verdict(l: Locale, verdict: Option<Verdict>) -> &'static str {
    let key = match verdict {
        Some(Verdict::Held) => W::Held,
        Some(Verdict::DidNotHold) => W::DidNotHold,
        Some(Verdict::Depends) => W::Depends,
        None => W::MineUnknown,
    };
    w(l, key)
}
