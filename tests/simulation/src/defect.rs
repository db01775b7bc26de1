//! Defects that are planted behind the simulation's own seams, to prove that it sees them.

use crate::disk::Lie;

/// What a planted server does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServerFlaw {
    /// Acknowledges some requests before it stored them, and dies.
    AcknowledgesFirst,
    /// Counts a card that was used twice two times.
    CountsDoubles,
    /// Keeps the epoch of its log after a restore.
    KeepsEpoch,
    /// Keeps the order in which records came.
    KeepsOrder,
    /// Of two records of a card it keeps the one that came last.
    LastOneStays,
    /// Says that a backup is verified when it was only begun.
    VerifiesUnread,
    /// Shows a company what other companies answered.
    ShowsEverything,
}

/// What a planted network does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NetworkFlaw {
    /// Sends the device's token with deposits.
    NamesDeposits,
    /// Adds a header with the name of the device to deposits.
    MarksDeposits,
}

/// One planted defect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Defect {
    /// Of the disks.
    Disk(Lie),
    /// Of the server.
    Server(ServerFlaw),
    /// Of the network.
    Network(NetworkFlaw),
}

impl Defect {
    /// The lie of the disks.
    pub const fn lie(self) -> Option<Lie> {
        match self {
            Self::Disk(lie) => Some(lie),
            _ => None,
        }
    }

    /// The flaw of the server.
    pub const fn server(self) -> Option<ServerFlaw> {
        match self {
            Self::Server(flaw) => Some(flaw),
            _ => None,
        }
    }

    /// The flaw of the network.
    pub const fn network(self) -> Option<NetworkFlaw> {
        match self {
            Self::Network(flaw) => Some(flaw),
            _ => None,
        }
    }
}
