//! Expressions out of words: operator precedence by Pratt's method, with a bound on size and depth. What stands
//! between operators is read in `operand`.

use std::sync::Arc;

use super::{
    ast::{BinaryOp, Expr, ExprKind, LogicalOp},
    budget::{NODES, PARSE_DEPTH, SOURCE_BYTES},
    error::{ExpressionError, Span},
    lexer::{Lexer, Token},
};

pub(super) type Result<T> = std::result::Result<T, ExpressionError>;

pub(super) struct Parser<'s> {
    pub(super) lexer: Lexer<'s>,
    pub(super) token: Token<'s>,
    pub(super) span: Span,
    /// Where the word before this one ended.
    pub(super) last_end: usize,
    nodes: usize,
    depth: usize,
    /// Names of the arrow functions' parameters around, by slot.
    pub(super) parameters: Vec<Arc<str>>,
}

/// Reads one expression.
pub fn parse(source: &str) -> Result<Expr> {
    if source.len() > SOURCE_BYTES {
        let message = format!("This expression is longer than {SOURCE_BYTES} characters. Split it over several nodes.");
        return Err(ExpressionError::new(message, Span::new(0, source.len())));
    }
    let mut parser = Parser::new(source)?;
    if parser.token == Token::End {
        return parser.error("This expression is empty. Write a value, such as input.email.");
    }
    let expression = parser.expression()?;
    if parser.token != Token::End {
        return parser.unexpected();
    }
    Ok(expression)
}

enum Operator {
    Binary(BinaryOp),
    Logical(LogicalOp),
}

impl Operator {
    /// How tightly it binds; the same figure means: from left to right.
    fn power(&self) -> u8 {
        match self {
            Self::Logical(LogicalOp::Coalesce) => 1,
            Self::Logical(LogicalOp::Or) => 2,
            Self::Logical(LogicalOp::And) => 3,
            Self::Binary(op) => match op {
                BinaryOp::Equal | BinaryOp::NotEqual | BinaryOp::StrictEqual | BinaryOp::StrictNotEqual => 4,
                BinaryOp::Less | BinaryOp::LessOrEqual | BinaryOp::Greater | BinaryOp::GreaterOrEqual => 5,
                BinaryOp::Add | BinaryOp::Subtract => 6,
                BinaryOp::Multiply | BinaryOp::Divide | BinaryOp::Remainder => 7,
                BinaryOp::Power => 8,
            },
        }
    }
}

impl<'s> Parser<'s> {
    fn new(source: &'s str) -> Result<Self> {
        let mut lexer = Lexer::new(source);
        let (token, span) = lexer.next()?;
        Ok(Self { lexer, token, span, last_end: 0, nodes: 0, depth: 0, parameters: Vec::new() })
    }

    pub(super) fn advance(&mut self) -> Result<()> {
        self.last_end = self.span.end;
        (self.token, self.span) = self.lexer.next()?;
        Ok(())
    }

    pub(super) fn is(&self, sign: &str) -> bool {
        matches!(&self.token, Token::Sign(found) if *found == sign)
    }

    /// Goes past the sign if it stands here.
    pub(super) fn take(&mut self, sign: &str) -> Result<bool> {
        let found = self.is(sign);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    pub(super) fn expect(&mut self, sign: &str, message: &str) -> Result<()> {
        if self.take(sign)? { Ok(()) } else { self.error(message) }
    }

    pub(super) fn error<T>(&self, message: impl Into<String>) -> Result<T> {
        Err(ExpressionError::new(message, self.span))
    }

    pub(super) fn node(&mut self, kind: ExprKind, span: Span) -> Result<Expr> {
        self.count(span)?;
        Ok(Expr { kind, span, in_brackets: false })
    }

    /// Counts one part of the expression.
    pub(super) fn count(&mut self, span: Span) -> Result<()> {
        self.nodes += 1;
        if self.nodes > NODES {
            let message = format!("This expression has more than {NODES} parts. Split it over several nodes.");
            return Err(ExpressionError::new(message, span));
        }
        Ok(())
    }

    /// Reads something inside of something else.
    pub(super) fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth == PARSE_DEPTH {
            return self
                .error(format!("This is nested deeper than {PARSE_DEPTH} levels. Split it over several nodes."));
        }
        self.depth += 1;
        let inner = read(self);
        self.depth -= 1;
        inner
    }

    /// A whole expression, as it stands between brackets or commas.
    pub(super) fn expression(&mut self) -> Result<Expr> {
        self.nested(Self::ternary)
    }

    pub(super) fn ternary(&mut self) -> Result<Expr> {
        let condition = self.binary(0)?;
        if !self.take("?")? {
            return Ok(condition);
        }
        let then = self.expression()?;
        self.expect(":", "A choice needs its second value: condition ? value : other value.")?;
        let otherwise = self.expression()?;
        let span = condition.span.to(otherwise.span);
        self.node(ExprKind::Ternary(Box::new(condition), Box::new(then), Box::new(otherwise)), span)
    }

    /// Operators that bind tighter than `above`, and what they stand between.
    fn binary(&mut self, above: u8) -> Result<Expr> {
        let mut left = self.operand()?;
        while let Some(operator) = self.operator() {
            let power = operator.power();
            if power <= above {
                break;
            }
            left = match operator {
                Operator::Binary(BinaryOp::Power) => self.power(left)?,
                Operator::Binary(op) => {
                    self.advance()?;
                    let right = self.binary(power)?;
                    self.joined(left, op, right)?
                }
                Operator::Logical(op) => self.logical(left, op, power)?,
            };
        }
        Ok(left)
    }

    fn operator(&self) -> Option<Operator> {
        let Token::Sign(sign) = self.token else { return None };
        Some(match sign {
            "+" => Operator::Binary(BinaryOp::Add),
            "-" => Operator::Binary(BinaryOp::Subtract),
            "*" => Operator::Binary(BinaryOp::Multiply),
            "/" => Operator::Binary(BinaryOp::Divide),
            "%" => Operator::Binary(BinaryOp::Remainder),
            "**" => Operator::Binary(BinaryOp::Power),
            "==" => Operator::Binary(BinaryOp::Equal),
            "!=" => Operator::Binary(BinaryOp::NotEqual),
            "===" => Operator::Binary(BinaryOp::StrictEqual),
            "!==" => Operator::Binary(BinaryOp::StrictNotEqual),
            "<" => Operator::Binary(BinaryOp::Less),
            "<=" => Operator::Binary(BinaryOp::LessOrEqual),
            ">" => Operator::Binary(BinaryOp::Greater),
            ">=" => Operator::Binary(BinaryOp::GreaterOrEqual),
            "&&" => Operator::Logical(LogicalOp::And),
            "||" => Operator::Logical(LogicalOp::Or),
            "??" => Operator::Logical(LogicalOp::Coalesce),
            _ => return None,
        })
    }

    /// `a ** b`, from right to left.
    fn power(&mut self, left: Expr) -> Result<Expr> {
        if matches!(left.kind, ExprKind::Unary(..)) && !left.in_brackets {
            return self.error("Put brackets around the sign: (-2) ** 2 or -(2 ** 2).");
        }
        self.advance()?;
        let tighter_than = Operator::Binary(BinaryOp::Power).power() - 1;
        let right = self.nested(|parser| parser.binary(tighter_than))?;
        self.joined(left, BinaryOp::Power, right)
    }

    /// Adds to the chain on the left where the precedence is the same, so that chains stay flat.
    fn joined(&mut self, left: Expr, op: BinaryOp, right: Expr) -> Result<Expr> {
        let span = left.span.to(right.span);
        let power = Operator::Binary(op).power();
        match left {
            Expr { kind: ExprKind::Binary(first, mut rest), in_brackets: false, .. }
                if op != BinaryOp::Power && Operator::Binary(rest[0].0).power() == power =>
            {
                self.count(span)?;
                rest.push((op, right));
                Ok(Expr { kind: ExprKind::Binary(first, rest), span, in_brackets: false })
            }
            left => self.node(ExprKind::Binary(Box::new(left), vec![(op, right)]), span),
        }
    }

    fn logical(&mut self, left: Expr, op: LogicalOp, power: u8) -> Result<Expr> {
        let is_coalesce = op == LogicalOp::Coalesce;
        if let ExprKind::Logical(other, _) = &left.kind
            && !left.in_brackets
            && (*other == LogicalOp::Coalesce) != is_coalesce
        {
            return self.error("Put brackets where ?? meets || or &&: (a ?? b) || c.");
        }
        self.advance()?;
        // The operands of ?? are read without || and &&, so that the check above meets them.
        let right = self.binary(if is_coalesce { Operator::Logical(LogicalOp::And).power() } else { power })?;
        let span = left.span.to(right.span);
        match left {
            Expr { kind: ExprKind::Logical(other, mut items), in_brackets: false, .. } if other == op => {
                self.count(span)?;
                items.push(right);
                Ok(Expr { kind: ExprKind::Logical(op, items), span, in_brackets: false })
            }
            left => self.node(ExprKind::Logical(op, vec![left, right]), span),
        }
    }

    /// What is wrong with the word that stands here, where none or another was due.
    pub(super) fn unexpected<T>(&self) -> Result<T> {
        let message = match &self.token {
            Token::End => "The expression stops too early. A value is missing at its end.".to_owned(),
            Token::Sign("=" | "+=" | "-=" | "*=" | "/=" | "%=" | "**=" | "&&=" | "||=" | "??=" | "++" | "--") => {
                "An expression cannot change anything. To compare, write ===.".to_owned()
            }
            Token::Sign("=>") => {
                "A function can stand only as an argument, such as items.map(item => item.name).".to_owned()
            }
            Token::Sign(";") => "Write one expression only, without a semicolon.".to_owned(),
            Token::Sign("/") => "There are no /patterns/ here. Write matches(text, \"pattern\").".to_owned(),
            Token::Sign("&" | "|" | "^" | "~" | "<<" | ">>" | ">>>" | "&=" | "|=" | "^=" | "<<=" | ">>=" | ">>>=") => {
                "Operators on bits are not available. For “and” and “or” write && and ||.".to_owned()
            }
            Token::Sign("\\") => {
                "A backslash stands only inside of quotes; quotes need none in front of them here.".to_owned()
            }
            Token::Sign("`") => "Put an operator in front of the text, such as +.".to_owned(),
            Token::Sign(sign) => format!("“{sign}” does not fit here. Check the brackets and operators before it."),
            Token::Name("in" | "instanceof") => {
                "This operator is not available. To look for a member, write Object.hasOwn(object, \"name\")."
                    .to_owned()
            }
            Token::Name(name) => {
                format!("“{name}” does not fit here. Put an operator or a comma in front of it, or quotes around text.")
            }
            Token::Number(_) | Token::Text(_) => "Put an operator or a comma in front of this value.".to_owned(),
        };
        self.error(message)
    }
}
