//! The places of a form being filled: one for each element, and for each repeat instance
//! one for each element in it.
//!
//! Owns the tree that expressions walk and keeps it in step with the places. Does not know
//! what makes a value or a relevance.

use std::{collections::HashMap, sync::Arc};

use super::{
    model::{Model, ModelId},
    sums::Sums,
};
use crate::{
    answers::{Path, Value},
    xpath::{Name, NodeId, Tree},
};

/// Number of a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct PlaceId(u32);

impl PlaceId {
    /// The place of the root element.
    pub(super) const ROOT: Self = Self(0);
}

/// The choices of one select, now.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) enum Offer {
    /// The rows of the list are not here: anything may be chosen.
    #[default]
    Unknown,
    /// All rows of the list.
    All,
    /// Some rows of the list, in this order.
    Rows(Arc<[u32]>),
    /// Values with labels that come from answers.
    Pairs(Arc<[(String, String)]>),
}

/// One element, in one repeat instance.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) element: ModelId,
    pub(super) node: NodeId,
    pub(super) parent: PlaceId,
    pub(super) path: Path,
    /// By ordinal of the child element: one place, or the instances of a repeat.
    pub(super) children: Vec<Vec<PlaceId>>,
    /// Of a repeat instance: its place among its siblings, from 0.
    pub(super) index: usize,
    /// Of a repeat instance: the key that keeps instances in order.
    pub(super) order: f64,
    pub(super) own_relevant: bool,
    pub(super) relevant: bool,
    pub(super) own_read_only: bool,
    pub(super) read_only: bool,
    pub(super) required: bool,
    /// The constraint is met.
    pub(super) valid: bool,
    pub(super) offer: Offer,
    /// What was entered.
    pub(super) stored: Option<Value>,
}

/// All places, with the tree that expressions walk.
#[derive(Debug, Clone)]
pub(super) struct Places {
    pub(super) tree: Tree,
    pub(super) sums: Sums,
    /// Offset of times that have none. Minutes east of UTC.
    pub(super) offset_minutes: i16,
    all: Vec<Place>,
    free: Vec<PlaceId>,
    by_path: HashMap<Path, PlaceId>,
}

impl Places {
    /// The root element alone.
    pub(super) fn new(model: &Model, offset_minutes: i16) -> Self {
        let mut tree = Tree::new();
        let element = model.element(ModelId::ROOT);
        let node = tree.append_element(NodeId::DOCUMENT, &element.name);
        for (name, value) in &element.attributes {
            tree.set_attribute(node, Name::written(name), value);
        }
        let mut places = Self {
            tree,
            sums: Sums::default(),
            offset_minutes,
            all: Vec::new(),
            free: Vec::new(),
            by_path: HashMap::new(),
        };
        places.put(Place::new(ModelId::ROOT, node, PlaceId::ROOT, Path::new(""), element.children.len()));
        places
    }

    pub(super) fn get(&self, id: PlaceId) -> &Place {
        // Ids are made here; the root stands in for one that was removed.
        self.all.get(id.0 as usize).unwrap_or(&self.all[0])
    }

    pub(super) fn get_mut(&mut self, id: PlaceId) -> &mut Place {
        let at = if (id.0 as usize) < self.all.len() { id.0 as usize } else { 0 };
        &mut self.all[at]
    }

    pub(super) fn find(&self, path: &Path) -> Option<PlaceId> {
        self.by_path.get(path).copied()
    }

    /// The places above `id`, itself first.
    pub(super) fn upwards(&self, id: PlaceId) -> impl Iterator<Item = PlaceId> {
        std::iter::successors(Some(id), |&at| (at != PlaceId::ROOT).then(|| self.get(at).parent))
    }

    /// The instances of `repeat`, or the one place of another element, below its parent's place.
    pub(super) fn below(&self, parent: PlaceId, ordinal: usize) -> &[PlaceId] {
        self.get(parent).children.get(ordinal).map_or(&[], Vec::as_slice)
    }

    /// The one place of `element` seen from `from`: the nearest around, then down.
    pub(super) fn single(&self, model: &Model, from: PlaceId, element: ModelId) -> Option<PlaceId> {
        let above = self.upwards(from).find(|&at| model.is_within(element, self.get(at).element))?;
        let mut way: Vec<usize> = Vec::new();
        let mut at = element;
        while at != self.get(above).element {
            way.push(model.element(at).ordinal);
            at = model.element(at).parent;
        }
        way.into_iter().rev().try_fold(above, |place, ordinal| self.below(place, ordinal).first().copied())
    }

    /// All places of `element` below `anchor`, in document order.
    pub(super) fn all_of(&self, model: &Model, anchor: PlaceId, element: ModelId) -> Vec<PlaceId> {
        let top = self.get(anchor).element;
        let mut way: Vec<usize> = Vec::new();
        let mut at = element;
        while at != top && at != ModelId::ROOT {
            way.push(model.element(at).ordinal);
            at = model.element(at).parent;
        }
        let mut found = vec![anchor];
        for ordinal in way.into_iter().rev() {
            found = found.into_iter().flat_map(|place| self.below(place, ordinal).iter().copied()).collect();
        }
        found
    }

    /// Makes the place of `element` below `parent`, without its children; a repeat instance
    /// goes to `index` among its siblings.
    pub(super) fn make(
        &mut self,
        model: &Model,
        parent: PlaceId,
        element: ModelId,
        path: Path,
        index: usize,
    ) -> PlaceId {
        let this = model.element(element);
        let before = self.node_after(parent, this.ordinal, index);
        let node = match this.name.rsplit_once('@') {
            Some((leaf, attribute)) => self.make_attribute(self.get(parent).node, leaf, attribute),
            None => self.tree.insert_element(self.get(parent).node, before, Name::written(&this.name)),
        };
        for (name, value) in &this.attributes {
            self.tree.set_attribute(node, Name::written(name), value);
        }
        let above = self.get(parent);
        let mut place = Place::new(element, node, parent, path, this.children.len());
        place.relevant = above.relevant;
        place.read_only = above.read_only;
        if !place.relevant {
            self.tree.set_hidden(node, true);
        }
        let id = self.put(place);
        let siblings = &mut self.get_mut(parent).children[this.ordinal];
        let index = index.min(siblings.len());
        siblings.insert(index, id);
        self.number_from(parent, this.ordinal, index);
        if model.is_summed(element) {
            self.count_text(model, id, true);
        }
        id
    }

    /// Makes an attribute of an element, or of the leaf `leaf/` below it.
    fn make_attribute(&mut self, parent: NodeId, leaf: &str, attribute: &str) -> NodeId {
        let leaf = leaf.strip_suffix('/').and_then(|leaf| self.tree.child_named(parent, leaf));
        self.tree.set_attribute(leaf.unwrap_or(parent), Name::written(attribute), "")
    }

    /// Makes a place relevant or not; expressions see only what is relevant.
    pub(super) fn set_relevant(&mut self, model: &Model, id: PlaceId, relevant: bool) {
        let is_summed = model.is_summed(self.get(id).element);
        if is_summed {
            self.count_text(model, id, false);
        }
        self.get_mut(id).relevant = relevant;
        if is_summed {
            self.count_text(model, id, true);
        }
        let node = self.get(id).node;
        self.tree.set_hidden(node, !relevant);
    }

    /// Removes a repeat instance with everything in it.
    pub(super) fn remove(&mut self, model: &Model, id: PlaceId) {
        self.uncount(model, id);
        let Place { parent, element, node, index, .. } = *self.get(id);
        let ordinal = model.element(element).ordinal;
        self.get_mut(parent).children[ordinal].retain(|&sibling| sibling != id);
        self.tree.remove(node);
        self.number_from(parent, ordinal, index);
        let mut open = vec![id];
        while let Some(at) = open.pop() {
            open.extend(self.get(at).children.iter().flatten().copied());
            let path = self.get(at).path.clone();
            self.by_path.remove(&path);
            self.free.push(at);
        }
    }

    /// Takes everything in a place out of the sums that it is part of.
    fn uncount(&mut self, model: &Model, id: PlaceId) {
        let mut open = vec![id];
        while let Some(at) = open.pop() {
            if model.is_summed(self.get(at).element) {
                self.count_text(model, at, false);
            }
            self.forget_sums(at);
            open.extend(self.get(at).children.iter().flatten().copied());
        }
    }

    /// True while the place has not been removed.
    pub(super) fn is_alive(&self, id: PlaceId) -> bool {
        self.find(&self.get(id).path) == Some(id)
    }

    /// All places in document order.
    pub(super) fn in_order(&self) -> Vec<PlaceId> {
        let mut order = Vec::with_capacity(self.all.len());
        let mut open = vec![PlaceId::ROOT];
        while let Some(at) = open.pop() {
            order.push(at);
            open.extend(self.get(at).children.iter().rev().flat_map(|child| child.iter().rev()));
        }
        order
    }

    fn put(&mut self, place: Place) -> PlaceId {
        let id = self.free.pop().unwrap_or(PlaceId(u32::try_from(self.all.len()).unwrap_or(u32::MAX)));
        self.by_path.insert(place.path.clone(), id);
        match self.all.get_mut(id.0 as usize) {
            Some(slot) => *slot = place,
            None => self.all.push(place),
        }
        id
    }

    fn number_from(&mut self, parent: PlaceId, ordinal: usize, from: usize) {
        for index in from..self.below(parent, ordinal).len() {
            let id = self.below(parent, ordinal)[index];
            self.get_mut(id).index = index;
        }
    }

    /// The node that must follow a new child.
    fn node_after(&self, parent: PlaceId, ordinal: usize, index: usize) -> Option<NodeId> {
        let children = &self.get(parent).children;
        let sibling = children.get(ordinal).and_then(|siblings| siblings.get(index));
        let later = children.iter().skip(ordinal + 1).find_map(|siblings| siblings.first());
        sibling.or(later).map(|&id| self.get(id).node)
    }
}

impl Place {
    fn new(element: ModelId, node: NodeId, parent: PlaceId, path: Path, children: usize) -> Self {
        Self {
            element,
            node,
            parent,
            path,
            children: vec![Vec::new(); children],
            index: 0,
            order: 0.0,
            own_relevant: true,
            relevant: true,
            own_read_only: false,
            read_only: false,
            required: false,
            valid: true,
            offer: Offer::Unknown,
            stored: None,
        }
    }
}
