//! What the page of the lab knows.
use super::listen::state as listen;
use super::mine::Mine;
use super::share::Part;
use pyeonji_shared::error::ApiError;
use pyeonji_shared::lab::advice::{Advice, Habits};
use pyeonji_shared::lab::call::{Answer, Ask, AskAdvice, Listed, Opened, Refusal, Source, VisitorId};
use pyeonji_shared::lab::own::{Ask as AskOwn, Found};
use pyeonji_shared::lab::report::{Done, Report, Run, Verdict};
use pyeonji_shared::lab::scenario::{
    Account, Device, Network, Protocol, Rule, Scenario, Server, Step, Words,
};
use pyeonji_shared::lab::tour::TOUR;

/// Rows of the table of verdicts; the oldest go first.
pub const MAX_ROWS: usize = 60;
/// Ways back that are kept.
pub const MAX_UNDO: usize = 100;
/// Milliseconds from one step to the next when it plays.
pub const TICK: u32 = 700;

/// What is on the bench.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bench {
    /// One's own, from nothing.
    Own,
    Experiment(String),
    /// A file or a link of the visitor's.
    Brought,
}

/// What went wrong, in a way that the page can say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    Refused(Refusal),
    Failed(ApiError),
    /// The link holds no scenario.
    BadLink,
}

/// A row of the table of verdicts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub id: String,
    pub claim: Words,
    pub verdict: Verdict,
    /// Its conditions were changed by the visitor.
    pub changed: bool,
    pub scenario: Scenario,
    pub runs: Vec<RowRun>,
}

/// What one set of conditions showed: where it is to be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowRun {
    pub variant: Option<Words>,
    pub held: bool,
    /// A step of the scenario, counted from 1: the first that speaks against the claim, or the last that speaks for it.
    pub step: Option<usize>,
}

/// A condition that the visitor changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    Rule(Rule),
    Network(Network),
    Server(Server),
    AddDevice(Protocol),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Msg {
    /// The page stands; the fragment of its address.
    Start {
        visitor: VisitorId,
        hash: String,
    },
    Entered(Result<Result<Opened, Refusal>, ApiError>),
    Choose(Bench),
    Hash(String),
    File(String),
    Answered {
        turn: u32,
        outcome: Result<Result<Answer, Refusal>, ApiError>,
    },
    /// To the end at once, with its verdict.
    Run,
    RunAll,
    Play,
    Pause,
    Tick,
    Next,
    Back,
    Reset,
    /// So many single steps are done.
    Seek(usize),
    /// Another of the runs; a step of the scenario to go to.
    Show {
        run: u32,
        step: Option<usize>,
    },
    OpenRow {
        row: usize,
        run: u32,
        step: Option<usize>,
    },
    Act(Step),
    Change(Condition),
    Undo,
    Save(&'static str),
    Share,
    Copied(bool),
    Wire(String),
    /// About the wire of one's own mail.
    Listen(listen::Msg),
    Retry,
    Habits(Habits),
    Advise,
    Advised(Result<Result<Advice, Refusal>, ApiError>),
    /// An experiment on one's own mailbox.
    Mine(AskOwn),
    Mined(Result<Box<Found>, ApiError>),
    /// What the advice was found from: a run, and a step of it.
    OpenAdvice {
        run: u32,
        step: Option<usize>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    Enter(VisitorId),
    Advise(AskAdvice),
    Mine(AskOwn),
    Ask {
        turn: u32,
        ask: Ask,
    },
    File {
        ask: Ask,
        form: &'static str,
        name: String,
    },
    Tick(u32),
    /// The fragment of the address.
    Hash(String),
    /// A link to what is on the bench.
    CopyLink(String),
    Listen(listen::Effect),
}

#[derive(Clone, Debug)]
pub struct Model {
    pub part: Part,
    pub visitor: VisitorId,
    pub listed: Vec<Listed>,
    /// Report cards of servers that nobody configured are made, too.
    pub any_host: bool,
    pub bench: Bench,
    /// Changed by the visitor since it was chosen.
    pub changed: bool,
    pub answer: Option<Answer>,
    /// Single steps that are done.
    pub cursor: usize,
    pub playing: bool,
    /// The question under way; an answer to another is too late.
    pub turn: u32,
    pub asking: bool,
    /// What it asks, to be asked again after a failure.
    pub asked: Option<(Source, u32)>,
    /// What to do when its answer is here.
    pub then: Then,
    /// Experiments that are still to be run.
    pub queue: Vec<String>,
    pub trouble: Option<Trouble>,
    pub rows: Vec<Row>,
    /// Scenarios from before what the visitor did, with their cursors.
    pub before: Vec<(Scenario, usize)>,
    /// Whose wire is shown.
    pub wire: String,
    pub copied: Option<bool>,
    pub listen: listen::Listen,
    pub habits: Habits,
    pub advice: Option<Advice>,
    pub advising: bool,
    pub mine: Mine,
}

/// Where to go in an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Then {
    #[default]
    Beginning,
    End,
    At(usize),
    /// Right after this step of the scenario.
    Step(usize),
    /// To the end, and note the verdict.
    Verdict,
}

impl Default for Model {
    fn default() -> Self {
        Self {
            part: Part::Bench,
            visitor: VisitorId([0; 16]),
            listed: Vec::new(),
            any_host: false,
            bench: Bench::Experiment("E1".into()),
            changed: false,
            answer: None,
            cursor: 0,
            playing: false,
            turn: 0,
            asking: false,
            asked: None,
            then: Then::Beginning,
            queue: Vec::new(),
            trouble: None,
            rows: Vec::new(),
            before: Vec::new(),
            wire: "imap-a".into(),
            copied: None,
            listen: listen::Listen::default(),
            habits: Habits::default(),
            advice: None,
            advising: false,
            mine: Mine::default(),
        }
    }
}

impl Model {
    pub fn scenario(&self) -> Option<&Scenario> {
        self.answer.as_ref().map(|a| &a.scenario)
    }

    /// As they are in the run that is shown.
    pub fn devices(&self) -> Vec<Device> {
        let Some(scenario) = self.scenario() else { return Vec::new() };
        match scenario.variants.get(self.show() as usize) {
            Some(variant) => scenario.under(variant).devices,
            None => scenario.devices.clone(),
        }
    }

    pub fn report(&self) -> Option<&Report> {
        self.answer.as_ref().map(|a| &a.report)
    }

    /// The run that is shown.
    pub fn run(&self) -> Option<&Run> {
        let answer = self.answer.as_ref()?;
        answer.report.runs.get(answer.show as usize)
    }

    pub fn show(&self) -> u32 {
        self.answer.as_ref().map_or(0, |a| a.show)
    }

    pub fn steps(&self) -> &[Done] {
        self.run().map(|run| run.steps.as_slice()).unwrap_or_default()
    }

    /// The step that has just been done.
    pub fn now(&self) -> Option<&Done> {
        self.steps().get(self.cursor.checked_sub(1)?)
    }

    /// Where playing ends: with the stop of the tour, or with the run.
    pub fn until(&self) -> usize {
        let all = self.steps().len();
        match self.part {
            Part::Tour(n) => TOUR.get(n).map_or(all, |stop| self.after(stop.to as usize)),
            _ => all,
        }
    }

    /// How many single steps are done after this step of the scenario.
    pub fn after(&self, number: usize) -> usize {
        self.steps().iter().rposition(|done| done.number == number).map_or(0, |at| at + 1)
    }

    pub fn at_end(&self) -> bool {
        self.cursor >= self.steps().len()
    }

    pub fn source(&self) -> Source {
        match (&self.bench, self.scenario()) {
            (Bench::Experiment(id), _) if !self.changed => Source::Experiment(id.clone()),
            (_, Some(scenario)) => Source::Own(Box::new(scenario.clone())),
            (_, None) => Source::Own(Box::new(own())),
        }
    }
}

/// The bench on which nothing has happened yet.
pub fn own() -> Scenario {
    let device = |name: &str, protocol| Device {
        name: name.into(),
        protocol,
        rule: Rule::default(),
        account: Account::default(),
    };
    let words = |en: &str, ko: &str| Words { en: en.into(), ko: ko.into() };
    Scenario {
        format: pyeonji_shared::lab::scenario::FORMAT,
        id: "own".into(),
        title: words("Your own bench", "나만의 실험대"),
        claim: words("", ""),
        network: Network::default(),
        server: Server::default(),
        devices: vec![
            device("imap-a", Protocol::Imap),
            device("imap-b", Protocol::Imap),
            device("pop3-a", Protocol::Pop3),
            device("pop3-b", Protocol::Pop3),
        ],
        variants: Vec::new(),
        steps: Vec::new(),
        expect: Vec::new(),
        measure: Vec::new(),
    }
}
