//! Which types place equal values on the same slice: the one answer for the planner, the rules,
//! what-ifs and recommendations.

use super::DataType;

/// Whether two DISTKEY columns of these types put equal values on the same slice, so that a join
/// on them needs no redistribution; `None` where a type is not known.
///
/// NUMERIC against an integer is not co-located, and a cast does not help; the integers are, among
/// each other [inferred from public plans]. NUMERICs of different scale store equal values as
/// different integers, so they are taken as apart; so are REAL against DOUBLE PRECISION and
/// TIMESTAMP against TIMESTAMPTZ, which the planner compares after a cast.
pub fn placed_alike(a: &DataType, b: &DataType) -> Option<bool> {
    let unknown = |t: &DataType| matches!(t, DataType::Other(_));
    if unknown(a) || unknown(b) {
        return None;
    }
    let integer =
        |t: &DataType| matches!(t, DataType::SmallInt | DataType::Integer | DataType::BigInt);
    let text = |t: &DataType| matches!(t, DataType::Varchar(_) | DataType::Char(_));
    Some(match (a, b) {
        (DataType::Decimal { scale: a, .. }, DataType::Decimal { scale: b, .. }) => a == b,
        _ => a == b || (integer(a) && integer(b)) || (text(a) && text(b)),
    })
}

/// Which of two types the other is converted to for a comparison: the one that ranks higher. The
/// side that is converted is no longer placed by its column.
pub(crate) fn rank(data_type: &DataType) -> u8 {
    match data_type {
        DataType::SmallInt => 1,
        DataType::Integer => 2,
        DataType::BigInt => 3,
        DataType::Decimal { .. } => 4,
        DataType::Real => 5,
        DataType::DoublePrecision => 6,
        DataType::Date => 7,
        DataType::Timestamp => 8,
        DataType::TimestampTz => 9,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::parse_type;

    #[test]
    fn equal_values_meet_only_where_both_types_store_them_alike() {
        let alike = |a: &str, b: &str| {
            let (a, b) = (parse_type(a).expect(a), parse_type(b).expect(b));
            let answer = placed_alike(&a, &b);
            assert_eq!(answer, placed_alike(&b, &a), "{a} {b}");
            answer
        };
        for (a, b) in [
            ("int", "bigint"),
            ("smallint", "int"),
            ("varchar(10)", "char(20)"),
            ("numeric(12,2)", "numeric(18,2)"),
            ("date", "date"),
        ] {
            assert_eq!(alike(a, b), Some(true), "{a} {b}");
        }
        for (a, b) in [
            ("numeric(12,0)", "numeric(12,2)"),
            ("numeric(12,0)", "int"),
            ("real", "double precision"),
            ("timestamp", "timestamptz"),
            ("date", "timestamp"),
            ("varchar(10)", "int"),
        ] {
            assert_eq!(alike(a, b), Some(false), "{a} {b}");
        }
        let unknown = DataType::Other("unknown".to_owned());
        assert_eq!(placed_alike(&unknown, &DataType::Date), None);
    }
}
