//! Building and changing a tree.

use super::arena::{NONE, Name, Node, NodeId, NodeKind, Tree};

impl Tree {
    pub(super) fn is_attribute_like(&self, id: NodeId) -> bool {
        matches!(self.kind(id), NodeKind::Attribute | NodeKind::Namespace)
    }

    /// Appends an element in no namespace as the last child of `parent`.
    pub fn append_element(&mut self, parent: NodeId, local: &str) -> NodeId {
        self.insert_element(parent, None, Name::local(local))
    }

    /// Inserts an element below `parent`, before its child `before`, or last.
    pub fn insert_element(&mut self, parent: NodeId, before: Option<NodeId>, name: Name) -> NodeId {
        let name = self.intern(name);
        self.insert_child(parent, before, Node::new(NodeKind::Element, name, String::new()))
    }

    /// Appends a text node.
    pub fn append_text(&mut self, parent: NodeId, text: &str) -> NodeId {
        self.insert_child(parent, None, Node::new(NodeKind::Text, 0, text.to_owned()))
    }

    /// Appends a comment.
    pub fn append_comment(&mut self, parent: NodeId, text: &str) -> NodeId {
        self.insert_child(parent, None, Node::new(NodeKind::Comment, 0, text.to_owned()))
    }

    /// Appends a processing instruction.
    pub fn append_instruction(&mut self, parent: NodeId, target: &str, content: &str) -> NodeId {
        let name = self.intern(Name::local(target));
        self.insert_child(parent, None, Node::new(NodeKind::Instruction, name, content.to_owned()))
    }

    /// Puts an attribute; one of the same name is overwritten.
    pub fn set_attribute(&mut self, element: NodeId, name: Name, value: &str) -> NodeId {
        self.put_attribute(element, NodeKind::Attribute, name, value)
    }

    /// Declares a namespace on an element; an empty prefix declares the default namespace.
    pub fn declare_namespace(&mut self, element: NodeId, prefix: &str, uri: &str) -> NodeId {
        self.put_attribute(element, NodeKind::Namespace, Name::local(prefix), uri)
    }

    fn put_attribute(&mut self, element: NodeId, kind: NodeKind, name: Name, value: &str) -> NodeId {
        let name = self.intern(name);
        let same = |tree: &Self, id: NodeId| tree.kind(id) == kind && tree.node(id).name == name;
        let known = self.attributes(element).find(|&id| same(self, id));
        if let Some(id) = known {
            self.replace_text(id, value);
            return id;
        }
        let mut node = Node::new(kind, name, value.to_owned());
        node.parent = element.0;
        node.previous = self.node(element).last_attribute;
        let previous = NodeId::linked(node.previous);
        let id = self.place(node);
        match previous {
            Some(previous) => self.node_mut(previous).next = id.0,
            None => self.node_mut(element).first_attribute = id.0,
        }
        self.node_mut(element).last_attribute = id.0;
        self.rank_new(id);
        id
    }

    fn replace_text(&mut self, id: NodeId, text: &str) {
        let slot = &mut self.node_mut(id).text;
        slot.clear();
        slot.push_str(text);
    }

    /// Sets the value of a node: the only text below an element, the value of an attribute.
    /// Children of an element, if it has any but one text, are removed.
    pub fn set_text(&mut self, id: NodeId, text: &str) {
        if !matches!(self.kind(id), NodeKind::Element | NodeKind::Document) {
            return self.replace_text(id, text);
        }
        let only = self.first_child(id).filter(|&child| {
            self.next_sibling(child).is_none() && self.kind(child) == NodeKind::Text && !text.is_empty()
        });
        if let Some(only) = only {
            return self.replace_text(only, text);
        }
        while let Some(child) = self.first_child(id) {
            self.remove(child);
        }
        if !text.is_empty() {
            self.append_text(id, text);
        }
    }

    /// Hides a node from functions of sets (`sum`, `count`, `join`), or shows it again. What stands below is hidden on its own.
    pub fn set_hidden(&mut self, id: NodeId, hidden: bool) {
        if self.node(id).hidden != hidden {
            self.node_mut(id).hidden = hidden;
            self.hidden = if hidden { self.hidden + 1 } else { self.hidden.saturating_sub(1) };
        }
    }

    /// Removes a node with everything below it. Its ids must not be used again.
    pub fn remove(&mut self, id: NodeId) {
        if id == NodeId::DOCUMENT {
            return;
        }
        self.unlink(id);
        let mut below: Vec<NodeId> = vec![id];
        while let Some(node) = below.pop() {
            below.extend(self.children(node));
            below.extend(self.attributes(node));
            self.set_hidden(node, false);
            *self.node_mut(node) = Node::new(NodeKind::Text, 0, String::new());
            self.free.push(node.0);
        }
    }

    fn unlink(&mut self, id: NodeId) {
        let attribute = self.is_attribute_like(id);
        let Node { parent, previous, next, .. } = *self.node(id);
        let parent = NodeId::linked(parent);
        match (NodeId::linked(previous), parent) {
            (Some(previous), _) => self.node_mut(previous).next = next,
            (None, Some(parent)) if attribute => self.node_mut(parent).first_attribute = next,
            (None, Some(parent)) => self.node_mut(parent).first_child = next,
            (None, None) => {}
        }
        match (NodeId::linked(next), parent) {
            (Some(next), _) => self.node_mut(next).previous = previous,
            (None, Some(parent)) if attribute => self.node_mut(parent).last_attribute = previous,
            (None, Some(parent)) => self.node_mut(parent).last_child = previous,
            (None, None) => {}
        }
    }

    /// Moves a node, with everything below it, before its sibling `before`, or last below
    /// the same parent.
    pub fn move_before(&mut self, id: NodeId, before: Option<NodeId>) {
        let Some(parent) = self.parent(id) else { return };
        if before == Some(id) || self.is_attribute_like(id) {
            return;
        }
        self.unlink(id);
        self.link(id, parent, before);
        self.rank_all();
    }

    /// Copies `source` of `from`, with everything below it, below `parent`, before `before`
    /// or last. This is how a repeat instance is made from its template.
    pub fn insert_copy(
        &mut self,
        parent: NodeId,
        before: Option<NodeId>,
        from: &Self,
        source: NodeId,
    ) -> NodeId {
        let top = self.copy_node(parent, before, from, source);
        let mut open = vec![(source, top)];
        while let Some((original, copy)) = open.pop() {
            for child in from.children(original) {
                let made = self.copy_node(copy, None, from, child);
                open.push((child, made));
            }
        }
        top
    }

    fn copy_node(&mut self, parent: NodeId, before: Option<NodeId>, from: &Self, source: NodeId) -> NodeId {
        let name = self.intern(from.name(source).clone());
        let node = Node::new(from.kind(source), name, from.node(source).text.clone());
        let copy = self.insert_child(parent, before, node);
        for attribute in from.attributes(source) {
            let name = from.name(attribute).clone();
            self.put_attribute(copy, from.kind(attribute), name, &from.text(attribute));
        }
        copy
    }

    fn insert_child(&mut self, parent: NodeId, before: Option<NodeId>, node: Node) -> NodeId {
        let id = self.place(node);
        self.link(id, parent, before);
        self.rank_new(id);
        id
    }

    fn link(&mut self, id: NodeId, parent: NodeId, before: Option<NodeId>) {
        let before = before.filter(|&before| self.parent(before) == Some(parent));
        let previous = match before {
            Some(before) => self.node(before).previous,
            None => self.node(parent).last_child,
        };
        let node = self.node_mut(id);
        node.parent = parent.0;
        node.previous = previous;
        node.next = before.map_or(NONE, |before| before.0);
        match NodeId::linked(previous) {
            Some(previous) => self.node_mut(previous).next = id.0,
            None => self.node_mut(parent).first_child = id.0,
        }
        match before {
            Some(before) => self.node_mut(before).previous = id.0,
            None => self.node_mut(parent).last_child = id.0,
        }
    }

    fn place(&mut self, node: Node) -> NodeId {
        if let Some(index) = self.free.pop() {
            self.nodes[index as usize] = node;
            return NodeId(index);
        }
        let index = u32::try_from(self.nodes.len()).unwrap_or(NONE);
        self.nodes.push(node);
        NodeId(index)
    }
}
