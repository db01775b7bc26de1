//! Document order under change.
//!
//! Each node has a rank with gaps. An insertion takes the middle of the gap; when a gap is
//! used up (after some thirty insertions at one place) all nodes are ranked again.

use super::arena::{NodeId, Tree};

/// Gap between two ranks after ranking.
const GAP: u64 = 1 << 32;

impl Tree {
    /// The rank of a node in document order: comparable within one tree until it changes.
    pub(crate) fn rank(&self, id: NodeId) -> u64 {
        self.node(id).order
    }

    /// Gives a freshly linked node, without children, its rank.
    pub(super) fn rank_new(&mut self, id: NodeId) {
        let before = self.rank(self.before_in_order(id));
        // A document is read from its beginning to its end. The way up to a next node, which is
        // not there, is as long as the document is deep: a deep one took minutes.
        let after = if before == self.highest { None } else { self.after_in_order(id) };
        let after = after.map(|next| self.rank(next));
        let order = match after {
            None => before + GAP,
            // What grows at its end (a repeat with questions after it) takes little of the gap
            // each time: the next node comes behind it. Anything else takes the middle.
            Some(after) if after > before + 1 => {
                let grows = self.previous_sibling(id).is_some() || self.next_sibling(id).is_none();
                before + ((after - before) >> if grows { 10 } else { 1 }).max(1)
            }
            Some(_) => return self.rank_all(),
        };
        self.node_mut(id).order = order;
        self.highest = self.highest.max(order);
    }

    pub(super) fn rank_all(&mut self) {
        let mut order = 0;
        let mut at = Some(NodeId::DOCUMENT);
        while let Some(node) = at {
            self.node_mut(node).order = order;
            order += GAP;
            let mut attribute = self.attributes(node).next();
            while let Some(id) = attribute {
                self.node_mut(id).order = order;
                order += GAP;
                attribute = self.next_sibling(id);
            }
            at = self.following_within(node, NodeId::DOCUMENT);
        }
        self.highest = order.saturating_sub(GAP);
    }

    /// The node before a freshly linked one: its left sibling's last descendant, or its
    /// parent's last attribute, or its parent.
    fn before_in_order(&self, id: NodeId) -> NodeId {
        let parent = self.parent(id).unwrap_or(NodeId::DOCUMENT);
        let Some(left) = self.previous_sibling(id) else {
            return if self.is_attribute_like(id) { parent } else { self.last_attribute_or_self(parent) };
        };
        let mut last = left;
        while let Some(child) = self.last_child(last) {
            last = child;
        }
        self.last_attribute_or_self(last)
    }

    fn last_attribute_or_self(&self, id: NodeId) -> NodeId {
        NodeId::linked(self.node(id).last_attribute).unwrap_or(id)
    }

    /// The node after a freshly linked one that has neither children nor attributes.
    fn after_in_order(&self, id: NodeId) -> Option<NodeId> {
        if let Some(next) = self.next_sibling(id) {
            return Some(next);
        }
        let mut at = self.parent(id)?;
        if self.is_attribute_like(id)
            && let Some(child) = self.first_child(at)
        {
            return Some(child);
        }
        loop {
            if let Some(next) = self.next_sibling(at) {
                return Some(next);
            }
            at = self.parent(at)?;
        }
    }
}
