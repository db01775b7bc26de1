mod memory_items {
    use crate::sync::MemoryItems;

    item_store_contract!(MemoryItems::new());
}

mod memory_replica {
    use crate::sync::MemoryReplica;

    replica_contract!(MemoryReplica::new(), |replica, item| replica.add(item));
}
