//! Operators.

use sqlparser::ast::{BinaryOperator as Ast, UnaryOperator};

/// An operator between two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BinaryOp {
    Equal,
    NotEqual,
    Less,
    Greater,
    LessOrEqual,
    GreaterOrEqual,
    Plus,
    Minus,
    Times,
    Divide,
    Modulo,
    Concat,
    Power,
    BitAnd,
    BitOr,
    BitXor,
    ShiftLeft,
    ShiftRight,
}

impl BinaryOp {
    /// The operator of a syntax tree; `None` for those that Redshift lacks.
    pub(crate) fn of(op: &Ast) -> Option<Self> {
        Some(match op {
            Ast::Eq => Self::Equal,
            Ast::NotEq => Self::NotEqual,
            Ast::Lt => Self::Less,
            Ast::Gt => Self::Greater,
            Ast::LtEq => Self::LessOrEqual,
            Ast::GtEq => Self::GreaterOrEqual,
            Ast::Plus => Self::Plus,
            Ast::Minus => Self::Minus,
            Ast::Multiply => Self::Times,
            Ast::Divide => Self::Divide,
            Ast::Modulo => Self::Modulo,
            Ast::StringConcat => Self::Concat,
            Ast::PGExp => Self::Power,
            Ast::BitwiseAnd => Self::BitAnd,
            Ast::BitwiseOr => Self::BitOr,
            Ast::BitwiseXor | Ast::PGBitwiseXor => Self::BitXor,
            Ast::PGBitwiseShiftLeft => Self::ShiftLeft,
            Ast::PGBitwiseShiftRight => Self::ShiftRight,
            _ => return None,
        })
    }

    /// As it is written.
    pub(crate) fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "<>",
            Self::Less => "<",
            Self::Greater => ">",
            Self::LessOrEqual => "<=",
            Self::GreaterOrEqual => ">=",
            Self::Plus => "+",
            Self::Minus => "-",
            Self::Times => "*",
            Self::Divide => "/",
            Self::Modulo => "%",
            Self::Concat => "||",
            Self::Power => "^",
            Self::BitAnd => "&",
            Self::BitOr => "|",
            Self::BitXor => "#",
            Self::ShiftLeft => "<<",
            Self::ShiftRight => ">>",
        }
    }

    /// The comparison that holds where this one does not.
    pub(crate) fn opposite(self) -> Self {
        match self {
            Self::Equal => Self::NotEqual,
            Self::NotEqual => Self::Equal,
            Self::Less => Self::GreaterOrEqual,
            Self::GreaterOrEqual => Self::Less,
            Self::Greater => Self::LessOrEqual,
            Self::LessOrEqual => Self::Greater,
            other => other,
        }
    }

    /// Whether it compares: its result is true or false.
    pub(crate) fn compares(self) -> bool {
        self.is_range() || matches!(self, Self::Equal | Self::NotEqual)
    }

    /// Whether it bounds a value on one side.
    pub(crate) fn is_range(self) -> bool {
        self.is_upper() || matches!(self, Self::Greater | Self::GreaterOrEqual)
    }

    /// Whether its right side bounds its left side from above.
    pub(crate) fn is_upper(self) -> bool {
        matches!(self, Self::Less | Self::LessOrEqual)
    }
}

/// An operator on one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UnaryOp {
    Minus,
    BitNot,
    SquareRoot,
    CubeRoot,
    Absolute,
}

impl UnaryOp {
    /// The operator of a syntax tree; `None` for those that Redshift lacks, and for those that
    /// are none here: NOT and a plus sign.
    pub(crate) fn of(op: &UnaryOperator) -> Option<Self> {
        Some(match op {
            UnaryOperator::Minus => Self::Minus,
            UnaryOperator::BitwiseNot => Self::BitNot,
            UnaryOperator::PGSquareRoot => Self::SquareRoot,
            UnaryOperator::PGCubeRoot => Self::CubeRoot,
            UnaryOperator::PGAbs => Self::Absolute,
            _ => return None,
        })
    }

    /// As it is written.
    pub(crate) fn symbol(self) -> &'static str {
        match self {
            Self::Minus => "-",
            Self::BitNot => "~",
            Self::SquareRoot => "|/",
            Self::CubeRoot => "||/",
            Self::Absolute => "@",
        }
    }
}
