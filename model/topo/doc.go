// Package topo is the map of a world: hosts with their interfaces, routers, the links between them,
// addresses, and routes; and the plans of well-known topologies.
//
// # Model
//
// A host has interfaces; each is one end of one connection, a pair of links to another interface or
// to a router. Routers join any number of connections and forward without cost of their own. Hosts
// do not forward, but in a cube.
//
// A Plan is a topology as data, made by FatTree (also with two homes a host), VL2, BCube, Jellyfish,
// LeafSpine, Dumbbell, ParkingLot and Torus; Graph.Build makes hosts, routers and links of it, Plan.Cut
// divides it.
//
// Routes are paths of least cost: the least sum of the delays that the links were made with, then the
// fewest links; with Routing.ByLinks the fewest links alone. Later changes of delay or state do not move a route, but failures do when they are made known
// to routing (SetReroute). Which of them a flow takes is Routing's Kind:
//
//   - Shortest: one for each pair of addresses, the first in the order in which routers and connections were
//     made.
//   - ECMP: each router hashes the five-tuple, or addresses and flow label, with a seed of its own, and takes
//     the part of the hash's range that it falls into among its next hops. The whole path is computed when
//     the flow asks for one: the same as hop by hop, as nothing else moves it.
//   - SourceRandom, SourceDistinct, Spray: the sender chooses, at random, without repetition, or for each
//     packet; with Paths also among longer ones, the k shortest without loops (Yen, Management Science 1971),
//     as the authors of Jellyfish route it.
//
// A plan may ask that traffic between its routers bounces off one of a layer (VL2's intermediate switches).
// In a BCube hosts choose among the parallel paths of its BuildPathSet, whatever address of a host is used:
// the k+1 paths under SourceDistinct, the shortest first; else one of the shortest. Where none of these
// works, any over a neighbour does.
//
// Routing is bound to the source: a packet from an address of an interface leaves through that interface, and
// arrives through the interface that has its destination address (the strong end system model, RFC 1122
// section 3.3.4.2, and source-based policy routing as multihomed MPTCP hosts are set up).
//
// Interface i (from 0) of the h-th host made (from 1) is given the addresses 10.i.h/256.h%256 and
// fd00:0:0:i::h in hexadecimal (private, RFC 1918; unique local, RFC 4193) when its own are not given.
//
// An interface that is down sends and receives nothing: going down also loses what its link has queued.
// Packets that arrive for it are counted and dropped.
//
// A link that fails is down at once. After the delay given to SetReroute all routers know, at the same
// moment, and every flow whose path changes with it is moved; packets sent before keep to the old path.
// Hashed flows move wherever the hash leads among the next hops that are left, also some whose path did not
// fail (RFC 2992 section 3), and back after the repair; flows with chosen paths move only off failed links.
// A flow that begins while there is no way takes one of the network as it was before anything failed: its
// host does not know, its packets are lost, and it is moved as soon as routing knows of a repair.
//
// # Sources
//
// FatTree: Al-Fares et al., SIGCOMM 2008; with two homes after Raiciu et al., SIGCOMM 2011. VL2: Greenberg et
// al., SIGCOMM 2009. BCube: Guo et al., SIGCOMM 2009. Jellyfish: Singla et al., NSDI 2012. Torus: Wischik et
// al., NSDI 2011. Hashing: RFC 2992 (hash-threshold), RFC 6437 and 6438 (flow labels).
//
// # Limits
//
// No address resolution, router advertisements or DHCP; no routing protocol, hence no loops or black holes
// while one converges but those of the delay; no time to live. No loopback: a host has no path to itself.
// What stands on links (Beyond, Through, gates) follows shortest paths and is not moved when links fail.
// Flows of a BCube stay with the interface that they began with. Sharing and rerouting remember flows that
// have ended.
//
// # Determinism and cost
//
// Choices of hosts come from streams "host/" and the name, "/paths" and "/spray"; seeds of routers from
// "routing/" and the name. After Prepare, looking up a path writes only what belongs to the host, so that
// hosts in different parts of a world may do it at the same time. Without TrackFlows, flows on the same path
// share a route. The tables of a fat tree of 8192 hosts take 10 MB and less than a second.
//
// # Validation
//
// Routes and sets of equal-cost paths are compared with exhaustive search on random graphs; hashes are tested
// for uniformity and for independence between routers; plans for counts, degrees, diameters and bisections
// (maximum flow); BCube's paths for being disjoint; max-min fair shares of permutations with values computed
// elsewhere; random failures and repairs for paths that avoid what has failed; the address plan, source
// binding and interface state have table tests.
package topo
