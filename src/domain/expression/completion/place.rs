//! Where the end of an unfinished expression stands: what it hangs on, in which call, inside of which functions. Reads
//! signs only, since what is being written hardly ever parses.

/// What is being written.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Around {
    /// A text or a number.
    Text,
    /// The beginning of a value.
    Word { from: usize },
    /// What comes behind a dot.
    Member { receiver: String, from: usize, dot: usize },
    /// A name in brackets, with or without its quote.
    Quoted { receiver: String, from: usize },
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Place {
    pub around: Around,
    /// The name of the call, and which argument is written.
    pub call: Option<(String, usize)>,
    /// Parameters of the functions around, outermost first, each with an expression for what it may stand for.
    pub arrows: Vec<(String, String)>,
}

/// A bracket that is not closed, and how many commas came behind it.
struct Open {
    at: usize,
    sign: char,
    commas: usize,
}

impl Place {
    pub fn at_end_of(source: &str) -> Self {
        let (open, quote) = scan(source);
        let call = open.last().and_then(|open| callee(source, open));
        let mut place = Self { around: Around::Text, call, arrows: Vec::new() };
        for (name, sample) in open.iter().filter_map(|open| arrow(source, open)).flatten() {
            // What is around may be named in what is inside.
            let sample = place.sampled(&sample);
            place.arrows.push((name, sample));
        }
        let bracket = open.last().filter(|open| open.sign == '[').and_then(|open| {
            let receiver = chain_before(source, open.at);
            let inside = source[open.at + 1..].trim_start();
            let is_name = inside.is_empty() || (quote.is_some() && inside.starts_with(['"', '\'']));
            (is_name && !receiver.is_empty()).then(|| {
                let receiver = place.sampled(receiver.trim_end_matches("?."));
                Around::Quoted { receiver, from: source.len() - inside.len() }
            })
        });
        let around = match (bracket, quote) {
            (Some(bracket), _) => bracket,
            (None, Some(_)) => Around::Text,
            (None, None) => word(source),
        };
        Self { around, ..place }
    }

    /// The expression with what the parameter that it begins with may stand for.
    pub fn sampled(&self, expression: &str) -> String {
        let length = expression.find(|char| !is_of_name(char)).unwrap_or(expression.len());
        let (root, rest) = expression.split_at(length);
        match self.arrows.iter().rev().find(|(name, _)| name == root) {
            Some((_, sample)) => format!("({sample}){rest}"),
            None => expression.to_owned(),
        }
    }
}

fn is_of_name(char: char) -> bool {
    char.is_alphanumeric() || char == '_' || char == '$'
}

/// The brackets that are open at the end, and the quote.
fn scan(source: &str) -> (Vec<Open>, Option<char>) {
    let (mut open, mut quote) = (Vec::<Open>::new(), None);
    let mut chars = source.char_indices();
    while let Some((at, char)) = chars.next() {
        match (quote, char) {
            (Some(_), '\\') => drop(chars.next()),
            (Some(current), char) if char == current => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'' | '`') => quote = Some(char),
            (None, '(' | '[' | '{') => open.push(Open { at, sign: char, commas: 0 }),
            (None, ')' | ']' | '}') => drop(open.pop()),
            (None, ',') => open.iter_mut().last().into_iter().for_each(|open| open.commas += 1),
            (None, _) => {}
        }
    }
    (open, quote)
}

fn word(source: &str) -> Around {
    let from = source
        .rfind(|char| !is_of_name(char))
        .map_or(0, |at| at + source[at..].chars().next().map_or(1, char::len_utf8));
    if source[from..].starts_with(|char: char| char.is_ascii_digit()) {
        return Around::Text;
    }
    let Some(head) = source[..from].strip_suffix('.') else { return Around::Word { from } };
    let dot = head.strip_suffix('?').unwrap_or(head).len();
    let receiver = chain_before(source, dot);
    match receiver.is_empty() || receiver.starts_with(|char: char| char.is_ascii_digit()) {
        true => Around::Text,
        false => Around::Member { receiver: receiver.to_owned(), from, dot },
    }
}

/// The names, brackets and dots that end at `end`.
fn chain_before(source: &str, end: usize) -> &str {
    let mut start = end;
    loop {
        let head = &source[..start];
        let Some(last) = head.chars().next_back() else { break };
        start = match last {
            ')' | ']' => match opening(head) {
                Some(at) => at,
                None => break,
            },
            char if is_of_name(char) => head
                .rfind(|char| !is_of_name(char))
                .map_or(0, |at| at + head[at..].chars().next().map_or(1, char::len_utf8)),
            '.' | '?' if start < end || head.ends_with("?.") => start - 1,
            _ => break,
        };
        // What a name follows without a dot, it does not belong to.
        let before = source[..start].chars().next_back();
        let goes_on = matches!(before, Some('.' | '?'))
            || (source[start..].starts_with(['(', '['])
                && before.is_some_and(|char| is_of_name(char) || [')', ']'].contains(&char)));
        if !goes_on && !source[start..].starts_with(['.', '?']) {
            break;
        }
    }
    source[start..end].trim_start_matches(['.', '?'])
}

/// Where the bracket was opened that ends the text.
fn opening(text: &str) -> Option<usize> {
    let (open, _) = scan(&text[..text.len() - 1]);
    open.last().map(|open| open.at)
}

/// `name(` or `receiver.name(` before the bracket.
fn callee(source: &str, open: &Open) -> Option<(String, usize)> {
    if open.sign != '(' {
        return None;
    }
    let chain = chain_before(source, open.at);
    let (space, name) = chain.rsplit_once('.').unwrap_or(("", chain));
    let is_space = ["Math", "JSON", "Object", "Array", "Number", "Date"].contains(&space);
    let name = if is_space { chain } else { name };
    (!name.is_empty()).then(|| (name.to_owned(), open.commas))
}

/// `receiver.map(item => …` and `receiver.map((item, index) => …`.
fn arrow(source: &str, open: &Open) -> Option<Vec<(String, String)>> {
    if open.sign != '(' {
        return None;
    }
    let (head, _) = source[open.at + 1..].split_once("=>")?;
    let receiver = chain_before(source, open.at).rsplit_once('.')?;
    let names = head.trim().trim_start_matches('(').trim_end_matches(')').split(',').map(str::trim);
    let samples = match receiver.1 {
        "reduce" | "reduceRight" => ["null".to_owned(), format!("{}[0]", receiver.0)],
        _ => [format!("{}[0]", receiver.0), "0".to_owned()],
    };
    let is_plain = |name: &str| !name.is_empty() && name.chars().all(is_of_name);
    let named = names.zip(samples).filter(|(name, _)| is_plain(name));
    Some(named.map(|(name, sample)| (name.to_owned(), sample)).collect())
}
