//! Plug-ins on this machine: `NAME.wasm` with `NAME.json` beside it, in `plugins/` of the data directory. Looked for
//! whenever they are asked for, so that dropping one in is enough.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::domain::plugin::Plugin;

const MAX_DESCRIPTION: u64 = 256 * 1024;
const MAX_MODULE: u64 = 16 * 1024 * 1024;

/// Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Plugins(Option<Arc<PathBuf>>);

impl Plugins {
    /// Of this data directory.
    pub fn of(data_dir: &Path) -> Self {
        Self(Some(Arc::new(data_dir.join("plugins"))))
    }

    /// Those that can be used, by label; and why others cannot.
    pub fn all(&self) -> (Vec<Plugin>, Vec<String>) {
        let (mut plugins, mut problems) = (Vec::new(), Vec::new());
        let entries = self.0.as_deref().and_then(|dir| fs::read_dir(dir).ok()).into_iter().flatten().flatten();
        for path in entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|is| is == "wasm")) {
            match describe(&path) {
                Ok(plugin) => plugins.push(plugin),
                Err(problem) => problems.push(format!("{}: {problem}", path.display())),
            }
        }
        plugins.sort_by(|left, right| left.label.cmp(&right.label).then_with(|| left.id().cmp(&right.id())));
        (plugins, problems)
    }

    /// The plug-in that nodes call so.
    pub fn find(&self, id: &str) -> Option<Plugin> {
        self.all().0.into_iter().find(|plugin| plugin.id() == id)
    }

    /// Its module.
    pub fn module(&self, plugin: &Plugin) -> io::Result<Vec<u8>> {
        let dir = self.0.as_deref().ok_or_else(|| io::Error::other("there is no directory of plug-ins"))?;
        let path = dir.join(format!("{}.wasm", plugin.name));
        if fs::metadata(&path)?.len() > MAX_MODULE {
            return Err(io::Error::other("its module is larger than 16 MiB"));
        }
        fs::read(path)
    }
}

fn describe(module: &Path) -> Result<Plugin, String> {
    let path = module.with_extension("json");
    let size = fs::metadata(&path).map_err(|error| format!("no description beside it: {error}"))?.len();
    if size > MAX_DESCRIPTION {
        return Err("its description is larger than 256 KiB".to_owned());
    }
    let text = fs::read_to_string(&path).map_err(|error| error.to_string())?;
    let plugin: Plugin =
        serde_json::from_str(&text).map_err(|error| format!("its description does not fit: {error}"))?;
    if let Some(problem) = plugin.problem() {
        return Err(problem);
    }
    if module.file_stem().is_none_or(|stem| *stem != *plugin.name) {
        return Err(format!("it calls itself {}: file and name have to agree", plugin.name));
    }
    Ok(plugin)
}
