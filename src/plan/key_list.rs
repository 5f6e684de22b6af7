//! The lists that Redshift prints after `Sort Key:`, `Partition:` and `Order:`.

use sqlparser::ast::Expr;
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;

use crate::name::Ident;

/// Each key of a printed list in order: its column, or `None` for what is computed. Empty where the
/// text is cut or not understood.
pub fn key_columns(text: &str) -> Vec<Option<Ident>> {
    let parser = Parser::new(&PostgreSqlDialect {}).try_with_sql(text);
    let Ok(keys) = parser.and_then(|mut parser| {
        let keys = parser.parse_comma_separated(|parser| {
            let key = parser.parse_order_by_expr()?;
            Ok(key.expr)
        })?;
        parser.expect_token(&sqlparser::tokenizer::Token::EOF)?;
        Ok(keys)
    }) else {
        return Vec::new();
    };
    keys.iter().map(column).collect()
}

fn column(key: &Expr) -> Option<Ident> {
    match key {
        Expr::Nested(inner) => column(inner),
        Expr::Identifier(name) => Some(Ident::exact(&name.value)),
        Expr::CompoundIdentifier(parts) => Some(Ident::exact(&parts.last()?.value)),
        // Redshift prints texts with a cast that changes nothing.
        Expr::Cast { expr, .. } => column(expr),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_columns_are_named_and_what_is_computed_is_not() {
        let names = |text: &str| {
            let keys = key_columns(text);
            let names = keys.iter().map(|key| match key {
                Some(name) => name.as_str().to_owned(),
                None => "?".to_owned(),
            });
            names.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(names("shop_id"), "shop_id");
        assert_eq!(
            names("o.shop_id, \"Day\" DESC, (code)::text"),
            "shop_id Day code"
        );
        assert_eq!(
            names("date_trunc('day'::text, placed_at), shop_id"),
            "? shop_id"
        );
        assert_eq!(names("sum(total), (a + b)"), "? ?");
        assert_eq!(names("shop_id, date_trunc('d"), "");
        assert_eq!(names(""), "");
    }
}
