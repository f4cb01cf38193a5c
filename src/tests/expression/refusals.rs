//! What is not an expression, and what to write instead; and what no expression reaches.

use flowpilot::domain::expression::{evaluate, parse};

use super::{error, scope, value};

/// Expression, the words its error holds, and the text its span covers.
const REFUSED: &[(&str, &str, &str)] = &[
    ("", "is empty", ""),
    ("input.", "name is missing", ""),
    ("foo.bar", "There is no “foo” here", "foo"),
    ("input.a = 1", "To compare, write ===", "="),
    ("x => x", "There is no “x”", "x"),
    ("(x) => x", "There is no “x”", "x"),
    ("input; 1", "without a semicolon", ";"),
    ("/a/.test(input.email)", "matches(text", "/"),
    ("new Date()", "a word of JavaScript", "new"),
    ("function() {}", "a word of JavaScript", "function"),
    ("this.x", "a word of JavaScript", "this"),
    ("1 & 2", "&&", "&"),
    ("1 ?? 2 || 3", "brackets where ??", "||"),
    ("-2 ** 2", "(-2) ** 2", "**"),
    ("[1,,2]", "no empty places", ","),
    ("input.items.map(x => { x })", "item => ({ … })", "{"),
    ("input.items.map((a, a) => a)", "Two parameters", "a"),
    ("input.items.push(1)", "[...list, item]", "push"),
    ("input.email.match(\"a\")", "matches(text", "match"),
    ("input[\"email\"", "needs its ]", ""),
    ("\"abc", "never closed", "\"abc"),
    ("'it\\q' + \"\\x1\"", "escape", "\\x"),
    ("`a ${1", "needs its }", ""),
    ("010", "is not a number", "010"),
    ("1__0", "is not a number", "1__0"),
    ("10n", "is not a number", "10n"),
    ("1.2.3", "operator or a comma", ".3"),
    ("{ __proto__: 1 }", "__proto__", "__proto__"),
    ("Math.random()", "is tried again", "Math.random"),
    ("Date.now()", "The time of the attempt is now", "Date.now"),
    ("Math.max", "is a function", "Math.max"),
    ("$env.SECRET", "Store secrets as credentials", "$env"),
    ("process.exit()", "cannot see the server", "process"),
    ("input.a b", "“b” does not fit here", "b"),
    ("(1, 2)", "[a, b]", ","),
    ("input.email.trim", "write .trim(…)", "input.email.trim"),
    ("\"a\" in input", "Object.hasOwn", "in"),
    ("input?.(1)", "by its name", "("),
    ("input(1)", "There is no function input", "input"),
    ("input.user.email", "input.user is undefined, so it has no .email", "input.user.email"),
    ("nodes[\"Typo\"].output", "nodes[\"Typo\"] is undefined, so it has no .output", "nodes[\"Typo\"].output"),
    ("input.none.trim()", "input.none is null, so it has no .trim()", "input.none.trim()"),
    ("input.items.toUpperCase()", "this is a list", "input.items.toUpperCase()"),
    ("input.nested.map(x => x)", "Object.values(…)", "input.nested.map(x => x)"),
];

#[test]
fn what_is_not_accepted_says_what_to_write_and_where() {
    for (expression, words, place) in REFUSED {
        let refused = evaluate(expression, &scope()).expect_err(expression);
        assert!(refused.message.contains(words), "{expression}: {}", refused.message);
        assert_eq!(&expression[refused.span.start..refused.span.end], *place, "{expression}: {}", refused.message);
    }
}

#[test]
fn no_expression_reaches_beyond_its_data() {
    let attempts = [
        "constructor",
        "globalThis",
        "window",
        "self",
        "global",
        "require(\"fs\")",
        "import(\"fs\")",
        "eval(\"1\")",
        "Function(\"return 1\")()",
        "input.constructor",
        "input[\"constructor\"]",
        "input[\"con\" + \"structor\"]",
        "input.constructor.constructor(\"return process\")()",
        "\"\".constructor",
        "[].constructor",
        "(1).constructor",
        "input.__proto__",
        "input[\"__proto__\"]",
        "[].__proto__",
        "\"\".__proto__",
        "{}.valueOf",
        "input.items.constructor",
        "[].map.constructor",
        "[].map.call",
        "input.email.replace.constructor",
        "JSON.constructor",
        "Math.constructor",
        "Object.getPrototypeOf(input)",
        "Object.defineProperty(input, \"a\", {})",
        "Object.assign(input, {})",
        "Reflect.ownKeys(input)",
        "Symbol.iterator",
        "Proxy",
        "new Function(\"x\")",
        "(x => x).constructor",
        "input.items.map(x => x.constructor)",
        "[1].map(this)",
        "async () => 1",
        "await 1",
        "`${constructor}`",
        "$(\"x\").constructor",
        "$node.constructor",
        "nodes.constructor",
        "input.__defineGetter__(\"a\", x => x)",
        "input.toString.call",
        "arguments",
        "arguments.callee",
        "fetch(\"http://127.0.0.1\")",
        "setTimeout(1)",
        "WebAssembly",
        "process.mainModule.require(\"child_process\")",
        "String.fromCharCode(1)",
        "Deno",
        "Bun",
        "input.hasOwnProperty.constructor",
        "delete input.a",
        "void 0",
        "input instanceof Object",
        "with (input) 1",
        "[...{ length: 1e9 }]",
        "\"a\".__lookupGetter__(\"b\")",
        "{ get a() { return 1 } }",
        "import.meta",
        "super.x",
    ];
    for attempt in attempts {
        assert!(evaluate(attempt, &scope()).is_err(), "{attempt} gave {:?}", evaluate(attempt, &scope()));
    }
}

#[test]
fn data_may_carry_the_names_of_prototypes() {
    let mut scope = scope();
    scope.input =
        serde_json::from_str(r#"{"constructor": 1, "__proto__": {"x": 2}, "length": 3, "map": 4}"#).expect("JSON");
    let value = |text| evaluate(text, &scope).expect(text);
    assert_eq!(
        value("[input.constructor, input.__proto__.x, input.length, input.map]"),
        serde_json::json!([1, 2, 3, 4])
    );
    assert!(evaluate("input.map(x => x)", &scope).expect_err("data").message.contains("is data here"));
}

#[test]
fn unknown_members_are_undefined_as_in_javascript() {
    for expression in
        ["input.nope", "input.email.nope", "input.items.nope", "input.age.nope", "input.yes.nope", "nodes.nope"]
    {
        assert_eq!(value(expression), serde_json::Value::Null, "{expression}");
    }
}

#[test]
fn limits_of_size_and_depth_are_told() {
    let long = format!("\"{}\"", "a".repeat(4_096));
    assert!(parse(&long).expect_err("long").message.contains("longer than 4096"));
    let many = format!("[{}]", "1,".repeat(600));
    assert!(parse(&many).expect_err("many").message.contains("more than 500 parts"));
    let deep = format!("{}1{}", "(".repeat(40), ")".repeat(40));
    assert!(parse(&deep).expect_err("deep").message.contains("deeper than 32"));
    for deep in ["!".repeat(40) + "1", "1?".repeat(40), "2**".repeat(40) + "2", "[".repeat(3_000), "`${".repeat(900)] {
        assert!(parse(&deep).is_err(), "{deep}");
    }
    let flat = vec!["1"; 240].join("+");
    assert_eq!(value(&flat), serde_json::json!(240));
    assert!(error("input.items.map(").contains("stops too early"));
}
