//! Which keys do what: those that actions come with, or others that somebody chose for themselves in this browser.

use std::collections::BTreeMap;

use leptos::prelude::*;

use super::actions::{self, Action};

/// Where the browser remembers them.
const KEPT: &str = "flowpilot.keys";

/// Keys that the canvas, the inspector and the clipboard need for themselves.
const RESERVED: &[&str] = &[
    "Tab",
    "Shift+Tab",
    "Enter",
    "Escape",
    " ",
    "ArrowLeft",
    "ArrowRight",
    "ArrowUp",
    "ArrowDown",
    "Alt+ArrowLeft",
    "Alt+ArrowRight",
    "Alt+ArrowUp",
    "Alt+ArrowDown",
    "Ctrl+C",
    "Ctrl+X",
    "Ctrl+V",
    "P",
    "W",
];

/// Keys by the name of what they do.
type Chosen = BTreeMap<String, String>;

#[derive(Clone, Copy)]
pub struct Keymap(RwSignal<Chosen>);

impl Keymap {
    /// As somebody chose; the usual ones until the page is awake.
    pub fn recall() -> Self {
        let chosen = RwSignal::new(Chosen::new());
        Effect::new(move |_| chosen.set(read()));
        Self(chosen)
    }

    /// The keys that are shown for the action.
    pub fn shown(self, action: &Action) -> Option<String> {
        self.0.with(|chosen| keys_of(chosen, action).first().map(|keys| (*keys).to_owned()))
    }

    /// What these keys may mean.
    pub fn meant(self, keys: &str) -> Vec<&'static Action> {
        let means = |chosen: &Chosen| {
            actions::ALL.iter().filter(|action| keys_of(chosen, action).contains(&keys)).collect::<Vec<_>>()
        };
        self.0.with_untracked(means)
    }

    /// Whether anything was chosen.
    pub fn is_changed(self) -> bool {
        self.0.with(|chosen| !chosen.is_empty())
    }

    /// Gives the action these keys in the place of its own. An error says why it may not have them.
    pub fn choose(self, action: &Action, keys: &str) -> Result<(), String> {
        let mut chosen = self.0.get_untracked();
        choose(&mut chosen, action, keys)?;
        write(&chosen);
        self.0.set(chosen);
        Ok(())
    }

    /// Every action has its usual keys again.
    pub fn reset(self) {
        self.0.set(Chosen::new());
        write(&Chosen::new());
    }
}

fn keys_of<'a>(chosen: &'a Chosen, action: &Action) -> Vec<&'a str> {
    match chosen.get(action.label) {
        Some(keys) => vec![keys.as_str()],
        None => action.keys.to_vec(),
    }
}

fn choose(chosen: &mut Chosen, action: &Action, keys: &str) -> Result<(), String> {
    if RESERVED.contains(&keys) {
        return Err("These keys are needed for something else.".to_owned());
    }
    if let Some(other) = owner(chosen, action, keys) {
        return Err(format!("“{}” has these keys. Give it others first.", other.label));
    }
    let is_usual =
        action.keys.first() == Some(&keys) && action.keys.iter().all(|keys| owner(chosen, action, keys).is_none());
    match is_usual {
        true => chosen.remove(action.label),
        false => chosen.insert(action.label.to_owned(), keys.to_owned()),
    };
    Ok(())
}

/// Which other action has these keys.
fn owner(chosen: &Chosen, action: &Action, keys: &str) -> Option<&'static Action> {
    actions::ALL.iter().find(|other| other.label != action.label && keys_of(chosen, other).contains(&keys))
}

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

fn read() -> Chosen {
    let text = storage().and_then(|storage| storage.get_item(KEPT).ok().flatten());
    let mut chosen: Chosen = text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    chosen.retain(|label, _| actions::named(label).is_some());
    chosen
}

fn write(chosen: &Chosen) {
    let (Some(storage), Ok(text)) = (storage(), serde_json::to_string(chosen)) else { return };
    // Forbidden storage costs the memory of it, nothing else.
    drop(if chosen.is_empty() { storage.remove_item(KEPT) } else { storage.set_item(KEPT, &text) });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn action(label: &str) -> &'static Action {
        actions::named(label).expect("an action")
    }

    #[test]
    fn chosen_keys_stand_in_the_place_of_the_usual_ones() {
        let (mut chosen, redo) = (Chosen::new(), action("Redo"));
        assert_eq!(keys_of(&chosen, redo), ["Ctrl+Shift+Z", "Ctrl+Y"]);
        assert_eq!(choose(&mut chosen, redo, "Alt+R"), Ok(()));
        assert_eq!(keys_of(&chosen, redo), ["Alt+R"]);
        assert_eq!(choose(&mut chosen, redo, "Ctrl+Shift+Z"), Ok(()));
        assert!(chosen.is_empty(), "the usual keys need no memory");
    }

    #[test]
    fn keys_mean_one_thing_and_some_are_not_to_be_had() {
        let mut chosen = Chosen::new();
        let refused = choose(&mut chosen, action("Undo"), "N");
        assert!(refused.is_err_and(|reason| reason.contains("“Add a node”")));
        assert!(choose(&mut chosen, action("Undo"), "Tab").is_err());
        assert_eq!(choose(&mut chosen, action("Add a node"), "Alt+N"), Ok(()));
        assert_eq!(choose(&mut chosen, action("Undo"), "N"), Ok(()), "now it is free");
        assert!(choose(&mut chosen, action("Add a node"), "N").is_err());
    }

    #[test]
    fn only_keys_that_mean_several_things_are_reserved_and_an_action_too() {
        for action in actions::ALL {
            for keys in action.keys.iter().filter(|keys| RESERVED.contains(keys)) {
                assert!(["Enter", "Escape"].contains(keys), "{keys}: {}", action.label);
            }
        }
    }
}
