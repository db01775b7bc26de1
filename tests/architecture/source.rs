//! A source file, read as Rust.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use syn::{Attribute, File, Item, TraitItem, spanned::Spanned, visit::Visit};

/// The folder of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ stands in the workspace").to_owned()
}

/// Every Rust file below `folders`, generated and built ones apart.
pub(crate) fn rust_sources(folders: &[&str]) -> Vec<Source> {
    let mut found = Vec::new();
    for folder in folders {
        walk(&root().join(folder), &mut found);
    }
    assert!(!found.is_empty(), "no sources below {folders:?}");
    found.into_iter().map(|path| Source::read(&path)).collect()
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .flatten()
        .map(|entry| entry.path())
        .collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() && !["target", "node_modules", "bindings", "dist"].contains(&name.as_str()) {
            walk(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// A source file.
pub(crate) struct Source {
    /// Path below the workspace, with `/`.
    pub(crate) path: String,
    text: String,
    file: File,
}

impl Source {
    fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).expect("a source is UTF-8");
        let file = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let path =
            path.strip_prefix(root()).expect("below the workspace").to_string_lossy().replace('\\', "/");
        Self { path, text, file }
    }

    /// The room that the file stands in: its folder or its own name right below `folder`.
    pub(crate) fn room(&self, folder: &str) -> Option<String> {
        let rest = self.path.strip_prefix(folder)?.trim_start_matches('/');
        let room = rest.split('/').next()?.trim_end_matches(".rs");
        (room != "lib").then(|| room.to_owned())
    }

    /// True for files that hold tests only.
    pub(crate) fn is_test(&self) -> bool {
        self.path.ends_with("/tests.rs") || self.path.contains("/tests/") || self.path.contains("/testing")
    }

    /// The first names after `crate::`, tests apart.
    pub(crate) fn crate_imports(&self) -> BTreeSet<String> {
        if self.is_test() {
            return BTreeSet::new();
        }
        let mut imports = Imports::default();
        imports.visit_file(&self.file);
        imports.rooms
    }

    /// True when the file names a foreign crate.
    pub(crate) fn names_crate(&self, name: &str) -> bool {
        self.text
            .lines()
            .map(str::trim_start)
            .filter(|line| !line.starts_with("//"))
            .any(|line| line.contains(&format!("{name}::")) || line.starts_with(&format!("use {name}")))
    }

    /// True when the file has an unsafe block, function, impl or an exemption for it.
    pub(crate) fn is_unsafe(&self) -> bool {
        let mut finder = Unsafe(false);
        finder.visit_file(&self.file);
        finder.0
    }

    /// Lines of the file less those of its inline tests.
    pub(crate) fn lines_without_tests(&self) -> usize {
        let tests: usize = self
            .file
            .items
            .iter()
            .filter_map(|item| match item {
                Item::Mod(module) if is_cfg_test(&module.attrs) => Some(lines_of(module)),
                _ => None,
            })
            .sum();
        self.text.lines().count() - tests
    }

    /// `path: function: lines` of each function over `limit`, tests apart.
    pub(crate) fn long_functions(&self, limit: usize) -> Vec<String> {
        let mut functions = Functions::default();
        functions.visit_file(&self.file);
        functions
            .found
            .into_iter()
            .filter(|(_, lines)| *lines > limit)
            .map(|(name, lines)| format!("{}: {name}: {lines} lines", self.path))
            .collect()
    }

    /// `path: trait: methods` of each trait over `limit`.
    pub(crate) fn large_traits(&self, limit: usize) -> Vec<String> {
        self.file
            .items
            .iter()
            .filter_map(|item| match item {
                Item::Trait(item) => Some(item),
                _ => None,
            })
            .map(|item| {
                let methods = item.items.iter().filter(|member| matches!(member, TraitItem::Fn(_))).count();
                (item.ident.to_string(), methods)
            })
            .filter(|(_, methods)| *methods > limit)
            .map(|(name, methods)| format!("{}: {name}: {methods} methods", self.path))
            .collect()
    }

    /// What stands in a `mod.rs` beside `mod`, `use` and macros that stamp nothing.
    pub(crate) fn code_in_mod(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.file.items.iter().filter_map(|item| match item {
            Item::Mod(module) if module.content.is_none() || is_cfg_test(&module.attrs) => None,
            Item::Use(_) => None,
            Item::Fn(_) => Some("a function"),
            Item::Struct(_) | Item::Enum(_) | Item::Type(_) => Some("a type"),
            Item::Impl(_) => Some("an impl"),
            Item::Trait(_) => Some("a trait"),
            Item::Const(_) | Item::Static(_) => Some("a constant"),
            _ => Some("code"),
        })
    }

    /// True when the file begins with `//!`.
    pub(crate) fn has_room_doc(&self) -> bool {
        self.text.starts_with("//!")
    }
}

fn is_cfg_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.meta.require_list().is_ok_and(|list| list.tokens.to_string().contains("test"))
    })
}

fn lines_of(item: &impl Spanned) -> usize {
    let span = item.span();
    span.end().line - span.start().line + 1
}

#[derive(Default)]
struct Imports {
    rooms: BTreeSet<String>,
}

impl Imports {
    fn tree(&mut self, tree: &syn::UseTree) {
        match tree {
            syn::UseTree::Path(path) => drop(self.rooms.insert(path.ident.to_string())),
            syn::UseTree::Name(name) => drop(self.rooms.insert(name.ident.to_string())),
            syn::UseTree::Rename(rename) => drop(self.rooms.insert(rename.ident.to_string())),
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.tree(tree)),
            syn::UseTree::Glob(_) => {}
        }
    }
}

impl<'ast> Visit<'ast> for Imports {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if !is_cfg_test(&module.attrs) {
            syn::visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if let syn::UseTree::Path(path) = &item.tree
            && path.ident == "crate"
        {
            self.tree(&path.tree);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let mut segments = path.segments.iter();
        if segments.next().is_some_and(|first| first.ident == "crate")
            && let Some(room) = segments.next()
        {
            self.rooms.insert(room.ident.to_string());
        }
        syn::visit::visit_path(self, path);
    }
}

struct Unsafe(bool);

impl<'ast> Visit<'ast> for Unsafe {
    fn visit_expr_unsafe(&mut self, _: &'ast syn::ExprUnsafe) {
        self.0 = true;
    }

    fn visit_signature(&mut self, signature: &'ast syn::Signature) {
        self.0 |= matches!(signature.safety, syn::Safety::Unsafe(_));
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        self.0 |= item.unsafety.is_some();
        syn::visit::visit_item_impl(self, item);
    }
}

#[derive(Default)]
struct Functions {
    found: Vec<(String, usize)>,
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if !is_cfg_test(&module.attrs) {
            syn::visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.found.push((function.sig.ident.to_string(), lines_of(&function.block)));
        syn::visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.found.push((function.sig.ident.to_string(), lines_of(&function.block)));
        syn::visit::visit_impl_item_fn(self, function);
    }
}
