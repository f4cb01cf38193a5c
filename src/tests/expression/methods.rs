//! What each method and function gives, as a table. The rows of `JAVASCRIPT` are also put to a JavaScript engine.

use flowpilot::domain::expression::reference;
use serde_json::Value;

use super::{error, value};

/// Expression and value, as JSON.
pub const JAVASCRIPT: &[(&str, &str)] = &[
    // Literals, members, operators
    ("input.email", r#""Ada@Example.com""#),
    ("input.missing", "null"),
    ("input.missing?.a.b.c", "null"),
    ("input?.nested?.[\"b\"].c[1][0]", "2"),
    ("input.items[0].name", r#""Pen""#),
    ("input.items[9]", "null"),
    ("input.items[\"1\"].price", "12"),
    ("input.items[-1]", "null"),
    ("input.items.length", "3"),
    ("input.name.length", "11"),
    ("\"😀\".length", "2"),
    ("\"😀\"[0] + \"😀\"[1]", r#""😀""#),
    ("input.age + 1", "37"),
    ("0.1 + 0.2", "0.30000000000000004"),
    ("1 / 0", "null"),
    ("2 ** 3 ** 2", "512"),
    ("-7 % 3", "-1"),
    ("\"3\" * \"4\"", "12"),
    ("\"3\" + 4", r#""34""#),
    ("1 + 2 + \"3\"", r#""33""#),
    ("[1, [2, 3]] + \"\"", r#""1,2,3""#),
    ("{} + \"\"", r#""[object Object]""#),
    ("null ?? \"x\"", r#""x""#),
    ("0 ?? 1", "0"),
    ("0 || \"x\"", r#""x""#),
    ("input.plan !== \"free\" && input.age >= 18", "true"),
    ("null == undefined", "true"),
    ("null === undefined", "false"),
    ("\"1\" == 1", "true"),
    ("[1] == 1", "true"),
    ("[] === []", "false"),
    ("input.items === input.items", "true"),
    ("\"b\" > \"a\"", "true"),
    ("\"10\" < \"9\"", "true"),
    ("\"10\" < 9", "false"),
    ("NaN == NaN", "false"),
    ("typeof null", r#""object""#),
    ("typeof input.missing", r#""undefined""#),
    ("typeof [] + typeof 1 + typeof \"\" + typeof true", r#""objectnumberstringboolean""#),
    ("input.age > 30 ? \"a\" : input.age > 20 ? \"b\" : \"c\"", r#""a""#),
    ("`Hello ${input.plan.toUpperCase()}, ${1 + 1} ${`in ${\"side\"}`}`", r#""Hello PRO, 2 in side""#),
    ("`\\`\\${}\\\\`", r#""`${}\\""#),
    ("{ a: 1, \"b c\": 2, [\"d\" + 1]: 3, ...{ e: 4 }, a: 5 }", r#"{"a":5,"b c":2,"d1":3,"e":4}"#),
    ("{ input }.input.plan", r#""pro""#),
    ("[...input.numbers.slice(0, 2), ...\"é😀\"]", r#"[3,1,"é","😀"]"#),
    ("{ ...[1, 2], ...null }", r#"{"0":1,"1":2}"#),
    ("Object.keys({ b: 1, \"2\": 1, a: 1, \"1\": 1 })", r#"["1","2","b","a"]"#),
    ("[undefined, { a: undefined, b: 1 }]", r#"[null,{"b":1}]"#),
    ("0x1F + 0b11 + 0o17 + 1_000 + .5 + 5. + 1e3", "2054.5"),
    ("\"\\x41\\u0042\\u{43}\\n\\\n\"", r#""ABC\n""#),
    ("/* a */ 1 // b", "1"),
    ("input . age", "36"),
    ("1..toFixed(1)", r#""1.0""#),
    ("true?.5:1", "0.5"),
    ("nodes[\"Create CRM entry\"].output.id", "17"),
    (
        "trigger.headers[\"x-kind\"] + workflow.name + execution.id + now",
        r#""testSign-up01902026-11-20T14:05:00.000Z""#,
    ),
    // Texts
    ("\"abc\".at(-1) + \"abc\".at(0)", r#""ca""#),
    ("\"abc\".at(5)", "null"),
    ("\"abc\".charAt(1) + \"abc\".charAt(9)", r#""b""#),
    ("[\"a\".charCodeAt(0), \"a\".charCodeAt(1)]", "[97,null]"),
    ("[\"😀\".codePointAt(0), \"😀\".codePointAt(1), \"\".codePointAt(0)]", "[128512,56832,null]"),
    ("\"a\".concat(1, null, [2])", r#""a1null2""#),
    ("[\"abc\".endsWith(\"bc\"), \"abc\".endsWith(\"b\", 2), \"abc\".endsWith(\"\")]", "[true,true,true]"),
    ("[\"abc\".includes(\"b\"), \"abc\".includes(\"b\", 2), \"a1\".includes(1)]", "[true,false,true]"),
    ("[\"abab\".indexOf(\"ab\", 1), \"abab\".indexOf(\"x\"), \"ab\".indexOf(\"\", 9)]", "[2,-1,2]"),
    ("[\"abab\".lastIndexOf(\"ab\"), \"abab\".lastIndexOf(\"ab\", 1), \"ab\".lastIndexOf(\"\")]", "[2,0,2]"),
    ("[\"aaaa\".lastIndexOf(\"aa\"), \"aaaa\".lastIndexOf(\"aa\", 1), \"abc\".lastIndexOf(\"c\", -5)]", "[2,1,-1]"),
    ("\"7\".padStart(3, \"0\") + \"7\".padEnd(3) + \"7\".padStart(6, \"ab\")", r#""0077  ababa7""#),
    ("\"ab\".repeat(2) + \"x\".repeat(0)", r#""abab""#),
    ("\"a-b-c\".replace(\"-\", \"+\")", r#""a+b-c""#),
    ("\"abc\".replace(\"b\", \"[$&$$$`$'$1]\")", r#""a[b$ac$1]c""#),
    ("\"aXbX\".replace(\"X\", (x, at) => x.toLowerCase() + at)", r#""ax1bX""#),
    ("\"a-b-c\".replaceAll(\"-\", \"\")", r#""abc""#),
    ("\"ab\".replaceAll(\"\", \"-\")", r#""-a-b-""#),
    ("\"abc\".slice(-2) + \"abc\".slice(0, -1) + \"abc\".slice(2, 1)", r#""bcab""#),
    ("\"a,b,,c\".split(\",\")", r#"["a","b","","c"]"#),
    (
        "[\"ab\".split(\"\"), \"\".split(\"\"), \"\".split(\",\"), \"ab\".split(), \"a b c\".split(\" \", 2)]",
        r#"[["a","b"],[],[""],["ab"],["a","b"]]"#,
    ),
    ("[\"abc\".startsWith(\"ab\"), \"abc\".startsWith(\"b\", 1)]", "[true,true]"),
    ("\"abc\".substring(2, 0) + \"abc\".substring(-3, 1)", r#""aba""#),
    ("\"ÄSS\".toLowerCase() + \"straße\".toUpperCase()", r#""ässSTRASSE""#),
    ("\"a\".toString()", r#""a""#),
    ("\"[\" + \"\\u00a0 a \\n\".trim() + \"]\" + \" a \".trimStart() + \" a \".trimEnd() + \"|\"", r#""[a]a  a|""#),
    // Lists
    ("[[1, 2].at(-1), [1].at(3)]", "[2,null]"),
    ("[1].concat(2, [3, [4]])", "[1,2,3,[4]]"),
    ("[input.numbers.every(n => n > 0), [].every(n => false)]", "[true,true]"),
    ("input.items.filter(item => item.price > 2).map(item => item.name)", r#"["Pen","Book"]"#),
    ("[input.numbers.find(n => n > 2), input.numbers.find(n => n > 99)]", "[3,null]"),
    ("[input.numbers.findIndex(n => n === 2), input.numbers.findIndex(n => n > 99)]", "[2,-1]"),
    ("[input.numbers.findLast(n => n > 2), input.numbers.findLastIndex(n => n > 2)]", "[10,3]"),
    ("[[1, [2, [3]]].flat(), [1, [2, [3]]].flat(Infinity)]", "[[1,2,[3]],[1,2,3]]"),
    ("input.items.flatMap(item => item.tags)", r#"["b","a","c"]"#),
    ("[[NaN].includes(NaN), [1].includes(\"1\"), [1, 2].includes(1, 1)]", "[true,false,false]"),
    ("[[NaN].indexOf(NaN), [1, 2, 1].indexOf(1, 1), [1, 2, 1].indexOf(1, -1)]", "[-1,2,2]"),
    ("[[1, null, undefined, [2]].join(\"-\"), [1, 2].join(), [].join()]", r#"["1---2","1,2",""]"#),
    ("[[1, 2, 1].lastIndexOf(1), [1, 2, 1].lastIndexOf(1, 1), [1].lastIndexOf(1, -2)]", "[2,0,-1]"),
    ("input.numbers.map((n, i, all) => n * i + all.length)", "[5,6,9,35,7]"),
    ("[\"1\", \"2\"].map(Number)", "[1,2]"),
    ("[0, 1, \"\", \"a\", null].filter(Boolean).map(String)", r#"["1","a"]"#),
    ("input.items.reduce((sum, item) => sum + item.price, 0)", "13.5"),
    ("[1, 2, 3].reduce((a, b) => a * b)", "6"),
    ("[\"a\", \"b\"].reduceRight((s, x) => s + x, \"\")", r#""ba""#),
    ("[1, 2].reverse()", "[2,1]"),
    ("[1, 2].toReversed()", "[2,1]"),
    ("[1, 2, 3, 4].slice(1, -1)", "[2,3]"),
    ("input.numbers.some(n => n > 9)", "true"),
    ("input.numbers.slice().sort()", "[0.5,1,10,2,3]"),
    ("input.numbers.toSorted((a, b) => b - a)", "[10,3,2,1,0.5]"),
    ("[undefined, \"b\", null, \"a\"].sort()", r#"["a","b",null,null]"#),
    ("[[1, [2]].toString(), [null].toString()]", r#"["1,2",""]"#),
    ("[[1, 2], [3, 4]].map(([a, b]) => a + b)", "[3,7]"),
    ("[[1, 2, 3]].map(([, b]) => b)", "[2]"),
    ("input.items.map(({ name, price: p }) => name + p)", r#"["Pen2.5","Book12","pen-1"]"#),
    ("[1, 2].map(a => [3, 4].map(b => a * b))", "[[3,4],[6,8]]"),
    ("[1].map(input => input + 1)", "[2]"),
    // Numbers
    ("(1.005).toFixed(2) + (2.5).toFixed() + (-1.5).toFixed(0)", r#""1.003-2""#),
    ("(255).toString(16) + (-5).toString(2) + (0.5).toString()", r#""ff-1010.5""#),
    ("true.toString() + ({}).toString()", r#""true[object Object]""#),
    ("({ a: 1 }).hasOwnProperty(\"a\")", "true"),
    // Functions
    ("[Number(\" 12 \"), Number(\"\"), Number(\"1px\"), Number(null), Number([5]), Number()]", "[12,0,null,0,5,0]"),
    (
        "[String(null), String([1, [2]]), String({}), String(1e21), String(-0), String()]",
        r#"["null","1,2","[object Object]","1e+21","0",""]"#,
    ),
    ("[Boolean(\"\"), Boolean([]), Boolean(0), Boolean(\"0\")]", "[false,true,false,true]"),
    (
        "[parseInt(\"12px\"), parseInt(\"0x1F\"), parseInt(\"z\", 36), parseInt(\"\"), parseInt(\"-7.9\")]",
        "[12,31,35,null,-7]",
    ),
    ("[parseFloat(\"1.5e3px\"), parseFloat(\".5.5\"), parseFloat(\"x\")]", "[1500,0.5,null]"),
    ("encodeURIComponent(\"a b&é/😀\")", r#""a%20b%26%C3%A9%2F%F0%9F%98%80""#),
    ("decodeURIComponent(\"a%20b%C3%A9+\")", r#""a bé+""#),
    ("Date.parse(\"2026-11-20T14:05:00.000Z\")", "1795183500000"),
    (
        "[Date.parse(\"2026-11-20\"), Date.parse(\"2026-11-20T14:05Z\"), Date.parse(\"2026-11-20T14:05:00+02:00\")]",
        "[1795132800000,1795183500000,1795176300000]",
    ),
    ("[Number.isInteger(5), Number.isInteger(5.5), Number.isInteger(\"5\")]", "[true,false,false]"),
    (
        "[Number.isFinite(1), Number.isFinite(Infinity), Number.isNaN(NaN), Number.isNaN(\"x\")]",
        "[true,false,true,false]",
    ),
    ("[Array.isArray([]), Array.isArray({}), Array.isArray(\"a\")]", "[true,false,false]"),
    ("Object.keys(input.nested)", r#"["1","2","b"]"#),
    ("Object.values({ a: 1, b: [2] })", "[1,[2]]"),
    ("Object.entries({ a: 1, b: 2 }).map(([k, v]) => k + v)", r#"["a1","b2"]"#),
    ("Object.fromEntries([[\"a\", 1], [\"b\", 2], [\"a\", 3]])", r#"{"a":3,"b":2}"#),
    ("[Object.hasOwn({ a: 1 }, \"a\"), Object.hasOwn({}, \"toString\"), Object.hasOwn([1], 0)]", "[true,false,true]"),
    (
        "JSON.stringify({ a: [1, \"x\\n\\u0001\", null, undefined, NaN], b: undefined })",
        r#""{\"a\":[1,\"x\\n\\u0001\",null,null,null]}""#,
    ),
    ("JSON.stringify({ a: [1, {}], b: [] }, null, 2)", r#""{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": []\n}""#),
    ("Object.groupBy([1, 2, 3, \"2\"], n => n)", r#"{"1":[1],"2":[2,"2"],"3":[3]}"#),
    ("Object.groupBy([], n => n)", "{}"),
    (
        "[Number.isSafeInteger(2 ** 53 - 1), Number.isSafeInteger(2 ** 53), Number.isSafeInteger(\"1\")]",
        "[true,false,false]",
    ),
    ("JSON.stringify(undefined)", "null"),
    ("JSON.stringify(\"\\ud800\")", r#""\"\\ud800\"""#),
    ("JSON.parse(\"{\\\"a\\\": [1, 2.5, null]}\").a", "[1,2.5,null]"),
    (
        "[Math.abs(-2), Math.ceil(1.2), Math.floor(-1.2), Math.trunc(-1.7), Math.sign(-3), Math.sqrt(9)]",
        "[2,2,-2,-1,-1,3]",
    ),
    ("[Math.round(2.5), Math.round(-2.5), Math.round(0.49999999999999994), Math.round(-0.2)]", "[3,-2,0,0]"),
    ("[Math.min(3, 1, 2), Math.max(...input.numbers), Math.max(), Math.min(1, NaN)]", "[1,10,null,null]"),
    (
        "[Math.pow(2, 10), Math.pow(1, Infinity), 1 / Math.max(-0, 0), Math.PI > 3.14, Math.E > 2.71]",
        "[1024,null,null,true,true]",
    ),
    ("Number.MAX_SAFE_INTEGER", "9007199254740991"),
    (
        "JSON.parse(\" [0.9333333333333332, -0.5e+3, 1E2, true, \\\"\\\\u00e9\\\\ud83d\\\\ude00\\\\/\\\"] \")",
        r#"[0.9333333333333332,-500,100,true,"é😀/"]"#,
    ),
    ("JSON.parse(\"{\\\"b\\\": 1, \\\"1\\\": {}, \\\"b\\\": []}\")", r#"{"1":{},"b":[]}"#),
];

/// What is ours alone, or where the JavaScript engine errs.
const OWN: &[(&str, &str)] = &[
    // As ECMA-262 has it (7.3.26); QuickJS spreads no text into an object.
    ("{ ...\"ab\" }", r#"{"0":"a","1":"b"}"#),
    ("matches(input.email, \"^[^@]+@example\\\\.com$\")", "false"),
    ("matches(input.email, \"(?i)^[^@]+@example\\\\.com$\")", "true"),
    ("findMatch(\"Order 42 of 7\", \"([0-9]+) (of)( x)?\")", r#"["42 of","42","of",null]"#),
    ("findMatch(input.email, \"[0-9]\")", "null"),
    ("findMatches(\"a1 b22\", \"([a-z])([0-9]+)\").map(m => m[2])", r#"["1","22"]"#),
    ("findMatches(\"äö\", \"\").length", "3"),
    ("replaceMatches(\"2026-11-20\", \"([0-9]+)-([0-9]+)-([0-9]+)\", \"$3.$2.$1 $$\")", r#""20.11.2026 $""#),
    ("replaceMatches(\"a  b   c\", \" +\", \" \")", r#""a b c""#),
    ("base64Encode(\"Grüße 😀\")", r#""R3LDvMOfZSDwn5iA""#),
    ("base64Decode(\"R3LDvMOfZSDwn5iA\") + base64Decode(\"PDw_Pz8-Pg\")", r#""Grüße 😀<<???>>""#),
    ("sha256(\"abc\")", r#""ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad""#),
    (
        "parseUrl(\"https://crm.test/a%20b?x=1&y=%C3%A4#top\")",
        r#"{"protocol":"https","host":"crm.test","port":443,"path":"/a%20b","query":{"x":"1","y":"ä"},"hash":"top"}"#,
    ),
    ("isoTime(0)", r#""1970-01-01T00:00:00.000Z""#),
    ("isoTime(\"2026-11-20T14:05:00+02:00\")", r#""2026-11-20T12:05:00.000Z""#),
    ("addTime(now, 3, \"days\")", r#""2026-11-23T14:05:00.000Z""#),
    ("addTime(\"2026-01-31\", 1, \"month\")", r#""2026-02-28T00:00:00.000Z""#),
    ("addTime(now, -1.5, \"hours\")", r#""2026-11-20T12:35:00.000Z""#),
    ("addTime(\"2024-02-29\", -1, \"year\")", r#""2023-02-28T00:00:00.000Z""#),
    ("formatTime(now, \"dddd, DD.MM.YYYY HH:mm:ss.SSS\")", r#""Friday, 20.11.2026 14:05:00.000""#),
    ("$json.plan + $input.item.json.plan + $input.first().json.plan + $input.plan", r#""propropropro""#),
    (
        "[$node[\"Create CRM entry\"].json.id, $(\"Create CRM entry\").item.json.id, $('Create CRM entry').first().json.id]",
        "[17,17,17]",
    ),
    // The clocks in Berlin go from 2:00 to 3:00 on 29 March 2026, and from 3:00 to 2:00 on 25 October.
    ("zonedTime(\"2026-03-29T00:59:59Z\", \"Europe/Berlin\")", r#""2026-03-29T01:59:59.000+01:00""#),
    ("zonedTime(\"2026-03-29T01:00:00Z\", \"Europe/Berlin\")", r#""2026-03-29T03:00:00.000+02:00""#),
    ("parseTime(\"29.03.2026 02:30\", \"DD.MM.YYYY HH:mm\", \"Europe/Berlin\")", r#""2026-03-29T01:30:00.000Z""#),
    ("parseTime(\"25.10.2026 02:30\", \"DD.MM.YYYY HH:mm\", \"Europe/Berlin\")", r#""2026-10-25T00:30:00.000Z""#),
    ("addTime(\"2026-10-24T08:00Z\", 1, \"day\", \"Europe/Berlin\")", r#""2026-10-25T09:00:00.000Z""#),
    ("addTime(\"2026-10-24T08:00Z\", 24, \"hours\", \"Europe/Berlin\")", r#""2026-10-25T08:00:00.000Z""#),
    ("addTime(\"2026-03-28T01:30Z\", 1, \"day\", \"Europe/Berlin\")", r#""2026-03-29T01:30:00.000Z""#),
    ("addTime(\"2026-01-31T12:00Z\", 1, \"month\", \"Asia/Tokyo\")", r#""2026-02-28T12:00:00.000Z""#),
    ("diffTime(\"2026-03-28T12:00Z\", \"2026-03-29T11:00Z\", \"days\", \"Europe/Berlin\")", "1"),
    ("diffTime(\"2026-01-31\", \"2026-03-01\", \"months\")", "1"),
    ("diffTime(\"2026-03-01\", \"2025-01-31\", \"years\")", "-1"),
    ("diffTime(now, addTime(now, 90, \"minutes\"), \"hours\")", "1.5"),
    ("startOf(\"2026-03-29T10:00Z\", \"day\", \"Europe/Berlin\")", r#""2026-03-28T23:00:00.000Z""#),
    ("endOf(\"2026-03-29T10:00Z\", \"day\", \"Europe/Berlin\")", r#""2026-03-29T21:59:59.999Z""#),
    ("startOf(\"2026-10-25T01:45:30Z\", \"hour\", \"Europe/Berlin\")", r#""2026-10-25T01:00:00.000Z""#),
    ("startOf(\"2026-11-22T12:00Z\", \"week\")", r#""2026-11-16T00:00:00.000Z""#),
    ("startOf(\"2026-11-22T12:00Z\", \"quarter\")", r#""2026-10-01T00:00:00.000Z""#),
    ("startOf(now, \"minute\", \"Asia/Kathmandu\")", r#""2026-11-20T14:05:00.000Z""#),
    ("formatTime(now, \"[at] hh:mm ZZ\", \"Asia/Kolkata\")", r#""at 07:35 +05:30""#),
    ("timeParts(\"2026-01-01\", \"UTC\").week", "1"),
    ("[isEmpty(null), isEmpty({}), isEmpty(0), isEmpty(\" \")]", "[true,true,false,false]"),
    ("unique([{ a: 1 }, { a: 1 }, \"1\", 1])", r#"[{"a":1},"1",1]"#),
    (
        "[roundTo(1.005, 2), roundTo(-2.5, 0), formatNumber(-1234567.891, 1), formatNumber(999, 0)]",
        r#"[1,-3,"-1,234,567.9","999"]"#,
    ),
    ("mergeDeep({ a: [1], b: { c: 1 } }, { a: [2], b: { d: undefined } })", r#"{"a":[2],"b":{"c":1}}"#),
    ("[range(0, 1, 0.25), range(3, 0, -1), range(2, 2)]", "[[0,0.25,0.5,0.75],[3,2,1],[]]"),
    ("sortBy([\"b\", \"a\", \"c\"], x => x === \"c\" ? 0 : 1)", r#"["c","b","a"]"#),
    ("vars.rate * 2 + $vars.rate", "0.3"),
    ("$now === now && $execution.id === execution.id && $workflow.name === workflow.name", "true"),
    ("nodes[\"Skipped\"].output?.email ?? \"none\"", r#""none""#),
];

fn check(rows: &[(&str, &str)]) {
    for (expression, expected) in rows {
        let expected: Value = serde_json::from_str(expected).unwrap_or_else(|error| panic!("{expected}: {error}"));
        let found = value(expression);
        assert!(super::oracle::is_same(&found, &expected), "{expression} gave {found}, not {expected}");
    }
}

#[test]
fn every_method_and_function_gives_what_the_table_says() {
    check(JAVASCRIPT);
    check(OWN);
}

#[test]
fn every_method_and_function_has_a_row() {
    let examples = reference::methods().iter().chain(reference::functions()).flat_map(|group| group.entries);
    let rows = JAVASCRIPT.iter().chain(OWN).map(|(expression, _)| *expression);
    let sources: String =
        rows.chain(examples.map(|entry| entry.example)).map(|expression| format!("{expression}\n")).collect();
    let documented = flowpilot::domain::expression::names();
    let missing: Vec<_> = documented.iter().filter(|name| !sources.contains(&format!("{name}("))).collect();
    assert!(missing.is_empty(), "no row for {missing:?}");
    assert!(documented.len() >= 60);
}

#[test]
fn integers_beyond_javascripts_precision_pass_through_whole() {
    let mut scope = super::scope();
    scope.input = serde_json::json!({ "id": 9_007_199_254_740_993_u64 });
    let value = flowpilot::domain::expression::evaluate("{ id: input.id }", &scope).expect("a value");
    assert_eq!(value.to_string(), r#"{"id":9007199254740993}"#);
    let text = flowpilot::domain::expression::template("/users/{{ input.id }}", &scope);
    assert_eq!(text.as_deref(), Ok("/users/9007199254740993"));
}

#[test]
fn sorting_leaves_the_data_as_it_is() {
    assert_eq!(value("[input.numbers.sort()[0], input.numbers[0]]"), serde_json::json!([0.5, 3]));
}

#[test]
fn wrong_uses_of_functions_say_what_to_write() {
    let rows = [
        ("matches(\"a\", \"(\")", "This pattern cannot be used"),
        ("addTime(now, 1, \"moon\")", "“moon” is not a unit of time"),
        ("addTime(now, 1e300, \"days\")", "outside of the years"),
        ("isoTime(\"yesterday\")", "A time is wanted here"),
        ("parseTime(\"1 Mai 2026\", \"DD MMM YYYY\")", "does not read as DD MMM YYYY"),
        ("parseTime(\"30.02.2026\", \"DD.MM.YYYY\")", "does not read as"),
        ("zonedTime(now, \"Europe/Belrin\")", "is not a time zone"),
        ("addTime(now, 1.5, \"days\", \"UTC\")", "whole number of days"),
        ("startOf(now, \"moon\")", "has no start"),
        ("range(0, 1, 0)", "range takes"),
        ("range(0, 1e9)", "range takes"),
        ("sum(1)", "sum wants a list"),
        ("sortBy([1], 1)", "sortBy wants a function"),
        ("pick({}, \"a\")", "in a list"),
        ("formatNumber(1, 2, \"abc\")", "signs for thousands"),
        ("vars.missing.length", "vars.missing is undefined"),
        ("input.items.map(1)", "map wants a function"),
        ("input.numbers.sort(1)", "sort wants a function"),
        ("[].reduce((a, b) => a)", "This list is empty"),
        ("\"a\".repeat(-1)", "from 0 on"),
        ("(1).toFixed(101)", "0 to 100"),
        ("(0.5).toString(2)", "Round the number first"),
        ("JSON.parse(\"{\")", "stops too early"),
        ("JSON.parse(\"[1, é]\")", "“é” at character 5"),
        ("JSON.parse(\"01\")", "is not JSON"),
        ("JSON.parse(\"1.\")", "is not JSON"),
        ("JSON.parse(\"'a'\")", "is not JSON"),
        ("JSON.parse(\"[1,]\")", "is not JSON"),
        ("JSON.parse(\"1 2\")", "is not JSON"),
        ("Object.keys(null)", "this is null"),
        ("Object.fromEntries([1])", "[name, value]"),
        ("[...1]", "Only a list or a text can be spread"),
        ("decodeURIComponent(\"%zz\")", "hexadecimal"),
        ("[1].join(x => x)", "not a function"),
    ];
    for (expression, words) in rows {
        let message = error(expression);
        assert!(message.contains(words), "{expression}: {message}");
    }
}
