//! What may be typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Offline-first surveys that merge: one binary, one data folder.
#[derive(Debug, Parser)]
#[command(name = "tsumugi", version, about, arg_required_else_help = true)]
pub(super) struct Cli {
    /// The data folder.
    #[arg(long, global = true, value_name = "DIR")]
    pub(super) data: Option<PathBuf>,
    /// The configuration file; `tsumugi.toml` in the data folder when absent.
    #[arg(long, global = true, value_name = "FILE", env = "TSUMUGI_CONFIG")]
    pub(super) config: Option<PathBuf>,
    /// Print JSON for programs.
    #[arg(long, global = true)]
    pub(super) json: bool,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Fill a folder with a made-up ward and serve it on localhost.
    Demo(super::demo::Demo),
    /// Serve the data folder.
    Serve(Serve),
    /// Questionnaires: check a workbook, import it.
    #[command(subcommand)]
    Form(Form),
    /// Surveys: list, open, close and count.
    #[command(subcommand)]
    Survey(Survey),
    /// Cards of anonymous surveys.
    #[command(subcommand)]
    Card(Card),
    /// Tablets.
    #[command(subcommand)]
    Device(Device),
    /// People who may sign in.
    #[command(subcommand)]
    Account(Account),
    /// Write rows as CSV, or all tables and the codebook as an archive.
    Export(Export),
    /// Indicators: what they say, whether their file is sound.
    #[command(subcommand)]
    Indicator(Indicator),
    /// Make a backup now, and verify it by restoring it.
    Backup(Backup),
    /// Answers that are carried by hand, on a USB stick.
    #[command(subcommand)]
    Bundle(Bundle),
    /// A relay: what it holds, and handing it on.
    Relay(Relay),
    /// Fill the data folder from a backup; no server may run on it.
    Restore(Restore),
    /// Restore a backup for the moment, and read everything in it.
    Verify(Verify),
    /// Look at the data folder, the database, the disk and the indicator file.
    Doctor,
    /// Examine responses that the server sends by standard input. Started by the server itself.
    #[command(hide = true)]
    Worker {
        /// Most address space in MiB.
        #[arg(long)]
        mebibytes: u64,
        /// Most seconds of the processor for one response.
        #[arg(long)]
        seconds: u64,
    },
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Backup {
    /// A public key (`age1…`) that it is encrypted for, beside those of the configuration.
    #[arg(long, value_name = "KEY")]
    pub(super) recipient: Vec<String>,
    #[command(subcommand)]
    pub(super) command: Option<BackupCommand>,
}

#[derive(Debug, Subcommand)]
pub(super) enum BackupCommand {
    /// Make the key that backups are encrypted for. Needs no data folder.
    NewKey {
        /// Where the secret key goes; an existing file is not overwritten.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// List the backups that were made.
    List,
}

#[derive(Debug, Args)]
pub(super) struct Restore {
    /// The backup.
    pub(super) file: PathBuf,
    /// File with the secret key, when it is encrypted.
    #[arg(long, value_name = "FILE")]
    pub(super) key: Vec<PathBuf>,
    /// Move a database that is there into a folder beside it.
    #[arg(long)]
    pub(super) set_aside: bool,
}

#[derive(Debug, Args)]
pub(super) struct Verify {
    /// The backup.
    pub(super) file: PathBuf,
    /// File with the secret key, when it is encrypted.
    #[arg(long, value_name = "FILE")]
    pub(super) key: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Address and port to listen on.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(super) listen: Option<std::net::SocketAddr>,
    /// Be a relay: take bundles of devices nearby, and hand them on to the server.
    #[arg(long)]
    pub(super) relay: bool,
    /// Address of the server, or of the next relay, that a relay hands on to.
    #[arg(long, value_name = "URL", requires = "relay")]
    pub(super) upstream: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Bundle {
    /// Print the public key that bundles for this server are sealed to.
    Key,
    /// Write what this relay holds into one file.
    Pack {
        /// Where it goes; an existing file is not overwritten.
        file: PathBuf,
    },
    /// Say what is in a file, as far as can be known; takes nothing.
    Verify {
        /// A bundle, or a reply.
        file: PathBuf,
    },
    /// Take what is in a file, and write the reply for the devices.
    Unpack {
        /// A bundle; at a relay also the reply to one.
        file: PathBuf,
        /// Where the reply goes; FILE.reply when absent.
        #[arg(long, value_name = "FILE")]
        reply: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub(super) struct Relay {
    /// Address of the server, or of the next relay; `upstream` of the configuration when absent.
    #[arg(long, value_name = "URL", global = true)]
    pub(super) upstream: Option<String>,
    #[command(subcommand)]
    pub(super) command: RelayCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum RelayCommand {
    /// Hand on everything that waits, now.
    Forward,
    /// Say how much waits.
    Status,
}

#[derive(Debug, Subcommand)]
pub(super) enum Form {
    /// Say everything that is wrong with workbooks, by sheet and cell. Needs no data folder.
    Check {
        /// Workbooks (.xlsx).
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Put a workbook into the library and let surveys use it.
    Publish {
        /// Workbook (.xlsx).
        file: PathBuf,
    },
    /// List the library.
    List,
}

#[derive(Debug, Subcommand)]
pub(super) enum Survey {
    /// List all surveys.
    List,
    /// Take answers from now on.
    Open {
        /// The survey.
        survey: String,
    },
    /// Take no more answers, open what was sealed, and count.
    Close {
        /// The survey.
        survey: String,
        /// File with the passphrase of an anonymous survey; `TSUMUGI_PASSPHRASE` or a question when absent.
        #[arg(long, value_name = "FILE")]
        passphrase_file: Option<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum Card {
    /// Make cards and write the page to print; it is shown once.
    Print {
        /// The survey.
        survey: String,
        /// Code of the stratum.
        #[arg(long, default_value = "all")]
        stratum: String,
        /// How many.
        #[arg(long, short = 'n')]
        count: u32,
        /// Where the page goes; an existing file is not overwritten.
        #[arg(long, value_name = "FILE.html")]
        out: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum Device {
    /// Make a code that enrols one tablet, and show it as a QR code.
    Enrol {
        /// Name of the tablet.
        #[arg(long)]
        name: String,
        /// A survey that it may see; all that are open when absent.
        #[arg(long)]
        survey: Vec<String>,
    },
    /// List devices.
    List,
    /// Stop a device from syncing, at once.
    Revoke {
        /// The device.
        device: String,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum Account {
    /// Add an account, or give it a new password and role.
    Add {
        /// Name.
        name: String,
        /// `admin`, `field-manager` or `analyst`.
        #[arg(long)]
        role: String,
        /// File with the password; `TSUMUGI_PASSWORD`, or a random one that is printed, when absent.
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
    },
    /// List accounts.
    List,
}

#[derive(Debug, Args)]
pub(super) struct Export {
    /// The survey.
    pub(super) survey: String,
    /// One table as CSV: a repeat, or `codebook`; the main one when empty. All as an archive when absent.
    #[arg(long)]
    pub(super) table: Option<String>,
    /// A byte order mark first, for spreadsheet programs.
    #[arg(long)]
    pub(super) bom: bool,
    /// Language of labels in the codebook.
    #[arg(long, default_value = "ja")]
    pub(super) lang: String,
    /// Where it goes; an existing file is not overwritten.
    #[arg(long, value_name = "FILE")]
    pub(super) out: PathBuf,
    /// File with the passphrase of an anonymous survey; `TSUMUGI_PASSPHRASE` or a question when absent.
    #[arg(long, value_name = "FILE")]
    pub(super) passphrase_file: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Indicator {
    /// Show all indicators.
    List,
    /// Say how a number comes about: formula, filters, n, weights, interval, what is hidden, sources.
    Explain {
        /// Stable name, as `list` shows it.
        id: String,
    },
    /// Count closed surveys again from their rows, and show all indicators.
    Compute,
    /// Say everything that is wrong with an indicator file. Needs no data folder.
    Check {
        /// The file.
        file: PathBuf,
    },
}
