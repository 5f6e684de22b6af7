//! Exact minimisation of a sum of costs, each over a few of many choices: branch and bound,
//! guided by mini-buckets.
//!
//! Choosing distribution keys over a join multigraph is such a problem, and
//! NP-complete (Parchas et al., PVLDB 13(11), 2020). Variables are eliminated one
//! after another as in dynamic programming; where the tables of costs would grow
//! too large they are split (Dechter and Rish, J. ACM 50(2), 2003), which turns
//! the result into a lower bound. The bound guides the search: where nothing had
//! to be split it is exact, and the search walks straight to the optimum.

/// A choice for each of several variables, and what the choices cost.
#[derive(Debug, Clone, Default)]
pub struct Problem {
    /// Cost of each choice, by variable.
    pub single: Vec<Vec<f64>>,
    /// Costs of choices together.
    pub factors: Vec<Factor>,
}

/// What the choices of some variables cost together.
#[derive(Debug, Clone)]
pub struct Factor {
    /// The variables, no one twice.
    pub scope: Vec<usize>,
    /// In mixed radix: the choice of the last variable runs fastest.
    pub costs: Vec<f64>,
}

/// The best choices that were found.
#[derive(Debug, Clone, PartialEq)]
pub struct Solution {
    /// The choice for each variable.
    pub choices: Vec<usize>,
    /// What they cost.
    pub cost: f64,
    /// What any choices cost at least.
    pub lower_bound: f64,
    /// Whether the search ended: then nothing costs less.
    pub proven: bool,
    /// Steps that were taken.
    pub steps: usize,
}

/// Entries of one table of costs: larger ones are split.
const LARGEST_TABLE: usize = 1 << 14;

/// Costs nearer to each other than this share are the same: sums of floats in
/// another order differ by less.
const SAME: f64 = 1e-9;

impl Problem {
    /// What choices cost.
    pub fn cost(&self, choices: &[usize]) -> f64 {
        let single: f64 = self
            .single
            .iter()
            .zip(choices)
            .filter_map(|(costs, choice)| costs.get(*choice))
            .sum();
        let factors = self.factors.iter();
        single + factors.map(|factor| self.at(factor, choices)).sum::<f64>()
    }

    fn at(&self, factor: &Factor, choices: &[usize]) -> f64 {
        let index = factor.scope.iter().fold(0, |index, &variable| {
            index * self.single[variable].len() + choices[variable]
        });
        factor.costs[index]
    }

    /// Finds the best choices, from `start` on, in so many steps at most. Of equal
    /// choices the one of `start` is kept.
    pub fn solve(&self, start: &[usize], steps: usize) -> Solution {
        let greedy = self.improved(start);
        let order = self.order();
        let mut search = Search::new(self, &order, steps);
        let bound = search.root_bound;
        search.best_cost = self.cost(&greedy);
        search.best = order.iter().map(|&v| greedy[v]).collect();
        search.preferred = order.iter().map(|&v| greedy[v]).collect();
        search.descend(0, 0.0);
        let mut choices = vec![0; self.single.len()];
        for (position, &variable) in order.iter().enumerate() {
            choices[variable] = search.best[position];
        }
        let cost = self.cost(&choices);
        let proven = !search.stopped;
        Solution {
            choices,
            cost,
            lower_bound: if proven { cost } else { bound.min(cost) },
            proven,
            steps: search.nodes,
        }
    }

    /// Changes one choice at a time while that costs less.
    fn improved(&self, start: &[usize]) -> Vec<usize> {
        let mut touching: Vec<Vec<usize>> = vec![Vec::new(); self.single.len()];
        for (index, factor) in self.factors.iter().enumerate() {
            for &variable in &factor.scope {
                touching[variable].push(index);
            }
        }
        let mut choices = start.to_vec();
        for _ in 0..self.single.len().max(4) {
            let mut changed = false;
            for variable in 0..self.single.len() {
                let local = |choice: usize, choices: &mut Vec<usize>| {
                    choices[variable] = choice;
                    let factors = touching[variable].iter();
                    let costs = factors.map(|&factor| self.at(&self.factors[factor], choices));
                    self.single[variable][choice] + costs.sum::<f64>()
                };
                let now = choices[variable];
                let mut best = (now, local(now, &mut choices));
                for choice in 0..self.single[variable].len() {
                    let cost = local(choice, &mut choices);
                    if cost < best.1 * (1.0 - SAME) {
                        best = (choice, cost);
                    }
                }
                choices[variable] = best.0;
                changed |= best.0 != now;
            }
            if !changed {
                break;
            }
        }
        choices
    }

    /// The order in which variables are assigned: the reverse of eliminating the
    /// one with fewest neighbours first.
    fn order(&self) -> Vec<usize> {
        let count = self.single.len();
        let mut neighbours: Vec<std::collections::BTreeSet<usize>> =
            vec![Default::default(); count];
        for factor in &self.factors {
            for &a in &factor.scope {
                neighbours[a].extend(factor.scope.iter().copied().filter(|&b| b != a));
            }
        }
        let mut left: std::collections::BTreeSet<(usize, usize)> =
            (0..count).map(|v| (neighbours[v].len(), v)).collect();
        let mut order = Vec::with_capacity(count);
        while let Some((_, variable)) = left.pop_first() {
            order.push(variable);
            let around: Vec<usize> = neighbours[variable].iter().copied().collect();
            for &v in &around {
                left.remove(&(neighbours[v].len(), v));
                neighbours[v].remove(&variable);
            }
            // Those around it become neighbours, as in elimination; a table of more
            // than a few is split anyway.
            if around.len() <= 12 {
                for &v in &around {
                    neighbours[v].extend(around.iter().copied().filter(|&w| w != v));
                }
            }
            for &v in &around {
                left.insert((neighbours[v].len(), v));
            }
        }
        order.reverse();
        order
    }
}

/// Costs over some positions of the order, ascending.
struct Table {
    scope: Vec<usize>,
    /// Mixed radix, the last position of the scope runs fastest.
    costs: Vec<f64>,
}

impl Table {
    fn at(&self, sizes: &[usize], choices: &[usize]) -> f64 {
        let index = self.scope.iter().fold(0, |index, &position| {
            index * sizes[position] + choices[position]
        });
        self.costs[index]
    }
}

struct Search {
    sizes: Vec<usize>,
    /// Tables of the problem, by the last position of their scope.
    own: Vec<Vec<Table>>,
    /// Bounds on what the positions from here on cost, by the last position that
    /// they look at; those from behind only count once that position is assigned.
    messages: Vec<Vec<(usize, Table)>>,
    root_bound: f64,
    best: Vec<usize>,
    best_cost: f64,
    preferred: Vec<usize>,
    choices: Vec<usize>,
    most: usize,
    nodes: usize,
    stopped: bool,
}

impl Search {
    fn new(problem: &Problem, order: &[usize], most: usize) -> Self {
        let count = order.len();
        let mut position = vec![0; count];
        for (at, &variable) in order.iter().enumerate() {
            position[variable] = at;
        }
        let sizes: Vec<usize> = order.iter().map(|&v| problem.single[v].len()).collect();
        let mut own: Vec<Vec<Table>> = (0..count).map(|_| Vec::new()).collect();
        for (at, &variable) in order.iter().enumerate() {
            own[at].push(Table {
                scope: vec![at],
                costs: problem.single[variable].clone(),
            });
        }
        for factor in &problem.factors {
            let mut scope: Vec<usize> = factor.scope.iter().map(|&v| position[v]).collect();
            scope.sort_unstable();
            let Some(&last) = scope.last() else { continue };
            // The same costs with their variables in the order of assignment.
            let mut choices = vec![0; count];
            let entries = factor.costs.len();
            let mut costs = Vec::with_capacity(entries);
            for entry in 0..entries {
                let mut rest = entry;
                for &at in scope.iter().rev() {
                    choices[order[at]] = rest % sizes[at];
                    rest /= sizes[at];
                }
                costs.push(problem.at(factor, &choices));
            }
            own[last].push(Table { scope, costs });
        }
        let mut search = Self {
            sizes,
            own,
            messages: (0..count).map(|_| Vec::new()).collect(),
            root_bound: 0.0,
            best: vec![0; count],
            best_cost: f64::INFINITY,
            preferred: vec![0; count],
            choices: vec![0; count],
            most,
            nodes: 0,
            stopped: false,
        };
        search.eliminate();
        search
    }

    /// Eliminates the positions from the last to the first, with split tables.
    fn eliminate(&mut self) {
        for at in (0..self.sizes.len()).rev() {
            let incoming = std::mem::take(&mut self.messages[at]);
            let tables: Vec<&Table> = self.own[at]
                .iter()
                .chain(incoming.iter().map(|(_, table)| table))
                .collect();
            let groups = split(&tables, &self.sizes);
            let mut out = Vec::new();
            for group in groups {
                out.push(self.message(at, &group));
            }
            self.messages[at] = incoming;
            for table in out {
                match table.scope.last() {
                    Some(&last) => self.messages[last].push((at, table)),
                    None => self.root_bound += table.costs.first().copied().unwrap_or_default(),
                }
            }
        }
    }

    /// The least that tables of one position cost, over the others of their scopes.
    fn message(&self, at: usize, tables: &[&Table]) -> Table {
        let mut scope: Vec<usize> = tables.iter().flat_map(|t| &t.scope).copied().collect();
        scope.sort_unstable();
        scope.dedup();
        scope.retain(|&position| position != at);
        let entries: usize = scope.iter().map(|&position| self.sizes[position]).product();
        let mut choices = vec![0; self.sizes.len()];
        let mut costs = Vec::with_capacity(entries);
        for entry in 0..entries {
            let mut rest = entry;
            for &position in scope.iter().rev() {
                choices[position] = rest % self.sizes[position];
                rest /= self.sizes[position];
            }
            let mut least = f64::INFINITY;
            for choice in 0..self.sizes[at] {
                choices[at] = choice;
                let sum: f64 = tables.iter().map(|t| t.at(&self.sizes, &choices)).sum();
                least = least.min(sum);
            }
            costs.push(least);
        }
        Table { scope, costs }
    }

    fn descend(&mut self, at: usize, spent: f64) {
        if at == self.sizes.len() {
            if spent < self.best_cost - SAME * self.best_cost.abs() {
                self.best_cost = spent;
                self.best.clone_from(&self.choices);
            }
            return;
        }
        self.nodes += 1;
        if self.nodes > self.most {
            self.stopped = true;
        }
        let mut children: Vec<(f64, f64, usize)> = Vec::with_capacity(self.sizes[at]);
        for choice in 0..self.sizes[at] {
            self.choices[at] = choice;
            let own = self.own[at].iter();
            let own: f64 = own.map(|t| t.at(&self.sizes, &self.choices)).sum();
            children.push((self.ahead(at) + spent + own, spent + own, choice));
        }
        let preferred = self.preferred[at];
        children.sort_by(|a, b| {
            let far = |c: usize| c != preferred;
            a.0.total_cmp(&b.0).then(far(a.2).cmp(&far(b.2)))
        });
        for (bound, spent, choice) in children {
            if self.stopped || bound >= self.best_cost - SAME * self.best_cost.abs() {
                return;
            }
            self.choices[at] = choice;
            self.descend(at + 1, spent);
        }
    }

    /// What the positions after `at` cost at least, given those up to it.
    fn ahead(&self, at: usize) -> f64 {
        let mut sum = 0.0;
        for last in 0..=at {
            for (from, table) in &self.messages[last] {
                if *from > at {
                    sum += table.at(&self.sizes, &self.choices);
                }
            }
        }
        sum
    }
}

/// Tables in groups whose common table stays small.
fn split<'t>(tables: &[&'t Table], sizes: &[usize]) -> Vec<Vec<&'t Table>> {
    let mut groups: Vec<(Vec<usize>, Vec<&Table>)> = Vec::new();
    let mut sorted = tables.to_vec();
    sorted.sort_by_key(|table| std::cmp::Reverse(table.scope.len()));
    for table in sorted {
        let joined = |scope: &[usize]| {
            let mut all: Vec<usize> = scope.iter().chain(&table.scope).copied().collect();
            all.sort_unstable();
            all.dedup();
            all
        };
        let fits = groups.iter().position(|(scope, _)| {
            let entries = joined(scope)
                .iter()
                .try_fold(1usize, |product, &p| product.checked_mul(sizes[p]));
            entries.is_some_and(|entries| entries <= LARGEST_TABLE)
        });
        match fits {
            Some(group) => {
                groups[group].0 = joined(&groups[group].0);
                groups[group].1.push(table);
            }
            None => groups.push((table.scope.clone(), vec![table])),
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn brute(problem: &Problem) -> f64 {
        let mut choices = vec![0; problem.single.len()];
        let mut best = f64::INFINITY;
        loop {
            best = best.min(problem.cost(&choices));
            let mut at = 0;
            loop {
                let Some(choice) = choices.get_mut(at) else {
                    return best;
                };
                *choice += 1;
                if *choice < problem.single[at].len() {
                    break;
                }
                *choice = 0;
                at += 1;
            }
        }
    }

    fn problems() -> impl Strategy<Value = Problem> {
        prop::collection::vec(prop::collection::vec(0.0f64..100.0, 1..5), 1..8).prop_flat_map(
            |single| {
                let count = single.len();
                let pair = (
                    0..count,
                    0..count,
                    prop::collection::vec(0.0f64..1000.0, 25),
                );
                let sizes: Vec<usize> = single.iter().map(Vec::len).collect();
                prop::collection::vec(pair, 0..14).prop_map(move |pairs| {
                    let pairs = pairs.into_iter().filter(|(a, b, _)| a != b);
                    let factors = pairs.enumerate().map(|(place, (a, b, costs))| {
                        // Each third is over three variables, where there are as many.
                        let third = (0..sizes.len()).find(|c| *c != a && *c != b);
                        let mut scope = vec![a, b];
                        scope.extend(third.filter(|_| place % 3 == 0));
                        let entries: usize = scope.iter().map(|&v| sizes[v]).product();
                        let costs = (0..entries).map(|entry| costs[entry * 7 % 25]);
                        Factor {
                            costs: costs.collect(),
                            scope,
                        }
                    });
                    Problem {
                        single: single.clone(),
                        factors: factors.collect(),
                    }
                })
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn up_to_seven_tables_equal_brute_force(problem in problems()) {
            let start = vec![0; problem.single.len()];
            let found = problem.solve(&start, 1_000_000);
            let best = brute(&problem);
            prop_assert!(found.proven);
            prop_assert!((found.cost - best).abs() <= 1e-6 * best.max(1.0), "{} {best}", found.cost);
            prop_assert!(found.lower_bound <= best + 1e-6);
        }
    }

    #[test]
    fn out_of_steps_the_bound_still_holds() {
        // A clique of 14 variables: its tables have to be split.
        let count = 14;
        let value = |a: usize, b: usize, i: usize, j: usize| {
            ((a * 7919 + b * 104_729 + i * 1299 + j * 15_485) % 1000) as f64
        };
        let mut problem = Problem {
            single: vec![vec![0.0; 5]; count],
            factors: Vec::new(),
        };
        for a in 0..count {
            for b in a + 1..count {
                let costs = (0..25).map(|entry| value(a, b, entry / 5, entry % 5));
                problem.factors.push(Factor {
                    scope: vec![a, b],
                    costs: costs.collect(),
                });
            }
        }
        let start = vec![0; count];
        let found = problem.solve(&start, 0);
        assert!(!found.proven);
        assert!(found.lower_bound > 0.0 && found.lower_bound <= found.cost);
        assert!(found.cost <= problem.cost(&start));
    }
}
