package pkt

// Script is a whole file.
type Script struct {
	File    string
	Options []Option // --name=value lines at the beginning
	Init    *Command // before the first event
	Events  []*Event
	Cleanup *Command // after the last event
}

// Option is one line of configuration.
type Option struct {
	Pos
	Name, Value string // Value without quotes; empty if there was none
	HasValue    bool
}

// TimeKind tells how an event's time is given.
type TimeKind uint8

// Kinds of time.
const (
	Absolute TimeKind = iota // since the start of the script
	Relative                 // since the event before
	Any                      // *: whenever it comes (outgoing packets only)
)

// Time says when an event happens. Nanoseconds.
type Time struct {
	Kind  TimeKind
	Start int64
	End   int64 // of a range a~b
	Range bool
}

// Event is one line of the script: exactly one of Packet, Call, Command, Code is set.
type Event struct {
	Pos
	Time    Time
	Packet  *Packet
	Call    *Call
	Command *Command
	Code    *Code
	Text    string // as it stands in the script, blanks joined
}

// Command is a shell line.
type Command struct {
	Pos
	Text string
}

// Code is a block of statements.
type Code struct {
	Pos
	Text string
}

// Call is a system call with its result.
type Call struct {
	Pos
	Name   string
	Args   []*Expr
	Result *Expr
	Errno  string // name, empty for none
	Blocks bool   // a...b: it may block until End
	End    int64  // nanoseconds, of the same kind as the event's time
}

// ExprKind is the form of an expression.
type ExprKind uint8

// Forms of expressions.
const (
	Ellipsis ExprKind = iota // ...
	Integer                  // Int
	Word                     // Name
	String                   // Str; Open if followed by ...
	Or                       // Args[0] | Args[1]
	Assign                   // Name = Args[0], or the function form Name(Args[1:]) = Args[0]
	Apply                    // Name(Args...)
	List                     // [Args...]
	Struct                   // {Args...}
)

// Expr is an argument or a result.
type Expr struct {
	Pos
	Kind ExprKind
	Int  int64
	Name string
	Str  string
	Open bool
	Args []*Expr
}

// Endpoint is one side of an explicit pair of addresses.
type Endpoint struct {
	Pos
	Given bool
	Var   string // addr[Var]
	IP    string // literal, with Port
	Port  int    // 0: not given
}

// TOSCheck tells what an IP header's TOS octet has to be.
type TOSCheck uint8

// Checks of TOS.
const (
	TOSNone TOSCheck = iota // not given
	TOSECN                  // its two ECN bits
	TOSECT                  // ECT(0) or ECT(1)
	TOSByte                 // all of it
)

// Packet is a packet to inject or to expect.
type Packet struct {
	Pos
	In        bool // from the network to the host
	TOS       TOSCheck
	TOSValue  uint8
	TTL       int // 0: not given
	FlowLabel int // -1: not given
	Src, Dst  Endpoint
	Tuple     bool   // a > stood between them
	Flags     string // letters of "FSRPUEWA."; digits are values of ACE
	Seq, End  uint32
	Len       uint16
	HasAck    bool
	Ack       uint32
	Window    int // -1: not given
	Urgent    int // -1: not given
	Options   []TCPOption
	AnyOption bool  // <...>
	ICMP      *ICMP // instead of a segment: nothing but the direction and the endpoints is set
}

// OptionKind names a TCP option.
type OptionKind uint8

// TCP options.
const (
	OptNOP OptionKind = iota
	OptEOL
	OptMSS       // Num
	OptWScale    // Num
	OptSACKOK    //
	OptSACK      // Blocks
	OptTimestamp // Num: val, Num2: ecr
	OptFastOpen  // Cookie, Exp
	OptCapable   // Capable
	OptJoin      // Join
	OptDSS       // DSS
	OptAddAddr   // AddAddr
	OptRemoveAddr
	OptPrio
	OptFail
	OptFastClose
	OptReset
)

// TCPOption is one option of a packet.
type TCPOption struct {
	Pos
	Kind      OptionKind
	Num, Num2 uint32
	Blocks    [][2]uint32
	Cookie    string // hexadecimal digits, or a name
	Exp       bool
	Capable   *Capable
	Join      *Join
	DSS       *DSS
	AddAddr   *AddAddr
	IDs       []uint8 // REMOVE_ADDR
	Backup    bool    // MP_PRIO
	HasID     bool
	ID        uint8
	Value     *Number // MP_FAIL: DSN; MP_FASTCLOSE: key; nil: automatic
	Transient bool    // MP_TCPRST; Num is the reason
}

// Key is a key variable: bound to a number, or to what is seen.
type Key struct {
	Pos
	Name  string
	Value uint64
	Bound bool
}

// Capable is MP_CAPABLE.
type Capable struct {
	Version  uint8
	Flags    uint8
	Keys     []Key
	DataLen  int  // -1: absent
	Checksum *int // with DataLen; nil: automatic
	NoSum    bool // nocs
}

// Hash is a token or an HMAC: a number, a function of variables, or automatic.
type Hash struct {
	Auto bool
	Func string // sha256_32, sha1_32, trunc_l64_hmac, full_160_hmac
	Args []string
	Num  uint64
}

// Join is MP_JOIN; Form is 0 for SYN, 1 for SYN/ACK, 2 for ACK.
type Join struct {
	Form   uint8
	Backup bool
	HasID  bool
	ID     uint8
	Token  Hash
	HMAC   Hash
	Rand   int64 // -1: automatic
}

// Number is a position relative to the initial data sequence number, or a function of a key plus an offset,
// or a key itself.
type Number struct {
	Auto bool   // whatever it is
	Func string // trunc_r64_hmac: the IDSN of the key's owner; key: the variable itself
	Arg  string
	Num  uint64
}

// Sum is what a DSS says of its checksum.
type Sum uint8

// Values of Sum.
const (
	SumAuto Sum = iota // as negotiated, and right
	SumNone            // nocs
	SumNum             // cksum=N
)

// DSS is the Data Sequence Signal.
type DSS struct {
	Ack     *Number
	Ack8    bool
	DSN     *Number
	DSN8    bool
	HasSSN  bool
	SSN     uint32
	HasLen  bool
	Len     uint16
	Sum     Sum
	SumText uint16
	Fin     bool
}

// AddAddr is ADD_ADDR.
type AddAddr struct {
	HasID   bool
	ID      uint8
	Var     string
	IP      string // literal given with the variable, empty for none
	HasPort bool
	Port    uint16
	Echo    bool
	HMAC    Hash
	NoHMAC  bool // version 0
}
