// Package udp sends and receives UDP datagrams (RFC 768): traffic beside TCP that does not react to loss,
// such as a stream of a constant rate.
//
// A Stack puts itself before a host's other stack, takes the datagrams out of what arrives and hands on the
// rest, so that hosts without it, and the packets of TCP, pay nothing for it. Datagrams are packets like
// others: links queue, delay and drop them, captures have them with their checksum; middleboxes pass them
// unchanged.
//
// Where routers choose paths by IPv6 flow label (RFC 6438), each flow has a random one, for good.
//
// Limits: no fragments: a datagram must fit into the interface's MTU. No ICMP port unreachable: what no
// port takes is counted. No ECN. No multicast.
//
// Validated by: datagrams over a link, to a port, to none, beside TCP.
package udp
