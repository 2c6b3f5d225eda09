// Package script runs Starlark programs (go.starlark.net) against the socket API, in virtual time. A script is an
// application of one host, written as ordinary blocking code: Compile reads it, Program.Start runs its main(). It may
// also be a packet scheduler, a path manager or a congestion controller: Scheduler, Manager, Controller.
//
// # The language
//
// Starlark (the specification of go.starlark.net) with while, set, and control statements outside of functions; no
// load, no recursion. Module globals are frozen once the file has run: state lives in a dict that main() makes. Calls
// that block are for main() and tasks. bytes and strings are never equal: str(b) is the text of bytes b, bytes(s) the
// octets of a string s. There are no exceptions (attempt), no "%.2f" (fixed), and no is, ** or a < b < c.
//
// # Functions
//
//	socket(transport="mptcp")          a socket; "tcp": plain
//	poll(sockets, timeout=None)        sockets: list of socket, or (socket, "in|out|pri|rdhup"); returns those that are
//	                                   ready, (socket, events) each; [] at the end of the timeout
//	spawn(f, *args, **kwargs)          a task that runs f beside this one
//	attempt(f, *args, **kwargs)        (value, None), or (None, errno) where a call of this package failed in f;
//	                                   spawn(attempt, f ...) makes a task whose join() returns that
//	sleep(d)  sleep_until(at)          block; at is an instant of now(), if it is over the call returns at once
//	now()                              time since the start of the run
//	rand()  rand_int(low, high)        [0, 1); low to high, both included; from the script's own random stream
//	log(*args)  print(*args)           a line of the log
//	fixed(x, digits=2)                 text of a number with so many digits behind the point
//	record(table, **columns)           a row of a table, to which the time is added; a column has one type, or None; at
//	                                   most 100 tables of 100 columns
//	result(**values)                   values of the application's own summary record, at most 1000 names
//	address(name)                      an address by a name of the scenario, of an interface of this host, or in figures;
//	                                   all parameters that are addresses take such names, too
//	policy(name, socket, paths=None, **settings)    an agent of package policy: "handover" (max_rto, retry),
//	                                   "interactive" (max_rtt, losses, check, calm, retry), "aggregate" (retry),
//	                                   "primary" (path_max_rxt, hb_interval), "intents" (category, file_size, duration,
//	                                   bitrate, burstiness, timeliness, resilience), "taps" (multipath, multipath_policy,
//	                                   advertises_altaddr); paths in order of preference, or (path, costly)
//	netlink(family="mptcp_pm", latency=0, capacity=None, monitor=False)    a path manager in user space for the
//	                                   host's connections to come, of package netlink; or family "mptcp"
//	fail(*args)                        ends the task with an error
//
// and those of Starlark: abs any all bool bytes chr dict dir enumerate float getattr hasattr hash int len list max min
// ord range repr reversed set sorted str tuple type zip.
//
// # Values
//
//	args         attributes: the scenario's arguments
//	host         .name .interfaces .interface(name); an interface has .name .up .address .addresses
//	duration     ns(n) us(n) ms(n) seconds(n) minutes(n) hours(n); d+d d-d d*n d/n d//n d/d d//d d%d, comparisons;
//	             .ns (int) .us .ms .seconds (floats)
//	sizes        kB MB GB KiB MiB GiB: ints, octets
//	rates        kbit mbit gbit: ints, bit/s
//	errno        EAGAIN ECONNREFUSED ...: .name .number .text
//	levels       SOL_SOCKET IPPROTO_TCP IPPROTO_IP IPPROTO_IPV6 SOL_MPTCP ..., AF_INET ..., SHUT_RD ..., SUB_RST: ints
//	options      SO_* TCP_* IP_* IPV6_* MPTCP_* with the names of C: .name .level .number
//	task         .join(timeout=None) .cancel() .done .failed .name
//
// # Sockets
//
// timeout bounds one call: 0 only looks, None waits for ever; at its end the call fails with EAGAIN (connect with
// EINPROGRESS). Tasks that use one socket at once take turns.
//
//	bind(addr=None, port=0)  listen(backlog=128)  accept(timeout=None)
//	connect(to, port, local=None, timeout=None, block=True)    local: an address or an interface; routing chooses
//	send(data, timeout=None)           data: bytes, a string, or a number of generated octets; waits until all are in
//	                                   the send buffer, returns how many
//	recv(max, timeout=None, discard=False)    bytes as soon as there are some, b"" at the end of the stream; with
//	                                   discard waits for all of max octets, checks each, returns their number: less at
//	                                   the end of the stream or of the timeout
//	shutdown(how="wr")  close()  abort()
//	info()                             .transport .fallback .subflows .local .local_port .remote .remote_port ...
//	.sent .acked .unsent .received .readable .id
//
//	sub_ids()                          MPTCP_GET_SUB_IDS: list of .id .uid .slave .fully_established .attached .low_prio
//	                                   .pre_established .low_prio_own .low_prio_peer .closing
//	sub_tuple(id)                      .local .local_port .remote .remote_port
//	open_sub(local=None, local_port=0, remote=None, remote_port=0, backup=False, interface=None)    returns the id.
//	                                   EAGAIN until the connection is fully established (RFC 8684 section 3.1): data, or
//	                                   an acknowledgement of it, has come from the peer. Exchange data first; or call
//	                                   subscribe("established") before the first data, send, and event()
//	close_sub(id, how="rst")           "rst" "rd" "wr" "rdwr" "silent"
//	sub_prio(id, backup)               MP_PRIO
//	sub_get(id, option)  sub_set(id, option, value)  sub_info(id)
//	getsockopt(level, option, ...)  setsockopt(level, option, value)    commands take the arguments of their methods;
//	                                   getsockopt(6, 66, size=64): the octets of C
//
//	subscribe(*kinds, capacity=None)   kinds of sockapi.EventKind: "subflow-tried" "subflow-created" "subflow-closed"
//	                                   "remote-added" "remote-removed" "local-up" "local-down" "priority" "timeout"
//	                                   "fell-back" "established" "closed"; none: all; None: no more. "overflow" tells
//	                                   that capacity was too small, and how many were .lost
//	event(timeout=None)                the next event, None at the end of the timeout
//	events()                           those that wait
//
// An event has .kind .seq .at .sub .uid .local .local_port .remote .remote_port .local_id .remote_id .interface .backup
// .opener .join .by_peer .errno .reason .reset_reason .transient .rto .backoff .address .address_id .port .lost, as
// sockapi.SocketEvent. TCP_INFO has the fields of the kernel: .tcpi_rtt is its number, .rtt the same as a duration.
//
// # Errors
//
// A task that never comes back from a call is no error: Run.Waiting tells where each task waits.
//
// A call that fails ends its task, not the others; Run.Err has its place, virtual time and errno. An Error of the text
// has file, line and column as well.
//
// # Plug-ins
//
// A script may also be a part of the stack: a packet scheduler (Scheduler), a path manager (Manager) or a congestion
// controller (Controller). The stack calls its functions within an event, so a plug-in cannot block: it has no
// sockets and no sleep, but now, log, rand and its args. What lives from call to call is kept in dicts, one
// for each connection, subflow or flow; its module is frozen. A factory belongs to one host. Values that a
// call hands over (lists of subflows, what is wanted, events) are good during that call only.
//
// A path manager's events and actions are those of package pm, with timers, retransmission timeouts and measurements
// in addition; a controller's those of package cc, without the counts of ECN marks that DCTCP needs, and without
// pacing rates. Windows are integer octets.
//
// An error in a call is reported once for a connection (flow), with its place and the virtual time; the
// connection then goes on with minrtt, without further actions of a path manager, or with NewReno. One call may take
// 100,000 steps, and the dicts of one connection may hold 262,144 parts. A path manager may call methods of conn
// 20,000 times at one instant (open counts as 20), with at most 256 subflows; pick may return at most 1000 subflows.
//
// Validated against the parts in Go: minrtt, round robin, NewReno and the full mesh written as scripts pick, grow and
// act as those do over random calls, and whole runs have the same digest.
//
// # Determinism and limits
//
// Nothing in a script depends on the machine: dicts keep the order of insertion, random numbers come from a named
// stream, floating point has no functions that differ. Limits counts steps of the interpreter, octets allocated, tasks
// and lines. The compiler puts guards in the place of what can grow a value or take long over one (rewrite.go), so that
// a script ends in an error before it exhausts the process, at the same step everywhere. Memory counts names and texts
// of record, result and log, too, and 8 octets for each column of each row. It counts what was ever
// allocated: what is freed is not given back.
//
// Limits of the model: a script takes no processor time, its calls happen at an instant. Crafted ints that collide in
// a dict take longer than is counted. x[f()] += y with calls on the left is refused where it would need a guard.
// SO_RCVTIMEO and SO_SNDTIMEO concern calls without timeout=; a socket with TCP_FASTOPEN_CONNECT sends its first octets
// as bytes, not as a number.
//
// Validated by: scripts and what they print (testdata), a program for each operation that must give what Starlark gives
// without guards, hostile scripts that must end in the right error, soon, and a fuzz target over their text.
package script
