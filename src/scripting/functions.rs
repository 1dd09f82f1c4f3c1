//! The machine of functions and their libraries.
//!
//! Holds: a function's name is unique over all libraries, in any case; a library is loaded whole or
//! not at all.

use std::collections::BTreeMap;
use std::rc::Rc;

use bytes::Bytes;

use super::load::{BAD_NAME, Function, is_name};
use super::payload;
use super::random::Random;
use super::shebang::of_library;
use super::state::{State, Use};
use crate::core::ctx::Ctx;
use crate::core::host::Host;
use crate::core::refusal::Refusal;
use crate::core::script::{FunctionInfo, LibraryInfo, RestorePolicy};

/// The only language.
pub(super) const ENGINE: &str = "LUA";

/// How long the code of a library may run when it is loaded.
const LOAD_NS: u64 = 500_000_000;

/// What a library and a function take beside their texts.
const LIBRARY_OVERHEAD: usize = std::mem::size_of::<Library>() + 64;
const FUNCTION_OVERHEAD: usize = std::mem::size_of::<Function>() + 64;

/// A library.
struct Library {
    code: Bytes,
    functions: Vec<Rc<Function>>,
}

/// Libraries by name.
#[derive(Default)]
struct Shelf {
    libraries: BTreeMap<Bytes, Library>,
    /// By name in lower case.
    functions: BTreeMap<Vec<u8>, Rc<Function>>,
}

fn error(parts: &[&[u8]]) -> Refusal {
    Refusal::new([b"ERR ", parts.concat().as_slice()].concat())
}

impl Shelf {
    fn add(&mut self, name: Bytes, library: Library) {
        for function in &library.functions {
            self.functions.insert(function.name.to_ascii_lowercase(), Rc::clone(function));
        }
        self.libraries.insert(name, library);
    }

    fn remove(&mut self, name: &[u8]) -> Option<Library> {
        let library = self.libraries.remove(name)?;
        for function in &library.functions {
            self.functions.remove(&function.name.to_ascii_lowercase());
        }
        Some(library)
    }

    /// Refuses a library one of whose functions is here already.
    fn check(&self, library: &Library) -> Result<(), Refusal> {
        let taken = |function: &&Rc<Function>| {
            self.functions.contains_key(&function.name.to_ascii_lowercase())
        };
        match library.functions.iter().find(taken) {
            Some(function) => Err(error(&[b"Function ", &function.name, b" already exists"])),
            None => Ok(()),
        }
    }
}

/// See the module.
pub(super) struct Functions {
    state: State,
    shelf: Shelf,
}

impl Functions {
    pub(super) fn new(random: Rc<Random>, memory_max: usize) -> Functions {
        let state = State::new(Use::Functions, random, memory_max);
        Functions { state, shelf: Shelf::default() }
    }

    pub(super) fn machine(&mut self) -> &mut State {
        &mut self.state
    }

    /// Bytes that the machine holds.
    pub(super) fn memory(&self) -> usize {
        self.state.memory()
    }

    /// Bytes of the libraries' texts and what they take around them.
    pub(super) fn code_memory(&self) -> usize {
        let of_library = |(name, library): (&Bytes, &Library)| {
            let functions: usize = library.functions.iter().map(|f| f.name.len()).sum();
            LIBRARY_OVERHEAD
                + name.len()
                + library.code.len()
                + functions
                + library.functions.len() * FUNCTION_OVERHEAD
        };
        self.shelf.libraries.iter().map(of_library).sum()
    }

    /// Number of libraries and of functions.
    pub(super) fn counts(&self) -> (usize, usize) {
        (self.shelf.libraries.len(), self.shelf.functions.len())
    }

    /// The function of that name, in any case.
    pub(super) fn find(&self, name: &[u8]) -> Option<&Rc<Function>> {
        self.shelf.functions.get(&name.to_ascii_lowercase())
    }

    /// Runs the code of a library.
    fn build(
        &mut self,
        host: &mut dyn Host,
        text: &[u8],
        hurry: bool,
    ) -> Result<(Bytes, Library), Refusal> {
        let declared = of_library(text)?;
        if !is_name(&declared.name) {
            return Err(error(&[BAD_NAME.as_bytes()]));
        }
        if !declared.engine.eq_ignore_ascii_case(ENGINE.as_bytes()) {
            return Err(error(&[b"Engine '", &declared.engine, b"' not found"]));
        }
        let until = hurry.then(|| host.tick().mono_ns + LOAD_NS);
        let functions = self.state.load(host, &text[declared.code..], until)?;
        if functions.is_empty() {
            return Err(error(&[b"No functions registered"]));
        }
        let functions = functions.into_iter().map(Rc::new).collect();
        let code = Bytes::copy_from_slice(text);
        Ok((declared.name.into(), Library { code, functions }))
    }

    fn discard(&mut self, library: &Library) {
        library.functions.iter().for_each(|function| self.state.forget(function.chunk));
    }

    /// Loads a library, in place of one of the same name if `replace`.
    pub(super) fn load(
        &mut self,
        cx: &mut Ctx<'_>,
        text: &[u8],
        replace: bool,
    ) -> Result<Bytes, Refusal> {
        // Whether the name is free is found out before the code runs.
        let declared = of_library(text)?;
        let known = self.shelf.libraries.contains_key(declared.name.as_slice());
        if known && !replace && declared.engine.eq_ignore_ascii_case(ENGINE.as_bytes()) {
            return Err(error(&[b"Library '", &declared.name, b"' already exists"]));
        }
        let (name, library) = self.build(&mut *cx.world.host, text, true)?;
        let old = self.shelf.remove(&name);
        if let Err(refusal) = self.shelf.check(&library) {
            self.discard(&library);
            if let Some(old) = old {
                self.shelf.add(name, old);
            }
            return Err(refusal);
        }
        if let Some(old) = old {
            self.discard(&old);
        }
        self.shelf.add(name.clone(), library);
        Ok(name)
    }

    /// Removes a library; false if there is none of that name.
    pub(super) fn delete(&mut self, name: &[u8]) -> bool {
        let Some(library) = self.shelf.remove(name) else { return false };
        self.discard(&library);
        true
    }

    /// Removes all libraries, and gives the machine that they were in.
    pub(super) fn flush(&mut self) -> State {
        self.shelf = Shelf::default();
        let fresh = self.state.fresh();
        std::mem::replace(&mut self.state, fresh)
    }

    /// Removes all libraries from the machine.
    fn clear(&mut self) {
        let shelf = std::mem::take(&mut self.shelf);
        shelf.libraries.values().for_each(|library| self.discard(library));
    }

    /// The libraries as a payload.
    pub(super) fn dump(&self, compress: bool) -> Vec<u8> {
        payload::write(self.shelf.libraries.values().map(|library| &library.code[..]), compress)
    }

    /// Loads the libraries of a payload: all of them, or none.
    pub(super) fn restore(
        &mut self,
        cx: &mut Ctx<'_>,
        bytes: &[u8],
        policy: RestorePolicy,
    ) -> Result<(), Refusal> {
        let sources = payload::read(bytes).map_err(|why| error(&[why.0.as_bytes()]))?;
        let mut new = Shelf::default();
        for source in &sources {
            let built = self.build(&mut *cx.world.host, source, false);
            let added = built.and_then(|(name, library)| {
                let outcome = if new.libraries.contains_key(&name) {
                    Err(error(&[b"Library '", &name, b"' already exists"]))
                } else {
                    new.check(&library)
                };
                match outcome {
                    Ok(()) => new.add(name, library),
                    Err(_) => self.discard(&library),
                }
                outcome
            });
            if let Err(refusal) = added {
                new.libraries.values().for_each(|library| self.discard(library));
                return Err(refusal);
            }
        }
        if policy == RestorePolicy::Flush {
            self.clear();
        }
        self.join(new, policy == RestorePolicy::Replace)
    }

    /// Takes over all libraries of `new`, in place of those of the same name if `replace`.
    fn join(&mut self, new: Shelf, replace: bool) -> Result<(), Refusal> {
        let mut old = Vec::new();
        let mut outcome = Ok(());
        for name in new.libraries.keys() {
            if !replace && self.shelf.libraries.contains_key(name) {
                outcome = Err(error(&[b"Library ", name, b" already exists"]));
                break;
            }
            old.extend(self.shelf.remove(name).map(|library| (name.clone(), library)));
        }
        let outcome = outcome.and_then(|()| {
            new.libraries.values().try_for_each(|library| self.shelf.check(library))
        });
        match outcome {
            Ok(()) => {
                old.iter().for_each(|(_, library)| self.discard(library));
                for (name, library) in new.libraries {
                    self.shelf.add(name, library);
                }
                Ok(())
            }
            Err(refusal) => {
                new.libraries.values().for_each(|library| self.discard(library));
                for (name, library) in old {
                    self.shelf.add(name, library);
                }
                Err(refusal)
            }
        }
    }

    /// All libraries by name.
    pub(super) fn list(&self) -> Vec<LibraryInfo> {
        let describe = |function: &Rc<Function>| FunctionInfo {
            name: function.name.clone(),
            description: function.description.clone(),
            flags: function.flags,
        };
        let libraries = self.shelf.libraries.iter().map(|(name, library)| LibraryInfo {
            name: name.clone(),
            engine: ENGINE,
            functions: library.functions.iter().map(describe).collect(),
            code: library.code.clone(),
        });
        libraries.collect()
    }
}
