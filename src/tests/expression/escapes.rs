//! What gets people out of other languages gets nobody out of this one: an error, or data as it was.

use flowpilot::domain::expression::{evaluate, template};
use serde_json::Value;

use super::scope;

/// From sandboxes of JavaScript, Jinja, Twig, CEL, EL, Ruby, PHP, shells.
const ESCAPES: &[&str] = &[
    "constructor.constructor(\"return process\")()",
    "this.constructor.constructor(\"return this\")()",
    "[].constructor.constructor(\"return process.env\")()",
    "(() => {}).constructor(\"return 1\")()",
    "\"\".constructor.constructor(\"return globalThis\")()",
    "input.constructor",
    "input[\"constructor\"][\"constructor\"](\"return 1\")()",
    "input[\"con\" + \"structor\"]",
    "input.__proto__",
    "input[\"__proto__\"].polluted",
    "input.__defineGetter__(\"x\", 1)",
    "Object.getPrototypeOf(input)",
    "Object.defineProperty(input, \"x\", {})",
    "Object.assign(input, { a: 1 })",
    "Object.prototype",
    "Reflect.ownKeys(input)",
    "new Function(\"return 1\")()",
    "Function(\"return 1\")()",
    "eval(\"1\")",
    "setTimeout(\"1\")",
    "require(\"child_process\").execSync(\"id\")",
    "process.mainModule.require(\"fs\")",
    "process.env.HOME",
    "global.process",
    "globalThis",
    "window.location",
    "document.cookie",
    "self",
    "import(\"fs\")",
    "fetch(\"http://127.0.0.1\")",
    "async () => await 1",
    "function () { return this }",
    "(function* () {})()",
    "class A {}",
    "while (true) {}",
    "for (;;) {}",
    "throw 1",
    "try { x } catch (e) { e }",
    "input = 1",
    "input.a = 1",
    "delete input.a",
    "void 0, 1",
    "new Date()",
    "new Proxy({}, {})",
    "Symbol.iterator",
    "Error.prepareStackTrace",
    "`${constructor.constructor(\"x\")()}`",
    "String.raw`a`",
    "arguments.callee",
    "$env.HOME",
    "$secrets",
    "$getWorkflowStaticData(\"global\")",
    "config.__class__.__init__.__globals__",
    "\"\".__class__.__mro__[1].__subclasses__()",
    "self.__init__.__globals__.__builtins__",
    "cycler.__init__.__globals__.os.popen(\"id\").read()",
    "lipsum.__globals__[\"os\"]",
    "request.application.__globals__",
    "T(java.lang.Runtime).getRuntime().exec(\"id\")",
    "\"\".getClass().forName(\"java.lang.Runtime\")",
    "Class.forName(\"java.lang.Runtime\")",
    "@java.lang.Runtime@getRuntime()",
    "_self.env.registerUndefinedFilterCallback(\"exec\")",
    "system(\"id\")",
    "exec(\"id\")",
    "passthru(\"id\")",
    "`id`.execute()",
    "IO.popen(\"id\").read",
    "File.open(\"/etc/passwd\").read",
    "readFile(\"/etc/passwd\")",
    "include(\"/etc/passwd\")",
    "load_file(\"/etc/passwd\")",
    "input.email.match(/a/)",
    "/a/.exec(\"a\")",
    "input?.constructor?.constructor",
    "Math.constructor(\"return 1\")()",
    "JSON.constructor",
    "Number.prototype.toString.call(1)",
    "[].map.constructor",
    "input.items.map.call(1)",
    "\"a\".toString.bind(1)",
    "Array.from({ length: 1e9 })",
    "Array(1e9).fill(0)",
    "\"a\".replace(\"a\", eval)",
    "[1].map(eval)",
    "[1].map(Function)",
    "[\"x\"].map(constructor)",
    "Object.entries(globalThis)",
    "nodes.constructor.constructor(\"x\")()",
    "trigger.toString.constructor",
    "now.constructor",
    "vars.__proto__",
    "({}).valueOf()",
    "({ valueOf: () => 1 }) + 1",
    "({ toString: x => process })",
    "({ get a() { return process } })",
    "[...globalThis]",
    "WebAssembly.compile(\"\")",
    "Intl.DateTimeFormat()",
    "escape(\"a\")",
];

/// How they come: bare, hidden in what is around them, by another name.
fn wrapped(escape: &str) -> [String; 5] {
    [
        escape.to_owned(),
        format!("[1].map(x => {escape})"),
        format!("true ? {escape} : 0"),
        format!("({{ a: {escape} }}).a"),
        format!("`${{{escape}}}`"),
    ]
}

#[test]
fn no_escape_gets_out() {
    // Each would show one of these.
    let leaks = ["uid=", "root:", "function", "[native", "/home", "/root", "PATH"];
    let (mut tried, mut refused) = (0, 0);
    for expression in ESCAPES.iter().flat_map(|escape| wrapped(escape)) {
        tried += 1;
        match evaluate(&expression, &scope()) {
            Err(_) => refused += 1,
            Ok(value) => {
                let text = value.to_string();
                assert!(!leaks.iter().any(|leak| text.contains(leak)), "{expression} gave {value}");
                // Data and literals only: what comes out could have been written down.
                assert!(
                    matches!(value, Value::Null | Value::String(_) | Value::Array(_) | Value::Object(_)),
                    "{expression} gave {value}"
                );
            }
        }
        let in_text = template(&format!("a {{{{ {expression} }}}} b"), &scope());
        if let Ok(text) = in_text {
            assert!(!leaks.iter().any(|leak| text.contains(leak)), "{expression} gave {text}");
        }
    }
    assert!(tried >= 300, "{tried} payloads");
    assert!(refused * 10 >= tried * 8, "{refused} of {tried} are refused");
}
