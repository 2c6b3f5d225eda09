// Package netlink lets a process of a host manage the paths of the host's connections from user space, as a
// daemon does over the generic netlink families of Linux's MPTCP.
//
// # What it is
//
// Attach makes a Kernel: the path manager of a host (pm.Manager, one for each connection) that decides
// nothing itself. A process opens a Socket to it and gets events of every connection, by token (Recv), and
// gives commands that name a connection by its token (Announce, CreateSubflow ...), which fail with the
// error numbers of the family. Both families are there: Upstream ("mptcp_pm") and OutOfTree ("mptcp"). A
// message takes Socket.Latency in each direction, in virtual time: with 0 the daemon acts at the instant of
// the event, with SMAPPLatency as late as one was measured. The same decisions by an in-kernel manager, a
// daemon and a socket's own options can so be compared.
//
// Serve runs plugins in a daemon's process: tables of callbacks as mptcpd's, with a handle in place of the
// token. SubflowKeeper, OnePerInterface, Advertise and SmartBackup are such plugins.
//
// Address IDs are the daemon's to hand out, as it is there; Daemon.ID does so for plugins.
//
// # Sources
//
// Out of tree: multipath-tcp.org kernel v0.95, include/uapi/linux/mptcp.h and net/mptcp/mptcp_netlink.c.
// Upstream: Linux 6.18, Documentation/netlink/specs/mptcp_pm.yaml, net/mptcp/pm_userspace.c, pm_kernel.c,
// pm_netlink.c. Plugins: mptcpd (include/mptcpd/plugin.h, path_manager.h; plugins addr_adv and sspi).
// Hesmans, Detal, Barre, Bauduin, Bonaventure, "SMAPP: towards smart Multipath TCP-enabled applications",
// CoNEXT 2015: the latency, events of timeouts, the controllers for NATs and for smart backup.
//
// # Differences
//
//   - An event is a Go value; octets of netlink messages are not made. Attributes that a message has are
//     told (Message.Has), so that commands with missing ones get their error.
//   - The family is a property of the host, and its manager is chosen for all its connections to come
//     (upstream's sysctl pm_type). Commands on connections that another manager has fail with EINVAL in
//     both families; the out-of-tree kernel does not look.
//   - The out-of-tree kernel takes the ID 0 for any address of a new subflow, and one that another
//     subflow's address has; here the join fails with EINVAL. An announcement may contradict, as there.
//   - The out-of-tree kernel refuses joins of the peer to addresses that the daemon has not announced
//     (get_local_id); here they are taken, with the ID of the host's order.
//   - Announcing before the connection is established succeeds, and the ADD_ADDR goes out when it is.
//   - SUBFLOW_CREATE with a remote port 0 means that of the connection.
//   - Endpoints and limits (CmdAddAddr ...) take effect in connections to come; a limit of no subflows is
//     refused, IDs end at 127.
//   - Listening sockets that were there before Attach are not told of. mptcpd's listeners for announced
//     ports are not made: the plugin's process can listen.
//
// # Validation
//
// Event logs of both ends for both families with the attributes of each message; every command against each
// row of its error contract; latency, filter, overflow and privilege; plugins in small worlds.
package netlink
