//! Frames of the feed. What is read is written again as the same bytes; what is not, is refused without a panic.

use domain::feed::wire::{Frame, FrameBuffer, Reply, Request, Version};

/// The data are a stream of frames, and one frame.
pub(crate) fn fuzz_feed(data: &[u8]) {
    if let Ok(frame) = Frame::parse(data) {
        if let Ok(request) = Request::decode(frame) {
            let again = request
                .encode(frame.version)
                .expect("what was read can be written");
            assert_eq!(again, data, "two spellings of one request");
        }
        if let Ok(reply) = Reply::decode(frame, Version::V1) {
            one_reply(&reply, data);
        }
    }
    let mut buffer = FrameBuffer::default();
    buffer.push(data);
    let mut taken = 0;
    while let Ok(Some(length)) = buffer.take(|frame| Ok(frame.message.len() + 6)) {
        taken += length;
        assert!(taken <= data.len(), "more than there was");
    }
}

fn one_reply(reply: &Reply, data: &[u8]) {
    match reply {
        // The JSON of keys has many spellings; ours is read back.
        Reply::Keys(_) => {
            let own = reply.encode(Version::V1).expect("what was read can be written");
            let frame = Frame::parse(&own).expect("ours");
            let again = Reply::decode(frame, Version::V1).expect("ours");
            assert_eq!(again.encode(Version::V1).expect("ours"), own);
            return;
        }
        Reply::Snapshot(sealed) => {
            // Whatever opens is what its name says: nothing else to ask of it here.
            let _ = sealed.open();
        }
        _ => {}
    }
    let again = reply.encode(Version::V1).expect("what was read can be written");
    assert_eq!(again, data, "two spellings of one answer");
}
