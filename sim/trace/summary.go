package trace

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"
)

// ValueKind says what a field of a record holds.
type ValueKind uint8

// The kinds of value.
const (
	IntValue ValueKind = iota
	StringValue
	BoolValue
	// DecimalValue is a number with a fractional part, kept as decimal digits.
	DecimalValue
	// NullValue is a value that does not exist, such as the RTT of a path never used.
	NullValue
)

// Field is one named value of a record.
type Field struct {
	// Key carries the unit last: goodput_bps, srtt_ns, dropped_queue_packets.
	Key  string
	Kind ValueKind
	// Int holds IntValue, and BoolValue as 0 or 1. Text holds StringValue and DecimalValue.
	Int  int64
	Text string
}

// Record is a flat, ordered list of named values: one connection, one link. The zero value is an
// empty record. Every method that adds panics if the key is there already or is ill-formed.
type Record struct{ fields []Field }

// Int adds a whole number; None adds null.
func (r *Record) Int(key string, v int64) {
	if v == None {
		r.Null(key)
		return
	}
	r.add(Field{Key: key, Kind: IntValue, Int: v})
}

// Text adds a text.
func (r *Record) Text(key, v string) { r.add(Field{Key: key, Kind: StringValue, Text: v}) }

// Bool adds a truth value.
func (r *Record) Bool(key string, v bool) { r.add(Field{Key: key, Kind: BoolValue, Int: Truth(v)}) }

// Null adds a value that does not exist.
func (r *Record) Null(key string) { r.add(Field{Key: key, Kind: NullValue}) }

// Ratio adds num/den as a decimal number with nine digits after the point, rounded to nearest with
// ties away from zero. It is computed in integers, so that every machine writes the same digits.
// den = 0 adds null: a share of nothing has no value.
func (r *Record) Ratio(key string, num, den uint64) {
	if den == 0 {
		r.Null(key)
		return
	}
	r.add(Field{Key: key, Kind: DecimalValue, Text: decimal(num, den)})
}

// Decimal adds a number given by its decimal digits, which are kept as they are.
func (r *Record) Decimal(key, digits string) {
	_, err := strconv.ParseFloat(digits, 64)
	if err != nil || strings.Trim(digits, "+-.0123456789eE") != "" { // no hexadecimal, no "inf"
		panic(fmt.Sprintf("trace: value %s is %q, which is no number", key, digits))
	}
	r.add(Field{Key: key, Kind: DecimalValue, Text: digits})
}

// decimal returns num/den with up to nine decimals, trailing zeros removed but one digit kept.
func decimal(num, den uint64) string {
	const scale = 1_000_000_000
	whole, rest := num/den, num%den
	hi, lo := bits.Mul64(rest, scale)
	frac, left := bits.Div64(hi, lo, den) // hi < den because rest < den
	if left >= den-left {
		frac++
	}
	if frac == scale {
		whole, frac = whole+1, 0
	}
	digits := strconv.FormatUint(frac, 10)
	digits = strings.Repeat("0", 9-len(digits)) + digits
	digits = strings.TrimRight(digits, "0")
	if digits == "" {
		digits = "0"
	}
	return strconv.FormatUint(whole, 10) + "." + digits
}

func (r *Record) add(f Field) {
	mustName(f.Key)
	if _, ok := r.Get(f.Key); ok {
		panic(fmt.Sprintf("trace: record has two values %s", f.Key))
	}
	r.fields = append(r.fields, f)
}

// Fields returns the fields in the order they were added. The slice belongs to the record.
func (r *Record) Fields() []Field { return r.fields }

// Get returns the named field.
func (r *Record) Get(key string) (Field, bool) {
	for _, f := range r.fields {
		if f.Key == key {
			return f, true
		}
	}
	return Field{}, false
}

// Group is a named array of records of one sort.
type Group struct {
	Name    string
	Records []Record
}

// The names of the groups of a run's summary.
const (
	GroupConnections  = "connections"
	GroupSubflows     = "subflows"
	GroupInterfaces   = "interfaces"
	GroupLinks        = "links"
	GroupRadios       = "radios"
	GroupApplications = "applications"
	// GroupTraffic holds one record a group of traffic, GroupFlows one a flow, GroupLayers one a layer of a
	// topology's links and direction.
	GroupTraffic = "traffic"
	GroupFlows   = "flows"
	GroupLayers  = "layers"
	// GroupSharing holds one record a link that several flows share.
	GroupSharing = "sharing"
)

// Summary is what a run comes to: the arrays of summary.json.
type Summary struct {
	// Run holds values of the run as a whole, such as simulated_ns.
	Run Record
	// Groups are written in this order. A group without records is written as an empty array.
	Groups []Group
}

// NewSummary returns a summary with the standard groups, empty and in their fixed order.
func NewSummary() *Summary {
	s := &Summary{}
	for _, name := range []string{GroupConnections, GroupSubflows, GroupInterfaces, GroupLinks,
		GroupRadios, GroupApplications} {
		s.Groups = append(s.Groups, Group{Name: name})
	}
	return s
}

// Add appends a new, empty record to the named group, making the group if need be. The pointer is
// valid until the next Add.
func (s *Summary) Add(group string) *Record {
	mustName(group)
	g := s.Group(group)
	if g == nil {
		s.Groups = append(s.Groups, Group{Name: group})
		g = &s.Groups[len(s.Groups)-1]
	}
	g.Records = append(g.Records, Record{})
	return &g.Records[len(g.Records)-1]
}

// Group returns the named group, or nil.
func (s *Summary) Group(name string) *Group {
	for i := range s.Groups {
		if s.Groups[i].Name == name {
			return &s.Groups[i]
		}
	}
	return nil
}
