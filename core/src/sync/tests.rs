mod asking;
mod contracts;
mod messages;
mod reconciliation;
mod world;
