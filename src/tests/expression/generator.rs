//! Expressions out of bytes: each byte is a choice, and where they end the simplest one is taken, so that a failing
//! case shrinks to a short expression.

pub struct Generator<'b> {
    bytes: std::slice::Iter<'b, u8>,
    depth: usize,
    parameters: Vec<String>,
}

const NUMBERS: &[&str] = &[
    "0",
    "1",
    "2",
    "-1",
    "3.5",
    "0.1",
    "10",
    "NaN",
    "Infinity",
    "-Infinity",
    "1e21",
    "1e-7",
    "0x1F",
    "-0",
    "2.5",
    "100",
    "1_000",
    "input.age",
    "input.score",
    "input.numbers[3]",
    "0.30000000000000004",
    "5e-324",
];
const TEXTS: &[&str] = &[
    "\"\"",
    "\"a\"",
    "'abc'",
    "\"1\"",
    "\" 12 \"",
    "\"é😀ß\"",
    "\"b,a,,c\"",
    "`x`",
    "\"\\n\\u0041\"",
    "\"ABCabc\"",
    "input.email",
    "input.name",
    "input.plan",
    "input.words[0]",
    "\"0x10\"",
    "\"-1.5e3px\"",
    "now",
    "\"length\"",
    "\"$&-$$\"",
    "'{\"a\": [1, 2.50, null]}'",
    "'[0.9333333333333332, \"\\\\ud800\"]'",
];
const LISTS: &[&str] =
    &["[]", "[1, 2, 3]", "input.numbers", "input.words", "input.items", "[[1, 2], [3]]", "[\"b\", 1, null, undefined]"];
const OBJECTS: &[&str] =
    &["{}", "{ a: 1, b: \"x\" }", "input.nested", "input.items[0]", "{ \"2\": 1, \"1\": 2, z: 3 }"];

impl<'b> Generator<'b> {
    pub fn new(bytes: &'b [u8]) -> Self {
        Self { bytes: bytes.iter(), depth: 0, parameters: Vec::new() }
    }

    fn choose(&mut self, count: usize) -> usize {
        usize::from(self.bytes.next().copied().unwrap_or(0)) % count
    }

    fn one_of(&mut self, choices: &[&str]) -> String {
        let index = self.choose(choices.len());
        choices[index].to_owned()
    }

    /// Goes one level down; at the bottom, `leaf` stands instead.
    fn deeper(&mut self, leaf: &[&str], build: impl FnOnce(&mut Self) -> String) -> String {
        if self.depth >= 6 || self.bytes.len() == 0 {
            return self.one_of(leaf);
        }
        self.depth += 1;
        let built = build(self);
        self.depth -= 1;
        built
    }

    pub fn any(&mut self) -> String {
        match self.choose(12) {
            0 | 1 => self.number(),
            2 | 3 => self.text(),
            4 | 5 => self.list(),
            6 => self.object(),
            7 => self.bool(),
            8 if !self.parameters.is_empty() => {
                let index = self.choose(self.parameters.len());
                self.parameters[index].clone()
            }
            9 => self.deeper(&["null", "undefined", "input.none"], Self::choice),
            10 => self
                .deeper(&["input.missing", "input.missing?.a.b", "nodes[\"Create CRM entry\"].output"], Self::member),
            _ => self.one_of(&["null", "undefined", "true", "input.none", "input.yes", "execution.id", "trigger.body"]),
        }
    }

    fn choice(&mut self) -> String {
        match self.choose(5) {
            0 => format!("({} ? {} : {})", self.bool(), self.any(), self.any()),
            1 => format!("({} ?? {})", self.any(), self.any()),
            2 => format!("({} || {} || {})", self.any(), self.any(), self.any()),
            3 => format!("({} && {})", self.any(), self.any()),
            _ => format!("{} || {} && {}", self.any(), self.any(), self.any()),
        }
    }

    fn member(&mut self) -> String {
        match self.choose(6) {
            0 => format!("({})?.a", self.any()),
            1 => format!("{}[{}]", self.list(), self.number()),
            2 => format!("{}[{}]", self.text(), self.number()),
            3 => format!("({})[{}]", self.object(), self.text()),
            4 => format!("({})?.[{}]", self.any(), self.number()),
            _ => format!("({}).a", self.any()),
        }
    }

    fn number(&mut self) -> String {
        self.deeper(NUMBERS, |this| match this.choose(24) {
            0 => this.one_of(NUMBERS),
            1 => format!("{} + {}", this.number(), this.number()),
            2 => format!("({} - {})", this.any(), this.any()),
            3 => format!("{} * {}", this.number(), this.number()),
            4 => format!("({}) / {}", this.number(), this.number()),
            5 => format!("({}) % ({})", this.any(), this.number()),
            6 => format!("({}) ** ({})", this.number(), this.one_of(&["0", "2", "3", "-1", "0.5", "NaN", "Infinity"])),
            7 => format!("-({})", this.any()),
            8 => format!("+({})", this.any()),
            9 => format!("{}.length", this.text()),
            10 => format!("{}.length", this.list()),
            11 => {
                let name = this.one_of(&["abs", "ceil", "floor", "round", "trunc", "sign", "sqrt"]);
                format!("Math.{name}({})", this.any())
            }
            12 => format!("Math.max({}, {})", this.any(), this.number()),
            13 => format!("Math.min(...{})", this.list()),
            14 => format!("Number({})", this.any()),
            15 => format!("parseInt({}, {})", this.any(), this.one_of(&["10", "16", "2", "undefined", "37", "36"])),
            16 => format!("parseFloat({})", this.any()),
            17 => format!("{}.indexOf({}, {})", this.text(), this.text(), this.position()),
            18 => format!("{}.lastIndexOf({})", this.text(), this.text()),
            19 => format!("{}.indexOf({})", this.list(), this.any()),
            20 => format!("{}.charCodeAt({})", this.text(), this.position()),
            21 => format!("{}.codePointAt({})", this.text(), this.position()),
            22 => {
                let function = this.arrow(&["s", "x"]);
                format!("{}.reduce({function}, {})", this.list(), this.number())
            }
            _ => {
                let function = this.arrow(&["x"]);
                let name = this.one_of(&["findIndex", "findLastIndex"]);
                format!("{}.{name}({function})", this.list())
            }
        })
    }

    fn position(&mut self) -> String {
        self.one_of(&["0", "1", "-1", "2", "100", "undefined", "NaN", "-Infinity", "1.9", "\"1\""])
    }

    fn text(&mut self) -> String {
        self.deeper(TEXTS, |this| match this.choose(24) {
            0 => this.one_of(TEXTS),
            1 => format!("({} + {})", this.text(), this.any()),
            2 => format!("({} + {})", this.any(), this.text()),
            3 => format!("`<${{{}}}-${{{}}}>`", this.any(), this.any()),
            4 => format!("String({})", this.any()),
            5 => format!("(typeof {})", this.any()),
            6 => format!("JSON.stringify({})", this.list()),
            7 => format!("JSON.stringify({}, null, {})", this.object(), this.one_of(&["2", "0", "\"--\"", "20"])),
            8 => format!("{}.join({})", this.list(), this.text()),
            9 => format!("({}).toFixed({})", this.number(), this.one_of(&["0", "1", "2", "7", "20"])),
            10 => format!("({}).toString()", this.number()),
            11 => {
                let name = this.one_of(&["toUpperCase", "toLowerCase", "trim", "trimStart", "trimEnd", "toString"]);
                format!("{}.{name}()", this.text())
            }
            12 => format!("{}.slice({}, {})", this.text(), this.position(), this.position()),
            13 => format!("{}.substring({}, {})", this.text(), this.position(), this.position()),
            14 => format!("{}.charAt({})", this.text(), this.position()),
            15 => format!("{}.padStart({}, {})", this.text(), this.one_of(&["5", "0", "12"]), this.text()),
            16 => format!("{}.padEnd({})", this.text(), this.one_of(&["5", "0", "12"])),
            17 => format!("{}.repeat({})", this.text(), this.one_of(&["0", "1", "3", "1.9"])),
            18 => format!("{}.replace({}, {})", this.text(), this.text(), this.text()),
            19 => format!("{}.replaceAll({}, {})", this.text(), this.text(), this.text()),
            20 => {
                let function = this.arrow(&["x", "at"]);
                format!("{}.replaceAll({}, {function})", this.text(), this.text())
            }
            21 => format!("{}.concat({}, {})", this.text(), this.any(), this.any()),
            22 => format!("encodeURIComponent({})", this.text()),
            _ => format!("({}).toString()", this.list()),
        })
    }

    fn bool(&mut self) -> String {
        self.deeper(&["true", "false", "input.yes"], |this| match this.choose(14) {
            0 => format!("({} === {})", this.any(), this.any()),
            1 => format!("({} == {})", this.any(), this.any()),
            2 => format!("({} != {})", this.any(), this.any()),
            3 => format!("({} !== {})", this.any(), this.any()),
            4 | 5 => format!("({} {} {})", this.any(), this.one_of(&["<", "<=", ">", ">="]), this.any()),
            6 => format!("!({})", this.any()),
            7 => {
                let name = this.one_of(&["includes", "startsWith", "endsWith"]);
                format!("{}.{name}({}, {})", this.text(), this.text(), this.position())
            }
            8 => format!("{}.includes({})", this.list(), this.any()),
            9 => {
                let function = this.arrow(&["x", "i"]);
                let name = this.one_of(&["some", "every"]);
                format!("{}.{name}({function})", this.list())
            }
            10 => format!("Array.isArray({})", this.any()),
            11 => {
                let name = this.one_of(&["isInteger", "isFinite", "isNaN"]);
                format!("Number.{name}({})", this.any())
            }
            12 => format!("Object.hasOwn({}, {})", this.object(), this.text()),
            _ => format!("Boolean({})", this.any()),
        })
    }

    fn list(&mut self) -> String {
        self.deeper(LISTS, |this| match this.choose(20) {
            0 => this.one_of(LISTS),
            1 => format!("[{}, {}]", this.any(), this.any()),
            2 => format!("[...{}, {}, ...{}]", this.list(), this.any(), this.text()),
            3 => format!("{}.slice({}, {})", this.list(), this.position(), this.position()),
            4 => format!("{}.concat({}, {})", this.list(), this.any(), this.list()),
            5 => format!("{}.toReversed()", this.list()),
            6 => format!("{}.toSorted()", this.list()),
            7 => format!("{}.slice().sort()", this.list()),
            8 => {
                let order = this.one_of(&["a - b", "b - a", "0", "a < b ? 1 : -1 * (a > b)"]);
                format!("{}.map(x => Number(x) || 0).toSorted((a, b) => {order})", this.list())
            }
            9 => format!("{}.flat({})", this.list(), this.one_of(&["1", "0", "Infinity", "undefined"])),
            10 => {
                let function = this.arrow(&["x", "i", "l"]);
                let name = this.one_of(&["map", "filter", "flatMap"]);
                format!("{}.{name}({function})", this.list())
            }
            11 => {
                let function = this.one_of(&["Number", "String", "Boolean"]);
                let name = this.one_of(&["map", "filter"]);
                format!("{}.{name}({function})", this.list())
            }
            12 => format!("{}.split({})", this.text(), this.text()),
            13 => {
                format!("{}.split({}, {})", this.text(), this.text(), this.one_of(&["0", "1", "2", "-1", "undefined"]))
            }
            14 => format!("Object.keys({})", this.any()),
            15 => format!("Object.values({})", this.object()),
            16 => format!("Object.entries({})", this.object()),
            17 => {
                let known = this.parameters.len();
                this.parameters.extend(["k".to_owned(), "v".to_owned()]);
                let body = this.any();
                this.parameters.truncate(known);
                format!("Object.entries({}).map(([k, v]) => [{body}])", this.object())
            }
            18 => format!("[{}.at({}), {}.at({})]", this.list(), this.position(), this.text(), this.position()),
            _ => {
                let function = this.arrow(&["x"]);
                let name = this.one_of(&["find", "findLast"]);
                format!("[{}.{name}({function})]", this.list())
            }
        })
    }

    fn object(&mut self) -> String {
        let text = self.deeper(OBJECTS, |this| match this.choose(8) {
            0 => this.one_of(OBJECTS),
            1 => format!("{{ a: {}, b: {} }}", this.any(), this.any()),
            // Not of a text: QuickJS does not spread one, other engines do.
            2 if this.choose(2) == 0 => format!("{{ ...{}, a: {} }}", this.list(), this.any()),
            2 => format!("{{ ...{}, a: {} }}", this.object(), this.any()),
            3 => format!("{{ [{}]: {}, 1: {} }}", this.any(), this.any(), this.any()),
            4 => format!("Object.fromEntries(Object.entries({}))", this.object()),
            5 => format!("JSON.parse(JSON.stringify({}))", this.object()),
            6 => format!("JSON.parse({})", this.text()),
            _ => {
                let known = this.parameters.len();
                this.parameters.extend(["a".to_owned(), "b".to_owned()]);
                let body = this.any();
                this.parameters.truncate(known);
                format!("[{}].map(({{ a, name: b }}) => ({{ a: {body} }}))[0]", this.object())
            }
        });
        if text.starts_with('{') { format!("({text})") } else { text }
    }

    fn arrow(&mut self, names: &[&str]) -> String {
        let known = self.parameters.len();
        self.parameters.extend(names.iter().map(|name| (*name).to_owned()));
        let body = self.any();
        self.parameters.truncate(known);
        match names {
            [name] if self.choose(2) == 0 => format!("{name} => ({body})"),
            _ => format!("({}) => ({body})", names.join(", ")),
        }
    }
}
