//! Quantities over time that never grow past a fixed size.

use tachograph_model::Track;

/// The most points that are kept.
pub(crate) const MOST_POINTS: usize = 600;

/// Columns over one common axis. Every value enters the statistics; of the
/// course only the means of equal stretches are kept. Whenever the axis is
/// full, neighbours are put together and the stretches are twice as long.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    limit: usize,
    rows_per_point: u32,
    axis: Vec<(u64, u32)>,
    columns: Vec<Column>,
}

#[derive(Debug, Clone, Default)]
struct Column {
    points: Vec<Mean>,
    all: Mean,
    first: i64,
    last: i64,
    min: i64,
    max: i64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Mean {
    sum: i128,
    n: u64,
}

impl Mean {
    fn add(&mut self, value: i64) {
        self.sum += i128::from(value);
        self.n += 1;
    }

    fn with(self, other: Self) -> Self {
        Self { sum: self.sum + other.sum, n: self.n + other.n }
    }

    /// Rounded half away from zero.
    fn value(self) -> Option<i64> {
        let n = i128::from(self.n);
        let half = if self.sum < 0 { -n / 2 } else { n / 2 };
        (n > 0).then(|| i64::try_from((self.sum + half) / n).unwrap_or(i64::MAX))
    }
}

impl Table {
    /// A table of this many columns.
    pub(crate) fn new(columns: usize) -> Self {
        Self::with_limit(columns, MOST_POINTS)
    }

    /// `limit` is even and at least 2.
    fn with_limit(columns: usize, limit: usize) -> Self {
        Self {
            limit,
            rows_per_point: 1,
            axis: Vec::new(),
            columns: vec![Column::default(); columns],
        }
    }

    /// Takes one row; values beyond the columns are passed over.
    pub(crate) fn push(&mut self, at_ns: u64, values: &[Option<i64>]) {
        if self.axis.last().is_none_or(|&(_, rows)| rows >= self.rows_per_point) {
            if self.axis.len() >= self.limit {
                self.halve();
            }
            self.axis.push((at_ns, 0));
            self.columns.iter_mut().for_each(|column| column.points.push(Mean::default()));
        }
        if let Some(last) = self.axis.last_mut() {
            *last = (at_ns, last.1 + 1);
        }
        for (column, value) in self.columns.iter_mut().zip(values) {
            if let Some(value) = *value {
                column.add(value);
            }
        }
    }

    fn halve(&mut self) {
        self.axis = self
            .axis
            .chunks(2)
            .filter_map(|pair| Some((pair.last()?.0, pair.iter().map(|(_, rows)| rows).sum())))
            .collect();
        for column in &mut self.columns {
            let merged = column.points.chunks(2);
            column.points = merged
                .map(|pair| pair.iter().fold(Mean::default(), |sum, &more| sum.with(more)))
                .collect();
        }
        self.rows_per_point = self.rows_per_point.saturating_mul(2);
    }

    /// The end of each point's stretch.
    pub(crate) fn axis(&self) -> Vec<u64> {
        self.axis.iter().map(|&(at, _)| at).collect()
    }

    /// One column; `None` when it never had a value.
    pub(crate) fn track(&self, column: usize) -> Option<Track> {
        let column = self.columns.get(column)?;
        Some(Track {
            n: column.all.n,
            first: column.first,
            last: column.last,
            min: column.min,
            mean: column.all.value()?,
            max: column.max,
            points: column.points.iter().map(|point| point.value()).collect(),
        })
    }
}

impl Column {
    fn add(&mut self, value: i64) {
        if self.all.n == 0 {
            (self.first, self.min, self.max) = (value, value, value);
        }
        self.last = value;
        self.min = self.min.min(value);
        self.max = self.max.max(value);
        self.all.add(value);
        if let Some(point) = self.points.last_mut() {
            point.add(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_axis_is_halved_and_no_value_is_lost() {
        let mut table = Table::with_limit(2, 4);
        for at in 1..=9_i64 {
            table.push(at as u64 * 10, &[Some(at), (at == 5).then_some(100)]);
        }
        // Nine rows in stretches of four: 1–4, 5–8, 9.
        assert_eq!(table.axis(), [40, 80, 90]);
        let track = table.track(0).unwrap();
        assert_eq!((track.n, track.first, track.last), (9, 1, 9));
        assert_eq!((track.min, track.mean, track.max), (1, 5, 9));
        assert_eq!(track.points, [Some(3), Some(7), Some(9)], "2.5 and 6.5 are rounded");
        assert_eq!(table.track(1).unwrap().points, [None, Some(100), None]);
    }

    #[test]
    fn a_column_without_values_is_none() {
        let mut table = Table::new(1);
        table.push(1, &[None]);
        assert_eq!(table.track(0), None);
        assert_eq!(table.track(7), None);
    }

    #[test]
    fn means_of_negative_values_are_rounded_away_from_zero() {
        let mut table = Table::new(1);
        for value in [-1, -2] {
            table.push(1, &[Some(value)]);
        }
        assert_eq!(table.track(0).unwrap().mean, -2);
    }

    proptest::proptest! {
        #[test]
        fn the_size_is_bounded_and_statistics_are_exact(
            values in proptest::collection::vec(-1_000_000_i64..1_000_000, 1..3_000),
        ) {
            let mut table = Table::new(1);
            for (at, &value) in values.iter().enumerate() {
                table.push(at as u64, &[Some(value)]);
            }
            let track = table.track(0).unwrap();
            proptest::prop_assert!(track.points.len() <= MOST_POINTS);
            proptest::prop_assert_eq!(track.points.len(), table.axis().len());
            proptest::prop_assert_eq!(track.n, values.len() as u64);
            proptest::prop_assert_eq!(track.max, *values.iter().max().unwrap());
            proptest::prop_assert_eq!(track.min, *values.iter().min().unwrap());
            proptest::prop_assert!(table.axis().is_sorted());
            proptest::prop_assert_eq!(table.axis().last().copied(), Some(values.len() as u64 - 1));
            let mean = values.iter().sum::<i64>() as f64 / values.len() as f64;
            proptest::prop_assert!((track.mean as f64 - mean).abs() <= 0.5 + 1e-6);
        }
    }
}
