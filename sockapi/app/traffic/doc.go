// Package traffic makes many connections at once after a traffic matrix: bulk transfers, and short flows
// that arrive at random.
//
// An Engine runs the groups of one world. A Group is a matrix over a list of hosts (Matrix: who sends to
// whom), a kind of flow (Kind), and how its connections are made (Transport: TCP or Multipath TCP,
// subflows, controller, interfaces), whatever the hosts' own configuration is. There is no process: flows
// live on callbacks from inside the stacks (sockapi.Flow), so that tens of thousands of subflows cost what
// their packets cost, and a connection that is over leaves a record of about a hundred octets.
//
// State per end: what a sending host's end writes (source) and what a receiving host's end writes (sink)
// never meet during a run, so the two may live in parts of the world that different threads run. A sink
// knows a flow by the content stream that its octets belong to; Flows joins the two records of each flow
// afterwards.
//
// Receivers check every octet (sockapi.Checker): each flow's stream, in order and once. A flow's sender is
// the end that connects. It ends its stream after the last octet; the receiver closes when it has read the
// end.
//
// Random streams are named after the group and the sending host, one each for start times, arrivals, sizes,
// receivers and interfaces: another group, or another host, does not disturb them. The matrix has a stream
// of its own.
//
// Sources: Raiciu et al., SIGCOMM 2011 (matrices, 70000 octets a short flow, Poisson arrivals); Al-Fares et
// al., NSDI 2010 (stride, staggered); Greenberg et al., SIGCOMM 2009 (fan-out, data mining sizes); Alizadeh
// et al., SIGCOMM 2010 (web search sizes). Draws that shape the run are computed with integers only.
//
// Limits: connections are not reused for further flows; there are no dependencies between flows.
//
// Validated by: properties of every matrix; the gaps' and sizes' distributions; completion times against
// closed forms; the digest, which is the same for equal seeds; groups that do not disturb each other.
package traffic
