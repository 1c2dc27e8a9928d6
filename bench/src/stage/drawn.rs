//! Prepared requests, and the order in which they are drawn, again and again.

use crate::harness::Fault;

/// What a load generator sends next.
pub(super) struct Drawn {
    requests: Vec<Vec<u8>>,
    order: Vec<u32>,
    next: usize,
}

impl Drawn {
    pub(super) const fn new(requests: Vec<Vec<u8>>, order: Vec<u32>) -> Self {
        Self {
            requests,
            order,
            next: 0,
        }
    }

    /// How many different ones there are.
    pub(super) fn count(&self) -> u64 {
        self.requests.len() as u64
    }

    /// From now on each of them in turn; gives back the order so far and its place, for [`Drawn::go_on`].
    pub(super) fn one_by_one(&mut self) -> (Vec<u32>, usize) {
        let all = (0..u32::try_from(self.requests.len()).unwrap_or(u32::MAX)).collect();
        (
            std::mem::replace(&mut self.order, all),
            std::mem::take(&mut self.next),
        )
    }

    /// Where an order was left.
    pub(super) fn go_on(&mut self, (order, next): (Vec<u32>, usize)) {
        self.order = order;
        self.next = next;
    }

    /// The next one.
    ///
    /// # Errors
    /// There is none.
    pub(super) fn take(&mut self) -> Result<&[u8], Fault> {
        let at = self
            .order
            .get(self.next % self.order.len().max(1))
            .copied()
            .unwrap_or_default();
        self.next += 1;
        let request = self.requests.get(at as usize);
        request
            .map(Vec::as_slice)
            .ok_or_else(|| Fault::new("there is no request to send"))
    }
}
