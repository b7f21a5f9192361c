//! What is to happen on one connection, drawn from a seed.

use std::time::Duration;

/// Small and good enough: xorshift64*.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// 0 to `end` - 1.
    pub fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        number as usize % end
    }

    /// True once in `times`.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub fn of<T: Copy>(&mut self, choice: &[T]) -> T {
        choice[self.below(choice.len())]
    }
}

/// One connection.
#[derive(Clone, Debug)]
pub struct Plan {
    pub seed: u64,
    pub tls: bool,
    /// Through a proxy, reached by TLS or not.
    pub proxy: Option<bool>,
    /// The host is a name, whose first address refuses.
    pub name: bool,
    /// There is a cancel handle, which nobody uses.
    pub cancel: bool,
    /// There are a deadline and a connect timeout, far off.
    pub limits: bool,
    pub exchanges: Vec<Exchange>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Upload {
    None,
    Bytes,
    File,
    Function,
    Pieces,
}

/// What becomes of `Expect: 100-continue`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Expect {
    None,
    /// The go-ahead comes.
    Continue,
    /// It does not, and the wait ends by its limit.
    Silence,
    /// A final response comes.
    Refusal,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Answer {
    Length,
    Chunked,
    /// Until the stream ends.
    Close,
    /// No body, by its status.
    Empty,
    /// Before the request's body, which is then thrown away.
    Early,
    /// The stream ends in the middle.
    Cut,
    /// The stream is reset in the middle.
    Reset,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Download {
    Read,
    Read1,
    Readline,
    Peek,
    All,
    Skip,
    /// The response is freed unread.
    Nothing,
    /// The connection is closed.
    Close,
}

#[derive(Clone, Debug)]
pub struct Exchange {
    pub upload: Upload,
    pub size: usize,
    pub chunked: bool,
    pub expect: Expect,
    pub interim: usize,
    pub answer: Answer,
    pub answer_size: usize,
    pub download: Download,
    /// The most bytes that the server reads or writes at once.
    pub piece: usize,
    /// One of so many steps of the server has a pause before it.
    pub pauses: usize,
    /// The server closes behind its answer without having said so.
    pub hangs_up: bool,
}

impl Plan {
    pub fn draw(seed: u64) -> Plan {
        let mut random = Random::new(seed);
        let proxy = random.once_in(4).then(|| random.once_in(2));
        Plan {
            seed,
            tls: random.once_in(2),
            proxy,
            name: random.once_in(3),
            cancel: random.once_in(3),
            limits: random.once_in(3),
            exchanges: (0..1 + random.below(4)).map(|_| Exchange::draw(&mut random)).collect(),
        }
    }
}

impl Exchange {
    fn draw(random: &mut Random) -> Exchange {
        use Answer::*;
        let upload = random.of(&[
            Upload::None,
            Upload::None,
            Upload::Bytes,
            Upload::File,
            Upload::Function,
            Upload::Pieces,
        ]);
        // A large one fills the buffers of the kernel; a file of that size is not read.
        let large = random.once_in(4);
        let size = match (upload, large) {
            (Upload::None, _) => 0,
            (_, true) => (16 << 20) + random.below(5 << 20),
            (_, false) => random.below(3000),
        };
        let answer =
            random.of(&[Length, Length, Chunked, Chunked, Close, Empty, Early, Cut, Reset]);
        let expects = size > 0 && answer != Early && random.once_in(3);
        let expect = if expects {
            random.of(&[Expect::Continue, Expect::Silence, Expect::Refusal])
        } else {
            Expect::None
        };
        let far = random.once_in(6);
        Exchange {
            upload,
            size,
            chunked: matches!(upload, Upload::Function | Upload::Pieces) && random.once_in(2),
            expect,
            interim: random.below(3),
            answer,
            answer_size: if far { (1 << 20) + random.below(1 << 20) } else { random.below(2000) },
            download: random.of(&[
                Download::Read,
                Download::Read1,
                Download::Readline,
                Download::Peek,
                Download::All,
                Download::Skip,
                Download::Nothing,
                Download::Close,
            ]),
            piece: if large || far { 256 << 10 } else { random.of(&[1, 7, 100, 1000]) },
            pauses: if large || far { 100 } else { 20 },
            hangs_up: random.once_in(6),
        }
    }

    /// Whether it may fail, however good the client is.
    pub fn is_nasty(&self) -> bool {
        matches!(self.answer, Answer::Cut | Answer::Reset)
    }

    /// Whether the server refuses the request's body.
    pub fn is_refused(&self) -> bool {
        self.answer == Answer::Early || self.expect == Expect::Refusal
    }
}

/// The pause before a step.
pub const PAUSE: Duration = Duration::from_millis(3);
