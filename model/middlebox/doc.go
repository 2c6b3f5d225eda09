// Package middlebox has the boxes between the ends of a path that look into TCP segments: what makes it hard
// to extend TCP, and those who attack it.
//
// # Model
//
// Boxes stand in a Chain at the second end of a link: packets that have crossed the link in the direction
// Forward pass them in order, packets that are about to enter it in the direction Backward pass them in the
// opposite order. A box takes no time and has no queue. It may pass a packet on, drop it (counted by
// cause), change its segment, hold it, make packets in either direction, and absorb some; Counters keeps
// the balance. A capture on a host at the first end shows segments as they are on the link, one on a host
// at the second end shows them behind all boxes.
//
// A decision that depends on chance is drawn once a connection from the stream "middlebox/<name>/applies"
// and kept. A connection is a pair of addresses and ports; a subflow is a connection of its own.
//
// # Sources
//
// Which behaviours exist, and how often: Honda et al., "Is it still possible to extend TCP?", IMC 2011. RFC
// 8684 section 6 and RFC 6824 section 6 say what Multipath TCP does about them. Further sources stand at
// each kind.
//
// # Limits
//
// Segments have typed options (package wire): an option cannot stand twice in one segment, and where a real
// box leaves NOPs or EOL in place of an option the model's header becomes shorter. Boxes look at TCP only.
//
// # Validation
//
// Conservation of packets at every box; a table test for each kind; the matrix of every kind x who sends x
// one path or two x checksum off or on, in which each end gets its octets or a clean error.
package middlebox
