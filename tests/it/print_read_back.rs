//! Printing any plan and reading the print gives the same plan.

use distkey::plan::{
    self, Cost, Detail, DetailKind, Distribution, Engine, JoinKind, JoinMethod, Node, Operator,
    Plan,
};
use proptest::prelude::*;

/// A step of any operator with `inputs` inputs, its relation and details.
fn step(inputs: usize) -> BoxedStrategy<Node> {
    let operator = match inputs {
        0 => prop_oneof![
            Just(Operator::SeqScan),
            Just(Operator::FunctionScan),
            Just(Operator::RlsSecureScan),
            Just(Operator::Result),
            Just(Operator::Other("Grand New Scan of things".to_owned())),
        ]
        .boxed(),
        1 => prop_oneof![
            Just(Operator::Sort),
            Just(Operator::HashAggregate),
            Just(Operator::Limit),
            Just(Operator::SubqueryScan),
            Just(Operator::Window),
            Just(Operator::SetOp("Except".to_owned())),
        ]
        .boxed(),
        _ => prop_oneof![
            Just(Operator::Join(JoinMethod::Hash, JoinKind::NotIn)),
            Just(Operator::Join(JoinMethod::Merge, JoinKind::Left)),
            Just(Operator::Join(JoinMethod::NestedLoop, JoinKind::Inner)),
            Just(Operator::Append),
        ]
        .boxed(),
    };
    let name = prop_oneof![
        "[a-z][a-z0-9_]{0,12}",
        "[a-z]{1,6}\\.[a-z]{1,6}",
        Just("\"*SELECT* 1\"".to_owned()),
        Just("\"time\"".to_owned()),
        Just("public.\"odd name\"".to_owned()),
    ];
    let label = proptest::sample::select(
        Distribution::LABELS
            .iter()
            .map(|(label, _)| *label)
            .collect::<Vec<_>>(),
    );
    let filter = "[a-z]{1,5} = '[a-z (>:;|*-]{0,40}'";
    let parts = (
        operator,
        name,
        proptest::option::of("[a-z]{1,8}"),
        label,
        filter,
        any::<bool>(),
    );
    let numbers = (0u64..1_000_000_000_000, 0u64..10_000_000_000, 0u32..70_000);
    (parts, numbers)
        .prop_map(
            |((operator, name, alias, label, filter, filtered), (cost, rows, width))| {
                let reads = operator.is_scan() || operator == Operator::SubqueryScan;
                let is_join = operator.is_join();
                let relation = reads.then_some(name);
                let detail = |text: String| Detail::new(DetailKind::Filter, text);
                Node {
                    engine: Engine::Xn,
                    distribution: is_join.then_some(label),
                    alias: relation.as_ref().and(alias),
                    relation,
                    cost: Some(Cost {
                        startup: 0.25,
                        total: cost as f64 / 4.0 + 0.25,
                    }),
                    rows: Some(rows as f64),
                    width: Some(f64::from(width)),
                    details: filtered
                        .then(|| detail(format!("({filter})")))
                        .into_iter()
                        .collect(),
                    operator,
                    ..Node::default()
                }
            },
        )
        .boxed()
}

/// A tree as a list of steps with their depths.
#[derive(Debug, Clone)]
enum Tree {
    Step(Node, Vec<Tree>),
}

fn tree() -> impl Strategy<Value = Tree> {
    let leaf = step(0).prop_map(|node| Tree::Step(node, Vec::new()));
    leaf.prop_recursive(8, 40, 3, |inner| {
        prop_oneof![
            (step(1), inner.clone()).prop_map(|(node, a)| Tree::Step(node, vec![a])),
            (step(2), inner.clone(), inner).prop_map(|(node, a, b)| Tree::Step(node, vec![a, b])),
        ]
    })
}

fn push(plan: &mut Plan, parent: Option<usize>, tree: &Tree) {
    let Tree::Step(node, children) = tree;
    let id = plan.push(parent, node.clone());
    for child in children {
        push(plan, Some(id), child);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn reading_the_print_gives_the_same_plan(tree in tree(), notices in proptest::collection::vec("Tables missing statistics: [a-z, ]{0,40}[a-z]", 0..2)) {
        let mut plan = Plan { notices, ..Plan::default() };
        push(&mut plan, None, &tree);
        let print = plan.to_string();
        let mut again = plan::read(&print).plans;
        prop_assert_eq!(again.len(), 1, "{}", print);
        let mut again = again.remove(0);
        again.nodes.iter_mut().for_each(|node| node.line = 0);
        again.indentation = plan.indentation;
        // The steps are put together at random: not as Redshift feeds them.
        again.gaps.clear();
        again.headless = false;
        again.merge_part = None;
        prop_assert_eq!(&again, &plan, "{}", print);
    }
}
