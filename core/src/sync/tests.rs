mod contracts;
mod messages;
mod reconciliation;
mod world;
