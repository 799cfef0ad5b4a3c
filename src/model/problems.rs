//! Problems of one text from outside: listed up to a number, then counted.

/// Problems that are told one by one.
const LISTED: usize = 20;

/// What is wrong with a message or a config. However much it is, the list stays short enough for one line of a log.
#[derive(Debug, Default)]
pub struct Problems {
    listed: Vec<String>,
    more: usize,
}

impl Problems {
    pub fn add(&mut self, problem: impl Into<String>) {
        if self.listed.len() < LISTED {
            self.listed.push(problem.into());
        } else {
            self.more += 1;
        }
    }

    /// The value, or `None` with its problem noted.
    pub fn noted<T>(&mut self, read: Result<T, String>) -> Option<T> {
        read.map_err(|problem| self.add(problem)).ok()
    }

    /// Adds those of `others` behind its own.
    pub fn append(&mut self, others: Self) {
        others.listed.into_iter().for_each(|problem| self.add(problem));
        self.more += others.more;
    }

    pub fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }

    /// How many there are so far.
    pub fn count(&self) -> usize {
        self.listed.len() + self.more
    }

    /// The list, with the number of those that it leaves out as its last line.
    pub fn into_list(self) -> Vec<String> {
        let rest = (self.more > 0).then(|| format!("and {} more", self.more));
        self.listed.into_iter().chain(rest).collect()
    }
}
