//! `pyeonji lab advise`: habits from the command line.
use clap::{ArgAction, Args};
use pyeonji_gateway::lab::advise::{advise, words};
use pyeonji_shared::lab::advice::{
    Habits, MAX_ADVISED, MAX_MAIL_KB, MAX_PER_DAY, MAX_QUOTA_MB, MAX_YEARS, Offers,
};
use std::io::Write;

#[derive(Args)]
pub struct Arguments {
    /// Devices on which you want the same mail.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=i64::from(MAX_ADVISED)))]
    devices: u8,
    /// You often read mail where there is no network.
    #[arg(long)]
    offline: bool,
    /// What is transferred costs you money.
    #[arg(long)]
    metered: bool,
    /// Others use this computer, too.
    #[arg(long)]
    shared_computer: bool,
    /// Your devices are backed up.
    #[arg(long)]
    backups: bool,
    /// MB of your mailbox at the provider.
    #[arg(long, default_value_t = 15_000, value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_QUOTA_MB)))]
    quota_mb: u32,
    /// Letters that you get in a day.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=i64::from(MAX_PER_DAY)))]
    mail_per_day: u16,
    /// KB of one of them.
    #[arg(long, default_value_t = 75, value_parser = clap::value_parser!(u16).range(1..=i64::from(MAX_MAIL_KB)))]
    kb_per_mail: u16,
    /// Of a hundred letters, how many you open.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u8).range(0..=100))]
    share_read: u8,
    /// Years for which you keep mail.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=i64::from(MAX_YEARS)))]
    keep_years: u8,
    /// Your provider has no IMAP.
    #[arg(long, action = ArgAction::SetTrue)]
    no_imap: bool,
    /// Your provider has no POP3.
    #[arg(long, action = ArgAction::SetTrue)]
    no_pop3: bool,
    /// The advice as JSON, with the scenario that was run.
    #[arg(long)]
    json: bool,
}

impl Arguments {
    fn habits(&self) -> Habits {
        Habits {
            devices: self.devices,
            offline_often: self.offline,
            metered: self.metered,
            shared_computer: self.shared_computer,
            backups: self.backups,
            quota_mb: self.quota_mb,
            mail_per_day: self.mail_per_day,
            kb_per_mail: self.kb_per_mail,
            share_read_percent: self.share_read,
            keep_years: self.keep_years,
            offers: Offers { imap: !self.no_imap, pop3: !self.no_pop3 },
        }
    }
}

pub fn run(arguments: &Arguments) -> Result<(), String> {
    let advice = advise(&arguments.habits());
    let out = match arguments.json {
        true => serde_json::to_string_pretty(&advice).map_err(|error| error.to_string())? + "\n",
        false => words::words(&advice),
    };
    // Exactly the advice, so that it can be redirected into a file.
    std::io::stdout().write_all(out.as_bytes()).map_err(|error| error.to_string())
}
