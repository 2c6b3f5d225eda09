// Package link carries packets: links with a rate, a delay and a queue, and the arenas and routes
// that packets live in.
//
// # Model
//
// A link is one direction. A packet that is taken waits for those before it, is serialised at the
// link's rate, propagates for the one-way delay, and is handed to the next link of its route by a
// direct call, or to the Receiver at the end. On a FIFO link all of this is known when the packet is
// taken, so it costs one event: the arrival. Only the packet that arrives next has an armed event.
//
// Choices of the model:
//
//   - The occupancy that a queue limit applies to counts each packet until its last bit has left the
//     transmitter: the one in service counts. A departure due at the very instant of an arrival
//     comes first. Drop-tail; nothing is marked.
//   - Departures are whole nanoseconds rounded down; the remainder is carried from packet to packet,
//     so that a busy link's rate is exact.
//   - Loss is drawn when a packet would arrive: a lost packet has used the queue, the transmitter and
//     the air. A change of the loss model therefore acts at once, also on packets under way.
//   - Jitter adds to the delay. A link keeps order by holding packets back unless told to break it.
//   - A rate change re-times the packet in service by its remaining bits. A delay change acts on packets
//     that have not departed; order is kept.
//   - A link that goes down loses all it holds; Flush loses the queue and leaves the air alone.
//   - A packet larger than the MTU is dropped and counted; there is no fragmentation and no ICMP.
//   - Links do not read or write segments: time to live and ECN bits pass unchanged.
//
// # Sources
//
// The analytic FIFO link follows the Lindley recursion (Lindley 1952). Bursty loss is the model of
// Gilbert (1960) and Elliott (1963). Traces are in the format of mahimahi's mm-link (Netravali et al.,
// USENIX ATC 2015), whose 1504 octets an opportunity, a tunnel's framing included, are 1500 here.
//
// # Limits
//
// Drop-tail only; no active queue management, no shared medium, no link-layer retransmission, no
// ICMP. A queue is first in, first out across all flows. The MTU of a path is not discovered.
//
// # Validation
//
// The analytic link is compared with a two-event model that serves packets with rational arithmetic, under
// random traffic and random changes of rate, delay, limit and state; long-run rates at awkward speeds
// are exact to the nanosecond; conservation holds at every step; Gilbert-Elliott loss matches its
// stationary value; trace-driven links carry what the trace can carry.
package link
