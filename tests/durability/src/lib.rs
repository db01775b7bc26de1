//! Proofs with real processes: what was acknowledged is there, and nothing counts twice.
//!
//! Owns the children that are killed, the shim that records and fails their writes, the disks
//! that a power cut leaves, and the comparison with what was acknowledged. Does not know how the
//! tablet or the server keep anything: both are opened by their own code.

pub mod client;
pub mod cut;
pub mod cut_server;
pub mod cut_tablet;
pub mod damage;
pub mod deed;
pub mod disk;
pub mod fault_server;
pub mod fault_tablet;
pub mod golden;
pub mod hand;
pub mod held;
pub mod life;
pub mod lived;
pub mod report;
pub mod rows;
pub mod season;
pub mod sent;
pub mod served;
pub mod shim;
pub mod siege;
pub mod storm;
pub mod tablet;
pub mod trace;
pub mod ward;
