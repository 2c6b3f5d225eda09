// Package topo is the map of a world: hosts with their interfaces, routers, the links between them,
// addresses, and static routes.
//
// # Model
//
// A host has interfaces; each is one end of one connection, a pair of links to another interface or
// to a router. Routers join any number of connections and forward without cost of their own. Hosts
// do not forward.
//
// Routing is static and computed when first asked for: the least sum of the delays that the links
// were made with, then the fewest links, then the order in which routers and connections were made.
// Later changes of delay or state do not move a route. Routing is bound to the source: a packet from an
// address of an interface leaves through that interface, and arrives through the interface that has
// its destination address (the strong end system model, RFC 1122 section 3.3.4.2, and source-based
// policy routing as multihomed MPTCP hosts are set up).
//
// Interface i (from 0) of the h-th host made (from 1) is given the addresses 10.i.h/256.h%256 and
// fd00:0:0:i::h in hexadecimal (private, RFC 1918; unique local, RFC 4193) when its own are not given.
//
// An interface that is down sends and receives nothing: going down also loses what its link has queued.
// Packets that arrive for it are counted and dropped.
//
// # Limits
//
// No address resolution, router advertisements or DHCP; no dynamic routing; one route for each pair of
// addresses (no equal-cost multipath); no time to live. No loopback: a host has no path to itself.
//
// # Validation
//
// Routes are compared with exhaustive search on random graphs; the address plan, source binding and
// interface state have table tests.
package topo
