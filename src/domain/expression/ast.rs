//! An expression as the parser sees it. Chains of operators and of members are flat, so that no tree is deeper than
//! the parser went.

use std::sync::Arc;

use super::error::Span;

#[derive(Clone, Debug)]
pub struct Expr {
    pub(super) kind: ExprKind,
    pub(super) span: Span,
    /// Whether it stands in round brackets of its own.
    pub(super) in_brackets: bool,
}

#[derive(Clone, Debug)]
pub(super) enum ExprKind {
    Undefined,
    Null,
    Bool(bool),
    Number(f64),
    Text(Arc<[u16]>),
    /// Literal pieces, one more than the expressions between them.
    Template(Vec<Arc<[u16]>>, Vec<Expr>),
    List(Vec<Element>),
    Object(Vec<Property>),
    Root(Root),
    /// A parameter of an arrow function around, by its place on the stack.
    Local(usize),
    Unary(UnaryOp, Box<Expr>),
    /// Operators of one precedence, from left to right.
    Binary(Box<Expr>, Vec<(BinaryOp, Expr)>),
    Logical(LogicalOp, Vec<Expr>),
    Ternary(Box<Expr>, Box<Expr>, Box<Expr>),
    /// Members, indexes and calls after a value. `?.` on nothing ends the whole chain.
    Chain(Box<Expr>, Vec<Link>),
    /// `Math.max(…)`, `matches(…)`.
    Call(Function, Vec<Argument>),
}

#[derive(Clone, Debug)]
pub(super) enum Element {
    Item(Expr),
    Spread(Expr),
}

#[derive(Clone, Debug)]
pub(super) enum Property {
    Named(Arc<str>, Expr),
    Computed(Expr, Expr),
    Spread(Expr),
}

/// Where data comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Root {
    Input,
    Trigger,
    Nodes,
    Execution,
    Workflow,
    Item,
    Index,
    Vars,
    Now,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum UnaryOp {
    Not,
    Minus,
    Plus,
    Typeof,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BinaryOp {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Power,
    Equal,
    NotEqual,
    StrictEqual,
    StrictNotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LogicalOp {
    And,
    Or,
    Coalesce,
}

#[derive(Clone, Debug)]
pub(super) struct Link {
    pub what: LinkKind,
    /// Written with `?.`.
    pub optional: bool,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub(super) enum LinkKind {
    Member(Arc<str>),
    Index(Expr),
    Method(Arc<str>, Vec<Argument>),
}

/// What stands between the brackets of a call.
#[derive(Clone, Debug)]
pub(super) enum Argument {
    Value(Expr),
    Spread(Expr),
    Arrow(Arrow),
    /// `Boolean`, `Number` or `String` handed over as a function.
    Function(Function),
}

/// An arrow function. Its parameters lie on the stack from `slot` on.
#[derive(Clone, Debug)]
pub(super) struct Arrow {
    pub parameters: Vec<Parameter>,
    pub slot: usize,
    pub body: Expr,
}

#[derive(Clone, Debug)]
pub(super) enum Parameter {
    Name,
    /// `[key, value]`; false leaves an item out, as in `[, value]`.
    List(Vec<bool>),
    /// `{ name, email }` with the member that each takes.
    Object(Vec<Arc<str>>),
}

macro_rules! functions {
    ($($variant:ident = $name:literal,)*) => {
        /// A function that stands for itself or in a namespace.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Function { $($variant,)* }

        impl Function {
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

functions! {
    Number = "Number",
    String = "String",
    Boolean = "Boolean",
    ParseInt = "parseInt",
    ParseFloat = "parseFloat",
    EncodeUriComponent = "encodeURIComponent",
    DecodeUriComponent = "decodeURIComponent",
    Matches = "matches",
    FindMatch = "findMatch",
    FindMatches = "findMatches",
    ReplaceMatches = "replaceMatches",
    Base64Encode = "base64Encode",
    Base64Decode = "base64Decode",
    Base64UrlEncode = "base64UrlEncode",
    Sha256 = "sha256",
    Sha512 = "sha512",
    HmacSha256 = "hmacSha256",
    HmacSha512 = "hmacSha512",
    LegacySha1 = "legacySha1",
    LegacyHmacSha1 = "legacyHmacSha1",
    ParseUrl = "parseUrl",
    BuildUrl = "buildUrl",
    EscapeHtml = "escapeHtml",
    Slugify = "slugify",
    Truncate = "truncate",
    RoundTo = "roundTo",
    FormatNumber = "formatNumber",
    IsEmpty = "isEmpty",
    Unique = "unique",
    Sum = "sum",
    Average = "average",
    Chunk = "chunk",
    Range = "range",
    SortBy = "sortBy",
    Pick = "pick",
    Omit = "omit",
    MergeDeep = "mergeDeep",
    IsoTime = "isoTime",
    ParseTime = "parseTime",
    AddTime = "addTime",
    DiffTime = "diffTime",
    StartOf = "startOf",
    EndOf = "endOf",
    FormatTime = "formatTime",
    ZonedTime = "zonedTime",
    TimeParts = "timeParts",
    DateParse = "Date.parse",
    NumberIsInteger = "Number.isInteger",
    NumberIsFinite = "Number.isFinite",
    NumberIsSafeInteger = "Number.isSafeInteger",
    NumberIsNan = "Number.isNaN",
    ArrayIsArray = "Array.isArray",
    ObjectKeys = "Object.keys",
    ObjectValues = "Object.values",
    ObjectEntries = "Object.entries",
    ObjectFromEntries = "Object.fromEntries",
    ObjectGroupBy = "Object.groupBy",
    ObjectHasOwn = "Object.hasOwn",
    JsonStringify = "JSON.stringify",
    JsonParse = "JSON.parse",
    MathAbs = "Math.abs",
    MathCeil = "Math.ceil",
    MathFloor = "Math.floor",
    MathRound = "Math.round",
    MathTrunc = "Math.trunc",
    MathSign = "Math.sign",
    MathMin = "Math.min",
    MathMax = "Math.max",
    MathPow = "Math.pow",
    MathSqrt = "Math.sqrt",
}

impl Function {
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|function| function.name() == name)
    }

    /// Whether a method may call it for each item: it looks at its first argument only.
    pub fn is_callback(self) -> bool {
        matches!(self, Self::Number | Self::String | Self::Boolean)
    }
}
