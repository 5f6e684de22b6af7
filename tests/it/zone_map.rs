//! Computed block counts against a simulation that sorts generated rows into
//! blocks of 1 MB and looks at every block's least and greatest value.

use distkey::work::zone_map::{KeyColumn, Layout, Part, Restriction, Surviving, rows_per_block};

/// A column, its bytes per value, and whether a block's range may hold a match.
type Predicate<'a> = (usize, f64, &'a dyn Fn(i64, i64) -> bool);

const SLICES: usize = 4;
const ROWS_PER_SLICE: usize = 400_000;

/// A generator that gives the same rows every time (SplitMix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> i64 {
        (self.next() % n) as i64
    }
}

/// Up to three columns; unused ones stay 0.
type Row = [i64; 3];

/// The rows of every slice: a sorted region, then an unsorted one.
struct Table {
    slices: Vec<Vec<Row>>,
    sorted: usize,
}

impl Table {
    fn new(unsorted: f64, mut row: impl FnMut(&mut Random) -> Row) -> Self {
        let mut random = Random(42);
        let sorted = (ROWS_PER_SLICE as f64 * (1.0 - unsorted)) as usize;
        let slice = |_| {
            let mut rows: Vec<Row> = (0..ROWS_PER_SLICE).map(|_| row(&mut random)).collect();
            rows[..sorted].sort_unstable();
            rows
        };
        Self {
            slices: (0..SLICES).map(slice).collect(),
            sorted,
        }
    }

    fn layout(&self) -> Layout {
        Layout {
            rows: (SLICES * ROWS_PER_SLICE) as f64,
            slices: SLICES as f64,
            unsorted: 1.0 - self.sorted as f64 / ROWS_PER_SLICE as f64,
            exact: true,
        }
    }

    /// Where values from `low` to `high` lie among all values of a column.
    fn part(&self, column: usize, low: i64, high: i64) -> Part {
        let all = (SLICES * ROWS_PER_SLICE) as f64;
        let share = |holds: &dyn Fn(i64) -> bool| {
            let rows = self.slices.iter().flatten();
            rows.filter(|row| holds(row[column])).count() as f64 / all
        };
        Part {
            from: share(&|value| value < low),
            to: share(&|value| value <= high),
        }
    }

    /// Blocks of a column of `bytes` per value that are read, when each of
    /// `predicates` skips by its own zone maps.
    fn blocks(&self, bytes: f64, predicates: &[Predicate<'_>]) -> usize {
        let mut read = 0;
        for slice in &self.slices {
            for region in [&slice[..self.sorted], &slice[self.sorted..]] {
                let mut survives = vec![true; region.len()];
                for (column, bytes, may_match) in predicates {
                    let size = rows_per_block(*bytes) as usize;
                    for (i, block) in region.chunks(size).enumerate() {
                        let least = block.iter().map(|row| row[*column]).min().unwrap_or(0);
                        let greatest = block.iter().map(|row| row[*column]).max().unwrap_or(0);
                        if !may_match(least, greatest) {
                            survives[i * size..i * size + block.len()].fill(false);
                        }
                    }
                }
                let size = rows_per_block(bytes) as usize;
                read += survives
                    .chunks(size)
                    .filter(|block| block.contains(&true))
                    .count();
            }
        }
        read
    }
}

/// Within 10 %, or one block per slice.
fn assert_close(case: &str, bytes: f64, computed: f64, counted: usize) {
    let off = (computed - counted as f64).abs();
    let allowed = (counted as f64 * 0.1).max(SLICES as f64);
    println!("{case}, {bytes} bytes: computed {computed:.1}, counted {counted}");
    assert!(
        off <= allowed,
        "{case}, {bytes} bytes: computed {computed:.1}, counted {counted}"
    );
}

/// Compares all widths of a column that is read along.
fn compare(case: &str, table: &Table, surviving: Option<Surviving>, predicates: &[Predicate<'_>]) {
    for bytes in [4.0, 16.0, 64.0, 200.0] {
        let computed = table.layout().blocks(bytes, surviving.as_ref());
        assert_close(case, bytes, computed.read, table.blocks(bytes, predicates));
    }
}

fn key(distinct: f64, bytes: f64, restriction: Restriction) -> KeyColumn {
    KeyColumn {
        distinct,
        bytes,
        restriction,
    }
}

#[test]
fn a_range_on_the_leading_column() {
    let table = Table::new(0.0, |random| [random.below(1_000_000), 0, 0]);
    for (low, high) in [
        (300_000, 400_000),
        (0, 49_999),
        (990_000, 1_000_000),
        (500_000, 500_100),
    ] {
        let restriction = Restriction::Range(table.part(0, low, high));
        let surviving = table.layout().surviving(&[key(1e6, 64.0, restriction)]);
        compare(
            "uniform range",
            &table,
            surviving,
            &[(0, 64.0, &|least, greatest| greatest >= low && least <= high)],
        );
    }
}

#[test]
fn one_value_of_a_skewed_column() {
    // Value k is about half as frequent as value k − 1.
    let table = Table::new(0.0, |random| {
        [
            i64::from(random.next().leading_zeros()),
            random.below(1000),
            0,
        ]
    });
    for value in [0, 2, 5] {
        let restriction = Restriction::Values(vec![table.part(0, value, value)]);
        let surviving = table.layout().surviving(&[key(20.0, 64.0, restriction)]);
        compare(
            "skewed value",
            &table,
            surviving,
            &[(0, 64.0, &|least, greatest| {
                (least..=greatest).contains(&value)
            })],
        );
    }
}

#[test]
fn several_single_values() {
    let table = Table::new(0.0, |random| [random.below(40), random.below(1000), 0]);
    let wanted = [3, 17, 31];
    let restriction = Restriction::Values(
        wanted
            .iter()
            .map(|value| table.part(0, *value, *value))
            .collect(),
    );
    let surviving = table.layout().surviving(&[key(40.0, 16.0, restriction)]);
    compare(
        "three values",
        &table,
        surviving,
        &[(0, 16.0, &|least, greatest| {
            wanted
                .iter()
                .any(|value| (least..=greatest).contains(value))
        })],
    );
}

#[test]
fn a_compound_prefix() {
    let table = Table::new(0.0, |random| [random.below(10), random.below(10_000), 0]);
    let keys = [
        key(10.0, 64.0, Restriction::Values(vec![table.part(0, 4, 4)])),
        key(
            10_000.0,
            64.0,
            Restriction::Range(table.part(1, 2000, 5000)),
        ),
    ];
    let surviving = table.layout().surviving(&keys);
    compare(
        "category and price",
        &table,
        surviving,
        &[
            (0, 64.0, &|least, greatest| (least..=greatest).contains(&4)),
            (1, 64.0, &|least, greatest| {
                greatest >= 2000 && least <= 5000
            }),
        ],
    );
}

#[test]
fn a_second_column_without_its_first() {
    // `price` under `category_id`: 5 categories of 24 blocks each, and 40 of 3.
    for categories in [5u64, 40, 4000] {
        let table = Table::new(0.0, |random| {
            [random.below(categories), random.below(10_000), 0]
        });
        for (low, high) in [(4000, 4500), (0, 999), (2000, 8000)] {
            let keys = [
                key(categories as f64, 200.0, Restriction::None),
                key(
                    10_000.0,
                    200.0,
                    Restriction::Range(table.part(1, low, high)),
                ),
            ];
            let surviving = table.layout().surviving(&keys);
            let case = format!("price {low}-{high} under {categories} categories");
            compare(
                &case,
                &table,
                surviving,
                &[(1, 200.0, &|least, greatest| {
                    greatest >= low && least <= high
                })],
            );
        }
    }
}

#[test]
fn a_column_that_follows_the_sort_column() {
    // Delivered up to 100 days after the order, over 2,500 days.
    let table = Table::new(0.0, |random| {
        let day = random.below(2500);
        [day, day + random.below(101), 0]
    });
    let part = table.part(1, 1000, 1100);
    let surviving = table
        .layout()
        .surviving_correlated(part, 100.0 / 2600.0, 64.0);
    compare(
        "correlated",
        &table,
        Some(surviving),
        &[(1, 64.0, &|least, greatest| {
            greatest >= 1000 && least <= 1100
        })],
    );
}

#[test]
fn the_unsorted_region_is_read_whole() {
    for unsorted in [0.05, 0.3] {
        let table = Table::new(unsorted, |random| [random.below(1_000_000), 0, 0]);
        let restriction = Restriction::Range(table.part(0, 300_000, 310_000));
        let surviving = table.layout().surviving(&[key(1e6, 64.0, restriction)]);
        compare(
            "unsorted",
            &table,
            surviving,
            &[(0, 64.0, &|least, greatest| {
                greatest >= 300_000 && least <= 310_000
            })],
        );
    }
}

#[test]
fn nothing_is_skipped_without_a_predicate_on_the_key() {
    let table = Table::new(0.1, |random| [random.below(1000), random.below(1000), 0]);
    let surviving = table
        .layout()
        .surviving(&[key(1000.0, 8.0, Restriction::None)]);
    assert_eq!(surviving, None);
    compare("no predicate", &table, None, &[]);
}
