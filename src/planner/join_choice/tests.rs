use super::*;

const A: ColumnId = ColumnId(0);
const B: ColumnId = ColumnId(1);

fn side<'r>(rows: f64, dist: &'r Dist, sorted: &'r [ColumnId]) -> Side<'r> {
    let cost = Range {
        startup: 0.0,
        total: rows * cost::ROW,
    };
    Side {
        rows,
        width: 20.0,
        cost,
        dist,
        sorted,
    }
}

fn run(outer: Side<'_>, inner: Side<'_>, nodes: f64) -> (JoinMethod, Distribution) {
    let keys = [Key {
        outer: Some(A),
        inner: Some(B),
    }];
    let conditions = Conditions {
        kind: JoinKind::Inner,
        equalities: 1,
        filters: 0,
        rows: outer.rows,
    };
    let choice = choose(outer, inner, &keys, conditions, nodes);
    (choice.method, choice.label)
}

#[test]
fn co_located_sides_stay_and_merge_when_sorted() {
    let (a, b) = (Dist::Key(vec![vec![A]]), Dist::Key(vec![vec![B]]));
    let hash = run(side(1e6, &a, &[]), side(1e6, &b, &[]), 4.0);
    assert_eq!(hash, (JoinMethod::Hash, Distribution::None));
    let merge = run(side(1e6, &a, &[A]), side(1e6, &b, &[B]), 4.0);
    assert_eq!(merge, (JoinMethod::Merge, Distribution::None));
}

#[test]
fn what_moves_is_what_costs_least() {
    let (a, b) = (Dist::Key(vec![vec![A]]), Dist::Key(vec![vec![B]]));
    let label = |outer: (f64, &Dist), inner: (f64, &Dist), nodes| {
        run(
            side(outer.0, outer.1, &[]),
            side(inner.0, inner.1, &[]),
            nodes,
        )
        .1
    };
    let even = &Dist::Even;
    assert_eq!(
        label((1e6, even), (10.0, even), 4.0),
        Distribution::BroadcastInner
    );
    assert_eq!(label((1e6, &a), (1e6, even), 4.0), Distribution::Inner);
    assert_eq!(label((1e6, even), (1e6, &b), 4.0), Distribution::Outer);
    assert_eq!(label((1e6, even), (1e6, even), 4.0), Distribution::Both);
    assert_eq!(
        label((1e6, even), (1e6, even), 2.0),
        Distribution::BroadcastInner
    );
    assert_eq!(
        label((1e6, even), (1e6, &Dist::All), 4.0),
        Distribution::AllNone
    );
    assert_eq!(
        label((10.0, &Dist::All), (1e6, even), 4.0),
        Distribution::AllInner
    );
}

/// Every kind of outer join over every way in which its sides may lie.
#[test]
fn no_preserved_row_is_where_more_than_one_node_would_return_it() {
    let key = |id| Dist::Key(vec![vec![id]]);
    let places = |own| {
        [
            Dist::All,
            Dist::Even,
            Dist::Single,
            key(own),
            key(ColumnId(9)),
        ]
    };
    let keys = [Key {
        outer: Some(A),
        inner: Some(B),
    }];
    for kind in [JoinKind::Left, JoinKind::Right, JoinKind::Full] {
        for (outer, inner) in places(A)
            .into_iter()
            .flat_map(|outer| places(B).map(|inner| (outer.clone(), inner)))
        {
            for (outer_rows, inner_rows) in [(1e6, 10.0), (10.0, 1e6), (1e6, 1e6)] {
                let conditions = Conditions {
                    kind,
                    equalities: 1,
                    filters: 0,
                    rows: 1e6,
                };
                let choice = choose(
                    side(outer_rows, &outer, &[]),
                    side(inner_rows, &inner, &[]),
                    &keys,
                    conditions,
                    4.0,
                );
                let what = format!("{kind:?} {outer:?} {inner:?}: {:?}", choice.label);
                let runs = choice.cost.total.is_finite();
                let keeps_outer = kind != JoinKind::Right;
                let keeps_inner = kind != JoinKind::Left;
                let both_whole = outer == Dist::All && inner == Dist::All;
                let outer_whole = outer == Dist::All && !both_whole;
                let inner_whole = inner == Dist::All && !both_whole;
                // The inner preserved and whole on every node: the other way round it is.
                assert_eq!(runs, !(keeps_inner && inner_whole), "{what}");
                match choice.label {
                    Distribution::BroadcastInner => assert!(!keeps_inner, "{what}"),
                    Distribution::AllNone => {
                        assert!(inner == Dist::All && (both_whole || !keeps_inner), "{what}")
                    }
                    _ => {}
                }
                if keeps_outer && outer_whole {
                    assert_eq!(choice.label, Distribution::AllInner, "{what}");
                }
                // A result that every node has comes of two such sides alone.
                assert_eq!(choice.dist == Dist::All, both_whole, "{what}");
                // Rows without a partner have no value of the other side.
                if let Dist::Key(columns) = &choice.dist {
                    let ids: Vec<&ColumnId> = columns.iter().flatten().collect();
                    assert!(kind != JoinKind::Full, "{what}");
                    assert!(kind != JoinKind::Left || !ids.contains(&&B), "{what}");
                    assert!(kind != JoinKind::Right || !ids.contains(&&A), "{what}");
                }
            }
        }
    }
}

#[test]
fn a_later_join_finds_the_preserved_side_where_it_was_moved() {
    let (a, even) = (Dist::Key(vec![vec![A]]), Dist::Even);
    let keys = [Key {
        outer: Some(A),
        inner: Some(B),
    }];
    let conditions = |kind| Conditions {
        kind,
        equalities: 1,
        filters: 0,
        rows: 1e6,
    };
    let dist = |kind| {
        let (outer, inner) = (side(1e6, &a, &[]), side(1e6, &even, &[]));
        let choice = choose(outer, inner, &keys, conditions(kind), 4.0);
        assert_eq!(choice.label, Distribution::Inner, "{kind:?}");
        choice.dist
    };
    assert_eq!(dist(JoinKind::Left), Dist::Key(vec![vec![A]]));
    assert_eq!(dist(JoinKind::Right), Dist::Key(vec![vec![B]]));
    assert_eq!(dist(JoinKind::Full), Dist::Even);
    assert_eq!(dist(JoinKind::Inner), Dist::Key(vec![vec![A, B]]));
}
