//! The system calls that neither std nor socket2 wraps: the only unsafe code of the transports.

use crate::uncancelled::{Closing, uncancelled};
use alloc::boxed::Box;
use bytes::buf::UninitSlice;
use core::ffi::{CStr, c_void};
use core::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use core::{mem, ptr};
use socket2::Socket;
use std::io::{self, IoSlice};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

/// The bytes of a path in a socket address, its NUL among them.
pub(super) const UNIX_PATH: usize =
    mem::size_of::<libc::sockaddr_un>() - mem::offset_of!(libc::sockaddr_un, sun_path);

/// `recv` into memory that may be uninitialised. No cancellation point.
pub(super) fn receive(
    socket: &Socket,
    buf: &mut UninitSlice,
    flags: libc::c_int,
) -> io::Result<usize> {
    let (fd, memory, len) = (socket.as_raw_fd(), buf.as_mut_ptr(), buf.len());
    // SAFETY: the pointer and length describe `buf`, which is borrowed for the call; the kernel only writes
    // initialised bytes there.
    moved(unsafe { raw::receive(fd, memory.cast(), len, flags) })
}

/// Sends from the front of `parts` together, without SIGPIPE. No cancellation point.
pub(super) fn send(
    socket: &Socket,
    parts: &[IoSlice<'_>],
    flags: libc::c_int,
) -> io::Result<usize> {
    let (fd, flags) = (socket.as_raw_fd(), flags | SEND_FLAGS);
    if let [only] = parts {
        // SAFETY: the pointer and length describe the slice, which is borrowed for the call.
        return moved(unsafe { raw::send(fd, only.as_ptr().cast(), only.len(), flags) });
    }
    // SAFETY: zero bytes are a valid value of this plain C type.
    let mut message: libc::msghdr = unsafe { mem::zeroed() };
    // An `IoSlice` is laid out as an iovec is, and the kernel does not write to either.
    message.msg_iov = parts.as_ptr().cast_mut().cast();
    message.msg_iovlen = parts.len() as _;
    // SAFETY: the message names the slices, which are borrowed for the call, and nothing else.
    moved(unsafe { raw::send_message(fd, &message, flags) })
}

/// No SIGPIPE. Where the flag is missing socket2 has set `SO_NOSIGPIPE`.
#[cfg(not(target_vendor = "apple"))]
const SEND_FLAGS: libc::c_int = libc::MSG_NOSIGNAL;
#[cfg(target_vendor = "apple")]
const SEND_FLAGS: libc::c_int = 0;

/// What a call of the system's says: how many bytes, or its error.
fn moved(count: isize) -> io::Result<usize> {
    usize::try_from(count).map_err(|_| io::Error::last_os_error())
}

/// Calls that are cancellation points in the C library, as calls that are none.
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
mod raw {
    use core::ffi::{c_int, c_void};
    use core::ptr;

    pub(super) unsafe fn receive(
        fd: c_int,
        memory: *mut c_void,
        len: usize,
        flags: c_int,
    ) -> isize {
        let nobody = ptr::null_mut::<c_void>();
        // SAFETY: as the caller promises for recv.
        unsafe {
            libc::syscall(libc::SYS_recvfrom, fd, memory, len, flags, nobody, nobody) as isize
        }
    }

    pub(super) unsafe fn send(fd: c_int, data: *const c_void, len: usize, flags: c_int) -> isize {
        let nobody = ptr::null::<c_void>();
        // SAFETY: as the caller promises for send.
        unsafe { libc::syscall(libc::SYS_sendto, fd, data, len, flags, nobody, 0_usize) as isize }
    }

    pub(super) unsafe fn send_message(fd: c_int, message: &libc::msghdr, flags: c_int) -> isize {
        // SAFETY: as the caller promises for sendmsg.
        unsafe { libc::syscall(libc::SYS_sendmsg, fd, ptr::from_ref(message), flags) as isize }
    }
}

/// The same with cancellation held off, where there may be no such calls.
#[cfg(not(all(target_os = "linux", target_pointer_width = "64")))]
mod raw {
    use crate::uncancelled::uncancelled;
    use core::ffi::{c_int, c_void};

    pub(super) unsafe fn receive(
        fd: c_int,
        memory: *mut c_void,
        len: usize,
        flags: c_int,
    ) -> isize {
        // SAFETY: as the caller promises for recv.
        uncancelled(|| unsafe { libc::recv(fd, memory, len, flags) })
    }

    pub(super) unsafe fn send(fd: c_int, data: *const c_void, len: usize, flags: c_int) -> isize {
        // SAFETY: as the caller promises for send.
        uncancelled(|| unsafe { libc::send(fd, data, len, flags) })
    }

    pub(super) unsafe fn send_message(fd: c_int, message: &libc::msghdr, flags: c_int) -> isize {
        // SAFETY: as the caller promises for sendmsg.
        uncancelled(|| unsafe { libc::sendmsg(fd, message, flags) })
    }
}

/// Whether the program was started with more rights than those of who started it (set-user-id and the like), by the
/// rule of `secure_getenv`: what its environment says is not to be believed then.
#[cfg(feature = "tls")]
pub(super) fn has_more_rights_than_its_caller() -> bool {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    // SAFETY: it reads what the kernel has told the process, and takes any number.
    return unsafe { libc::getauxval(libc::AT_SECURE) } != 0;
    #[cfg(any(
        target_vendor = "apple",
        target_os = "freebsd",
        target_os = "dragonfly",
        target_os = "netbsd",
        target_os = "openbsd"
    ))]
    // SAFETY: it takes nothing and always succeeds.
    return unsafe { libc::issetugid() } != 0;
    #[cfg(not(any(
        target_os = "linux",
        target_os = "android",
        target_vendor = "apple",
        target_os = "freebsd",
        target_os = "dragonfly",
        target_os = "netbsd",
        target_os = "openbsd"
    )))]
    // SAFETY: these take nothing and always succeed.
    return unsafe { libc::geteuid() != libc::getuid() || libc::getegid() != libc::getgid() };
}

/// Whether this is the socket's own address.
pub(super) fn is_bound_to(socket: &Socket, address: SocketAddr) -> bool {
    // SAFETY: zero bytes are a valid value of this plain C type.
    let mut own: libc::sockaddr_in6 = unsafe { mem::zeroed() };
    let mut len = mem::size_of_val(&own) as libc::socklen_t;
    // SAFETY: the pointer and length describe `own`, and what the call writes there is no longer.
    let failed =
        unsafe { libc::getsockname(socket.as_raw_fd(), ptr::from_mut(&mut own).cast(), &mut len) };
    // The port is where it is in the address of either family; few have the right one.
    if failed != 0 || own.sin6_port != address.port().to_be() {
        return false;
    }
    let own = socket.local_addr().ok().and_then(|own| own.as_socket());
    own.is_some_and(|own| own.ip() == address.ip())
}

/// `SO_RCVLOWAT`: how many bytes must have arrived before a blocked reader is woken.
pub(super) fn set_receive_low_water(socket: &Socket, bytes: usize) -> io::Result<()> {
    let value = libc::c_int::try_from(bytes).unwrap_or(libc::c_int::MAX);
    // SAFETY: the pointer and length describe `value`, which lives until the call is over.
    let result = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_RCVLOWAT,
            ptr::from_ref(&value).cast(),
            mem::size_of_val(&value) as libc::socklen_t,
        )
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Takes a new descriptor away from 0, 1 and 2, where it can land in a program that has closed those:
/// what the program then prints must not go to a server. Otherwise this is no system call.
pub(super) fn beyond_standard<D>(new: D) -> io::Result<D>
where
    D: AsRawFd + Into<OwnedFd> + From<OwnedFd>,
{
    const FIRST: RawFd = libc::STDERR_FILENO + 1;
    if new.as_raw_fd() >= FIRST {
        return Ok(new);
    }
    let low: OwnedFd = new.into();
    // SAFETY: takes no pointers, and the descriptor is open.
    let high = unsafe { libc::fcntl(low.as_raw_fd(), libc::F_DUPFD_CLOEXEC, FIRST) };
    // SAFETY: what the call returned, which is nobody else's.
    unsafe { owned(high) }.map(D::from)
}

/// Takes ownership of a descriptor that a system call just returned, or its error.
///
/// # Safety
/// `fd` is negative, or open and owned by nobody.
unsafe fn owned(fd: RawFd) -> io::Result<OwnedFd> {
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: as the caller promises.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// The monotonic clock in nanoseconds.
pub(super) fn monotonic_clock() -> u64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a live value. The call cannot fail for this clock, which every system has.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut now) };
    // 584 years fit.
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}

/// An entry for [`poll`].
pub(super) fn pollfd(fd: RawFd, events: libc::c_short) -> libc::pollfd {
    libc::pollfd { fd, events, revents: 0 }
}

/// Waits until a descriptor is ready or the clock reaches `until`, for ever without it, and returns
/// how many are ready. A signal counts as none ready: the caller looks at the clock and goes on.
pub(super) fn poll(fds: &mut [libc::pollfd], until: Option<u64>) -> io::Result<usize> {
    let milliseconds = until.map_or(-1, |at| {
        // Rounded up, or the last fraction would be spent spinning.
        let left = at.saturating_sub(monotonic_clock()).div_ceil(1_000_000);
        libc::c_int::try_from(left).unwrap_or(libc::c_int::MAX)
    });
    let ready = uncancelled(|| {
        // SAFETY: the pointer and length describe `fds`, which is borrowed for the call.
        unsafe { libc::poll(fds.as_mut_ptr(), fds.len() as libc::nfds_t, milliseconds) }
    });
    match usize::try_from(ready) {
        Ok(ready) => Ok(ready),
        Err(_) => match io::Error::last_os_error() {
            error if error.kind() == io::ErrorKind::Interrupted => Ok(0),
            error => Err(error),
        },
    }
}

/// The number of a network interface, as IPv6 scope identifiers need it. A NUL ends the name.
pub(super) fn interface_index(name: &[u8]) -> Option<u32> {
    let name = CStr::from_bytes_with_nul(name).ok()?;
    // SAFETY: a NUL-terminated string that lives until the call is over.
    let index = unsafe { libc::if_nametoindex(name.as_ptr()) };
    (index != 0).then_some(index)
}

/// The system's own text for `errno`, or none.
pub(super) fn strerror(errno: i32, room: &mut [u8; 256]) -> &str {
    // SAFETY: the call writes a NUL-terminated text of at most that length.
    let failed = unsafe { libc::strerror_r(errno, room.as_mut_ptr().cast(), room.len()) };
    let text = CStr::from_bytes_until_nul(room).unwrap_or_default();
    if failed != 0 { "" } else { text.to_str().unwrap_or_default() }
}

/// Why the system's lookup has failed.
pub(super) enum LookupError {
    NoMemory,
    /// By this `errno`.
    System(i32),
    /// With what `getaddrinfo` returned (`EAI_...`), in these words of the system's.
    Lookup(i32, &'static str),
}

/// Looks a name up, which ends with a NUL, and gives each of its addresses out. False: whoever takes them
/// has said that by false.
pub(super) fn look_up(
    name: &[u8],
    mut take: impl FnMut(SocketAddr) -> bool,
) -> Result<bool, LookupError> {
    const NO_NAME: LookupError = LookupError::Lookup(libc::EAI_NONAME, "the name has a NUL in it");
    let name = CStr::from_bytes_with_nul(name).map_err(|_| NO_NAME)?;
    // SAFETY: zero bytes are a valid value of this plain C type.
    let mut hints: libc::addrinfo = unsafe { mem::zeroed() };
    hints.ai_socktype = libc::SOCK_STREAM;
    let mut first = ptr::null_mut();
    let code = uncancelled(|| {
        // SAFETY: a NUL-terminated string, no service, and pointers to live values.
        unsafe { libc::getaddrinfo(name.as_ptr(), ptr::null(), &hints, &mut first) }
    });
    match code {
        0 => {}
        libc::EAI_MEMORY => return Err(LookupError::NoMemory),
        libc::EAI_SYSTEM => {
            let errno = io::Error::last_os_error().raw_os_error().unwrap_or(0);
            return Err(match errno {
                libc::ENOMEM => LookupError::NoMemory,
                errno => LookupError::System(errno),
            });
        }
        _ => {
            // SAFETY: the call gives a text that is never freed, for any code.
            let text = unsafe { CStr::from_ptr(libc::gai_strerror(code)) };
            let reason = text.to_str().unwrap_or("the system does not say why");
            return Err(LookupError::Lookup(code, reason));
        }
    }
    let mut next = first;
    let mut whole = true;
    // SAFETY: an entry of the list that the call gave is valid until the list is freed.
    while let Some(entry) = unsafe { next.as_ref() }.filter(|_| whole) {
        // SAFETY: the same.
        whole = unsafe { address(entry) }.is_none_or(&mut take);
        next = entry.ai_next;
    }
    // SAFETY: the list that the call gave; nothing refers to it any more.
    unsafe { libc::freeaddrinfo(first) };
    Ok(whole)
}

/// The address of an entry, if it is one of the internet.
///
/// # Safety
/// The entry's address is as long as it says.
unsafe fn address(entry: &libc::addrinfo) -> Option<SocketAddr> {
    let len = entry.ai_addrlen as usize;
    match entry.ai_family {
        libc::AF_INET if len >= mem::size_of::<libc::sockaddr_in>() => {
            // SAFETY: it is long enough, and the system aligns it.
            let it = unsafe { entry.ai_addr.cast::<libc::sockaddr_in>().read() };
            let ip = Ipv4Addr::from(u32::from_be(it.sin_addr.s_addr));
            Some(SocketAddr::new(ip.into(), 0))
        }
        libc::AF_INET6 if len >= mem::size_of::<libc::sockaddr_in6>() => {
            // SAFETY: it is long enough, and the system aligns it.
            let it = unsafe { entry.ai_addr.cast::<libc::sockaddr_in6>().read() };
            let ip = Ipv6Addr::from(it.sin6_addr.s6_addr);
            Some(SocketAddrV6::new(ip, 0, it.sin6_flowinfo, it.sin6_scope_id).into())
        }
        _ => None,
    }
}

/// Has a new thread do this work, which nobody waits for, and which does not panic. All signals are blocked
/// on it, so the program's signal handlers never run there.
pub(super) fn spawn<W: FnOnce() + Send + 'static>(work: Box<W>) -> io::Result<()> {
    extern "C" fn run<W: FnOnce()>(work: *mut c_void) -> *mut c_void {
        // SAFETY: the box that was given to the thread, and to it alone.
        let work = unsafe { Box::from_raw(work.cast::<W>()) };
        name_thread();
        work();
        ptr::null_mut()
    }
    let work = Box::into_raw(work);
    let outcome = with_signals_blocked(|| {
        // SAFETY: zero bytes are a valid value of these plain C types; the attributes are initialized before
        // they are used. The function takes the pointer that is given beside it.
        unsafe {
            let (mut thread, mut attributes): (libc::pthread_t, libc::pthread_attr_t) =
                mem::zeroed();
            match libc::pthread_attr_init(&mut attributes) {
                0 => {}
                error => return error,
            }
            libc::pthread_attr_setdetachstate(&mut attributes, libc::PTHREAD_CREATE_DETACHED);
            let outcome =
                libc::pthread_create(&mut thread, &attributes, run::<W>, work.cast::<c_void>());
            libc::pthread_attr_destroy(&mut attributes);
            outcome
        }
    });
    if outcome == 0 {
        return Ok(());
    }
    // SAFETY: there is no thread that has it.
    drop(unsafe { Box::from_raw(work) });
    Err(io::Error::from_raw_os_error(outcome))
}

/// Says in lists of threads what this one is for.
fn name_thread() {
    // SAFETY: a short NUL-terminated name.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    unsafe {
        libc::prctl(libc::PR_SET_NAME, c"name lookup".as_ptr());
    }
}

/// Runs `spawn` with all signals blocked: a thread begun in it inherits that.
fn with_signals_blocked<T>(spawn: impl FnOnce() -> T) -> T {
    // SAFETY: zero bytes are a valid value of this plain C type; both are filled before they are used.
    let (mut all, mut before): (libc::sigset_t, libc::sigset_t) =
        unsafe { (mem::zeroed(), mem::zeroed()) };
    // SAFETY: the pointers are to live, distinct sets. Neither call can fail with these arguments.
    unsafe {
        libc::sigfillset(&mut all);
        libc::pthread_sigmask(libc::SIG_SETMASK, &all, &mut before);
    }
    let result = spawn();
    // SAFETY: `before` was filled by the call above.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &before, ptr::null_mut()) };
    result
}

#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) use files::send_file;

#[cfg(any(target_os = "linux", target_os = "android"))]
mod files {
    use crate::uncancelled::uncancelled;
    use core::{mem, ptr};
    use socket2::Socket;
    use std::io;
    use std::os::fd::{AsRawFd, BorrowedFd};

    /// `sendfile`, from the file's offset, without the SIGPIPE that it raises for want of
    /// `MSG_NOSIGNAL`.
    pub(in super::super) fn send_file(
        socket: &Socket,
        file: BorrowedFd<'_>,
        count: usize,
    ) -> io::Result<usize> {
        without_sigpipe(count, || {
            let (to, from) = (socket.as_raw_fd(), file.as_raw_fd());
            // SAFETY: both descriptors are open during the call, and there is no offset to point to.
            let sent = unsafe { libc::sendfile(to, from, ptr::null_mut(), count) };
            usize::try_from(sent).map_err(|_| io::Error::last_os_error())
        })
    }

    /// Makes a call that may raise SIGPIPE for this thread, and takes that signal away before anybody
    /// sees it. One that was pending before, since the program blocks it, stays. A call that moves all
    /// of `count` bytes has raised none; one that moves some may have.
    fn without_sigpipe(
        count: usize,
        call: impl FnOnce() -> io::Result<usize>,
    ) -> io::Result<usize> {
        // SAFETY: zero bytes are a valid value of this plain C type; all are filled before they are used.
        let (mut pipe, mut before, mut pending): (libc::sigset_t, libc::sigset_t, libc::sigset_t) =
            unsafe { (mem::zeroed(), mem::zeroed(), mem::zeroed()) };
        // SAFETY: the pointers are to live, distinct sets. No call can fail with these arguments.
        let (blocked, waiting) = unsafe {
            libc::sigemptyset(&mut pipe);
            libc::sigaddset(&mut pipe, libc::SIGPIPE);
            libc::pthread_sigmask(libc::SIG_BLOCK, &pipe, &mut before);
            // Only a signal that was blocked can be pending.
            let blocked = libc::sigismember(&before, libc::SIGPIPE) == 1;
            let waiting = blocked
                && libc::sigpending(&mut pending) == 0
                && libc::sigismember(&pending, libc::SIGPIPE) == 1;
            (blocked, waiting)
        };
        let result = call();
        let whole = result.as_ref().is_ok_and(|&moved| moved == count);
        if !whole && !waiting {
            let now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
            // SAFETY: the pointers are to live values, and nothing is asked of the signal.
            uncancelled(|| unsafe { libc::sigtimedwait(&pipe, ptr::null_mut(), &now) });
        }
        if !blocked {
            // SAFETY: `before` was filled above.
            unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &before, ptr::null_mut()) };
        }
        result
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) use gather::Gather;

#[cfg(any(target_os = "linux", target_os = "android"))]
mod gather {
    use super::{Closing, beyond_standard, monotonic_clock, owned};
    use core::ptr;
    use std::io;
    use std::os::fd::{AsRawFd, OwnedFd, RawFd};

    /// Many descriptors and a timer as one descriptor, readable while any of them is ready: an
    /// epoll instance. A descriptor that is closed leaves it by itself, unless a fork's child has it
    /// still.
    pub(in super::super) struct Gather {
        epoll: Closing<OwnedFd>,
        timer: Closing<OwnedFd>,
    }

    impl Gather {
        pub(in super::super) fn new() -> io::Result<Gather> {
            let flags = libc::TFD_NONBLOCK | libc::TFD_CLOEXEC;
            // SAFETY: these calls take no pointers.
            let (epoll, timer) = unsafe {
                (
                    owned(libc::epoll_create1(libc::EPOLL_CLOEXEC))?,
                    owned(libc::timerfd_create(libc::CLOCK_MONOTONIC, flags))?,
                )
            };
            let (epoll, timer) = (beyond_standard(epoll)?, beyond_standard(timer)?);
            let gather = Gather { epoll: Closing::new(epoll), timer: Closing::new(timer) };
            gather.add(gather.timer.as_raw_fd(), libc::POLLIN)?;
            Ok(gather)
        }

        pub(in super::super) fn fd(&self) -> RawFd {
            self.epoll.as_raw_fd()
        }

        /// Adds a descriptor; one that is in already stays as it is.
        pub(in super::super) fn add(&self, fd: RawFd, events: libc::c_short) -> io::Result<()> {
            // The EPOLL constants are the POLL ones.
            let mut event = libc::epoll_event { events: events as u32, u64: 0 };
            // SAFETY: `event` lives until the call is over.
            let result = unsafe {
                libc::epoll_ctl(self.fd(), libc::EPOLL_CTL_ADD, fd, ptr::from_mut(&mut event))
            };
            match result {
                0 => Ok(()),
                _ => match io::Error::last_os_error() {
                    error if error.raw_os_error() == Some(libc::EEXIST) => Ok(()),
                    error => Err(error),
                },
            }
        }

        /// Takes a descriptor out, if it is in.
        pub(in super::super) fn remove(&self, fd: RawFd) {
            // SAFETY: this operation looks at no event. It fails only where there is nothing to do.
            unsafe { libc::epoll_ctl(self.fd(), libc::EPOLL_CTL_DEL, fd, ptr::null_mut()) };
        }

        /// Makes the descriptor readable when the clock reaches `at`; `None` turns the timer off.
        pub(in super::super) fn set_timer(&self, at: Option<u64>) -> io::Result<()> {
            // Zero would turn it off.
            let left = at.map_or(0, |at| at.saturating_sub(monotonic_clock()).max(1));
            let zero = libc::timespec { tv_sec: 0, tv_nsec: 0 };
            let value = libc::timespec {
                tv_sec: (left / 1_000_000_000) as libc::time_t,
                tv_nsec: (left % 1_000_000_000) as libc::c_long,
            };
            let timer = libc::itimerspec { it_interval: zero, it_value: value };
            // SAFETY: `timer` lives until the call is over, and the old value is not asked for.
            let result = unsafe {
                libc::timerfd_settime(self.timer.as_raw_fd(), 0, &timer, ptr::null_mut())
            };
            if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
        }
    }
}

/// Elsewhere there is no such descriptor: connecting to several addresses without blocking goes
/// by the clock alone (`next_timeout`).
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) struct Gather(core::convert::Infallible);

#[cfg(not(any(target_os = "linux", target_os = "android")))]
impl Gather {
    pub(super) fn new() -> io::Result<Gather> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) fn fd(&self) -> RawFd {
        match self.0 {}
    }

    pub(super) fn add(&self, _fd: RawFd, _events: libc::c_short) -> io::Result<()> {
        match self.0 {}
    }

    pub(super) fn remove(&self, _fd: RawFd) {
        match self.0 {}
    }

    pub(super) fn set_timer(&self, _at: Option<u64>) -> io::Result<()> {
        match self.0 {}
    }
}
