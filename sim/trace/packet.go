package trace

// PacketSink takes copies of packets for a capture. One sink is one capture file with one or more
// interfaces.
type PacketSink interface {
	// Interface registers an interface by name and returns its number. It is called once for each
	// interface, before that interface's first packet.
	Interface(name string) int
	// Packet records the octets of one IP packet as it passes the interface at the given instant
	// (nanoseconds since the start of the run). inbound tells arrival from departure. The sink
	// does not keep data. Instants never go backwards.
	Packet(atNs int64, iface int, inbound bool, data []byte)
}
