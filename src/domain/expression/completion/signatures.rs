//! What functions and methods take, and what they give: for whoever writes a call.

/// Name, parameters, what comes of it. Names that values of several kinds share stand once.
pub(super) const ALL: &[(&str, &[&str], &str)] = &[
    ("Array.isArray", &["value"], "whether it is a list"),
    ("Boolean", &["value"], "true unless it is empty, 0 or missing"),
    ("Date.parse", &["text"], "milliseconds since 1970"),
    ("JSON.parse", &["text"], "the value that the text writes"),
    ("JSON.stringify", &["value", "null", "indent"], "the value as text"),
    ("Math.abs", &["number"], "without its sign"),
    ("Math.ceil", &["number"], "rounded up"),
    ("Math.floor", &["number"], "rounded down"),
    ("Math.max", &["a", "b", "…"], "the largest"),
    ("Math.min", &["a", "b", "…"], "the smallest"),
    ("Math.pow", &["base", "exponent"], "the power"),
    ("Math.round", &["number"], "rounded"),
    ("Math.sign", &["number"], "-1, 0 or 1"),
    ("Math.sqrt", &["number"], "the square root"),
    ("Math.trunc", &["number"], "without what is behind the point"),
    ("Number", &["value"], "as a number"),
    ("Number.isFinite", &["value"], "whether it is a finite number"),
    ("Number.isInteger", &["value"], "whether it is a whole number"),
    ("Number.isNaN", &["value"], "whether it is no number"),
    ("Object.entries", &["object"], "a list of [name, value]"),
    ("Object.fromEntries", &["list"], "an object of [name, value]"),
    ("Object.hasOwn", &["object", "name"], "whether it has the member"),
    ("Object.keys", &["object"], "the names of its members"),
    ("Object.values", &["object"], "the values of its members"),
    ("String", &["value"], "as text"),
    ("addTime", &["time", "amount", "unit"], "a later time; units from milliseconds to years"),
    ("at", &["index"], "one of them; -1 is the last"),
    ("base64Decode", &["text"], "the text in it"),
    ("base64Encode", &["text"], "in Base64"),
    ("charAt", &["index"], "one letter"),
    ("charCodeAt", &["index"], "the code of one letter"),
    ("codePointAt", &["index"], "the code of one letter"),
    ("concat", &["more", "…"], "with more behind it"),
    ("decodeURIComponent", &["text"], "without %-escapes"),
    ("encodeURIComponent", &["text"], "fit for an address"),
    ("endsWith", &["text"], "whether it ends so"),
    ("every", &["item => condition"], "whether all are so"),
    ("filter", &["item => condition"], "those that are so"),
    ("find", &["item => condition"], "the first that is so"),
    ("findIndex", &["item => condition"], "where the first is, or -1"),
    ("findLast", &["item => condition"], "the last that is so"),
    ("findLastIndex", &["item => condition"], "where the last is, or -1"),
    ("findMatch", &["text", "pattern"], "the first match and its groups, or null"),
    ("findMatches", &["text", "pattern"], "a list of all matches"),
    ("flat", &["depth"], "without lists inside"),
    ("flatMap", &["item => list"], "the lists of all, one after the other"),
    ("formatTime", &["time", "\"DD.MM.YYYY HH:mm\""], "as text, in UTC"),
    ("hasOwnProperty", &["name"], "whether it has the member"),
    ("includes", &["what"], "whether it is in there"),
    ("indexOf", &["what"], "where it is first, or -1"),
    ("isoTime", &["time"], "as ISO 8601 text"),
    ("join", &["between"], "one text of all"),
    ("lastIndexOf", &["what"], "where it is last, or -1"),
    ("map", &["item => value"], "a list of what comes of each"),
    ("matches", &["text", "pattern"], "whether the pattern is found"),
    ("padEnd", &["length", "with"], "filled up at its end"),
    ("padStart", &["length", "with"], "filled up at its start"),
    ("parseFloat", &["text"], "the number that it begins with"),
    ("parseInt", &["text", "base"], "the whole number that it begins with"),
    ("parseUrl", &["text"], "protocol, host, port, path, query, hash"),
    ("reduce", &["(sum, item) => value", "start"], "one value of all"),
    ("reduceRight", &["(sum, item) => value", "start"], "one value of all, from the end"),
    ("repeat", &["count"], "several times"),
    ("replace", &["what", "with"], "with the first replaced"),
    ("replaceAll", &["what", "with"], "with all replaced"),
    ("replaceMatches", &["text", "pattern", "with"], "with all matches replaced; $1 is a group"),
    ("reverse", &[], "from the end to the start"),
    ("sha256", &["text"], "its digest, in hexadecimal"),
    ("slice", &["from", "to"], "a part; negative counts from the end"),
    ("some", &["item => condition"], "whether one is so"),
    ("sort", &["(a, b) => a - b"], "in order"),
    ("split", &["between"], "a list of its parts"),
    ("startsWith", &["text"], "whether it starts so"),
    ("substring", &["from", "to"], "a part"),
    ("toFixed", &["digits"], "as text, with so many digits behind the point"),
    ("toLowerCase", &[], "in small letters"),
    ("toReversed", &[], "from the end to the start"),
    ("toSorted", &["(a, b) => a - b"], "in order"),
    ("toString", &[], "as text"),
    ("toUpperCase", &[], "in capitals"),
    ("trim", &[], "without spaces around it"),
    ("trimEnd", &[], "without spaces at its end"),
    ("trimStart", &[], "without spaces at its start"),
];

pub(super) fn of(name: &str) -> Option<(&'static [&'static str], &'static str)> {
    ALL.iter().find(|(known, ..)| *known == name).map(|(_, parameters, gives)| (*parameters, *gives))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_and_method_says_what_it_takes() {
        let mut known: Vec<_> = ALL.iter().map(|(name, ..)| *name).collect();
        known.sort_unstable();
        assert_eq!(known, crate::domain::expression::names());
    }
}
