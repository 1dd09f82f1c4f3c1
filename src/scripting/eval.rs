//! The machine of scripts and its cache.

use std::rc::Rc;

use bytes::Bytes;

use super::functions::{ENGINE, Functions};
use super::random::Random;
use super::shebang::{Declared, of_script};
use super::state::{Chunk, State, Use};
use crate::base::digest::sha1_hex;
use crate::base::hash::FxMap;
use crate::core::ctx::{Ctx, Done};
use crate::core::refusal::Refusal;
use crate::core::script::{
    Invocation, LibraryInfo, RestorePolicy, Retired, ScriptFigures, ScriptFlags, ScriptName,
    ScriptVm, finish, prepare,
};

/// How errors call the code of a script.
const PLACE: &std::ffi::CStr = c"@user_script";

/// What a cached script takes beside its text.
const SCRIPT_OVERHEAD: usize = 40 + std::mem::size_of::<Script>();

type Digest = [u8; 40];

/// A cached script.
struct Script {
    chunk: Chunk,
    /// Its digest, as errors show it.
    name: Bytes,
    declared: Option<ScriptFlags>,
}

/// Runs scripts and functions.
pub struct Machine {
    scripts: State,
    /// By digest. The digests are those of texts that clients choose, but nobody chooses a digest.
    cache: FxMap<Digest, Script>,
    cached_bytes: usize,
    functions: Functions,
}

impl Default for Machine {
    fn default() -> Machine {
        Machine::within(0)
    }
}

/// A digest as the cache has it; `None` if it is none.
fn digest_of(name: ScriptName<'_>) -> Option<Digest> {
    match name {
        ScriptName::Text(text) => Some(sha1_hex(text)),
        ScriptName::Digest(digits) => {
            let mut digest: Digest = digits.try_into().ok()?;
            digest.make_ascii_lowercase();
            Some(digest)
        }
    }
}

impl Machine {
    /// A machine in which scripts, and functions likewise, may hold so many bytes (0: any number):
    /// what would take more fails with an error of Lua's.
    pub fn within(memory_max: usize) -> Machine {
        let random = Rc::new(Random::default());
        Machine {
            scripts: State::new(Use::Scripts, Rc::clone(&random), memory_max),
            cache: FxMap::default(),
            cached_bytes: 0,
            functions: Functions::new(random, memory_max),
        }
    }

    /// Compiles and caches a script that is not cached.
    fn create(&mut self, digest: Digest, text: &[u8]) -> Result<&Script, Refusal> {
        let Declared { flags, code } = of_script(text)?;
        let chunk = self.scripts.compile(&text[code..], PLACE).map_err(|message| {
            let text = b"ERR Error compiling script (new function): ".as_slice();
            Refusal::new([text, &message].concat())
        })?;
        let name = Bytes::copy_from_slice(&digest);
        self.cached_bytes += text.len() + SCRIPT_OVERHEAD;
        Ok(self.cache.entry(digest).or_insert(Script { chunk, name, declared: flags }))
    }
}

impl ScriptVm for Machine {
    fn eval(&mut self, cx: &mut Ctx<'_>, name: ScriptName<'_>, call: &Invocation<'_>) -> Done {
        let digest = digest_of(name).ok_or(Refusal::NO_SCRIPT)?;
        let script = match (self.cache.get(&digest), name) {
            (Some(script), _) => script,
            (None, ScriptName::Text(text)) => self.create(digest, text)?,
            (None, ScriptName::Digest(_)) => return Err(Refusal::NO_SCRIPT),
        };
        let chunk = script.chunk;
        prepare(cx, script.name.clone(), true, script.declared, call.read_only)?;
        self.scripts.call(cx, chunk, call);
        finish(cx);
        Ok(())
    }

    fn load(&mut self, text: &[u8]) -> Result<[u8; 40], Refusal> {
        let digest = sha1_hex(text);
        if !self.cache.contains_key(&digest) {
            self.create(digest, text)?;
        }
        Ok(digest)
    }

    fn knows(&self, digest: &[u8]) -> bool {
        digest_of(ScriptName::Digest(digest)).is_some_and(|digest| self.cache.contains_key(&digest))
    }

    fn flush(&mut self) -> Retired {
        let fresh = self.scripts.fresh();
        let old = std::mem::replace(&mut self.scripts, fresh);
        let scripts = std::mem::take(&mut self.cache).len();
        self.cached_bytes = 0;
        Retired { machine: Box::new(old.retire()), objects: scripts }
    }

    fn declared(&self, name: ScriptName<'_>) -> Option<ScriptFlags> {
        match (self.cache.get(&digest_of(name)?), name) {
            (Some(script), _) => script.declared,
            (None, ScriptName::Text(text)) => of_script(text).ok()?.flags,
            (None, ScriptName::Digest(_)) => None,
        }
    }

    fn function_flags(&self, name: &[u8]) -> Option<ScriptFlags> {
        self.functions.find(name).map(|function| function.flags)
    }

    fn fcall(&mut self, cx: &mut Ctx<'_>, name: &[u8], call: &Invocation<'_>) -> Done {
        let Some(function) = self.functions.find(name) else {
            return Err(Refusal::fixed("ERR Function not found"));
        };
        let chunk = function.chunk;
        prepare(cx, function.name.clone(), false, Some(function.flags), call.read_only)?;
        cx.world.scripts.keep_figures(self.figures());
        self.functions.machine().call(cx, chunk, call);
        finish(cx);
        Ok(())
    }

    fn function_load(
        &mut self,
        cx: &mut Ctx<'_>,
        code: &[u8],
        replace: bool,
    ) -> Result<Bytes, Refusal> {
        self.functions.load(cx, code, replace)
    }

    fn function_delete(&mut self, library: &[u8]) -> bool {
        self.functions.delete(library)
    }

    fn function_flush(&mut self) -> Retired {
        let (_, functions) = self.functions.counts();
        Retired { machine: Box::new(self.functions.flush().retire()), objects: functions }
    }

    fn function_dump(&self, compress: bool) -> Vec<u8> {
        self.functions.dump(compress)
    }

    fn function_restore(
        &mut self,
        cx: &mut Ctx<'_>,
        payload: &[u8],
        policy: RestorePolicy,
    ) -> Done {
        self.functions.restore(cx, payload, policy)
    }

    fn libraries(&self) -> Vec<LibraryInfo> {
        self.functions.list()
    }

    fn figures(&self) -> ScriptFigures {
        let (libraries, functions) = self.functions.counts();
        ScriptFigures {
            eval_machine: self.scripts.memory(),
            scripts: self.cached_bytes,
            cached: self.cache.len(),
            function_machine: self.functions.memory(),
            function_code: self.functions.code_memory(),
            functions,
            libraries,
            engine: ENGINE,
        }
    }
}
