package link

// Path is a resolved way from one interface of a host to a destination address: what a sender looks
// up once a connection and uses for every packet.
type Path struct {
	Iface int32 // index of the sending interface in its host
	Route Route
}
