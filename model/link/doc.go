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
//     comes first.
//   - Departures are whole nanoseconds rounded down; the remainder is carried from packet to packet,
//     so that a busy link's rate is exact.
//   - Loss is drawn when a packet would arrive: a lost packet has used the queue, the transmitter and
//     the air. A change of the loss model therefore acts at once, also on packets under way.
//   - Jitter adds to the delay. A link keeps order by holding packets back unless told to break it.
//   - A rate change re-times the packet in service by its remaining bits. A delay change acts on packets
//     that have not departed; order is kept.
//   - A link that goes down loses all it holds; Flush loses the queue and leaves the air alone.
//   - A packet larger than the MTU is dropped and counted; there is no fragmentation and no ICMP.
//   - Links do not read or write segments, but for the ECN field, ports and addresses where a discipline
//     asks for them: time to live passes unchanged.
//
// # Queue disciplines
//
// Drop-tail, with a random-early band of the last places (htsim's) if wanted; marking above a threshold, as
// DCTCP needs it; RED, gentle unless told otherwise. They decide when a packet comes, and the link stays
// analytic, one event a packet. CoDel, FQ-CoDel and PIE act when a packet leaves the queue as well: their
// links have a server, two events a packet (served.go). Everything else works with all of them: changes,
// outages, loss, jitter, radios, traces (not RED, which ages its average by the rate), middleboxes.
//
//   - The queue that RED, the threshold and the band look at is the one that the limit applies to.
//   - RED above its highest threshold drops also what could be marked (RFC 3168 section 7); PIE does with a
//     probability above 0.1 (RFC 8033 section 5.1). RED's probability does not depend on the packet's size.
//   - Without a mark of its own a packet that is not ECN-capable passes the threshold, unless Strict.
//   - CoDel's "maxpacket" is the largest packet that came. In FQ-CoDel it is compared with what waits in all
//     queues, and the limit drops a batch from the fattest one, both as Linux does (sch_fq_codel.c, 6.18).
//   - FQ-CoDel hashes addresses and ports with a number drawn for each link.
//   - PIE takes the delay from time stamps, 0 once the queue is empty (RFC 8033 section 4.3; Linux,
//     sch_pie.c). Its updates are made up for when a packet comes or leaves. De-randomisation (section
//     5.4), the switch to inactivity (section 5.3) and the rate's estimate (section 5.2) are not here.
//   - Links may share a buffer (Pool) with the dynamic thresholds of switches. It counts octets, no cells.
//
// # Cut nets
//
// A net can be divided among the parts of a world (Cut): each link is served by one part, and where what
// follows it is served by another, its packets are posted there with the time of their arrival, at the moment at
// which that is known. Counters, hashes and the order of events are those of the whole net. A link that
// ends in several parts must take time; it cannot reorder, follow a trace, sleep or have a middlebox, and its rate,
// delay and loss stay as they are; it goes down and up from World.Global only. Links that share a buffer
// or a radio stay together. Packets are copied where they cross, as far as their options go.
//
// # Sources
//
// The analytic FIFO link follows the Lindley recursion (Lindley 1952). Bursty loss is the model of
// Gilbert (1960) and Elliott (1963). Traces are in the format of mahimahi's mm-link (Netravali et al.,
// USENIX ATC 2015), whose 1504 octets an opportunity, a tunnel's framing included, are 1500 here.
// Disciplines: Floyd and Jacobson 1993 (RED), Alizadeh et al., SIGCOMM 2010 and RFC 8257 (threshold), RFC
// 8289 (CoDel), RFC 8290 (FQ-CoDel), RFC 8033 (PIE), RFC 3168 (marks), Choudhury and Hahne 1998 (shared
// buffers).
//
// # Limits
//
// No priorities, no shared medium, no link-layer retransmission, no ICMP. The MTU of a path is not
// discovered. No adaptive RED, no byte mode of RED's probability, no CAKE, no DualPI2.
//
// # Validation
//
// The analytic link is compared with a two-event model that serves packets with rational arithmetic, under
// random traffic and random changes of rate, delay, limit and state; long-run rates at awkward speeds
// are exact to the nanosecond; conservation holds at every step; Gilbert-Elliott loss matches its
// stationary value; trace-driven links carry what the trace can carry. Served links without a reason to act
// pass the same comparison. CoDel is compared packet by packet with the RFC's pseudo-code; RED's average
// and rate of marks, PIE's updates, FQ-CoDel's turns and evictions, and the thresholds of shared buffers
// with what their papers say; all of them behind TCP, in package tcp. Cut nets are compared with whole ones: whole
// trees in 1 to 8 parts on 1 and 2 processors, and one link under random ties, losses, jitter and outages.
package link
