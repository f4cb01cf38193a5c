//! Passwords that anybody would try first. Works offline: a list of the usual stems, three patterns, and an estimate of
//! how many guesses it takes (zxcvbn, with its lists of some 30,000 passwords, names and words).

use zxcvbn::{Score, zxcvbn};

/// What usual passwords of twelve characters and more are made of, lower case, digits and signs taken off the ends.
const STEMS: &str = "abcdefghijkl abcdefghijklmnopqrstuvwxyz access accessgranted admin adminadmin administrator alexander \
    anthony arsenal asdfasdfasdf asdfghjkl asdfghjklqwertyuiop autumn barcelona baseball basketball batman benjamin \
    bismillah blink butterfly changeit changeme changemenow charlie cheese chelsea chocolate christian christopher \
    computer cookie dallas dragon default donald elizabeth facebook fallout flower football \
    forever freedom friends gandalf george ginger google guest hello helloworld hockey hunter \
    iloveyou iloveyouforever internet jennifer jessica jordan jordan23 killer letmein letmeinnow letmeinplease liverpool \
    login london loveme lovely manager manchester master matrix maverick mercedes michael michelle microsoft \
    minecraft monday monkey mustang mypassword nicole ninja nintendo november october oracle parola passphrase passw0rd \
    password passwordpassword passwort patrick pepper platinum pokemon postgres princess prince qazwsx qazwsxedc \
    qazwsxedcrfv qwerasdfzxcv qwert qwerty qwertyqwerty qwertyuiop qwertyuiopasdfghjkl ranger realmadrid robert root \
    samantha samsung secret secretsecret september service shadow soccer spring starwars steelers strawberry summer \
    sunshine superman superuser system taylor temp tempass temppassword temporary test testing testtest thepassword \
    thisismypassword thomas tigger topsecret trustno unicorn unknown user vagrant victoria wachtwoord welcome welcomehome \
    whatever william winter wordpass zaq1zaq1 zxcvbn zxcvbnm zxcvbnmasdfghjkl";

const PRODUCT: [&str; 3] = ["flowpilot", "workflow", "orchestrator"];

/// Rows of keyboards and counting; a password must not be a piece of one, forwards or backwards.
const RUNS: [&str; 6] = [
    "abcdefghijklmnopqrstuvwxyzabcdefghijkl",
    "01234567890123456789012345",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "1q2w3e4r5t6y7u8i9o0p",
];

/// Why the password would be guessed; None: nothing speaks against it. `own_words` are the person's address, name and so on.
pub fn reason(password: &str, own_words: &[&str]) -> Option<&'static str> {
    let lower = password.to_lowercase();
    let plain = |text: &str| -> String { text.chars().map(letter).collect() };
    let stem = |text: &str| text.trim_matches(|c: char| !c.is_alphabetic()).replace([' ', '-', '_', '.'], "");
    let is_common = |text: &str| STEMS.split_whitespace().any(|common| common == text) || PRODUCT.contains(&text);
    // Signs at the ends are decoration before they are letters: `P@ssw0rd!` is `password`.
    let spellings = [stem(&lower), stem(&plain(&lower)), plain(&stem(&lower))];
    if spellings.iter().any(|text| is_common(text)) {
        return Some("This password is among the first that anybody would try. Use a few words of your own.");
    }
    if repeats(&lower) || RUNS.iter().any(|run| is_piece_of(&lower, run)) {
        return Some("This password is a simple pattern. Use a few words of your own.");
    }
    if own_words.iter().any(|word| is_mostly(&lower, word)) {
        return Some("This password is made of your address, name or workspace. Use other words.");
    }
    let parts: Vec<&str> = own_words.iter().flat_map(|word| word.split(['@', '.', ' ']).chain([*word])).collect();
    // Below three, it falls within some 10^8 guesses.
    let is_soon_guessed = zxcvbn(password, &parts).score() < Score::Three;
    is_soon_guessed.then_some("This password would be guessed soon. Use more words, or less usual ones.")
}

/// The letter that a usual stand-in means.
fn letter(c: char) -> char {
    match c {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    }
}

/// One to six characters over and over, such as `abcabcabcabc`.
fn repeats(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    (1..=6).any(|period| chars.len() >= 2 * period && chars.iter().zip(&chars[period..]).all(|(a, b)| a == b))
}

fn is_piece_of(text: &str, run: &str) -> bool {
    let backwards: String = run.chars().rev().collect();
    run.contains(text) || backwards.contains(text)
}

/// Whether little but one of the words (or a part of the address) is left of the password.
fn is_mostly(password: &str, own: &str) -> bool {
    let own = own.to_lowercase();
    let parts = own.split(['@', '.', ' ']).chain([own.as_str()]);
    let is_little = |rest: String| rest.chars().count() < 6 || !rest.chars().any(char::is_alphabetic);
    parts
        .filter(|part| part.chars().count() >= 4)
        .any(|part| password.contains(part) && is_little(password.replace(part, "")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_everybody_tries_is_refused() {
        for password in [
            "password12345",
            "P@ssw0rd!2026",
            "Passwort123456",
            "Summer2026!!!",
            "qwertyuiop12",
            "1qaz2wsx3edc",
            "aaaaaaaaaaaa",
            "abcabcabcabc",
            "123456789012",
            "210987654321",
            "letmein-please",
            "Flowpilot2026",
            "welcome_home_1",
        ] {
            assert!(reason(password, &[]).is_some(), "{password}");
        }
    }

    #[test]
    fn own_words_with_little_around_them_are_refused() {
        let own = ["ada.lovelace@example.com", "Ada Lovelace", "Analytical engines"];
        for password in
            ["lovelace1234", "lovelace19870612", "Ada Lovelace!", "ada.lovelace@example.com", "analytical12"]
        {
            assert!(reason(password, &own).is_some(), "{password}");
        }
        assert_eq!(reason("lovelace wrote the first program", &own), None);
    }

    /// Long enough, in nobody's list of stems, and among what leaks hold most often.
    #[test]
    fn what_leaked_elsewhere_is_refused() {
        for password in
            ["basketball23", "manchesterunited", "jesuschrist1", "qwerty123456789", "iloveyou12345", "cristianoronaldo"]
        {
            assert!(reason(password, &[]).is_some(), "{password}");
        }
    }

    #[test]
    fn words_of_ones_own_pass() {
        for password in ["yellow tram rides north", "Rzd7-kkQ2-pp0V", "password of my second dog"] {
            assert_eq!(reason(password, &[]), None, "{password}");
        }
    }
}
