//! http.client's states and which call each allows.
//!
//! Two facts make the state: the phase of the request, and whether a response is *held*, that is,
//! was handed out and not yet read to its end or closed. One request may be sent while a response
//! is held; its own response can be fetched only after that.

use super::error::{Error, Kind};

/// How far the current request is. The names are http.client's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// No request under way.
    #[default]
    Idle,
    /// Between putrequest and endheaders.
    RequestStarted,
    /// After endheaders.
    RequestSent,
}

impl Phase {
    /// http.client's name, as in its messages.
    pub const fn name(self) -> &'static str {
        match self {
            Phase::Idle => "Idle",
            Phase::RequestStarted => "Request-started",
            Phase::RequestSent => "Request-sent",
        }
    }
}

/// The calls that a state can forbid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// putrequest, and request.
    PutRequest,
    /// putheader.
    PutHeader,
    /// endheaders.
    EndHeaders,
    /// getresponse.
    GetResponse,
}

/// Whether `call` is allowed; if not, http.client's error, whose message is the state's name.
pub fn check(phase: Phase, held: bool, call: Call) -> Result<(), Error> {
    let forbidden = match (call, phase, held) {
        (Call::PutRequest, Phase::Idle, _) => None,
        (Call::PutRequest, _, _) => Some(Kind::CannotSendRequest),
        (Call::PutHeader | Call::EndHeaders, Phase::RequestStarted, _) => None,
        (Call::PutHeader | Call::EndHeaders, _, _) => Some(Kind::CannotSendHeader),
        (Call::GetResponse, Phase::RequestSent, false) => None,
        (Call::GetResponse, _, _) => Some(Kind::ResponseNotReady),
    };
    forbidden.map_or(Ok(()), |kind| Err(Error::new(kind, phase.name())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_and_every_call() {
        use Kind::*;
        use Phase::*;
        let ok = None;
        //  phase, held,           PutRequest,              PutHeader,              EndHeaders,             GetResponse
        for (phase, held, expected) in [
            (
                Idle,
                false,
                [ok, Some(CannotSendHeader), Some(CannotSendHeader), Some(ResponseNotReady)],
            ),
            (
                Idle,
                true,
                [ok, Some(CannotSendHeader), Some(CannotSendHeader), Some(ResponseNotReady)],
            ),
            (RequestStarted, false, [Some(CannotSendRequest), ok, ok, Some(ResponseNotReady)]),
            (RequestStarted, true, [Some(CannotSendRequest), ok, ok, Some(ResponseNotReady)]),
            (
                RequestSent,
                false,
                [Some(CannotSendRequest), Some(CannotSendHeader), Some(CannotSendHeader), ok],
            ),
            (
                RequestSent,
                true,
                [
                    Some(CannotSendRequest),
                    Some(CannotSendHeader),
                    Some(CannotSendHeader),
                    Some(ResponseNotReady),
                ],
            ),
        ] {
            let calls = [Call::PutRequest, Call::PutHeader, Call::EndHeaders, Call::GetResponse];
            let found = calls.map(|call| check(phase, held, call).err().map(|e| e.kind()));
            assert_eq!(found, expected, "{phase:?}, held: {held}");
        }
    }
}
