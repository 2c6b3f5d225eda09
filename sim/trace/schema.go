package trace

// Subflows is the table of subflow samples: one row for each subflow of a host at each sample.
type Subflows struct{ *Table }

// SubflowRow is one sample of one host's side of a subflow.
type SubflowRow struct {
	TimeNs     int64
	Connection int64
	Host       string
	Subflow    int64
	// Label names the path the subflow takes, such as phone.wifi; figures colour by it.
	Label         string
	CwndBytes     int64
	SsthreshBytes int64 // None until it is first set
	SrttNs        int64 // None until the first sample
	RttvarNs      int64 // None until the first sample
	RtoNs         int64
	InFlightBytes int64
	// DeliveredBytes counts the data-level octets that arrived at this host over this subflow
	// and that no other copy had brought before. It only grows.
	DeliveredBytes int64
	State          string
	Backup         bool
}

// NewSubflows returns the empty table.
func NewSubflows() Subflows {
	return Subflows{NewTable("subflow", "congestion state of each subflow, sampled on each host",
		Column{Name: "time_ns", Kind: Time, Doc: "instant of the sample"},
		Column{Name: "connection", Doc: "connection, counted from 1 in the order of their opening"},
		Column{Name: "host", Kind: Dict, Doc: "host whose side is sampled"},
		Column{Name: "subflow", Doc: "subflow of the connection, counted from 1 on each host"},
		Column{Name: "label", Kind: Dict, Doc: "path of the subflow"},
		Column{Name: "cwnd_bytes", Doc: "congestion window"},
		Column{Name: "ssthresh_bytes", Optional: true, Doc: "slow-start threshold, null while unset"},
		Column{Name: "srtt_ns", Optional: true, Doc: "smoothed round-trip time (RFC 6298)"},
		Column{Name: "rttvar_ns", Optional: true, Doc: "round-trip time variation (RFC 6298)"},
		Column{Name: "rto_ns", Doc: "retransmission timeout with back-off"},
		Column{Name: "in_flight_bytes", Doc: "octets sent and neither acknowledged nor deemed lost"},
		Column{Name: "delivered_bytes", Doc: "new data-level octets received over the subflow so far"},
		Column{Name: "state", Kind: Dict, Doc: "state of the subflow's TCP state machine (RFC 9293)"},
		Column{Name: "backup", Kind: Bool, Doc: "whether the subflow has backup priority (RFC 8684)"},
	)}
}

// Add appends one row.
func (t Subflows) Add(r SubflowRow) {
	t.Append(r.TimeNs, r.Connection, t.Intern(2, r.Host), r.Subflow, t.Intern(4, r.Label), r.CwndBytes,
		r.SsthreshBytes, r.SrttNs, r.RttvarNs, r.RtoNs, r.InFlightBytes, r.DeliveredBytes,
		t.Intern(12, r.State), Truth(r.Backup))
}

// Connections is the table of connection samples.
type Connections struct{ *Table }

// ConnectionRow is one sample of one host's side of a connection.
type ConnectionRow struct {
	TimeNs     int64
	Connection int64
	Host       string
	// DataSentBytes and DataAckedBytes count this host's own stream; DataReceivedBytes counts the
	// octets of the peer's stream that arrived in order. All three only grow.
	DataSentBytes           int64
	DataAckedBytes          int64
	DataReceivedBytes       int64
	ReceiveBufferUsedBytes  int64
	ReceiveBufferLimitBytes int64
	Subflows                int64
}

// NewConnections returns the empty table.
func NewConnections() Connections {
	return Connections{NewTable("connection", "data-level progress of each connection, sampled on each host",
		Column{Name: "time_ns", Kind: Time, Doc: "instant of the sample"},
		Column{Name: "connection", Doc: "connection, counted from 1 in the order of their opening"},
		Column{Name: "host", Kind: Dict, Doc: "host whose side is sampled"},
		Column{Name: "data_sent_bytes", Doc: "octets of the host's stream mapped to subflows so far"},
		Column{Name: "data_acked_bytes", Doc: "octets of the host's stream acknowledged by DATA_ACK"},
		Column{Name: "data_received_bytes", Doc: "octets of the peer's stream received in order"},
		Column{Name: "receive_buffer_used_bytes", Doc: "occupancy of the shared receive buffer"},
		Column{Name: "receive_buffer_limit_bytes", Doc: "present size of the shared receive buffer"},
		Column{Name: "subflows", Doc: "subflows that are established"},
	)}
}

// Add appends one row.
func (t Connections) Add(r ConnectionRow) {
	t.Append(r.TimeNs, r.Connection, t.Intern(2, r.Host), r.DataSentBytes, r.DataAckedBytes,
		r.DataReceivedBytes, r.ReceiveBufferUsedBytes, r.ReceiveBufferLimitBytes, r.Subflows)
}

// Links is the table of link samples: one row for each direction of a link at each sample.
type Links struct{ *Table }

// LinkRow is one sample of one direction of a link. The counters count from the start of the run.
type LinkRow struct {
	TimeNs              int64
	Link                string
	QueueBytes          int64
	QueuePackets        int64
	DeliveredBytes      int64
	DeliveredPackets    int64
	DroppedQueuePackets int64
	DroppedLossPackets  int64
	DroppedDownPackets  int64
	RateBps             int64 // None where no rate is set (a trace drives the link)
}

// NewLinks returns the empty table.
func NewLinks() Links {
	return Links{NewTable("link", "queue and counters of each direction of each link, sampled",
		Column{Name: "time_ns", Kind: Time, Doc: "instant of the sample"},
		Column{Name: "link", Kind: Dict, Doc: "link and direction, such as wifi.down"},
		Column{Name: "queue_bytes", Doc: "octets waiting, without the packet being sent"},
		Column{Name: "queue_packets", Doc: "packets waiting, without the packet being sent"},
		Column{Name: "delivered_bytes", Doc: "octets delivered so far, IP headers included"},
		Column{Name: "delivered_packets", Doc: "packets delivered so far"},
		Column{Name: "dropped_queue_packets", Doc: "packets dropped so far because the queue was full"},
		Column{Name: "dropped_loss_packets", Doc: "packets lost so far to the loss process"},
		Column{Name: "dropped_down_packets", Doc: "packets lost so far because the link was down"},
		Column{Name: "rate_bps", Optional: true, Doc: "present rate, null where a trace drives the link"},
	)}
}

// Add appends one row.
func (t Links) Add(r LinkRow) {
	t.Append(r.TimeNs, t.Intern(1, r.Link), r.QueueBytes, r.QueuePackets, r.DeliveredBytes,
		r.DeliveredPackets, r.DroppedQueuePackets, r.DroppedLossPackets, r.DroppedDownPackets, r.RateBps)
}

// Arrivals is the table behind the data-sequence figure: one row for each data segment received.
type Arrivals struct{ *Table }

// ArrivalRow is one segment's mapped data as it reaches the receiving host.
type ArrivalRow struct {
	TimeNs     int64
	Connection int64
	Host       string
	Subflow    int64
	Label      string
	// DataSeqStartBytes and DataSeqEndBytes bound the half-open range of stream offsets, 0 being
	// the first octet the application wrote.
	DataSeqStartBytes int64
	DataSeqEndBytes   int64
	// Reinjected tells data that the sender had sent over another subflow before.
	Reinjected bool
}

// NewArrivals returns the empty table.
func NewArrivals() Arrivals {
	return Arrivals{NewTable("arrival", "data of each segment as it reaches the receiving host",
		Column{Name: "time_ns", Kind: Time, Doc: "instant of the arrival"},
		Column{Name: "connection", Doc: "connection, counted from 1 in the order of their opening"},
		Column{Name: "host", Kind: Dict, Doc: "receiving host"},
		Column{Name: "subflow", Doc: "subflow of the connection, counted from 1 on each host"},
		Column{Name: "label", Kind: Dict, Doc: "path of the subflow"},
		Column{Name: "data_seq_start_bytes", Doc: "first stream offset of the segment's data"},
		Column{Name: "data_seq_end_bytes", Doc: "stream offset after the segment's last octet"},
		Column{Name: "reinjected", Kind: Bool, Doc: "whether the data was sent on another subflow before"},
	)}
}

// Add appends one row.
func (t Arrivals) Add(r ArrivalRow) {
	t.Append(r.TimeNs, r.Connection, t.Intern(2, r.Host), r.Subflow, t.Intern(4, r.Label),
		r.DataSeqStartBytes, r.DataSeqEndBytes, Truth(r.Reinjected))
}

// Events is the table of things that happen seldom and that figures mark.
type Events struct{ *Table }

// The words of the event column. Figures mark those of a handover.
const (
	EventConnectionEstablished = "connection established"
	EventConnectionClosed      = "connection closed"
	EventSubflowEstablished    = "subflow established"
	EventSubflowClosed         = "subflow closed"
	EventSubflowFailed         = "subflow failed"
	EventSubflowRecovered      = "subflow recovered"
	EventSubflowPriority       = "subflow priority"
	EventFallback              = "fallback"
	EventInterfaceUp           = "interface up"
	EventInterfaceDown         = "interface down"
	EventLinkUp                = "link up"
	EventLinkDown              = "link down"
	EventLinkChange            = "link change"
	EventMiddlebox             = "middlebox"
)

// EventRow is one event. Connection and Subflow are None where the event concerns neither.
type EventRow struct {
	TimeNs     int64
	Host       string // empty for events of links
	Connection int64
	Subflow    int64
	Event      string
	// Detail names what the event happened to: a path label, an interface, a link.
	Detail string
}

// NewEvents returns the empty table.
func NewEvents() Events {
	return Events{NewTable("event", "what happened seldom: subflows, interfaces and links changing state",
		Column{Name: "time_ns", Kind: Time, Doc: "instant of the event"},
		Column{Name: "host", Kind: Dict, Doc: "host that saw the event, empty for links"},
		Column{Name: "connection", Optional: true, Doc: "connection, null where none is concerned"},
		Column{Name: "subflow", Optional: true, Doc: "subflow, null where none is concerned"},
		Column{Name: "event", Kind: Dict, Doc: "what happened"},
		Column{Name: "detail", Kind: Dict, Doc: "path, interface or link it happened to"},
	)}
}

// Add appends one row.
func (t Events) Add(r EventRow) {
	t.Append(r.TimeNs, t.Intern(1, r.Host), r.Connection, r.Subflow, t.Intern(4, r.Event), t.Intern(5, r.Detail))
}

// Series is the set of standard tables of one run.
type Series struct {
	Subflows    Subflows
	Connections Connections
	Links       Links
	Arrivals    Arrivals
	Events      Events
}

// NewSeries returns the standard tables, empty.
func NewSeries() *Series {
	return &Series{NewSubflows(), NewConnections(), NewLinks(), NewArrivals(), NewEvents()}
}

// Tables lists the tables in the order their files are written.
func (s *Series) Tables() []*Table {
	return []*Table{s.Subflows.Table, s.Connections.Table, s.Links.Table, s.Arrivals.Table, s.Events.Table}
}
