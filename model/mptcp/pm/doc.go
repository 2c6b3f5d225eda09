// Package pm has the path managers of a Multipath TCP connection: which subflows are opened and closed, and
// which addresses are announced.
//
// # What it is
//
// A Manager belongs to one connection on one host. It is told events and answers with actions on Conn,
// which the connection carries out after the callback, in order. Events and actions are those of a
// user-space path manager. A manager of this package draws no random numbers and sets no timers: the same
// events give the same actions. One that a user writes may set timers, learn of each retransmission timeout and
// read what has been measured (Timers, TimeoutWatcher, Measurer).
//
// # Sources
//
// RFC 8684 sections 3.2, 3.3.8, 3.4 and 3.9. The events are those of Linux's MPTCP generic netlink family
// (6.x) and of mptcpd's plug-in callbacks; full mesh and ndiffports are named after the out-of-tree
// kernel's (v0.9x, mptcp_fullmesh.c and mptcp_ndiffports.c); single-path is a mode of Paasch et al.,
// "Exploring mobile/WiFi handover with multipath TCP", CellNet 2012.
//
// # Decisions common to all managers but none
//
//   - Only the host that opened the connection opens further subflows: the peer of a client behind a NAT
//     could not, and so no two joins cross (RFC 8684 section 3.9.2). Config.ServerOpens lets both do so
//     with fullmesh. The other host announces its further addresses if Config.Announce says so; the client
//     does the same.
//   - The first pair is not used for further subflows if the peer forbids it (C flag, section 3.1).
//   - A local address that goes down is withdrawn (REMOVE_ADDR) if the peer can know its ID, by ADD_ADDR or
//     by a subflow; its subflows are closed. When it is back up it is announced again if Config.Announce
//     is set, ID 0 included, once it had been withdrawn.
//   - A removed remote address is not used for new subflows until it is announced again. Probing and
//     closing the subflows that use it is the connection's (section 3.4.2).
//   - A pair whose join failed is not tried again until the remote address is announced anew (section 3.4.1)
//     or the local address comes back up, which is another path. If the peer's RST said that it is for good
//     (section 3.6, T=0), only the latter counts; if it said transient, RetryDue tells when to try again.
//   - An established subflow that is closed by the peer or by time-out is not replaced while others live;
//     when the last one is gone, all pairs that have not failed are opened again, since a connection may live
//     without subflows (break before make).
//   - If the first subflow is on a backup address, the peer is asked by MP_PRIO to treat it so, because
//     MP_CAPABLE cannot say it. An address whose backup flag matters joins with the B bit.
//
// # Managers
//
//   - none: one subflow, no announcements, nothing else.
//   - fullmesh: from each local address that is up to each remote address of the same family,
//     Config.PerPair over each pair (the out-of-tree kernel's num_subflows), at most Config.Limit beyond the
//     first.
//   - linux: the upstream kernel's (6.18, net/mptcp/pm_kernel.c) with its endpoints and their flags signal,
//     subflow, backup, fullmesh and laminar, each endpoint used once, and its limits subflows
//     (Config.Limit) and add_addr_accepted (Config.Accept). Both hosts act alike; without endpoints nothing
//     happens. An address that goes down counts as an endpoint removed, one that comes up as one added, as
//     a network manager does. For an ADD_ADDR that no endpoint answers the first address that is up stands
//     for the one that routing would pick.
//   - ndiffports: Config.Subflows subflows over the first pair of addresses, with different local ports. With
//     a peer that forbids its first address there are no more than the first.
//   - single-path: one subflow at a time. When the address of the only one goes down, or it is closed or
//     stale, the next address that is up takes over, regular before backup, in the order of Conn.Locals.
//     When a better address comes back up the connection returns to it. All changes are break before make,
//     as in the paper: close, then open, so that only one radio has traffic. The close is orderly, so what
//     the old subflow has in flight may still arrive while the new one joins. A stale subflow is kept
//     while no other address is up. Its subflow never carries the B bit: there is no other for it to stand
//     behind.
//
// # Limits
//
// A manager has no timers: random delays before joins, refreshes of announcements, retries and rules on
// traffic are the connection's (mptcp.PathPolicy). The kernel's implicit endpoints, its default address ID
// for addresses without endpoint and the out-of-tree mesh's create_on_err are not modelled.
//
// # Validation
//
// Scripts of events and the actions that follow (testdata), and a property: under random events no manager
// opens a pair twice, from a down address, to a removed one, or beyond its limit; single-path never has
// two subflows.
package pm
